import type { Stack } from 'aws-cdk-lib';
import { Duration } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { ALARM, consumerIn } from './fixtures';
import type { BucketDeliveryAlarmOptions, BucketDeliveryProps } from '../../src';
import { Alarms, AlarmSeverity, BucketDelivery } from '../../src';
import { handlerIn, newStack, resourceOf, resourcesOf } from '../messaging/fixtures';

const PAGE = 'https://github.com/cdkserverlesspatterns/cdk-serverless-patterns/blob/v0.0.0/docs/runbooks/bucket-delivery.md';

type Given = (stack: Stack) => BucketDeliveryProps;
const plain: Given = () => ({});
const transformed: Given = (stack) => ({ transform: handlerIn(stack) });
const fromStream: Given = (stack) => ({ source: new kinesis.Stream(stack, 'Stream') });
const partitioned: Given = () => ({ partitioning: { keys: { customer: '.customer' } } });
const withKey: Given = (stack) => ({ encryptionKey: new kms.Key(stack, 'Key') });

function deliveryWith(props: Given, more: Partial<BucketDeliveryProps> = {}) {
  const stack = newStack();
  return { stack, delivery: new BucketDelivery(stack, 'Orders', { ...props(stack), ...more }) };
}

interface Row {
  readonly name: Exclude<keyof BucketDeliveryAlarmOptions, `handler${string}`>;
  readonly props: Given;
  readonly metric: object;
  readonly fires: object;
  readonly description: string;
}

const ofStream = (MetricName: string, Statistic: string): object => ({
  Namespace: 'AWS/Firehose',
  MetricName,
  Statistic,
  Period: 60,
  Dimensions: [{ Name: 'DeliveryStreamName', Value: { Ref: expect.stringMatching(/^OrdersDeliveryStream/) } }],
});
const above = (Threshold: number, EvaluationPeriods = 1): object => (
  { Threshold, ComparisonOperator: 'GreaterThanThreshold', EvaluationPeriods, TreatMissingData: 'notBreaching' }
);
const ofKey = (name: Row['name'], metricName: string, problem: string): Row => ({
  name,
  props: withKey,
  metric: ofStream(metricName, 'Sum'),
  fires: above(0),
  description: `The delivery stream of Stack/Orders cannot use its key: ${problem}. ` +
    `First: repair the key or its policy; producers get errors, and what Firehose has already is kept for 24 hours. Runbook: ${PAGE}#key`,
});

