import { CfnParameter, Duration, RemovalPolicy, Stack, App } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { STREAM_ARN, streamIn, warningIds, warnings } from './fixtures';
import type { StreamFedFunctionProps } from '../../src';
import { FailureForm, FailureStore, StreamFedFunction } from '../../src';
import { problemsAtSynthesis } from '../late-changes';
import { handlerIn, newStack } from '../messaging/fixtures';

type PropsIn = (stack: Stack) => Partial<StreamFedFunctionProps>;

const HERE = { env: { account: '111122223333', region: 'eu-west-1' } };
const filter = (pattern: Record<string, unknown>) => lambda.FilterCriteria.filter(pattern);

function make(stack: Stack, propsIn: PropsIn): StreamFedFunction {
  const { handler = handlerIn(stack), ...props } = propsIn(stack);
  return new StreamFedFunction(stack, 'Clicks', { handler, ...props });
}

/** What is wrong with the props, one line each. */
function problemsOf(propsIn: PropsIn, stack = newStack()): string[] {
  try {
    make(stack, propsIn);
    return [];
  } catch (error) {
    expect(stack.node.tryFindChild('Clicks')).toBeUndefined();
    return (error as Error).message.split('\n').slice(1).map((line) => line.replace(/^ {2}- /, ''));
  }
}

const elsewhere = (stack: Stack, key?: kms.IKey) => kinesis.Stream.fromStreamAttributes(stack, 'Live', {
  streamArn: 'arn:aws:kinesis:eu-west-1:444455556666:stream/clicks', ...(key && { encryptionKey: key }),
});

