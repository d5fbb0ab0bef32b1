import type { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as events from 'aws-cdk-lib/aws-events';
import type * as firehose from 'aws-cdk-lib/aws-kinesisfirehose';
import { AlarmSeverity } from '../../alarms/alarms';
import type { AlarmRow } from '../../private/alarms/alarm-table';
import { AlarmTable, ANY } from '../../private/alarms/alarm-table';
import { ThresholdUnit } from '../../private/alarms/tuning';
import { ruleMetric } from '../../private/events/rule-alarms';

/** What is known before anything is made. */
export interface DeliveryFacts {
  readonly intervalSeconds: number;
  /** For how long records are collected for a transformation, beyond what it takes by itself. */
  readonly transformIntervalSeconds: number;
  /** How long a record is kept for delivery. Undefined: not known. */
  readonly keptSeconds: number | undefined;
}

interface StreamSubject {
  /** The path of the pattern. */
  readonly path: string;
  readonly deliveryStream: firehose.IDeliveryStream;
}

interface DeliverySubject extends DeliveryFacts, StreamSubject {
  /** Counts the objects below the error prefix. */
  readonly rule: events.IRule;
}

/** The page of the runbook. */
const PAGE = 'bucket-delivery';

/** Firehose may take one and a half times the buffering interval, and a transformation takes its own time. https://docs.aws.amazon.com/firehose/latest/dev/buffering-hints.html */
const GRACE_SECONDS = 300;
/** Soon enough while any stream keeps its records for a day at least. */
const MOST_BEHIND_MILLIS = 3_600_000;
/** How many minutes last: invocations that fail, and records that are refused, are tried again. */
const LASTING = 3;
const LASTING_THROTTLES = 5;

/** https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html */
function reported(metricName: string, statistic: string): (subject: StreamSubject, period: Duration) => cloudwatch.IMetric {
  return ({ deliveryStream }, period) => deliveryStream.metric(metricName, { period, statistic });
}

function freshness(metricName: string): Pick<AlarmRow<DeliveryFacts, DeliveryFacts & StreamSubject>, 'metric' | 'unit' | 'threshold' | 'ceiling' | 'datapoints' | 'severity'> {
  return {
    metric: reported(metricName, cloudwatch.Stats.MAXIMUM),
    unit: ThresholdUnit.SECONDS,
    threshold: ({ intervalSeconds, transformIntervalSeconds }) => 2 * intervalSeconds + transformIntervalSeconds + GRACE_SECONDS,
    ceiling: untilLost,
    datapoints: 1,
    severity: AlarmSeverity.CRITICAL,
  };
}

function untilLost({ keptSeconds }: Pick<DeliveryFacts, 'keptSeconds'>): { readonly value: number; readonly why: string } | undefined {
  return keptSeconds === undefined ? undefined : { value: keptSeconds, why: 'a record is kept no longer for delivery' };
}

export const DELIVERY_ALARMS = new AlarmTable<'deliveryFreshness' | 'failuresStored', DeliveryFacts, DeliverySubject>({
  deliveryFreshness: {
    ...freshness('DeliveryToS3.DataFreshness'),
    id: 'DeliveryFreshnessAlarm',
    meaning: ({ path }) => `Records of ${path} do not reach the bucket.`,
    firstStep: 'read the log of the delivery stream, and see whether its role may write to the bucket and use its key; what waits for longer than records are kept is lost.',
    runbook: { page: PAGE, section: 'delivery-freshness' },
  },
  failuresStored: {
    id: 'FailuresStoredAlarm',
    metric: (subject, period) => ruleMetric('TriggeredRules', subject, period),
    ...ANY,
    severity: AlarmSeverity.WARNING,
    meaning: ({ path }) => `Records of ${path} could not be processed and are in its failure store.`,
    firstStep: 'read errorMessage in the newest object below the error prefix; replay only after the repair.',
    runbook: { page: PAGE, section: 'failures-stored' },
  },
});

export const TRANSFORM_ALARMS = new AlarmTable<'backupFreshness' | 'transformFailures', DeliveryFacts, DeliverySubject>({
  backupFreshness: {
    ...freshness('BackupToS3.DataFreshness'),
    id: 'BackupFreshnessAlarm',
    meaning: ({ path }) => `Original records of ${path} do not reach the bucket.`,
    firstStep: 'read the log of the delivery stream, and see whether its role may write below the backup prefix and use the key of the bucket.',
    runbook: { page: PAGE, section: 'backup-freshness' },
  },
  transformFailures: {
    ...ANY,
    id: 'TransformFailuresAlarm',
    metric: reported('ExecuteProcessing.Success', cloudwatch.Stats.AVERAGE),
    threshold: 1,
    comparison: 'below',
    datapoints: LASTING,
    severity: AlarmSeverity.WARNING,
    meaning: ({ path }) => `Invocations that transform records of ${path} fail.`,
    firstStep: 'read the log of the delivery stream and that of the function; records whose batch failed four times go to the failure store.',
    runbook: { page: PAGE, section: 'transform-failures' },
  },
});

export const SOURCE_ALARMS = new AlarmTable<'sourceLag', DeliveryFacts, DeliverySubject>({
  sourceLag: {
    metric: reported('KinesisMillisBehindLatest', cloudwatch.Stats.MAXIMUM),
    id: 'SourceLagAlarm',
    unit: ThresholdUnit.MILLISECONDS,
    threshold: MOST_BEHIND_MILLIS,
    ceiling: ({ keptSeconds }) => untilLost({ keptSeconds: keptSeconds && keptSeconds * 1000 }),
    datapoints: 1,
    severity: AlarmSeverity.CRITICAL,
    meaning: ({ path }) => `${path} is far behind its stream.`,
    firstStep: 'see whether the role of the delivery stream may read the stream and use its key, and who else reads it; records that the stream has let go are lost.',
    runbook: { page: PAGE, section: 'source-lag' },
  },
});

export const PUT_ALARMS = new AlarmTable<'throttledRecords', object, StreamSubject>({
  throttledRecords: {
    ...ANY,
    id: 'ThrottledRecordsAlarm',
    metric: reported('ThrottledRecords', cloudwatch.Stats.SUM),
    datapoints: LASTING_THROTTLES,
    severity: AlarmSeverity.WARNING,
    meaning: ({ path }) => `Producers of ${path} send more than its quotas allow.`,
    firstStep: 'see whether the producers retry what PutRecordBatch reports as failed, and ask for higher quotas.',
    runbook: { page: PAGE, section: 'throttled-records' },
  },
});

export const PARTITION_ALARMS = new AlarmTable<'partitionsExceeded', object, StreamSubject>({
  partitionsExceeded: {
    ...ANY,
    id: 'PartitionsExceededAlarm',
    metric: reported('PartitionCountExceeded', cloudwatch.Stats.MAXIMUM),
    severity: AlarmSeverity.WARNING,
    meaning: ({ path }) => `Records of ${path} belong to more partitions at a time than its quota allows, and are in its failure store.`,
    firstStep: 'see whether a key of partitioning has as many values as there are records, and ask for a higher quota otherwise; replay what was stored then.',
    runbook: { page: PAGE, section: 'partitions-exceeded' },
  },
});

type KeyAlarm = 'keyAccessDenied' | 'keyDisabled' | 'keyInvalidState' | 'keyNotFound';

function keyRow(id: string, metricName: string, problem: string): AlarmRow<object, StreamSubject> {
  return {
    ...ANY,
    id,
    metric: reported(metricName, cloudwatch.Stats.SUM),
    severity: AlarmSeverity.CRITICAL,
    meaning: ({ path }) => `The delivery stream of ${path} cannot use its key: ${problem}.`,
    firstStep: 'repair the key or its policy; producers get errors, and what Firehose has already is kept for 24 hours.',
    runbook: { page: PAGE, section: 'key' },
  };
}

export const KEY_ALARMS = new AlarmTable<KeyAlarm, object, StreamSubject>({
  keyAccessDenied: keyRow('KeyAccessDeniedAlarm', 'KMSKeyAccessDenied', 'access is denied'),
  keyDisabled: keyRow('KeyDisabledAlarm', 'KMSKeyDisabled', 'it is disabled'),
  keyInvalidState: keyRow('KeyInvalidStateAlarm', 'KMSKeyInvalidState', 'its state does not allow it'),
  keyNotFound: keyRow('KeyNotFoundAlarm', 'KMSKeyNotFound', 'it is not found'),
});
