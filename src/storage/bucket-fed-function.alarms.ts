import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as events from 'aws-cdk-lib/aws-events';
import type { CountAlarmOptions, DeadLetterAlarmOptions } from '../alarms/alarm-options';
import { AlarmSeverity } from '../alarms/alarms';
import type { DeadLetterAlarms } from '../alarms/alarms-by-name';
import { AlarmTable, ANY } from '../private/alarms/alarm-table';
import type { ObjectDeliverySubject } from '../private/events/object-delivery-alarms';
import { objectDeliveryRows } from '../private/events/object-delivery-alarms';
import { ruleMetric } from '../private/events/rule-alarms';

/**
 * Tuning of the alarms on the delivery of objects to the queue of a `BucketFedFunction`. The dead letters are those of the rule, in `deliveryDeadLetterQueue`.
 */
export interface ObjectDeliveryAlarmOptions extends DeadLetterAlarmOptions {
  /**
   * Objects that EventBridge could not deliver to the queue.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly failedInvocations?: CountAlarmOptions;

  /**
   * Objects that EventBridge could neither deliver nor move to the dead-letter queue: the handler is not told of them.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly failedToSendToDlq?: CountAlarmOptions;

  /**
   * Objects that were not delivered because they are larger than `maxObjectSize`.
   *
   * @default - on if `maxObjectSize` is set; above 0 in 1 of 1 periods
   */
  readonly objectsTooLarge?: CountAlarmOptions;
}

/**
 * The alarms on the delivery of objects to the queue of a `BucketFedFunction`.
 */
export interface ObjectDeliveryAlarms extends DeadLetterAlarms {
  /**
   * Objects that EventBridge could not deliver to the queue.
   *
   * @default - switched off
   */
  readonly failedInvocations?: cloudwatch.Alarm;

  /**
   * Objects that EventBridge could neither deliver nor move to the dead-letter queue.
   *
   * @default - switched off
   */
  readonly failedToSendToDlq?: cloudwatch.Alarm;

  /**
   * Objects that were not delivered because they are larger than `maxObjectSize`.
   *
   * @default - switched off, or no `maxObjectSize`
   */
  readonly objectsTooLarge?: cloudwatch.Alarm;
}

interface SizeSubject {
  /** The path of the pattern. */
  readonly path: string;
  readonly rule: events.IRule;
}

/** The page of the runbook. */
const PAGE = 'bucket-fed-function';

export const OBJECT_DELIVERY_ALARMS = new AlarmTable<Exclude<keyof ObjectDeliveryAlarms, 'objectsTooLarge'>, object, ObjectDeliverySubject>(objectDeliveryRows('objects', PAGE));

export const OBJECT_SIZE_ALARMS = new AlarmTable<'objectsTooLarge', object, SizeSubject>({
  objectsTooLarge: {
    id: 'ObjectsTooLargeAlarm',
    metric: (subject, period) => ruleMetric('TriggeredRules', subject, period),
    ...ANY,
    severity: AlarmSeverity.WARNING,
    meaning: ({ path }) => `Objects for ${path} are larger than its maxObjectSize, so they were not delivered to it.`,
    firstStep: 'list the objects of that time in the bucket by their size; they are still there, and must be processed in another way.',
    runbook: { page: PAGE, section: 'objects-too-large' },
  },
});