test.each<[string, PropsIn, string]>([
  ['a record age that is as long as the retention', () => ({ maxRecordAge: Duration.days(7) }),
    'maxRecordAge is 604800 seconds, but the stream keeps records for 604800 seconds only, so they expire uncounted before they are set aside: set it to less than 604800 seconds, or leave it out for 302400'],
  ['one that is longer than the retention of a given stream', (stack) => ({ stream: streamIn(stack), maxRecordAge: Duration.days(2) }),
    'maxRecordAge is 172800 seconds, but the stream keeps records for 86400 seconds only'],
  ['one that is longer than any stream certainly keeps records', (stack) => ({ stream: kinesis.Stream.fromStreamArn(stack, 'Live', STREAM_ARN), maxRecordAge: Duration.days(1) }),
    'maxRecordAge is 86400 seconds, but the stream keeps records for 86400 seconds only'],
  ['windows of several batches at a time', () => ({ tumblingWindow: Duration.minutes(1), parallelizationFactor: 2 }),
    'parallelizationFactor is 2 with a tumblingWindow, so windows could lose what they aggregate: leave one of them out, or aggregate in a table instead'],
  ['AT_TIMESTAMP without a time', () => ({ startingPosition: lambda.StartingPosition.AT_TIMESTAMP }),
    'startingPosition is AT_TIMESTAMP, but startingPositionTimestamp is not set: state the time to start at, in seconds since 1970, or leave startingPosition out for TRIM_HORIZON'],
  ['a time without AT_TIMESTAMP', () => ({ startingPositionTimestamp: 1_800_000_000 }),
    'startingPositionTimestamp is set, but startingPosition is TRIM_HORIZON: set startingPosition: lambda.StartingPosition.AT_TIMESTAMP, or leave startingPositionTimestamp out'],
  ['a retention that is not in whole hours', () => ({ streamRetentionPeriod: Duration.minutes(24 * 60 + 1) }),
    'streamRetentionPeriod is 86460 seconds, but must be in whole hours: state it with Duration.hours'],
  ['a retention that is not that of the given stream', (stack) => ({ stream: streamIn(stack), streamRetentionPeriod: Duration.days(2) }),
    'streamRetentionPeriod is 172800 seconds, but stream \'Stack/Live\' keeps records for 86400 seconds: leave streamRetentionPeriod out, or set the retentionPeriod where the stream is made'],
  ['a filter on what no record has', () => ({ filters: [filter({ kinesis: { data: ['a'] } })] }),
    'filters ask for \'kinesis\', which no record of a stream has, so that filter lets nothing through: filter by \'data\''],
  ['no filter', () => ({ filters: [] }),
    'filters has 0 entries, but an event source takes 1 to 10 (5 unless the quota was raised): combine filters, or leave filters out to process every record'],
  ['too many filters', () => ({ filters: Array.from({ length: 11 }, () => filter({ data: { a: ['b'] } })) }), 'filters has 11 entries, but an event source takes 1 to 10'],
  ['a key without filters', (stack) => ({ filterEncryption: new kms.Key(stack, 'Key') }),
    'filterEncryption is set, but there are no filters to encrypt: set filters, or leave filterEncryption out'],
  ['a key for filters that AWS manages', (stack) => ({ filters: [filter({ data: { a: ['b'] } })], filterEncryption: kms.Alias.fromAliasName(stack, 'Key', 'alias/aws/lambda') }),
    'filterEncryption is the AWS-managed key \'alias/aws/lambda\''],
  ['a key that AWS manages', (stack) => ({ encryptionKey: kms.Alias.fromAliasName(stack, 'Key', 'alias/aws/kinesis') }), 'encryptionKey is the AWS-managed key \'alias/aws/kinesis\''],
  ['a snapshot', () => ({ removalPolicy: RemovalPolicy.SNAPSHOT }), 'removalPolicy is snapshot, but there are no snapshots of a stream or a bucket: set RemovalPolicy.RETAIN or RemovalPolicy.DESTROY'],
  ['a timeout that is not the handler\'s', () => ({ handlerTimeout: Duration.seconds(11) }),
    'handlerTimeout is 11 seconds, but the timeout of handler \'Stack/Handler\' is 10 seconds: leave handlerTimeout out'],
  ['a version that the CDK drops', (stack) => ({ handler: lambda.Function.fromFunctionArn(stack, 'Handler', 'arn:aws:lambda:eu-west-1:111122223333:function:clicks:live') }),
    'handler \'Stack/Handler\' is imported by an ARN with the qualifier \'live\', which the CDK leaves out of its name'],
  ['a durable function without a version', (stack) => ({ handler: handlerIn(stack, { durableConfig: { executionTimeout: Duration.minutes(5) } }) }),
    'handler \'Stack/Handler\' is a durable function, but it is given without a version or an alias'],
  ['a failure store under another prefix', (stack) => ({ failureStore: { bucket: new s3.Bucket(stack, 'Bucket'), prefix: 'clicks/' } }),
    'failureStore.prefix is \'clicks/\', but Lambda stores under \'aws/lambda/\' and takes no other prefix: give the whole bucket (FailureStore.of)'],
  ['a failure store for something else', (stack) => ({ failureStore: { bucket: new s3.Bucket(stack, 'Bucket'), form: FailureForm.FIREHOSE_RECORDS } }),
    'failureStore.form is firehose-records, but Lambda stores batches of a stream as stream-batch'],
  ['a key that nothing would use', (stack) => ({ stream: streamIn(stack), failureStore: FailureStore.of(new s3.Bucket(stack, 'Bucket')), encryptionKey: new kms.Key(stack, 'Key') }),
    'encryptionKey is set, but is for the stream and the failure store that are created here, and both are given: leave encryptionKey out, or set it where these are made'],
  ['a removal policy that nothing would use', (stack) => ({ stream: streamIn(stack), failureStore: FailureStore.of(new s3.Bucket(stack, 'Bucket')), removalPolicy: RemovalPolicy.DESTROY }),
    'removalPolicy is set, but is for the stream and the failure store that are created here'],
  ['an alarm on reads that are never throttled', () => ({ enhancedFanOut: true, alarms: { readThrottles: { threshold: 1 } } }),
    'alarms.readThrottles is set, but with enhancedFanOut no reads are throttled: leave it out'],
  ['an alarm on writes to another stream', (stack) => ({ stream: streamIn(stack), alarms: { writeThrottles: { threshold: 1 } } }),
    'alarms.writeThrottles is set, but stream \'Stack/Live\' is not created here, and its writes are not watched here: leave it out, or make the alarm where the stream is made'],
  ['an alarm on an age that no record reaches', () => ({ maxRecordAge: Duration.hours(1), alarms: { iteratorAge: { threshold: Duration.hours(1) } } }),
    'alarms.iteratorAge.threshold is 3600000 milliseconds, but must be less than 3600000, or the alarm could never fire: at maxRecordAge Lambda gives a record up; leave it out for the default'],
  ['a retention that no stream has', () => ({ streamRetentionPeriod: Duration.hours(8761) }), 'streamRetentionPeriod is 31539600 seconds, but must be from 86400 to 31536000 whole seconds'],
  ['the stated retention of a given stream that is made without one', (stack) => ({
    stream: kinesis.Stream.fromStreamArn(stack, 'Live', new kinesis.CfnStream(stack, 'Plain').attrArn), streamRetentionPeriod: Duration.days(2),
  }), 'streamRetentionPeriod is 172800 seconds, but stream \'Stack/Live\' keeps records for 86400 seconds'],
  ['a timeout that no imported function has', (stack) => ({
    handler: lambda.Function.fromFunctionName(stack, 'Imported', 'clicks'), handlerTimeout: Duration.seconds(5401),
  }), 'handlerTimeout is 5401 seconds, but must be from 1 to 5400 whole seconds'],
  ['a retention that is a token', (stack) => ({ streamRetentionPeriod: Duration.seconds(new CfnParameter(stack, 'P', { type: 'Number' }).valueAsNumber) }),
    'streamRetentionPeriod is a token, but must be known, because maxRecordAge and the alarms are derived from it'],
])('refuses %s', (_, propsIn, problem) => {
  expect(problemsOf(propsIn)).toEqual([expect.stringContaining(problem)]);
});

