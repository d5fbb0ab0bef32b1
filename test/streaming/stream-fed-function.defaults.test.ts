import { App, Duration, NestedStack, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { CONSUMER, MAPPING, POLICY, STREAM, streamIn, warningIds } from './fixtures';
import type { StreamFedFunctionProps } from '../../src';
import { FailureForm, FailureStore, StreamFedFunction } from '../../src';
import { attribute, handlerIn, newStack, ref, resourceOf, resourcesOf } from '../messaging/fixtures';

/** A stack with one pattern, 'Clicks'. */
function stackWith(props: Partial<StreamFedFunctionProps> = {}): Stack {
  const stack = newStack();
  new StreamFedFunction(stack, 'Clicks', { handler: handlerIn(stack), ...props });
  return stack;
}

describe('with a handler and nothing else, the stream', () => {
  const stream = resourceOf(stackWith(), STREAM);

  test('scales with what is written, keeps records for a week, is encrypted, and settles nothing else', () => {
    expect(stream.Properties).toEqual({
      RetentionPeriodHours: 168,
      StreamModeDetails: { StreamMode: 'ON_DEMAND' },
      StreamEncryption: { EncryptionType: 'KMS', KeyId: 'alias/aws/kinesis' },
    });
  });

  test('stays when its stack is deleted, but for a first deployment that fails', () => {
    expect([stream.DeletionPolicy, stream.UpdateReplacePolicy]).toEqual(['RetainExceptOnCreate', 'Retain']);
  });
});

describe('with a handler and nothing else, the event source', () => {
  const stack = stackWith();
  const mapping = resourceOf(stack, MAPPING);

  test('reads the stream for the handler', () => {
    Template.fromStack(stack).hasResourceProperties(MAPPING, { EventSourceArn: attribute('ClicksStream'), FunctionName: ref('Handler') });
  });

  test('begins with the oldest record', () => {
    expect(mapping.Properties.StartingPosition).toBe('TRIM_HORIZON');
  });

  test('gives the handler up to 100 records', () => {
    expect(mapping.Properties.BatchSize).toBe(100);
  });

  test('separates a bad record from the good ones, with and without an answer of the handler', () => {
    expect(mapping.Properties.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
    expect(mapping.Properties.BisectBatchOnFunctionError).toBe(true);
  });

  test('retries a batch 5 times, until half of the retention period is over', () => {
    expect(mapping.Properties.MaximumRetryAttempts).toBe(5);
    expect(mapping.Properties.MaximumRecordAgeInSeconds).toBe(84 * 3600);
  });

  test('keeps what it gives up in a bucket', () => {
    Template.fromStack(stack).hasResourceProperties(MAPPING, { DestinationConfig: { OnFailure: { Destination: attribute('ClicksFailuresBucket') } } });
  });

  test('counts records', () => {
    expect(mapping.Properties.MetricsConfig).toEqual({ Metrics: ['EventCount'] });
  });

  test('has nothing else settled', () => {
    expect(Object.keys(mapping.Properties).sort()).toEqual([
      'BatchSize', 'BisectBatchOnFunctionError', 'DestinationConfig', 'EventSourceArn', 'FunctionName', 'FunctionResponseTypes', 'MaximumRecordAgeInSeconds', 'MaximumRetryAttempts',
      'MetricsConfig', 'StartingPosition',
    ]);
  });

  test('waits for the permissions of the handler, without which Lambda refuses it', () => {
    expect(mapping.DependsOn).toEqual([expect.stringMatching(/^HandlerServiceRoleDefaultPolicy/)]);
  });
});

const READ = ['kinesis:DescribeStream', 'kinesis:DescribeStreamSummary', 'kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:ListShards'];
const ofAccount = { StringEquals: { 's3:ResourceAccount': { Ref: 'AWS::AccountId' } } };
const STORE = [
  { Action: 's3:PutObject', Effect: 'Allow', Condition: ofAccount, Resource: { 'Fn::Join': ['', [attribute('ClicksFailuresBucket'), '/*']] } },
  { Action: 's3:ListBucket', Effect: 'Allow', Condition: ofAccount, Resource: attribute('ClicksFailuresBucket') },
];

describe('the handler is allowed', () => {
  const statementsOf = (stack: Stack, statements: object[]) => Template.fromStack(stack).hasResourceProperties(POLICY, {
    PolicyDocument: { Statement: statements }, PolicyName: Match.stringLikeRegexp('^HandlerServiceRoleDefaultPolicy'),
  });

  test('to read this stream and to store what failed, and nothing else', () => {
    statementsOf(stackWith(), [{ Action: READ, Effect: 'Allow', Resource: attribute('ClicksStream') }, ...STORE]);
  });

  test('to read with its consumer', () => {
    statementsOf(stackWith({ enhancedFanOut: true }), [
      { Action: READ, Effect: 'Allow', Resource: attribute('ClicksStream') },
      { Action: ['kinesis:DescribeStreamConsumer', 'kinesis:SubscribeToShard'], Effect: 'Allow', Resource: attribute('ClicksConsumer', 'ConsumerARN') },
      ...STORE,
    ]);
  });

  test('to use the key of the stream and of the bucket', () => {
    const stack = newStack();
    const encryptionKey = new kms.Key(stack, 'Key');
    new StreamFedFunction(stack, 'Clicks', { handler: handlerIn(stack), encryptionKey });
    statementsOf(stack, [
      { Action: READ, Effect: 'Allow', Resource: attribute('ClicksStream') },
      { Action: 'kms:Decrypt', Effect: 'Allow', Resource: attribute('Key') },
      ...STORE,
      { Action: 'kms:GenerateDataKey', Effect: 'Allow', Resource: attribute('Key') },
    ]);
    expect(resourceOf(stack, STREAM).Properties.StreamEncryption).toEqual({ EncryptionType: 'KMS', KeyId: { 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] } });
    expect(JSON.stringify(resourceOf(stack, 'AWS::S3::Bucket').Properties.BucketEncryption)).toContain('"Fn::GetAtt":["Key');
  });

  test('to use the key of a stream that is given', () => {
    const stack = newStack();
    new StreamFedFunction(stack, 'Clicks', { handler: handlerIn(stack), stream: streamIn(stack, { encryptionKey: new kms.Key(stack, 'Key') }) });
    statementsOf(stack, [{ Action: READ, Effect: 'Allow', Resource: attribute('Live') }, { Action: 'kms:Decrypt', Effect: 'Allow', Resource: attribute('Key') }, ...STORE]);
  });
});

test('with a handler and nothing else, there is no warning besides that the alarms notify nobody', () => {
  expect(warningIds(stackWith())).toEqual([]);
});

test('the parts are public', () => {
  const stack = newStack();
  const handler = handlerIn(stack);
  const clicks = new StreamFedFunction(stack, 'Clicks', { handler });
  expect(clicks.handler).toBe(handler);
  expect(clicks.stream).toBe(clicks.node.findChild('Stream'));
  expect(clicks.eventSource).toBe(clicks.node.findChild('EventSource'));
  expect(clicks.consumer).toBeUndefined();
  expect(clicks.failureStore.bucket).toBe(clicks.node.findChild('Failures').node.findChild('Bucket'));
  expect(clicks.failureStore.form).toBe(FailureForm.STREAM_BATCH);
  expect(stack.resolve(clicks.failureStore.prefix)).toEqual({ 'Fn::Join': ['', ['aws/lambda/', { Ref: expect.stringMatching(/^ClicksEventSource/) }, '/']] });
  expect(clicks.node.children.map(({ node }) => node.id)).toEqual([
    'Stream', 'Failures', 'EventSource', 'IteratorAgeAlarm', 'IteratorAgeCriticalAlarm', 'DroppedRecordsAlarm', 'FailuresNotStoredAlarm', 'StoredFailuresAlarm', 'ReadingStoppedAlarm',
    'ReadThrottlesAlarm', 'WriteThrottlesAlarm',
  ]);
});

describe('a prop that is stated', () => {
  test.each<[string, Partial<StreamFedFunctionProps>, Record<string, unknown>]>([
    ['batchSize', { batchSize: 3 }, { BatchSize: 3 }],
    ['maxBatchingWindow', { maxBatchingWindow: Duration.seconds(20) }, { MaximumBatchingWindowInSeconds: 20 }],
    ['parallelizationFactor', { parallelizationFactor: 7 }, { ParallelizationFactor: 7 }],
    ['tumblingWindow', { tumblingWindow: Duration.minutes(2) }, { TumblingWindowInSeconds: 120 }],
    ['startingPosition', { startingPosition: lambda.StartingPosition.LATEST }, { StartingPosition: 'LATEST' }],
    [
      'startingPositionTimestamp',
      { startingPosition: lambda.StartingPosition.AT_TIMESTAMP, startingPositionTimestamp: 1_800_000_000 },
      { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: 1_800_000_000 },
    ],
    ['retryAttempts', { retryAttempts: 9 }, { MaximumRetryAttempts: 9 }],
    ['maxRecordAge', { maxRecordAge: Duration.hours(2) }, { MaximumRecordAgeInSeconds: 7200 }],
    [
      'filters',
      { filters: [lambda.FilterCriteria.filter({ data: { kind: lambda.FilterRule.isEqual('click') } })] },
      { FilterCriteria: { Filters: [{ Pattern: '{"data":{"kind":["click"]}}' }] } },
    ],
    ['enabled', { enabled: false }, { Enabled: false }],
    ['streamRetentionPeriod', { streamRetentionPeriod: Duration.days(2) }, { MaximumRecordAgeInSeconds: 86_400 }],
  ])('reaches the event source: %s', (_, props, expected) => {
    expect(resourceOf(stackWith(props), MAPPING).Properties).toMatchObject(expected);
  });

  test('reaches the stream: streamRetentionPeriod', () => {
    expect(resourceOf(stackWith({ streamRetentionPeriod: Duration.days(2) }), STREAM).Properties.RetentionPeriodHours).toBe(48);
  });

  test.each([
    [RemovalPolicy.DESTROY, 'Delete', 'Delete'],
    [RemovalPolicy.RETAIN, 'Retain', 'Retain'],
  ])('reaches the stream and the bucket: removalPolicy %s', (removalPolicy, deletion, replacement) => {
    const stack = stackWith({ removalPolicy });
    for (const { DeletionPolicy, UpdateReplacePolicy } of [resourceOf(stack, STREAM), resourceOf(stack, 'AWS::S3::Bucket')]) {
      expect([DeletionPolicy, UpdateReplacePolicy]).toEqual([deletion, replacement]);
    }
  });
});

test('a record is given up after 7 days at the latest', () => {
  expect(resourceOf(stackWith({ streamRetentionPeriod: Duration.days(365) }), MAPPING).Properties.MaximumRecordAgeInSeconds).toBe(604_800);
});

test('a key for filters is used by Lambda, which is granted it', () => {
  const stack = newStack();
  const filters = [lambda.FilterCriteria.filter({ data: { kind: lambda.FilterRule.isEqual('click') } })];
  new StreamFedFunction(stack, 'Clicks', { handler: handlerIn(stack), filters, filterEncryption: new kms.Key(stack, 'Key') });
  expect(resourceOf(stack, MAPPING).Properties.KmsKeyArn).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] });
  expect(JSON.stringify(resourceOf(stack, 'AWS::KMS::Key').Properties.KeyPolicy)).toContain('lambda.amazonaws.com');
});

