import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as events from 'aws-cdk-lib/aws-events';
import type { CountAlarmOptions, DeadLetterAlarmOptions } from '../alarms/alarm-options';
import type { DeadLetterAlarms } from '../alarms/alarms-by-name';
import { AlarmTable } from '../private/alarms/alarm-table';
import { ruleRows } from '../private/events/rule-alarms';
import type { DeadLetterSubject } from '../private/sqs/queue-alarms';
import { deadLetterRows } from '../private/sqs/queue-alarms';

/**
 * Tuning of the alarms on the delivery of uploads to a consumer.
 */
export interface UploadAlarmOptions extends DeadLetterAlarmOptions {
  /**
   * Uploads that EventBridge could not deliver to the consumer's queue.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly failedInvocations?: CountAlarmOptions;

  /**
   * Uploads that EventBridge could neither deliver nor move to the dead-letter queue: nobody is told of the object.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly failedToSendToDlq?: CountAlarmOptions;
}

/**
 * The alarms on the delivery of uploads to a consumer.
 */
export interface UploadAlarms extends DeadLetterAlarms {
  /**
   * Uploads that EventBridge could not deliver to the consumer's queue.
   *
   * @default - switched off
   */
  readonly failedInvocations?: cloudwatch.Alarm;

  /**
   * Uploads that EventBridge could neither deliver nor move to the dead-letter queue.
   *
   * @default - switched off
   */
  readonly failedToSendToDlq?: cloudwatch.Alarm;
}

interface UploadSubject extends DeadLetterSubject {
  /** The path of the consumer below the bucket. */
  readonly path: string;
  readonly rule: events.IRule;
}

/** The page of the runbook. */
const PAGE = 'claim-check';

export const UPLOAD_ALARMS = new AlarmTable<keyof UploadAlarms, object, UploadSubject>({
  ...deadLetterRows<object, UploadSubject>({
    waiting: {
      meaning: ({ path }) => `Uploads for ${path} could not be delivered to the queue of their consumer and are in a dead-letter queue.`,
      firstStep: 'read the attribute ERROR_CODE of one of them; move them to the consumer\'s queue only after the repair.',
    },
    growing: {
      meaning: ({ path }) => `More uploads for ${path} could not be delivered to the queue of their consumer within the last period.`,
      firstStep: 'see whether the cause is the known one.',
    },
    page: PAGE,
  }),
  ...ruleRows<object, UploadSubject>(({ path }) => `Uploads for ${path}`, PAGE),
});