test.each<[string, PropsIn]>([
  ['a record age just below the retention', () => ({ maxRecordAge: Duration.seconds(604_799) })],
  ['the longest retention', () => ({ streamRetentionPeriod: Duration.hours(8760) })],
  ['the longest timeout of an imported function', (stack) => ({ handler: lambda.Function.fromFunctionName(stack, 'Imported', 'clicks'), handlerTimeout: Duration.seconds(5400) })],
  ['the stated retention of an imported stream', (stack) => ({ stream: kinesis.Stream.fromStreamArn(stack, 'Live', STREAM_ARN), streamRetentionPeriod: Duration.days(3), maxRecordAge: Duration.days(2) })],
  ['the retention that the given stream has', (stack) => ({ stream: streamIn(stack), streamRetentionPeriod: Duration.days(1) })],
  ['a window, one batch at a time', () => ({ tumblingWindow: Duration.minutes(1), parallelizationFactor: 1 })],
  ['ten filters', () => ({ filters: Array.from({ length: 10 }, () => filter({ data: { a: ['b'] } })) })],
  ['a key for the stream that is created, beside a given failure store', (stack) => ({ failureStore: FailureStore.of(new s3.Bucket(stack, 'Bucket')), encryptionKey: new kms.Key(stack, 'Key') })],
  ['a key for the failure store that is created, beside a given stream', (stack) => ({ stream: streamIn(stack), encryptionKey: new kms.Key(stack, 'Key') })],
  ['a failure store under the prefix of Lambda', (stack) => ({ failureStore: { bucket: new s3.Bucket(stack, 'Bucket'), prefix: 'aws/', form: FailureForm.STREAM_BATCH } })],
  ['a failure store in that prefix', (stack) => ({ failureStore: { bucket: new s3.Bucket(stack, 'Bucket'), prefix: 'aws/lambda/11111111-2222/' } })],
  ['an alarm on an age just below what is given up', () => ({ maxRecordAge: Duration.hours(1), alarms: { iteratorAge: { threshold: Duration.millis(3_599_999) } } })],
])('takes %s', (_, propsIn) => {
  expect(problemsOf(propsIn)).toEqual([]);
});

test('refuses a timeout that a function of this app cannot have', () => {
  const problems = problemsOf((stack) => ({ handler: handlerIn(stack, { timeout: Duration.seconds(900) }), handlerTimeout: Duration.seconds(901) }));
  expect(problems).toContainEqual(expect.stringContaining('handlerTimeout is 901 seconds, but must be from 1 to 900 whole seconds'));
});

