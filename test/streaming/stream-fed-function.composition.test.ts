import { App, CfnParameter, Duration, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { KinesisEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { MAPPING, POLICY, STREAM_ARN, streamIn, warningIds } from './fixtures';
import type { StreamFedFunctionProps } from '../../src';
import { FailureBucket, StreamFedFunction } from '../../src';
import { problemsAtSynthesis } from '../late-changes';
import { attribute, handlerIn, newStack, resourceOf, resourcesOf } from '../messaging/fixtures';

const HERE = { env: { account: '111122223333', region: 'eu-west-1' } };
const READ = ['kinesis:DescribeStream', 'kinesis:DescribeStreamSummary', 'kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:ListShards'];
const WRITE = ['kinesis:DescribeStreamSummary', 'kinesis:ListShards', 'kinesis:PutRecord', 'kinesis:PutRecords'];

describe('a value that is a token reaches the event source', () => {
  const parameter = (stack: Stack) => new CfnParameter(stack, 'Value', { type: 'Number' }).valueAsNumber;

  test.each<[string, string, (value: number) => Partial<StreamFedFunctionProps>]>([
    ['batchSize', 'BatchSize', (batchSize) => ({ batchSize })],
    ['maxBatchingWindow', 'MaximumBatchingWindowInSeconds', (value) => ({ maxBatchingWindow: Duration.seconds(value) })],
    ['parallelizationFactor', 'ParallelizationFactor', (parallelizationFactor) => ({ parallelizationFactor })],
    ['tumblingWindow', 'TumblingWindowInSeconds', (value) => ({ tumblingWindow: Duration.seconds(value) })],
    ['retryAttempts', 'MaximumRetryAttempts', (retryAttempts) => ({ retryAttempts })],
    ['startingPositionTimestamp', 'StartingPositionTimestamp', (value) => ({ startingPosition: lambda.StartingPosition.AT_TIMESTAMP, startingPositionTimestamp: value })],
  ])('%s', (_, property, propsWith) => {
    const stack = newStack();
    new StreamFedFunction(stack, 'Clicks', { handler: handlerIn(stack), ...propsWith(parameter(stack)) });
    expect(resourceOf(stack, MAPPING).Properties[property]).toEqual({ Ref: 'Value' });
  });
});

test('a retention that is a token is taken for the shortest', () => {
  const stack = newStack();
  const retention = new CfnParameter(stack, 'Hours', { type: 'Number' }).valueAsNumber;
  const stream = streamIn(stack);
  (stream.node.defaultChild as kinesis.CfnStream).retentionPeriodHours = retention;
  new StreamFedFunction(stack, 'Clicks', { handler: handlerIn(stack), stream });
  expect(resourceOf(stack, MAPPING).Properties.MaximumRecordAgeInSeconds).toBe(43_200);
});

test('a stream that is imported by a token is read', () => {
  const stack = newStack();
  const stream = kinesis.Stream.fromStreamArn(stack, 'Live', new CfnParameter(stack, 'Arn').valueAsString);
  new StreamFedFunction(stack, 'Clicks', { handler: handlerIn(stack), stream });
  expect(problemsAtSynthesis(stack)).toEqual([]);
  expect(resourceOf(stack, MAPPING).Properties.EventSourceArn).toEqual({ Ref: 'Arn' });
});

describe('a handler', () => {
  test('that is an alias is invoked by it', () => {
    const stack = newStack();
    const version = new lambda.Version(stack, 'Version', { lambda: handlerIn(stack) });
    new StreamFedFunction(stack, 'Clicks', { handler: new lambda.Alias(stack, 'Alias', { aliasName: 'live', version }) });
    expect(JSON.stringify(resourceOf(stack, MAPPING).Properties.FunctionName)).toMatch(/"Ref":"Alias\w+".*":live"/);
  });

  test('that is imported with its role gets a policy, for which the event source waits', () => {
    const stack = newStack();
    const role = iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111122223333:role/clicks');
    new StreamFedFunction(stack, 'Clicks', {
      handler: lambda.Function.fromFunctionAttributes(stack, 'Handler', { functionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:clicks', role }),
    });
    const [[id, policy] = []] = Object.entries(resourcesOf(stack, POLICY));
    expect(policy?.Properties.Roles).toEqual(['clicks']);
    expect(JSON.stringify(policy?.Properties.PolicyDocument)).toContain('kinesis:GetRecords');
    expect(resourceOf(stack, MAPPING).DependsOn).toEqual([id]);
  });

  test('of several streams has its alarms once', () => {
    const stack = newStack();
    const handler = handlerIn(stack);
    const one = new StreamFedFunction(stack, 'One', { handler });
    const other = new StreamFedFunction(stack, 'Other', { handler });
    expect(one.alarms.handlerErrors).toBe(other.alarms.handlerErrors);
    expect(problemsAtSynthesis(stack)).toEqual([]);
  });
});

describe('a stack of the stream, and one of the reader', () => {
  test('the reader depends on the stream', () => {
    const app = new App();
    const [owner, stack] = [new Stack(app, 'Owner'), new Stack(app, 'Stack')];
    const stream = streamIn(owner, { encryptionKey: new kms.Key(owner, 'Key') });
    new StreamFedFunction(stack, 'Clicks', { handler: handlerIn(stack), stream, enhancedFanOut: true });
    app.synth();
    expect([owner.dependencies, stack.dependencies]).toEqual([[], [owner]]);
  });

  test('in a nested stack, with a shared failure bucket', () => {
    const stack = newStack();
    const failureStore = new FailureBucket(stack, 'Failures');
    const { stream } = new StreamFedFunction(stack, 'Clicks', { handler: handlerIn(stack), failureStore });
    const nested = new NestedStack(stack, 'Nested');
    new StreamFedFunction(nested, 'More', { handler: handlerIn(nested), stream, failureStore });
    expect(problemsAtSynthesis(stack)).toEqual([]);
    expect(Template.fromStack(nested).findResources('AWS::S3::Bucket')).toEqual({});
  });
});

describe('readers that share the throughput of a stream', () => {
  const readers = (add: (stack: Stack, stream: kinesis.Stream) => void) => {
    const stack = newStack();
    const stream = streamIn(stack);
    new StreamFedFunction(stack, 'Clicks', { handler: handlerIn(stack), stream });
    add(stack, stream);
    return { problems: problemsAtSynthesis(stack), ids: warningIds(stack) };
  };

  test('may be many: what is slow for some is for DeliveryChecks to note', () => {
    expect(readers((stack, stream) => {
      ['A', 'B', 'C'].forEach((id) => handlerIn(stack, {}, id).addEventSource(new KinesisEventSource(stream, { startingPosition: lambda.StartingPosition.TRIM_HORIZON })));
    })).toEqual({ problems: [], ids: [] });
  });
});

describe('grants', () => {
  const policyOf = (stack: Stack) => resourceOf(stack, POLICY, 'ClientDefaultPolicy').Properties.PolicyDocument.Statement as object[];
  const client = (stack: Stack) => new iam.Role(stack, 'Client', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') });

  test.each([
    ['to write', 'grantWrite', WRITE, 'kms:GenerateDataKey'],
    ['to read', 'grantRead', READ, 'kms:Decrypt'],
  ] as const)('%s are these actions, on the stream and on its key', (_, method, actions, keyAction) => {
    const stack = newStack();
    new StreamFedFunction(stack, 'Clicks', { handler: handlerIn(stack), encryptionKey: new kms.Key(stack, 'Key') })[method](client(stack));
    expect(policyOf(stack)).toEqual([
      { Action: actions, Effect: 'Allow', Resource: { 'Fn::GetAtt': [expect.stringMatching(/^ClicksStream/), 'Arn'] } },
      { Action: keyAction, Effect: 'Allow', Resource: { 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] } },
    ]);
  });

  test('need no key where AWS manages it', () => {
    const stack = newStack();
    const grant = new StreamFedFunction(stack, 'Clicks', { handler: handlerIn(stack) }).grantWrite(client(stack));
    expect(policyOf(stack)).toHaveLength(1);
    expect(grant.success).toBe(true);
    expect(warningIds(stack)).toEqual([]);
  });

  test('to a role of another stack make no cycle', () => {
    const app = new App();
    const [owner, stack] = [new Stack(app, 'Owner'), new Stack(app, 'Stack')];
    const clicks = new StreamFedFunction(stack, 'Clicks', { handler: handlerIn(stack) });
    const role = client(owner);
    clicks.grantWrite(role);
    stack.addDependency(owner);
    expect(() => app.synth()).not.toThrow();
  });

  describe('to another account', () => {
    const roleElsewhere = (stack: Stack) => iam.Role.fromRoleArn(stack, 'Client', 'arn:aws:iam::444455556666:role/reader');

    test('stand in the policies of the stream and of its key', () => {
      const stack = new Stack(new App(), 'Stack', HERE);
      new StreamFedFunction(stack, 'Clicks', { handler: handlerIn(stack), encryptionKey: new kms.Key(stack, 'Key') }).grantRead(roleElsewhere(stack));
      Template.fromStack(stack).hasResourceProperties('AWS::Kinesis::ResourcePolicy', {
        ResourceArn: attribute('ClicksStream'),
        ResourcePolicy: { Statement: [{ Action: READ, Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::444455556666:role/reader' }, Resource: attribute('ClicksStream') }] },
      });
      expect(JSON.stringify(resourceOf(stack, 'AWS::KMS::Key').Properties.KeyPolicy)).toContain('arn:aws:iam::444455556666:role/reader');
      // The other account has to allow it too.
      expect(warningIds(stack)).toEqual(['roleNotChanged', 'roleNotChanged']);
    });

    test('are of no use with a key that AWS manages', () => {
      const stack = new Stack(new App(), 'Stack', HERE);
      new StreamFedFunction(stack, 'Clicks', { handler: handlerIn(stack) }).grantRead(roleElsewhere(stack));
      expect(warningIds(stack)).toEqual(['streamKeyNotShared', 'roleNotChanged']);
    });
  });
});

test('a stream that is imported twice is one stream', () => {
  const stack = newStack();
  const streams = ['One', 'Two'].map((id) => kinesis.Stream.fromStreamArn(stack, id, STREAM_ARN));
  streams.forEach((stream, index) => new StreamFedFunction(stack, `Clicks${index}`, { handler: handlerIn(stack, {}, `Handler${index}`), stream }));
  expect(problemsAtSynthesis(stack)).toEqual([]);
});
