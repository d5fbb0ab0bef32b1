import { ALARM_METRICS, DELIVERIES_ALLOWED, IAM_ACTIONS, PLAIN_HTTP_REFUSED, STATEMENTS_NEEDED } from './opinions';
import { testsIn } from './promise';
import type { PagePromises } from './promise';

const alarms = testsIn('test/storage/bucket-delivery.alarms.test.ts');
const checks = testsIn('test/storage/bucket-delivery.checks.test.ts');
const composition = testsIn('test/storage/bucket-delivery.composition.test.ts');
const defaults = testsIn('test/storage/bucket-delivery.defaults.test.ts');
const formats = testsIn('test/storage/bucket-delivery.formats.test.ts');
const lateChanges = testsIn('test/storage/bucket-delivery.late-changes.test.ts');
const fed = testsIn('test/messaging/topic-fan-out.deliveries.test.ts');
const drill = testsIn('integ/integ.bucket-delivery.ts');
const permissionsDrill = testsIn('integ/integ.bucket-delivery-permissions.ts');

const WATCHES = alarms('the alarm $name › watches its metric, and fires when it should');
const RUNG = drill("broken: ['Errors', 'FailuresStoredAlarm', 'TransformFailuresAlarm']", 'cloudwatch_eventbridge_metrics', 'cloudwatch_alarm_evaluation', 'cloudwatch_alarm_actions');
const RUNG_WITH_IAM = permissionsDrill("refused: ['DeliveryFreshnessAlarm'], streamed: ['SourceLagAlarm']", 'cloudwatch_alarm_evaluation', 'cloudwatch_alarm_actions');

