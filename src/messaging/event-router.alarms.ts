import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as events from 'aws-cdk-lib/aws-events';
import type { CountAlarmOptions, DeadLetterAlarmOptions } from '../alarms/alarm-options';
import { AlarmSeverity } from '../alarms/alarms';
import type { DeadLetterAlarms } from '../alarms/alarms-by-name';
import { AlarmTable, ANY } from '../private/alarms/alarm-table';
import type { EventDeliverySubject } from '../private/events/event-delivery-alarms';
import { eventDeliveryRows } from '../private/events/event-delivery-alarms';
import { ruleMetric } from '../private/events/rule-alarms';
import type { DeadLetterSubject } from '../private/sqs/queue-alarms';
import { deadLetterRows } from '../private/sqs/queue-alarms';

/**
 * Tuning of the alarms on the bus of an `EventRouter`.
 */
export interface EventRouterAlarmOptions extends DeadLetterAlarmOptions {
  /**
   * Events whose source and detail type no consumer of this router takes. Consumers that take events of every type do not count.
   *
   * @default - off, because rules that others have on the bus are not known; if it is stated, on; above 0 in 1 of 1 periods
   */
  readonly unrouted?: CountAlarmOptions;
}

/**
 * The alarms on the bus of an `EventRouter`.
 */
export interface EventRouterAlarms extends DeadLetterAlarms {
  /**
   * Events whose source and detail type no consumer of this router takes.
   *
   * @default - switched off
   */
  readonly unrouted?: cloudwatch.Alarm;
}

/**
 * Tuning of the alarms on the delivery of events to a consumer of an `EventRouter`.
 */
export interface EventRouterConsumerAlarmOptions extends DeadLetterAlarmOptions {
  /**
   * Events that EventBridge could not deliver to the consumer.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly failedInvocations?: CountAlarmOptions;

  /**
   * Events that EventBridge could neither deliver nor move to the dead-letter queue: they are lost, unless there is an archive.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly failedToSendToDlq?: CountAlarmOptions;
}

/**
 * The alarms on the delivery of events to a consumer of an `EventRouter`.
 */
export interface EventRouterConsumerAlarms extends DeadLetterAlarms {
  /**
   * Events that EventBridge could not deliver to the consumer.
   *
   * @default - switched off
   */
  readonly failedInvocations?: cloudwatch.Alarm;

  /**
   * Events that EventBridge could neither deliver nor move to the dead-letter queue.
   *
   * @default - switched off
   */
  readonly failedToSendToDlq?: cloudwatch.Alarm;
}

/** The page of the runbook. */
const PAGE = 'event-router';

export const CONSUMER_ALARMS = new AlarmTable<keyof EventRouterConsumerAlarms, object, EventDeliverySubject>(eventDeliveryRows('events', PAGE, {
  target: 'their consumer',
  redrive: 'move them to the queue of the consumer, or invoke its function with them,',
  firstStep: 'see whether the queue, or the function, of the consumer exists and lets the rule in',
  recovery: 'replay the archive of that time to the rule',
}));

/** The same of a target that is neither a queue nor a function. */
export const TARGET_ALARMS = new AlarmTable<keyof EventRouterConsumerAlarms, object, EventDeliverySubject>(eventDeliveryRows('events', PAGE, {
  target: 'their target',
  redrive: 'replay the archive of that time to the rule, or send them to the target by hand,',
  firstStep: 'see whether the target exists, answers, and lets the rule or its role in',
  recovery: 'replay the archive of that time to the rule',
}));

interface BusSubject extends DeadLetterSubject {
  /** The path of the router. */
  readonly path: string;
}

/** The alarms on what a bus with a key could neither encrypt nor decrypt. */
export const BUS_ALARMS = new AlarmTable<keyof DeadLetterAlarms, object, BusSubject>(deadLetterRows<object, BusSubject>({
  waiting: {
    meaning: ({ path }) => `Events of the bus of ${path} could be neither encrypted nor decrypted, reached no consumer, and are in a dead-letter queue.`,
    firstStep: 'see whether the key of the bus is enabled and lets EventBridge use it; send the events again only after the repair.',
  },
  growing: {
    meaning: ({ path }) => `More events of the bus of ${path} could be neither encrypted nor decrypted within the last period.`,
    firstStep: 'see whether the cause is the known one.',
  },
  page: PAGE,
}));

interface UnroutedSubject {
  /** The path of the router. */
  readonly path: string;
  readonly rule: events.IRule;
  /** Undefined: the default event bus. */
  readonly eventBus?: events.IEventBus | undefined;
}

/** The alarm on what no consumer takes: the rule has no target, and EventBridge counts what it matches. */
export const UNROUTED_ALARMS = new AlarmTable<'unrouted', object, UnroutedSubject>({
  unrouted: {
    ...ANY,
    id: 'UnroutedAlarm',
    metric: (subject, period) => ruleMetric('TriggeredRules', subject, period),
    severity: AlarmSeverity.WARNING,
    meaning: ({ path }) => `Events have come to the bus of ${path} whose source and detail type no consumer takes.`,
    firstStep: 'see which they are; then add a consumer, and replay the archive of that time to its rule.',
    runbook: { page: PAGE, section: 'unrouted' },
  },
});