const ROWS: Row[] = [
  {
    name: 'deliveryFreshness',
    props: plain,
    metric: ofStream('DeliveryToS3.DataFreshness', 'Maximum'),
    fires: above(900),
    description: 'Records of Stack/Orders do not reach the bucket. First: read the log of the delivery stream, and see whether its role may write to the bucket and use its key; ' +
      `what waits for longer than records are kept is lost. Runbook: ${PAGE}#delivery-freshness`,
  },
  {
    name: 'failuresStored',
    props: plain,
    metric: { Namespace: 'AWS/Events', MetricName: 'TriggeredRules', Statistic: 'Sum', Period: 60, Dimensions: [{ Name: 'RuleName', Value: { Ref: expect.stringMatching(/^OrdersFailureRule/) } }] },
    fires: above(0),
    description: 'Records of Stack/Orders could not be processed and are in its failure store. ' +
      `First: read errorMessage in the newest object below the error prefix; replay only after the repair. Runbook: ${PAGE}#failures-stored`,
  },
  {
    name: 'backupFreshness',
    props: transformed,
    metric: ofStream('BackupToS3.DataFreshness', 'Maximum'),
    fires: above(900),
    description: 'Original records of Stack/Orders do not reach the bucket. First: read the log of the delivery stream, and see whether its role may write below the backup prefix ' +
      `and use the key of the bucket. Runbook: ${PAGE}#backup-freshness`,
  },
  {
    name: 'transformFailures',
    props: transformed,
    metric: ofStream('ExecuteProcessing.Success', 'Average'),
    fires: { Threshold: 1, ComparisonOperator: 'LessThanThreshold', EvaluationPeriods: 3, TreatMissingData: 'notBreaching' },
    description: 'Invocations that transform records of Stack/Orders fail. First: read the log of the delivery stream and that of the function; ' +
      `records whose batch failed four times go to the failure store. Runbook: ${PAGE}#transform-failures`,
  },
  {
    name: 'partitionsExceeded',
    props: partitioned,
    metric: { ...ofStream('PartitionCountExceeded', 'Maximum'), Dimensions: [{ Name: 'DeliveryStreamName', Value: { Ref: expect.stringMatching(/^OrdersPartitionedDeliveryStream/) } }] },
    fires: above(0),
    description: 'Records of Stack/Orders belong to more partitions at a time than its quota allows, and are in its failure store. ' +
      'First: see whether a key of partitioning has as many values as there are records, and ask for a higher quota otherwise; replay what was stored then. ' +
      `Runbook: ${PAGE}#partitions-exceeded`,
  },
  {
    name: 'sourceLag',
    props: fromStream,
    metric: ofStream('KinesisMillisBehindLatest', 'Maximum'),
    fires: above(3_600_000),
    description: 'Stack/Orders is far behind its stream. First: see whether the role of the delivery stream may read the stream and use its key, and who else reads it; ' +
      `records that the stream has let go are lost. Runbook: ${PAGE}#source-lag`,
  },
  {
    name: 'throttledRecords',
    props: plain,
    metric: ofStream('ThrottledRecords', 'Sum'),
    fires: above(0, 5),
    description: 'Producers of Stack/Orders send more than its quotas allow. First: see whether the producers retry what PutRecordBatch reports as failed, and ask for higher quotas. ' +
      `Runbook: ${PAGE}#throttled-records`,
  },
  ofKey('keyAccessDenied', 'KMSKeyAccessDenied', 'access is denied'),
  ofKey('keyDisabled', 'KMSKeyDisabled', 'it is disabled'),
  ofKey('keyInvalidState', 'KMSKeyInvalidState', 'its state does not allow it'),
  ofKey('keyNotFound', 'KMSKeyNotFound', 'it is not found'),
];

const idOf = (name: string) => `${name.charAt(0).toUpperCase()}${name.slice(1)}Alarm`;

describe.each(ROWS)('the alarm $name', ({ name, props, metric, fires, description }) => {
  const propertiesWith = (alarms?: BucketDeliveryAlarmOptions) => resourceOf(deliveryWith(props, alarms && { alarms }).stack, ALARM, `Orders${idOf(name)}`).Properties;

  test('watches its metric, and fires when it should', () => {
    const properties = propertiesWith();
    expect(properties).toMatchObject({ ...metric, ...fires });
    expect(properties).not.toHaveProperty('DatapointsToAlarm');
  });

  test('says what it means and what to do', () => {
    expect(propertiesWith().AlarmDescription).toBe(description);
  });

  test('is found by its name, and can be switched off', () => {
    expect(deliveryWith(props).delivery.alarms[name]?.node.path).toBe(`Stack/Orders/${idOf(name)}`);
    const { delivery } = deliveryWith(props, { alarms: { [name]: { enabled: false } } });
    expect(Object.keys(delivery.alarms)).toEqual(Object.keys(deliveryWith(props).delivery.alarms).filter((other) => other !== name));
  });

  test('takes another period and other datapoints', () => {
    const other = propertiesWith({ [name]: { period: Duration.minutes(5), evaluationPeriods: 4, datapointsToAlarm: 2 } });
    expect(other).toMatchObject({ Period: 300, EvaluationPeriods: 4, DatapointsToAlarm: 2 });
  });
});

test.each<[string, Given, string[]]>([
  ['producers', plain, ['deliveryFreshness', 'failuresStored', 'throttledRecords']],
  ['producers and a key', withKey, ['deliveryFreshness', 'failuresStored', 'throttledRecords', 'keyAccessDenied', 'keyDisabled', 'keyInvalidState', 'keyNotFound']],
  ['a stream', fromStream, ['deliveryFreshness', 'failuresStored', 'sourceLag']],
  ['a stream and a key for the bucket', (stack) => ({ ...fromStream(stack), ...withKey(stack) }), ['deliveryFreshness', 'failuresStored', 'sourceLag']],
  ['partitions', partitioned, ['deliveryFreshness', 'failuresStored', 'throttledRecords', 'partitionsExceeded']],
  ['a transformation', transformed, [
    'deliveryFreshness', 'failuresStored', 'throttledRecords', 'backupFreshness', 'transformFailures', 'handlerErrors', 'handlerThrottles', 'handlerDuration',
  ]],
])('with %s there are these alarms', (_, props, names) => {
  const { delivery } = deliveryWith(props);
  expect(Object.keys(delivery.alarms)).toEqual(names);
  expect(delivery.allAlarms).toHaveLength(names.length);
});