test('a failure store that is given is used, and none is made', () => {
  const stack = newStack();
  const bucket = new s3.Bucket(stack, 'Bucket');
  const clicks = new StreamFedFunction(stack, 'Clicks', { handler: handlerIn(stack), failureStore: FailureStore.of(bucket) });
  const more = new StreamFedFunction(stack, 'More', { handler: handlerIn(stack, {}, 'Another'), stream: clicks.stream, failureStore: clicks.failureStore });
  expect([clicks.failureStore.bucket, more.failureStore.bucket]).toEqual([bucket, bucket]);
  expect(Object.keys(resourcesOf(stack, 'AWS::S3::Bucket'))).toHaveLength(1);
  expect(stack.resolve(more.failureStore.prefix)).not.toEqual(stack.resolve(clicks.failureStore.prefix));
});

describe('a stream that is given', () => {
  test('is read, and none is made; half of what it keeps is for the handler', () => {
    const stack = newStack();
    const stream = streamIn(stack, { retentionPeriod: Duration.hours(100) });
    const clicks = new StreamFedFunction(stack, 'Clicks', { handler: handlerIn(stack), stream });
    expect(clicks.stream).toBe(stream);
    expect(Object.keys(resourcesOf(stack, STREAM))).toHaveLength(1);
    expect(resourceOf(stack, MAPPING).Properties.MaximumRecordAgeInSeconds).toBe(50 * 3600);
    expect(warningIds(stack)).toEqual([]);
  });

  test('that states nothing keeps records for 24 hours', () => {
    const stack = newStack();
    const stream = streamIn(stack);
    (stream.node.defaultChild as lambda.CfnFunction).addPropertyDeletionOverride('RetentionPeriodHours');
    new StreamFedFunction(stack, 'Clicks', { handler: handlerIn(stack), stream });
    expect(resourceOf(stack, MAPPING).Properties.MaximumRecordAgeInSeconds).toBe(12 * 3600);
  });
});

