import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { CountAlarmOptions, DeadLetterAlarmOptions } from '../alarms/alarm-options';
import type { DeadLetterAlarms } from '../alarms/alarms-by-name';
import { AlarmTable } from '../private/alarms/alarm-table';
import type { ObjectDeliverySubject } from '../private/events/object-delivery-alarms';
import { objectDeliveryRows } from '../private/events/object-delivery-alarms';

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

export const UPLOAD_ALARMS = new AlarmTable<keyof UploadAlarms, object, ObjectDeliverySubject>(objectDeliveryRows('uploads', 'claim-check'));