test('freshness is twice the interval, and five minutes more', () => {
  const interval = { bufferingInterval: Duration.minutes(15) };
  expect(resourceOf(deliveryWith(plain, interval).stack, ALARM, 'OrdersDeliveryFreshness').Properties.Threshold).toBe(2100);
  expect(resourceOf(deliveryWith(transformed, interval).stack, ALARM, 'OrdersBackupFreshness').Properties.Threshold).toBe(2100);
});

test('freshness has room for the time in which records are collected for a transformation, if it is stated', () => {
  const stated = { bufferingInterval: Duration.minutes(15), transformBufferingInterval: Duration.minutes(10) };
  expect(resourceOf(deliveryWith(transformed, stated).stack, ALARM, 'OrdersDeliveryFreshness').Properties.Threshold).toBe(2700);
  expect(resourceOf(deliveryWith(transformed, stated).stack, ALARM, 'OrdersBackupFreshness').Properties.Threshold).toBe(2700);
});

test('the alarms on the function are of its own timeout', () => {
  const { stack } = deliveryWith(transformed);
  expect(resourceOf(stack, ALARM, 'HandlerHandlerAlarmsDuration').Properties.Threshold).toBe(8000);
  expect(deliveryWith(transformed, { alarms: { handlerErrors: { threshold: 7 } } }).delivery.alarms.handlerErrors).toBeDefined();
});

test('stated thresholds are taken', () => {
  const { stack } = deliveryWith(plain, { alarms: { deliveryFreshness: { threshold: Duration.minutes(20) }, failuresStored: { threshold: 5 } } });
  expect(resourceOf(stack, ALARM, 'OrdersDeliveryFreshness').Properties.Threshold).toBe(1200);
  expect(resourceOf(stack, ALARM, 'OrdersFailuresStored').Properties.Threshold).toBe(5);
});

test('the alarms are a copy, with those of consumers: changing it changes nothing', () => {
  const { stack, delivery } = deliveryWith(plain);
  const { alarms } = delivery.addFailureConsumer('Inspection', consumerIn(stack));
  delivery.allAlarms.pop();
  expect(delivery.allAlarms).toEqual([...Object.values(delivery.alarms), ...Object.values(alarms)]);
  expect(Object.keys(alarms)).toEqual(['deadLetters', 'moreDeadLetters', 'failedInvocations', 'failedToSendToDlq']);
});

test('what may be lost is worth waking somebody for, the rest can wait', () => {
  const stack = newStack();
  const props = { ...transformed(stack), ...withKey(stack) };
  new BucketDelivery(stack, 'Orders', props);
  new BucketDelivery(stack, 'Others', { ...fromStream(stack), ...partitioned(stack) });
  Alarms.of(stack).notifyOf(AlarmSeverity.CRITICAL, new SnsAction(new sns.Topic(stack, 'OnCall')));
  Alarms.of(stack).notifyOf(AlarmSeverity.WARNING, new SnsAction(new sns.Topic(stack, 'Team')));
  const alarms = Object.entries(resourcesOf(stack, ALARM));
  const notified = (by: string) => alarms.filter(([, { Properties }]) => JSON.stringify(Properties.AlarmActions ?? []).includes(by));
  expect([...notified('OnCall'), ...notified('Team')]).toHaveLength(alarms.length);
  const waking = notified('OnCall');
  expect(waking.map(([id]) => id.slice(0, -8)).sort()).toEqual([
    'OrdersBackupFreshnessAlarm', 'OrdersDeliveryFreshnessAlarm', 'OrdersKeyAccessDeniedAlarm', 'OrdersKeyDisabledAlarm', 'OrdersKeyInvalidStateAlarm', 'OrdersKeyNotFoundAlarm',
    'OthersDeliveryFreshnessAlarm', 'OthersSourceLagAlarm',
  ]);
});
