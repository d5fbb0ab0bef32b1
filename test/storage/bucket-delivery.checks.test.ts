import type { StackProps } from 'aws-cdk-lib';
import { App, CfnParameter, Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { consumerIn, importedConsumerIn, problemsAtSynth, problemsIn, warningIds, warningOf } from './fixtures';
import type { BucketDeliveryAlarmOptions, BucketDeliveryProps, FailureConsumerOptions, IQueueFed } from '../../src';
import { BucketDelivery } from '../../src';
import { handlerIn, newStack } from '../messaging/fixtures';

const ENV: StackProps = { env: { region: 'eu-west-1', account: '111122223333' } };

const problemsWith = (props: (stack: Stack) => BucketDeliveryProps) => {
  const stack = new Stack(new App(), 'Stack', ENV);
  const given = props(stack);
  return problemsIn(() => new BucketDelivery(stack, 'Orders', given));
};

const functionIn = (stack: Stack, region: string, account = '111122223333') => (
  lambda.Function.fromFunctionAttributes(stack, 'Transform', { functionArn: `arn:aws:lambda:${region}:${account}:function:transform` })
);
const streamIn = (stack: Stack, place: string) => kinesis.Stream.fromStreamArn(stack, 'Stream', `arn:aws:kinesis:${place}:stream/orders`);

const SIDE_BY_SIDE = 'but one of them begins with the other, so that what reads one would take the objects of the other for its own: ' +
  'state two folders beside each other, such as \'data/\' and \'errors/\'';

describe('the props', () => {
  test.each<[string, (stack: Stack) => BucketDeliveryProps, string]>([
    ['a buffer of part of a MiB', () => ({ bufferingSize: Size.kibibytes(1536) }), 'bufferingSize is 1572864 bytes, but must be in whole MiB: state it with Size.mebibytes'],
    ['a buffer below a MiB', () => ({ bufferingSize: Size.kibibytes(512) }), 'bufferingSize is 524288 bytes, but must be from 1048576 to 134217728: leave it out for 128 MiB'],
    ['an interval of more than 15 minutes', () => ({ bufferingInterval: Duration.seconds(901) }), (
      'bufferingInterval is 901 seconds, but must be from 0 to 900 whole seconds: leave it out for 5 minutes'
    )],
    ['an interval of part of a second', () => ({ bufferingInterval: Duration.millis(1500) }), (
      'bufferingInterval is 1.5 seconds, but must be from 0 to 900 whole seconds: leave it out for 5 minutes'
    )],
    ['a prefix that is no folder', () => ({ prefix: 'data' }), (
      'prefix is \'data\', but must be the name of a folder, which ends with a slash and does not begin with one: state it as \'data/\''
    )],
    ['a prefix that begins with a slash', () => ({ errorPrefix: '/failed/' }), (
      'errorPrefix is \'/failed/\', but must be the name of a folder, which ends with a slash and does not begin with one: state it as \'failed/\''
    )],
    ['a prefix that is too long', () => ({ prefix: `${'x'.repeat(1024)}/` }), 'prefix has 1025 characters, but Firehose takes 1024 at most: state a shorter one'],
    ['an expression for errors in the prefix of the data', () => ({ prefix: 'data/!{firehose:error-output-type}/' }), (
      'prefix has the expression \'!{firehose:error-output-type}\', but only !{timestamp:...} and !{firehose:random-string} are evaluated here: take it out'
    )],
    ['an expression of a partition key', () => ({ prefix: 'data/!{timestamp:yyyy}/!{partitionKeyFromQuery:id}/' }), (
      'prefix has the expression \'!{partitionKeyFromQuery:id}\', but only !{timestamp:...} and !{firehose:random-string} are evaluated here: take it out'
    )],
    ['an expression without an end', () => ({ prefix: 'data/!{timestamp:yyyy/' }), (
      'prefix has the expression \'!{timestamp:yyyy/\', but only !{timestamp:...} and !{firehose:random-string} are evaluated here: take it out'
    )],
    ['an expression in the error prefix', () => ({ errorPrefix: 'errors/!{timestamp:yyyy}/' }), (
      'errorPrefix has the expression \'!{timestamp:yyyy}\', but is what the keys begin with for everybody who looks there: take it out; Firehose adds the type of the error by itself'
    )],
    ['an error prefix beneath the data', () => ({ errorPrefix: 'data/errors/' }), `prefix is 'data/' and errorPrefix is 'data/errors/', ${SIDE_BY_SIDE}`],
    ['data that may be among the errors', () => ({ prefix: '!{timestamp:yyyy}/' }), `prefix is '!{timestamp:yyyy}/' and errorPrefix is 'errors/', ${SIDE_BY_SIDE}`],
    ['data beneath the originals', (stack) => ({ transform: handlerIn(stack), prefix: 'source/data/' }), `prefix is 'source/data/' and backupPrefix is 'source/', ${SIDE_BY_SIDE}`],
    ['errors among the originals', (stack) => ({ transform: handlerIn(stack), backupPrefix: 'errors/' }), `errorPrefix is 'errors/' and backupPrefix is 'errors/', ${SIDE_BY_SIDE}`],
    ['a function in another region', (stack) => ({ transform: functionIn(stack, 'us-east-1') }), (
      'transform \'Stack/Transform\' is in region us-east-1, but this stack is in eu-west-1, and Firehose invokes functions of its own region only: make the BucketDelivery in a stack of that region'
    )],
    ['a function in another account', (stack) => ({ transform: functionIn(stack, 'eu-west-1', '444455556666') }), (
      'transform \'Stack/Transform\' is in account 444455556666, but this stack is in 111122223333, and Firehose invokes functions of its own account only: make the BucketDelivery in a stack of that account'
    )],
    ['a stream in another region', (stack) => ({ source: streamIn(stack, 'us-east-1:111122223333') }), (
      'source \'Stack/Stream\' is in region us-east-1, but this stack is in eu-west-1, and Firehose reads streams of its own region only: make the BucketDelivery in a stack of that region'
    )],
    ['a stream in another account', (stack) => ({ source: streamIn(stack, 'eu-west-1:444455556666') }), (
      'source \'Stack/Stream\' is in account 444455556666, but this stack is in 111122223333, and Firehose reads streams of its own account only: make the BucketDelivery in a stack of that account'
    )],
    ['a function that takes more than five minutes', (stack) => ({ transform: handlerIn(stack, { timeout: Duration.seconds(301) }) }), (
      'the timeout of transform \'Stack/Handler\' is 301 seconds, but Firehose waits for at most 300, and then invokes it again: lower the timeout where the function is made'
    )],
    ['a bucket in another region', (stack) => ({ bucket: s3.Bucket.fromBucketAttributes(stack, 'Lake', { bucketName: 'lake', region: 'us-east-1' }) }), (
      expect.stringMatching(/^bucket 'Stack\/Lake' is in region us-east-1, but the rule/) as string
    )],
    ['an AWS-managed key', (stack) => ({ encryptionKey: kms.Alias.fromAliasName(stack, 'Key', 'alias/aws/s3') }), (
      'encryptionKey is the AWS-managed key \'alias/aws/s3\', which services may not use for each other, but must be a customer-managed key: ' +
      'give one, or leave encryptionKey out for keys of S3, SQS and Firehose'
    )],
    ['a snapshot', () => ({ removalPolicy: RemovalPolicy.SNAPSHOT }), (
      'removalPolicy is snapshot, but there are no snapshots of a bucket or a queue: set RemovalPolicy.RETAIN or RemovalPolicy.DESTROY, or leave removalPolicy out'
    )],
    ['a backup of what is not changed', () => ({ backupPrefix: 'raw/' }), (
      'backupPrefix is \'raw/\', but transform is not set, so that the records are not changed and no others are kept: leave backupPrefix out'
    )],
  ])('take not %s', (_, props, problem) => {
    expect(problemsWith(props)).toEqual([problem]);
  });

  test.each<[string, (stack: Stack) => BucketDeliveryProps]>([
    ['the longest prefix', () => ({ prefix: `${'x'.repeat(1023)}/` })],
    ['a buffer of one MiB, and of 128', () => ({ bufferingSize: Size.mebibytes(128) })],
    ['a function that takes five minutes', (stack) => ({ transform: handlerIn(stack, { timeout: Duration.seconds(300) }) })],
    ['a prefix that begins like another', () => ({ prefix: 'errors-of-machines/' })],
    ['a prefix like that of the originals, which there are not', () => ({ prefix: 'source/' })],
    ['what is in the same place', (stack) => ({ transform: functionIn(stack, 'eu-west-1'), source: streamIn(stack, 'eu-west-1:111122223333') })],
  ])('take %s', (_, props) => {
    expect(problemsWith(props)).toEqual([]);
  });

  test('take not an empty prefix, beneath which everything is', () => {
    expect(problemsWith(() => ({ prefix: '' }))).toEqual([
      'prefix is \'\', but must be the name of a folder, which ends with a slash and does not begin with one: state it as \'data/\'',
      `prefix is '' and errorPrefix is 'errors/', ${SIDE_BY_SIDE}`,
    ]);
  });

  test('are all told of at once', () => {
    expect(problemsWith(() => ({ prefix: 'data', removalPolicy: RemovalPolicy.SNAPSHOT, bufferingInterval: Duration.minutes(16), alarms: { deliveryFreshness: { period: Duration.seconds(30) } } })))
      .toHaveLength(4);
  });

  test('of which the interval is a token get no alarms', () => {
    const interval = (stack: Stack) => ({ bufferingInterval: Duration.seconds(new CfnParameter(stack, 'Interval', { type: 'Number' }).valueAsNumber) });
    expect(problemsWith(interval)).toEqual(['bufferingInterval is a token, but must be known, because the alarms on freshness are derived from it: state it, or leave it out for 5 minutes']);
  });
});

describe('alarms', () => {
  const OPTIONS = { period: Duration.minutes(5) };
  const asSet = (names: readonly (keyof BucketDeliveryAlarmOptions)[]): BucketDeliveryAlarmOptions => (
    Object.fromEntries(names.map((name) => [name, OPTIONS]))
  );
  const TRANSFORM = ['backupFreshness', 'transformFailures', 'handlerErrors', 'handlerThrottles', 'handlerDuration'] as const;
  const KEY = ['keyAccessDenied', 'keyDisabled', 'keyInvalidState', 'keyNotFound'] as const;
  const without = (names: readonly string[], why: string) => names.map((name) => `alarms.${name} is set, but ${why}, so there is no such alarm: leave it out`);

  test('on a transformation need one', () => {
    expect(problemsWith(() => ({ alarms: asSet(TRANSFORM) }))).toEqual(without(TRANSFORM, 'transform is not'));
    expect(problemsWith((stack) => ({ transform: handlerIn(stack), alarms: asSet(TRANSFORM) }))).toEqual([]);
  });

  test('on a source need one', () => {
    expect(problemsWith(() => ({ alarms: asSet(['sourceLag']) }))).toEqual(without(['sourceLag'], 'source is not'));
    expect(problemsWith((stack) => ({ source: new kinesis.Stream(stack, 'Stream'), alarms: asSet(['sourceLag']) }))).toEqual([]);
  });

  test('on producers and on the key that Firehose uses need producers', () => {
    const names = ['throttledRecords', ...KEY] as const;
    expect(problemsWith((stack) => ({ source: new kinesis.Stream(stack, 'Stream'), encryptionKey: new kms.Key(stack, 'Key'), alarms: asSet(names) })))
      .toEqual(without(names, 'the records come from a stream (source)'));
    expect(problemsWith((stack) => ({ encryptionKey: new kms.Key(stack, 'Key'), alarms: asSet(names) }))).toEqual([]);
  });

  test('on the key need a key', () => {
    expect(problemsWith(() => ({ alarms: asSet(KEY) }))).toEqual(without(KEY, 'encryptionKey is not'));
  });

  test.each<[string, (stack: Stack) => BucketDeliveryProps, BucketDeliveryAlarmOptions, string[]]>([
    ['deliveryFreshness', () => ({}), { deliveryFreshness: { threshold: Duration.hours(24) } }, ['alarms.deliveryFreshness.threshold is 86400 seconds, but must be less than 86400']],
    ['deliveryFreshness that rings in time', () => ({}), { deliveryFreshness: { threshold: Duration.minutes(1439) } }, []],
    ['deliveryFreshness of a stream that keeps records for a day', (stack) => ({ source: kinesis.Stream.fromStreamArn(stack, 'Stream', new kinesis.CfnStream(stack, 'Bare').attrArn) }), (
      { deliveryFreshness: { threshold: Duration.hours(24) } }
    ), ['alarms.deliveryFreshness.threshold is 86400 seconds, but must be less than 86400']],
    ['sourceLag of a stream that keeps records for two', (stack) => ({ source: new kinesis.Stream(stack, 'Stream', { retentionPeriod: Duration.hours(48) }) }), (
      { sourceLag: { threshold: Duration.hours(48) } }
    ), ['alarms.sourceLag.threshold is 172800000 milliseconds, but must be less than 172800000']],
    ['sourceLag that rings in time', (stack) => ({ source: new kinesis.Stream(stack, 'Stream', { retentionPeriod: Duration.hours(48) }) }), { sourceLag: { threshold: Duration.hours(47) } }, []],
    ['sourceLag of a stream that is not known', (stack) => ({ source: streamIn(stack, 'eu-west-1:111122223333') }), { sourceLag: { threshold: Duration.days(300) } }, []],
  ])('%s', (_, props, alarms, problems) => {
    const why = ', or the alarm could never fire: a record is kept no longer for delivery; leave it out for the default';
    expect(problemsWith((stack) => ({ ...props(stack), alarms }))).toEqual(problems.map((problem) => `${problem}${why}`));
  });

  test('of a table are all checked', () => {
    const period = { period: Duration.seconds(30) };
    const alarms = Object.fromEntries(['deliveryFreshness', 'failuresStored', ...TRANSFORM, 'throttledRecords', ...KEY].map((name) => [name, period]));
    expect(problemsWith((stack) => ({ transform: handlerIn(stack), encryptionKey: new kms.Key(stack, 'Key'), alarms }))).toHaveLength(12);
  });
});

describe('a consumer of failures', () => {
  const consumerProblems = (consumer: (stack: Stack) => IQueueFed, options: FailureConsumerOptions = {}) => {
    const stack = new Stack(new App(), 'Stack', ENV);
    const delivery = new BucketDelivery(stack, 'Orders');
    const fed = consumer(stack);
    return problemsIn(() => delivery.addFailureConsumer('Inspection', fed, options));
  };

  test.each<[string, (stack: Stack) => IQueueFed, FailureConsumerOptions, string]>([
    ['of something else', (stack) => consumerIn(stack), { prefix: 'data/' }, (
      'prefix is \'data/\', but what could not be processed is below \'errors/\': state a prefix that begins with it, or leave it out for all'
    )],
    ['with a message group without a FIFO queue', (stack) => consumerIn(stack), { messageGroupId: 'failures' }, (
      'messageGroupId is \'failures\', but queue \'Stack/OrdersQueue\' is a standard queue: leave messageGroupId out, or give a consumer with a FIFO queue'
    )],
    ['with an alarm that makes no sense', (stack) => consumerIn(stack), { alarms: { deadLetters: { threshold: -1 } } }, (
      'alarms.deadLetters.threshold is -1, but must be 0 or more, because the alarm fires above it: leave it out for the default'
    )],
  ])('is not one %s', (_, consumer, options, problem) => {
    expect(consumerProblems(consumer, options)).toEqual([problem]);
  });

  test('may be of a prefix that is a token', () => {
    const stack = newStack();
    const delivery = new BucketDelivery(stack, 'Orders');
    delivery.addFailureConsumer('Inspection', consumerIn(stack), { prefix: new CfnParameter(stack, 'Errors').valueAsString });
    expect(problemsAtSynth(stack)).toEqual([]);
  });

  test('with an imported queue is told by a warning which policy lets the rule in', () => {
    const stack = newStack();
    new BucketDelivery(stack, 'Orders').addFailureConsumer('Inspection', importedConsumerIn(stack));
    expect(warningIds(stack)).toEqual(['queuePolicyNotChanged']);
  });
});

describe('a bucket that is given', () => {
  const lakeIn = (stack: Stack, eventBridgeEnabled = true, lifecycleRules: s3.LifecycleRule[] = []) => {
    const bucket = new s3.Bucket(stack, 'Lake', { lifecycleRules });
    if (eventBridgeEnabled) {
      (bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled } };
    }
    return bucket;
  };

  test('is not changed', () => {
    const stack = newStack();
    const bucket = lakeIn(stack);
    expect(new BucketDelivery(stack, 'Orders', { bucket }).bucket).toBe(bucket);
    expect(problemsAtSynth(stack)).toEqual([]);
  });

  test('must send its events', () => {
    const stack = newStack();
    new BucketDelivery(stack, 'Orders', { bucket: lakeIn(stack, false) });
    expect(problemsAtSynth(stack)).toEqual([expect.stringMatching(/^bucket 'Stack\/Lake' does not send its events to EventBridge/)]);
  });

  test('must keep failures for as long as a consumer may be told of them', () => {
    const stack = newStack();
    const bucket = lakeIn(stack, true, [{ prefix: 'errors/', expiration: Duration.days(18) }]);
    new BucketDelivery(stack, 'Orders', { bucket }).addFailureConsumer('Inspection', consumerIn(stack));
    expect(problemsAtSynth(stack)).toEqual([expect.stringMatching(/^bucket 'Stack\/Lake' expires objects after 18 days, but Stack\/Orders\/Inspection may read a stored failure for 19 days/)]);
  });

  test.each([
    [false, 'for as long as you need to repair and replay it'],
    [true, 'for at least 19 days and out of archives'],
  ])('is not known if it is imported (consumer: %s)', (hasConsumer, kept) => {
    const stack = newStack();
    const delivery = new BucketDelivery(stack, 'Orders', { bucket: s3.Bucket.fromBucketName(stack, 'Lake', 'lake') });
    if (hasConsumer) {
      delivery.addFailureConsumer('Inspection', consumerIn(stack));
    }
    expect(problemsAtSynth(stack)).toEqual([]);
    expect(warningOf(stack, 'adoptedBucketUnchecked')).toBe(
      'bucket \'Stack/Lake\' is not made in this app, so it cannot be checked: it must send its events to EventBridge ' +
      '(aws s3api put-bucket-notification-configuration with "EventBridgeConfiguration": {}, beside the notifications that it has), ' +
      `and keep what is below 'errors/' ${kept}`,
    );
  });
});