test('reports everything at once', () => {
  expect(problemsOf(() => ({ batchSize: 0, retryAttempts: -1, maxRecordAge: Duration.days(7), filters: [] }))).toHaveLength(4);
});

describe('of another place', () => {
  test.each<[string, PropsIn, string]>([
    ['a stream of another region', (stack) => ({ stream: kinesis.Stream.fromStreamArn(stack, 'Live', 'arn:aws:kinesis:us-east-1:111122223333:stream/clicks') }),
      'event source \'Stack/Clicks/EventSource\' is in eu-west-1, but what it reads is in us-east-1, and Lambda reads only streams of its own region: make it in a stack in us-east-1'],
    ['a consumer of a stream of another account', (stack) => ({ stream: elsewhere(stack), enhancedFanOut: true }),
      'enhancedFanOut is true, but stream \'Stack/Live\' is in account 444455556666, and only that account registers consumers of it'],
    ['a stream of another account with the key that AWS manages', (stack) => ({ stream: elsewhere(stack, kms.Alias.fromAliasName(stack, 'Key', 'alias/aws/kinesis')) }),
      'the encryptionKey of stream \'Stack/Live\', which is in account 444455556666, is the AWS-managed key \'alias/aws/kinesis\''],
    ['an alarm on reads of a stream of another account', (stack) => ({ stream: elsewhere(stack), alarms: { readThrottles: { threshold: 1 } } }),
      'alarms.readThrottles is set, but stream \'Stack/Live\' is in account 444455556666, where CloudWatch has its metrics'],
    ['a failure store of another account', (stack) => ({ failureStore: FailureStore.of(s3.Bucket.fromBucketAttributes(stack, 'Bucket', { bucketName: 'failed', account: '444455556666' })) }),
      'bucket \'Stack/Bucket\' for failures is in account 444455556666, but what stores them is in 111122223333'],
  ])('refuses %s', (_, propsIn, problem) => {
    expect(problemsOf(propsIn, new Stack(new App(), 'Stack', HERE))).toEqual([expect.stringContaining(problem)]);
  });

  test('a stream of another account is read, if its policies allow it', () => {
    const stack = new Stack(new App(), 'Stack', HERE);
    const clicks = make(stack, () => ({ stream: elsewhere(stack, kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:444455556666:key/k')) }));
    expect(warningIds(stack)).toEqual(['streamPolicyElsewhere']);
    expect(warnings(stack)).toEqual([expect.stringContaining('the policy of the stream must allow the role of the handler kinesis:DescribeStream, kinesis:DescribeStreamSummary, kinesis:GetRecords')]);
    expect(Object.keys(clicks.alarms)).not.toContain('readThrottles');
  });
});

describe('warns of', () => {
  test.each<[string, PropsIn, string[], string]>([
    ['LATEST', () => ({ startingPosition: lambda.StartingPosition.LATEST }), ['streamStartsLatest'], 'startingPosition is LATEST, so records are missed'],
    ['no retries', () => ({ retryAttempts: 0 }), ['streamRetriesNone'], 'retryAttempts is 0, so at its first failure a batch is given up with the good records in it: leave retryAttempts out for 5'],
    ['aggregated records', () => ({ enhancedFanOut: true, parallelizationFactor: 2 }), ['streamAggregatedRecordsLost'], 'parallelizationFactor is 2 with enhancedFanOut'],
    ['a stream of which nothing is known', (stack) => ({ stream: kinesis.Stream.fromStreamArn(stack, 'Live', STREAM_ARN) }), ['adoptedStreamUnchecked'],
      'it must keep records for at least 24 hours (state streamRetentionPeriod if it is longer), and if it is encrypted with a customer-managed key, import it with its encryptionKey'],
    ['a handler whose role is not known', (stack) => ({ handler: lambda.Function.fromFunctionArn(stack, 'Handler', 'arn:aws:lambda:eu-west-1:111122223333:function:clicks') }), ['handlerRoleUnknown'],
      'allow it kinesis:DescribeStream, kinesis:DescribeStreamSummary, kinesis:GetRecords, kinesis:GetShardIterator, kinesis:ListShards on stream \'Stack/Clicks/Stream\'; ' +
      's3:PutObject on the objects of bucket \'Stack/Clicks/Failures/Bucket\' and s3:ListBucket on the bucket, or import the function with its role'],
    ['a handler whose role is not known, with keys and a consumer', (stack) => ({
      handler: lambda.Function.fromFunctionArn(stack, 'Handler', 'arn:aws:lambda:eu-west-1:111122223333:function:clicks'), encryptionKey: new kms.Key(stack, 'Key'), enhancedFanOut: true,
    }), ['handlerRoleUnknown'],
    'kinesis:DescribeStreamConsumer, kinesis:SubscribeToShard on its consumer \'Stack/Clicks/Consumer\'; kms:Decrypt on the key of the stream; ' +
      's3:PutObject on the objects of bucket \'Stack/Clicks/Failures/Bucket\' and s3:ListBucket on the bucket, and kms:GenerateDataKey on its key'],
    ['a role that may not be changed', (stack) => ({ handler: handlerIn(stack, { role: new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() }).withoutPolicyUpdates() }) }), ['roleNotChanged'],
      'kinesis:ListShards on <ARN of \'Stack/Clicks/Stream\'>'],
  ])('%s', (_, propsIn, ids, text) => {
    const stack = newStack();
    make(stack, propsIn);
    expect(problemsAtSynthesis(stack)).toEqual([]);
    expect([...new Set(warningIds(stack))]).toEqual(ids);
    expect(warnings(stack).join('\n')).toContain(text);
  });

  test('nothing where a stream is imported with its key', () => {
    const stack = newStack();
    make(stack, () => ({ stream: kinesis.Stream.fromStreamAttributes(stack, 'Live', { streamArn: STREAM_ARN, encryptionKey: new kms.Key(stack, 'Key') }) }));
    expect(warningIds(stack)).toEqual([]);
  });
});

describe('the consumers of one stream', () => {
  const withConsumers = (count: number) => {
    const stack = newStack();
    const stream = streamIn(stack);
    Array.from({ length: count - 1 }).forEach((_, index) => new kinesis.StreamConsumer(stack, `Consumer${index}`, { stream, streamConsumerName: `c${index}` }));
    make(stack, () => ({ stream, enhancedFanOut: true }));
    const problems = problemsAtSynthesis(stack);
    return { problems, ids: problems.length > 0 ? [] : warningIds(stack) };
  };

  test.each<[number, string[], string[]]>([[20, [], []], [21, [], ['streamConsumersNeedAdvantage']], [51, ['stream \'Stack/Live\' has 51 registered consumers, but Kinesis takes 50'], []]])('may be %d', (count, problems, ids) => {
    expect(withConsumers(count)).toEqual({ problems: problems.map((problem) => expect.stringContaining(problem)), ids });
  });

  test.each([[50, 0], [51, 1]])('of an imported stream may be fifty: %d', (count, problems) => {
    const stack = newStack();
    const stream = kinesis.Stream.fromStreamArn(stack, 'Elsewhere', STREAM_ARN);
    const another = kinesis.Stream.fromStreamArn(stack, 'Another', `${STREAM_ARN}-2`);
    const register = (id: string, on: kinesis.IStream) => new kinesis.StreamConsumer(stack, id, { stream: on, streamConsumerName: id });
    Array.from({ length: count - 1 }).forEach((_, index) => register(`consumer-${index}`, stream));
    register('of-another', another);
    make(stack, () => ({ stream, enhancedFanOut: true }));
    expect(problemsAtSynthesis(stack)).toHaveLength(problems);
  });

  test('are counted by stream', () => {
    const stack = newStack();
    const other = kinesis.Stream.fromStreamArn(stack, 'Elsewhere', STREAM_ARN);
    Array.from({ length: 51 }).forEach((_, index) => new kinesis.StreamConsumer(stack, `Consumer${index}`, { stream: other, streamConsumerName: `c${index}` }));
    make(stack, () => ({ stream: streamIn(stack), enhancedFanOut: true }));
    expect(problemsAtSynthesis(stack)).toEqual([]);
  });
});
