import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { AlarmOptions, CountAlarmOptions, DurationAlarmOptions, HandlerAlarmOptions } from '../alarms/alarm-options';
import type { HandlerAlarms } from '../alarms/alarms-by-name';

/**
 * Tuning of the alarms on a function that a stream feeds.
 */
export interface StreamReaderAlarmOptions extends HandlerAlarmOptions {
  /**
   * The age of the last record of the batches that the handler processes.
   *
   * @default - on; above a quarter of `maxRecordAge`, at most above an hour, in 1 of 1 periods
   */
  readonly iteratorAge?: DurationAlarmOptions;

  /**
   * The same age, when records will soon be given up unprocessed.
   *
   * @default - on; above half of `maxRecordAge` in 1 of 1 periods
   */
  readonly iteratorAgeCritical?: DurationAlarmOptions;

  /**
   * Records that were dropped and are not in the failure store.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly droppedRecords?: CountAlarmOptions;

  /**
   * Batches that Lambda could not put into the failure store.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly failuresNotStored?: CountAlarmOptions;

  /**
   * Records that could not be processed and were put into the failure store.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly storedFailures?: CountAlarmOptions;

  /**
   * The event source has stopped reading the stream: it is disabled, or may not read any more. The alarm on the iterator age is silent then.
   *
   * @default - on; without any poll in 15 of 15 periods
   */
  readonly readingStopped?: AlarmOptions;
}

/**
 * The alarms on a function that a stream feeds.
 */
export interface StreamReaderAlarms extends HandlerAlarms {
  /**
   * The age of the last record of the batches that the handler processes.
   *
   * @default - switched off
   */
  readonly iteratorAge?: cloudwatch.Alarm;

  /**
   * The same age, when records will soon be given up unprocessed.
   *
   * @default - switched off
   */
  readonly iteratorAgeCritical?: cloudwatch.Alarm;

  /**
   * Records that were dropped and are not in the failure store.
   *
   * @default - switched off
   */
  readonly droppedRecords?: cloudwatch.Alarm;

  /**
   * Batches that Lambda could not put into the failure store.
   *
   * @default - switched off
   */
  readonly failuresNotStored?: cloudwatch.Alarm;

  /**
   * Records that could not be processed and were put into the failure store.
   *
   * @default - switched off
   */
  readonly storedFailures?: cloudwatch.Alarm;

  /**
   * The event source has stopped reading the stream.
   *
   * @default - switched off
   */
  readonly readingStopped?: cloudwatch.Alarm;
}