export const bucketDelivery: PagePromises = {
  name: 'BucketDelivery',
  page: 'docs/bucket-delivery.md',
  promises: [
    {
      id: 'nothing-lost',
      says: 'Each record is in the data once, or kept with its reason, or dropped as asked',
      section: 'a-transformation',
      tests: [drill("data: having('transform'),"), drill("errors: { 'Lambda.MissingRecordId': having('forget'), 'Lambda.ProcessingFailedStatus': having('fail') },")],
    },
    {
      id: 'originals',
      says: 'With a transformation the originals are kept below `backupPrefix`, for 90 days',
      section: 'a-transformation',
      tests: [
        defaults('with a transformation › the records are kept as they came'),
        defaults('with nothing stated, the bucket › keeps original records for 90 days, with a transformation'),
        drill('source: all(mixed),'),
      ],
    },
    {
      id: 'throws',
      says: 'A batch on which the function always throws is kept whole below `errorPrefix`',
      section: 'a-transformation',
      tests: [drill("untilLakeIs(broken, { data: [], errors: { 'Lambda.FunctionError': all(simple) }, source: all(simple) })")],
    },
    {
      id: 'errors-beside-data',
      says: 'Failures and originals lie beside the data, never beneath it',
      section: 'defaults',
      tests: [
        defaults('with nothing stated, the delivery stream › writes to the bucket by its role, after five minutes or 128 MiB, compressed, in folders side by side, a line for each record'),
        checks('the props › take not %s'),
      ],
    },
    {
      id: 'lines',
      says: 'Each record of an object is a line',
      section: 'minimal',
      tests: [
        defaults('with nothing stated, the delivery stream › writes to the bucket by its role, after five minutes or 128 MiB, compressed, in folders side by side, a line for each record'),
        drill('untilLakeIs(plain, { data: all(simple), errors: {}, source: [] })'),
      ],
    },
    {
      id: 'parquet',
      says: 'With `parquet` records are converted by the newest version of the table, which the role may read and nothing else of the catalog; what Firehose refuses beside it is an error',
      section: 'parquet',
      tests: [
        formats('Parquet › is written by the newest version of a table of this account and region, compressed with Snappy'),
        formats('Parquet › is neither compressed once more nor put into lines, while originals are compressed'),
        formats('Parquet › takes that the role may read the table, and nothing else of the catalog'),
        formats('Parquet › waits until the role may read the table'),
        formats('Parquet › takes not %s'),
        DELIVERIES_ALLOWED,
      ],
    },
    {
      id: 'partitions',
      says: 'With `partitioning` records are put into folders by jq, after the transformation; keys, prefix and buffer are as Firehose demands',
      section: 'folders-by-content',
      tests: [
        formats('partitions › are switched on, with a folder for each key and for each hour, and two hours of retries'),
        formats('partitions › are made by jq after the transformation, and before records are put into lines'),
        formats('partitions › are not by %s'),
        drill("folders: { 'fault=poison': foundAs('poison'), 'fault=slow': foundAs('slow') }"),
      ],
    },
    {
      id: 'partitions-failed',
      says: 'A record without a key by which it could be put into a folder is kept with its reason below the error prefix, and rings `failuresStored`',
      section: 'folders-by-content',
      tests: [
        drill("'DynamicPartitioning.MetadataExtractionFailed': foundAs()"),
        drill("sorted: ['FailuresStoredAlarm']", 'cloudwatch_eventbridge_metrics', 'cloudwatch_alarm_evaluation', 'cloudwatch_alarm_actions'),
      ],
    },
    {
      id: 'partitions-replace',
      says: 'Adding `partitioning`, or taking it out, replaces the delivery stream',
      section: 'folders-by-content',
      tests: [formats('partitions › are written by a delivery stream of their own, because Firehose cannot switch them on later')],
    },
    {
      id: 'rings-partitions',
      says: 'More folders at a time than the quota allows ring `partitionsExceeded`',
      section: 'alarms',
      tests: [WATCHES, ALARM_METRICS],
    },
    {
      id: 'beside-each-other',
      says: 'Two deliveries of an app into one bucket have folders beside each other',
      section: 'two-deliveries-into-one-bucket',
      tests: [formats('deliveries into one bucket › share no %s'), formats('deliveries into one bucket › are found although they are given the bucket by two imports of it')],
    },
    {
      id: 'source-delivered',
      says: 'The records of a Kinesis stream are delivered',
      section: 'minimal',
      tests: [
        defaults('with a stream as source › the delivery stream reads it by its role, and encrypts nothing by itself'),
        composition('a stream can feed a function and a bucket'),
        permissionsDrill('untilLakeIs(streamed, { data: all(plain), errors: {} })'),
      ],
    },
    {
      id: 'fed-by-topic-and-bus',
      says: 'A topic and a bus can feed it, each with a dead-letter queue of its own',
      section: 'fed-by-a-topic-or-a-bus',
      tests: [
        fed('a delivery to a bucket › is subscribed by its delivery stream, raw, with a role and a dead-letter queue of its own'),
        fed('a bus feeds a delivery to a bucket by a target, with a dead-letter queue and retries'),
      ],
    },
    {
      id: 'refused-waits',
      says: 'What the bucket refuses waits, rings `deliveryFreshness`, and arrives once after the repair',
      section: 'who-gives-up-when',
      tests: [RUNG_WITH_IAM, permissionsDrill('untilLakeIs(refused, { data: all(plain), errors: {} })')],
    },
    {
      id: 'rings-in-time',
      says: '`deliveryFreshness` rings at twice the interval and 5 minutes, and cannot be tuned to ring when records are lost already',
      section: 'alarms',
      tests: [alarms('freshness is twice the interval, and five minutes more'), checks('alarms › %s'), WATCHES, ALARM_METRICS],
    },
    { id: 'rings-source-lag', says: '`sourceLag` rings for a stream that is not read', section: 'alarms', tests: [WATCHES, ALARM_METRICS, RUNG_WITH_IAM] },
    { id: 'rings-failures-stored', says: 'An object with failures rings `failuresStored`', section: 'alarms', tests: [WATCHES, ALARM_METRICS, RUNG] },
    { id: 'rings-transform-failures', says: 'A function that fails rings `transformFailures`, and the alarm on its own errors', section: 'alarms', tests: [WATCHES, ALARM_METRICS, RUNG] },
    {
      id: 'rings-others',
      says: '`throttledRecords`, `backupFreshness` and the alarms on the key watch the metrics of Firehose',
      section: 'alarms',
      tests: [WATCHES, alarms('with %s there are these alarms'), ALARM_METRICS],
    },
    {
      id: 'silence',
      says: 'No alarm rings for a delivery without faults',
      section: 'alarms',
      tests: [drill('plain: [],', 'cloudwatch_alarm_evaluation')],
    },
    {
      id: 'told',
      says: 'A failure consumer is told of each object with failures, and of no other; what EventBridge cannot deliver is set aside',
      section: 'what-could-not-be-processed',
      tests: [
        defaults('what could not be processed › is told to a consumer, for 24 hours, and else set aside'),
        drill('told: true,'),
      ],
    },
    {
      id: 'role',
      says: 'The role may read, transform and write what it must, of this account and by the key through the service only, and nothing else',
      section: 'permissions',
      tests: [
        defaults('the role › may write to the bucket of this account and to its log, and nothing else'),
        defaults('the role › may use the key through S3, for this bucket'),
        defaults('the role › may read the stream, and decrypt it through Kinesis'),
        defaults('the role › may invoke the function that transforms, in the version that is meant'),
        IAM_ACTIONS,
        permissionsDrill("untilLakeIs(sealed, { data: having('transform')"),
      ],
    },
    {
      id: 'producers',
      says: 'A producer may put records, and cannot be allowed to beside a stream',
      section: 'permissions',
      tests: [
        defaults('a producer may put records, one by one and in batches'),
        defaults('with a stream as source › nobody can be allowed to put records beside it'),
        permissionsDrill("send('sealed', mixed)"),
      ],
    },
    {
      id: 'reading-failures',
      says: 'The handler of a failure consumer may read failures, not data, and change nothing',
      section: 'permissions',
      tests: [
        defaults('what could not be processed › can be read by the handler of a consumer, or by who is named in its place'),
        permissionsDrill("getData: 'refused',"),
      ],
    },
    {
      id: 'rule-reaches-queues',
      says: 'EventBridge may send to the queue of a consumer from its rule only',
      section: 'permissions',
      tests: [composition('the rule of a consumer, and no other, may send to its queue'), DELIVERIES_ALLOWED, STATEMENTS_NEEDED],
    },
    {
      id: 'closed',
      says: 'Requests without TLS are refused',
      section: 'defaults',
      tests: [PLAIN_HTTP_REFUSED, lateChanges('an injector of the CDK\'s own constructs changes %s')],
    },
    {
      id: 'encrypted',
      says: 'The key encrypts the bucket, what Firehose has collected and the dead letters of consumers; without one a key that AWS owns does',
      section: 'a-customer-managed-key',
      tests: [
        defaults('what is stated › the key encrypts the bucket, what Firehose has buffered, and the dead letters of consumers'),
        defaults('with nothing stated, the delivery stream › takes records from producers, and encrypts what it buffers'),
      ],
    },
    {
      id: 'no-function-between',
      says: 'S3 tells EventBridge by itself; there is no custom resource and no function in between',
      section: 'a-live-bucket',
      tests: [
        defaults('with nothing stated, the bucket › sends its events to EventBridge by its own property, without a function that sets it'),
        testsIn('test/patterns/check-pattern.ts')('has no custom resource'),
      ],
    },
    {
      id: 'deletion',
      says: 'The bucket is kept when the stack is deleted, except when the deployment that makes it fails',
      section: 'stacks-keys-and-deletion',
      tests: [defaults('with nothing stated, the bucket › is kept, except when the deployment that makes it fails')],
    },
    {
      id: 'other-stacks',
      says: 'Producers and consumers of another stack depend on the delivery\'s, which depends on that of the stream, the function and the key',
      section: 'stacks-keys-and-deletion',
      tests: [
        composition('the stack of a consumer, and of a producer, depends on that of the delivery, never the reverse'),
        composition('the stack depends on those of the stream, the function and the key'),
      ],
    },
    {
      id: 'adopted',
      says: 'An adopted bucket is not changed, and must send its events and keep failures while a consumer may be told of them',
      section: 'a-live-bucket',
      tests: [
        checks('a bucket that is given › is not changed'),
        checks('a bucket that is given › must send its events'),
        checks('a bucket that is given › must keep failures for as long as a consumer may be told of them'),
      ],
    },
    {
      id: 'late-changes',
      says: 'A derived value that an aspect, an injector or an override changes is an error at synthesis, which says how to state it',
      section: 'what-is-checked',
      tests: [lateChanges('what is added to the bucket › %s'), lateChanges('what is added to the bucket › is no ordinary notification: it switches EventBridge off')],
    },
  ],
};
