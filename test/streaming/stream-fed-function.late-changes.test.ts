import type { CfnResource, Stack } from 'aws-cdk-lib';
import { Duration, RemovalPolicies, Tags } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { streamIn } from './fixtures';
import { StreamFedFunction } from '../../src';
import type { LateChange } from '../late-changes';
import { describeLateChanges, expectHarmless, problemsAtSynthesis } from '../late-changes';
import { handlerIn, newStack } from '../messaging/fixtures';

/** A pattern 'Clicks' with all that a stream can have. */
function make(stack: Stack): StreamFedFunction {
  const key = new kms.Key(stack, 'Key');
  return new StreamFedFunction(stack, 'Clicks', {
    handler: handlerIn(stack),
    encryptionKey: key,
    enhancedFanOut: true,
    batchSize: 20,
    maxBatchingWindow: Duration.seconds(5),
    startingPosition: lambda.StartingPosition.AT_TIMESTAMP,
    startingPositionTimestamp: 1_800_000_000,
    filters: [lambda.FilterCriteria.filter({ data: { kind: lambda.FilterRule.isEqual('click') } })],
    filterEncryption: key,
  });
}

const RESOURCES = {
  'stream': ({ stream }: StreamFedFunction) => stream.node.defaultChild as CfnResource,
  'consumer': ({ consumer }: StreamFedFunction) => consumer!.node.defaultChild as CfnResource,
  'event source': ({ eventSource }: StreamFedFunction) => eventSource.node.defaultChild as CfnResource,
  'handler': ({ handler }: StreamFedFunction) => handler.node.defaultChild as CfnResource,
};

type Change = LateChange<keyof typeof RESOURCES>;
const OWN_STREAM = 'give a stream of your own as stream of the StreamFedFunction';

const CHANGES: Change[] = [
  ['stream', 'Properties.RetentionPeriodHours', 24, 'state streamRetentionPeriod of the StreamFedFunction'],
  ['stream', 'Properties.StreamModeDetails.StreamMode', 'PROVISIONED', OWN_STREAM],
  ['stream', 'Properties.ShardCount', 1, OWN_STREAM],
  ['stream', 'Properties.StreamEncryption', undefined, 'state encryptionKey'],
  ['stream', 'Properties.StreamEncryption.EncryptionType', 'NONE', 'state encryptionKey'],
  ['stream', 'Properties.StreamEncryption.KeyId', 'alias/aws/kinesis', 'state encryptionKey'],
  ['stream', 'DeletionPolicy', 'Snapshot', 'state removalPolicy'],
  ['stream', 'UpdateReplacePolicy', 'Snapshot', 'state removalPolicy'],
  ['consumer', 'Properties.StreamARN', 'arn:aws:kinesis:eu-west-1:111122223333:stream/other', 'state stream'],
  ['consumer', 'Properties.Tags', [{ Key: 'stage', Value: 'test' }], 'CloudFormation replaces a consumer whose tags change'],
  ['event source', 'Properties.FunctionName', 'other', 'give another handler'],
  ['event source', 'Properties.EventSourceArn', 'arn:aws:kinesis:eu-west-1:111122223333:stream/other', 'state stream'],
  ['event source', 'Properties.Enabled', false, 'state enabled'],
  ['event source', 'Properties.BatchSize', 10, 'state batchSize'],
  ['event source', 'Properties.MaximumBatchingWindowInSeconds', 300, 'state maxBatchingWindow'],
  ['event source', 'Properties.ParallelizationFactor', 10, 'state parallelizationFactor'],
  ['event source', 'Properties.TumblingWindowInSeconds', 10, 'state tumblingWindow'],
  ['event source', 'Properties.StartingPosition', 'LATEST', 'state startingPosition'],
  ['event source', 'Properties.StartingPositionTimestamp', 1, 'state startingPosition'],
  ['event source', 'Properties.MaximumRetryAttempts', -1, 'state retryAttempts'],
  ['event source', 'Properties.MaximumRetryAttempts', undefined, 'state retryAttempts'],
  ['event source', 'Properties.MaximumRecordAgeInSeconds', -1, 'state maxRecordAge'],
  ['event source', 'Properties.MaximumRecordAgeInSeconds', undefined, 'state maxRecordAge'],
  ['event source', 'Properties.BisectBatchOnFunctionError', false, 'takes all others of its batch with it'],
  ['event source', 'Properties.FunctionResponseTypes', [], 'the good records of a batch are processed again'],
  ['event source', 'Properties.DestinationConfig', undefined, 'state failureStore'],
  ['event source', 'Properties.DestinationConfig.OnFailure.Destination', 'arn:aws:s3:::other', 'state failureStore'],
  ['event source', 'Properties.MetricsConfig', undefined, 'the alarms are on these metrics'],
  ['event source', 'Properties.FilterCriteria', undefined, 'state filters'],
  ['event source', 'Properties.KmsKeyArn', undefined, 'state filterEncryption'],
  ['handler', 'Properties.Timeout', 600, 'the alarm on duration is derived from it, so set it where the function is made'],
];

describe('a stream', () => {
  describeLateChanges(make, RESOURCES, CHANGES);
});

describe('what may change', () => {
  test.each<[string, (clicks: StreamFedFunction, stack: Stack) => void]>([
    ['tags', (_, stack) => Tags.of(stack).add('team', 'clicks')],
    ['the removal policies of a stack for tests', (_, stack) => RemovalPolicies.of(stack).destroy()],
    ['the memory of the handler', ({ handler }) => (handler.node.defaultChild as CfnResource).addPropertyOverride('MemorySize', 1024)],
    ['grants', (clicks, stack) => clicks.grantWrite(new iam.Role(stack, 'Producer', { assumedBy: new iam.AccountRootPrincipal() }))],
    ['shard metrics of the stream', ({ stream }) => (stream.node.defaultChild as CfnResource).addPropertyOverride('DesiredShardLevelMetrics', ['ALL'])],
  ])('%s', (_, change) => expectHarmless(make, change));
});

test('a stream without a key of its own keeps the one that AWS manages', () => {
  const stack = newStack();
  const { stream } = new StreamFedFunction(stack, 'Clicks', { handler: handlerIn(stack) });
  (stream.node.defaultChild as CfnResource).addPropertyOverride('StreamEncryption.KeyId', 'other');
  expect(problemsAtSynthesis(stack)).toEqual([expect.stringContaining('KeyId of \'Stack/Clicks/Stream/Resource\' was changed to "other", but must be "alias/aws/kinesis": state encryptionKey')]);
});

describe('a stream that was given', () => {
  const problemsAfter = (change: (live: CfnResource) => void) => {
    const stack = newStack();
    const stream = streamIn(stack, { retentionPeriod: Duration.days(7) });
    new StreamFedFunction(stack, 'Clicks', { handler: handlerIn(stack), stream });
    change(stream.node.defaultChild as CfnResource);
    return problemsAtSynthesis(stack);
  };

  test('is read again: a shorter retention would lose records', () => {
    expect(problemsAfter((live) => live.addPropertyOverride('RetentionPeriodHours', 84))).toEqual([
      expect.stringContaining('[Stack/Clicks] maxRecordAge is 302400 seconds, but the stream keeps records for 302400 seconds only'),
    ]);
  });

  test.each([85, 168, 8760])('may keep records for %d hours', (hours) => {
    expect(problemsAfter((live) => live.addPropertyOverride('RetentionPeriodHours', hours))).toEqual([]);
  });
});
