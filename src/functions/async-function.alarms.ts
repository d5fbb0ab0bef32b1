import type { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { CountAlarmOptions, DeadLetterAlarmOptions, DurationAlarmOptions, HandlerAlarmOptions } from '../alarms/alarm-options';
import { AlarmSeverity } from '../alarms/alarms';
import type { DeadLetterAlarms, HandlerAlarms } from '../alarms/alarms-by-name';
import { AlarmTable, ANY } from '../private/alarms/alarm-table';
import { ThresholdUnit } from '../private/alarms/tuning';
import { functionBehind } from '../private/lambda/handler-facts';
import type { DeadLetterSubject } from '../private/sqs/queue-alarms';
import { deadLetterRows } from '../private/sqs/queue-alarms';

/**
 * Tuning of the alarms of an `AsyncFunction`. Lambda reports these metrics for the whole function, whichever version or alias is invoked.
 */
export interface AsyncFunctionAlarmOptions extends DeadLetterAlarmOptions, HandlerAlarmOptions {
  /**
   * How long events wait until the handler is invoked with them, retries included.
   *
   * @default - on; above half of `maxEventAge` in 1 of 1 periods
   */
  readonly eventAge?: DurationAlarmOptions;

  /**
   * Events that Lambda gave up, those included that are now in the failure store or the dead-letter queue.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly eventsDropped?: CountAlarmOptions;

  /**
   * Invocations that Lambda stopped because the handler was running in a loop.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly recursiveInvocations?: CountAlarmOptions;

  /**
   * Failed events, or results, that could not be delivered to the failure store or to the destination for results.
   *
   * @default - on, with a failure store or `onSuccess`; above 0 in 1 of 1 periods
   */
  readonly destinationDeliveryFailures?: CountAlarmOptions;

  /**
   * Failed events that could not be sent to the dead-letter queue.
   *
   * @default - on, with a `deadLetterQueue`; above 0 in 1 of 1 periods
   */
  readonly deadLetterErrors?: CountAlarmOptions;
}

/**
 * The alarms of an `AsyncFunction`, on the events, on where failed ones are kept, and on the handler.
 */
export interface AsyncFunctionAlarms extends DeadLetterAlarms, HandlerAlarms {
  /**
   * How long events wait until the handler is invoked with them.
   *
   * @default - switched off
   */
  readonly eventAge?: cloudwatch.Alarm;

  /**
   * Events that Lambda gave up.
   *
   * @default - switched off
   */
  readonly eventsDropped?: cloudwatch.Alarm;

  /**
   * Invocations that Lambda stopped because the handler was running in a loop.
   *
   * @default - switched off
   */
  readonly recursiveInvocations?: cloudwatch.Alarm;

  /**
   * Failed events, or results, that could not be delivered.
   *
   * @default - switched off, or not created because there is neither a failure store nor `onSuccess`
   */
  readonly destinationDeliveryFailures?: cloudwatch.Alarm;

  /**
   * Failed events that could not be sent to the dead-letter queue.
   *
   * @default - switched off, or not created because there is no `deadLetterQueue`
   */
  readonly deadLetterErrors?: cloudwatch.Alarm;
}

/** What is known before anything is made. */
interface EventFacts {
  readonly maxAgeSeconds: number;
}

interface HandlerSubject {
  /** The path of the pattern. */
  readonly path: string;
  readonly handler: lambda.IFunction;
}

interface EventSubject extends EventFacts, HandlerSubject {}

interface QueueSubject extends HandlerSubject, DeadLetterSubject {}

/** The page of the runbook. */
const PAGE = 'async-function';

/** Of the whole function: AWS does not say that it reports these for an alias or a version. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
function ofFunction(metricName: string): (subject: HandlerSubject, period: Duration) => cloudwatch.IMetric {
  return ({ handler }, period) => functionBehind(handler).metric(metricName, { period, statistic: cloudwatch.Stats.SUM });
}

export const EVENT_ALARMS = new AlarmTable<'eventAge' | 'eventsDropped' | 'recursiveInvocations', EventFacts, EventSubject>({
  eventAge: {
    id: 'EventAgeAlarm',
    metric: ({ handler }, period) => functionBehind(handler).metric('AsyncEventAge', { period, statistic: cloudwatch.Stats.MAXIMUM }),
    unit: ThresholdUnit.MILLISECONDS,
    threshold: ({ maxAgeSeconds }) => maxAgeSeconds * 500,
    ceiling: ({ maxAgeSeconds }) => ({ value: maxAgeSeconds * 1000, why: 'at maxEventAge Lambda gives an event up' }),
    datapoints: 1,
    severity: AlarmSeverity.WARNING,
    meaning: ({ path }) => `Events of ${path} wait so long that Lambda will soon give them up.`,
    firstStep: 'look at the throttles and the errors of the handler; events older than maxEventAge are set aside unprocessed.',
    runbook: { page: PAGE, section: 'event-age' },
  },
  eventsDropped: {
    ...ANY,
    id: 'EventsDroppedAlarm',
    metric: ofFunction('AsyncEventsDropped'),
    severity: AlarmSeverity.WARNING,
    meaning: ({ path }) => `Lambda gave up events of ${path}, and set them aside.`,
    firstStep: 'read one of those that were set aside, and the error that the handler logged for it; replay only after the repair.',
    runbook: { page: PAGE, section: 'events-dropped' },
  },
  recursiveInvocations: {
    ...ANY,
    id: 'RecursiveInvocationsAlarm',
    metric: ofFunction('RecursiveInvocationsDropped'),
    severity: AlarmSeverity.CRITICAL,
    meaning: ({ path }) => `The handler of ${path} was running in a loop, and Lambda stopped it.`,
    firstStep: 'find what the handler sends that comes back to it; do not replay its events before that is repaired.',
    runbook: { page: PAGE, section: 'recursive-invocations' },
  },
});

export const DESTINATION_ALARMS = new AlarmTable<'destinationDeliveryFailures', object, HandlerSubject>({
  destinationDeliveryFailures: {
    ...ANY,
    id: 'DestinationDeliveryFailuresAlarm',
    metric: ofFunction('DestinationDeliveryFailures'),
    severity: AlarmSeverity.CRITICAL,
    meaning: ({ path }) => `Lambda could not deliver a failed event or a result of ${path}, which is lost.`,
    firstStep: 'see whether the role of the handler may write to the failure store and to the destination of results, and use their keys.',
    runbook: { page: PAGE, section: 'destination-delivery-failures' },
  },
});

export const DEAD_LETTER_ALARMS = new AlarmTable<'deadLetterErrors' | keyof DeadLetterAlarms, object, QueueSubject>({
  deadLetterErrors: {
    ...ANY,
    id: 'DeadLetterErrorsAlarm',
    metric: ofFunction('DeadLetterErrors'),
    severity: AlarmSeverity.CRITICAL,
    meaning: ({ path }) => `Lambda could not send a failed event of ${path} to its dead-letter queue, and it is lost.`,
    firstStep: 'see whether the role of the handler may send to the queue and use its key, and whether the event was larger than the queue takes.',
    runbook: { page: PAGE, section: 'dead-letter-errors' },
  },
  ...deadLetterRows<object, QueueSubject>({
    waiting: {
      meaning: ({ path }) => `Events of ${path} could not be processed and are in its dead-letter queue.`,
      firstStep: 'read one of them, its attribute ErrorMessage and what the handler logged for its RequestID; replay only after the repair.',
    },
    growing: {
      meaning: ({ path }) => `More events of ${path} went to its dead-letter queue within the last period.`,
      firstStep: 'see whether the cause is the known one; if it is new, stop the senders before more follow.',
    },
    page: PAGE,
  }),
});
