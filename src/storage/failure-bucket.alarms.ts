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
 * Tuning of the alarms of a `FailureBucket`.
 */
export interface FailureBucketAlarmOptions {
  /**
   * Failures were stored in the bucket.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly failuresStored?: CountAlarmOptions;
}

/**
 * The alarms of a `FailureBucket`.
 */
export interface FailureBucketAlarms {
  /**
   * Failures were stored in the bucket.
   *
   * @default - switched off
   */
  readonly failuresStored?: cloudwatch.Alarm;
}

/**
 * Tuning of the alarms on the delivery of stored failures to a consumer.
 */
export interface FailureConsumerAlarmOptions extends DeadLetterAlarmOptions {
  /**
   * Stored failures that EventBridge could not deliver to the consumer's queue.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly failedInvocations?: CountAlarmOptions;

  /**
   * Stored failures that EventBridge could neither deliver nor move to the dead-letter queue: the consumer is not told of the object.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly failedToSendToDlq?: CountAlarmOptions;
}

/**
 * The alarms on the delivery of stored failures to a consumer.
 */
export interface FailureConsumerAlarms extends DeadLetterAlarms {
  /**
   * Stored failures that EventBridge could not deliver to the consumer's queue.
   *
   * @default - switched off
   */
  readonly failedInvocations?: cloudwatch.Alarm;

  /**
   * Stored failures that EventBridge could neither deliver nor move to the dead-letter queue.
   *
   * @default - switched off
   */
  readonly failedToSendToDlq?: cloudwatch.Alarm;
}

interface StoreSubject {
  /** The path of the pattern. */
  readonly path: string;
  readonly rule: events.IRule;
}

/** The page of the runbook. */
const PAGE = 'failure-bucket';

export const FAILURE_BUCKET_ALARMS = new AlarmTable<keyof FailureBucketAlarms, object, StoreSubject>({
  failuresStored: {
    id: 'FailuresStoredAlarm',
    metric: (subject, period) => ruleMetric('TriggeredRules', subject, period),
    ...ANY,
    severity: AlarmSeverity.WARNING,
    meaning: ({ path }) => `Something that could not be processed was stored in ${path}.`,
    firstStep: 'read the newest object of the bucket and the error that its handler logged; replay it only after the repair.',
    runbook: { page: PAGE, section: 'failures-stored' },
  },
});

export const FAILURE_CONSUMER_ALARMS = new AlarmTable<keyof FailureConsumerAlarms, object, ObjectDeliverySubject>(objectDeliveryRows('stored failures', PAGE));