describe('enhanced fan-out', () => {
  test('reads with a registered consumer, which has a name of its own', () => {
    const stack = newStack();
    const clicks = new StreamFedFunction(stack, 'Clicks', { handler: handlerIn(stack), enhancedFanOut: true });
    expect(clicks.consumer).toBe(clicks.node.findChild('Consumer'));
    Template.fromStack(stack).hasResourceProperties(MAPPING, { EventSourceArn: attribute('ClicksConsumer', 'ConsumerARN') });
    expect(resourceOf(stack, CONSUMER).Properties).toEqual({
      ConsumerName: expect.stringMatching(/^Stack-Clicks-Consumer-[0-9a-f]{8}$/), StreamARN: { 'Fn::GetAtt': [expect.stringMatching(/^ClicksStream/), 'Arn'] },
    });
  });

  test('has no tags, which would replace the consumer when they change; the stream has them', () => {
    const stack = newStack();
    new StreamFedFunction(stack, 'Clicks', { handler: handlerIn(stack), enhancedFanOut: true });
    Tags.of(stack.node.root).add('team', 'shop');
    Tags.of(stack).add('stage', 'test');
    expect(resourceOf(stack, CONSUMER).Properties).not.toHaveProperty('Tags');
    expect(resourceOf(stack, STREAM).Properties.Tags).toHaveLength(2);
  });

  describe('gives a consumer a name that', () => {
    const nameIn = (stack: Stack, ...path: string[]) => {
      const [id = '', ...outer] = [...path].reverse();
      const within = (parent: Stack, name: string) => (parent.node.tryFindChild(name) ?? new NestedStack(parent, name)) as Stack;
      const scope = outer.reverse().reduce(within, stack);
      const inputs = new Construct(scope, `InputsOf${id}`);
      const { consumer } = new StreamFedFunction(scope, id, { handler: handlerIn(inputs), enhancedFanOut: true, stream: streamIn(inputs) });
      return (consumer!.node.defaultChild as unknown as { consumerName: string }).consumerName;
    };

    test('is not that of another place', () => {
      const app = new App();
      const [one, other] = [new Stack(app, 'One'), new Stack(app, 'Other')];
      const names = [nameIn(one, 'Clicks'), nameIn(one, 'Views'), nameIn(other, 'Clicks'), nameIn(one, 'Nested', 'Clicks'), nameIn(one, 'Nested-Clicks')];
      expect(new Set(names).size).toBe(names.length);
    });

    test('is that of the stack as it is deployed', () => {
      expect(nameIn(new Stack(new App(), 'Stack', { stackName: 'shop-live' }), 'Clicks')).toMatch(/^shop-live-Clicks-Consumer-/);
    });

    test('Kinesis takes, however long the path and the name of the stack are', () => {
      const app = new App();
      const [one, other] = ['A', 'B'].map((first) => nameIn(new Stack(app, first, { stackName: `${first}${'s'.repeat(127)}` }), `${'c'.repeat(200)}ä`));
      // The end of the name of the stack, the end of the path, and what tells them from others.
      expect(one).toMatch(/^s{40}-[\w.-]{70}-[0-9a-f]{8}$/);
      expect(one).not.toBe(other);
    });
  });
});
