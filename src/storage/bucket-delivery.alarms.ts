import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { AlarmOptions, CountAlarmOptions, DurationAlarmOptions, HandlerAlarmOptions } from '../alarms/alarm-options';
import type { HandlerAlarms } from '../alarms/alarms-by-name';

/**
 * Tuning of the alarms of a `BucketDelivery`. Those on the function are for the one that transforms records.
 */
export interface BucketDeliveryAlarmOptions extends HandlerAlarmOptions {
  /**
   * The age of the oldest record that is not in the bucket yet. Without a `source`, Firehose gives up a record after 24 hours.
   *
   * @default - on; above twice `bufferingInterval`, and `transformBufferingInterval` if it is stated, and 5 minutes more, in 1 of 1 periods
   */
  readonly deliveryFreshness?: DurationAlarmOptions;

  /**
   * Records that could not be processed were stored below `errorPrefix`.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly failuresStored?: CountAlarmOptions;

  /**
   * The age of the oldest record whose original is not in the bucket yet.
   *
   * @default - on, with `transform`; above twice `bufferingInterval`, and `transformBufferingInterval` if it is stated, and 5 minutes more, in 1 of 1 periods
   */
  readonly backupFreshness?: DurationAlarmOptions;

  /**
   * Some invocations of the function that transforms records do not succeed, for whatever reason.
   *
   * @default - on, with `transform`; below 100 % in 3 of 3 periods
   */
  readonly transformFailures?: AlarmOptions;

  /**
   * Records were put below `errorPrefix` because they belong to more folders at a time than the quota of the delivery stream allows.
   *
   * @default - on, with `partitioning`; above 0 in 1 of 1 periods
   */
  readonly partitionsExceeded?: AlarmOptions;

  /**
   * How far Firehose is behind the newest record of `source`.
   *
   * @default - on, with `source`; above 1 hour in 1 of 1 periods
   */
  readonly sourceLag?: DurationAlarmOptions;

  /**
   * Records that Firehose refused because producers send more than its quotas.
   *
   * @default - on, without `source`; above 0 in 5 of 5 periods
   */
  readonly throttledRecords?: CountAlarmOptions;

  /**
   * Firehose may not use `encryptionKey` for the records that it buffers.
   *
   * @default - on, with `encryptionKey` and without `source`; above 0 in 1 of 1 periods
   */
  readonly keyAccessDenied?: CountAlarmOptions;

  /**
   * Firehose cannot use `encryptionKey`, because it is disabled.
   *
   * @default - on, with `encryptionKey` and without `source`; above 0 in 1 of 1 periods
   */
  readonly keyDisabled?: CountAlarmOptions;

  /**
   * Firehose cannot use `encryptionKey` in its state, for instance because it is to be deleted.
   *
   * @default - on, with `encryptionKey` and without `source`; above 0 in 1 of 1 periods
   */
  readonly keyInvalidState?: CountAlarmOptions;

  /**
   * Firehose does not find `encryptionKey`.
   *
   * @default - on, with `encryptionKey` and without `source`; above 0 in 1 of 1 periods
   */
  readonly keyNotFound?: CountAlarmOptions;
}

/**
 * The alarms of a `BucketDelivery`, on the delivery stream and on the function that transforms records.
 */
export interface BucketDeliveryAlarms extends HandlerAlarms {
  /**
   * The age of the oldest record that is not in the bucket yet.
   *
   * @default - switched off
   */
  readonly deliveryFreshness?: cloudwatch.Alarm;

  /**
   * Records that could not be processed were stored.
   *
   * @default - switched off
   */
  readonly failuresStored?: cloudwatch.Alarm;

  /**
   * The age of the oldest record whose original is not in the bucket yet.
   *
   * @default - switched off, or no `transform`
   */
  readonly backupFreshness?: cloudwatch.Alarm;

  /**
   * Some invocations of the function that transforms records do not succeed.
   *
   * @default - switched off, or no `transform`
   */
  readonly transformFailures?: cloudwatch.Alarm;

  /**
   * Records belong to more folders at a time than the quota allows.
   *
   * @default - switched off, or no `partitioning`
   */
  readonly partitionsExceeded?: cloudwatch.Alarm;

  /**
   * How far Firehose is behind the newest record of `source`.
   *
   * @default - switched off, or no `source`
   */
  readonly sourceLag?: cloudwatch.Alarm;

  /**
   * Records that Firehose refused because producers send more than its quotas.
   *
   * @default - switched off, or records come from a `source`
   */
  readonly throttledRecords?: cloudwatch.Alarm;

  /**
   * Firehose may not use `encryptionKey`.
   *
   * @default - switched off, or Firehose does not use one
   */
  readonly keyAccessDenied?: cloudwatch.Alarm;

  /**
   * Firehose cannot use `encryptionKey`, because it is disabled.
   *
   * @default - switched off, or Firehose does not use one
   */
  readonly keyDisabled?: cloudwatch.Alarm;

  /**
   * Firehose cannot use `encryptionKey` in its state.
   *
   * @default - switched off, or Firehose does not use one
   */
  readonly keyInvalidState?: cloudwatch.Alarm;

  /**
   * Firehose does not find `encryptionKey`.
   *
   * @default - switched off, or Firehose does not use one
   */
  readonly keyNotFound?: cloudwatch.Alarm;
}
