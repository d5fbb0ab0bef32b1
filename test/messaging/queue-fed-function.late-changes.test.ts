import type { CfnResource, Stack } from 'aws-cdk-lib';
import { Aspects, Duration, RemovalPolicies, Size, Tags } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { handlerIn, newStack } from './fixtures';
import type { QueueFedFunctionProps } from '../../src';
import { QueueFedFunction } from '../../src';
import type { LateChange } from '../late-changes';
import { describeLateChanges, expectHarmless, problemsAtSynthesis, problemsWithInjector } from '../late-changes';

const FILTERS = [lambda.FilterCriteria.filter({ body: { kind: lambda.FilterRule.isEqual('order') } })];

/** A pattern 'Orders' with all that a standard queue can have. */
function make(stack: Stack, props: Partial<QueueFedFunctionProps> = {}): QueueFedFunction {
  const key = new kms.Key(stack, 'Key');
  return new QueueFedFunction(stack, 'Orders', {
    handler: handlerIn(stack),
    batchSize: 20,
    maxBatchingWindow: Duration.seconds(5),
    maxConcurrency: 10,
    deliveryDelay: Duration.seconds(3),
    maximumMessageSize: Size.kibibytes(64),
    filters: FILTERS,
    filterEncryption: key,
    encryptionKey: key,
    ...props,
  });
}

const makeFifo = (stack: Stack) => new QueueFedFunction(stack, 'Orders', {
  handler: handlerIn(stack),
  fifo: true,
  contentBasedDeduplication: true,
  highThroughput: true,
  provisionedPollerConfig: { minimumPollers: 3, maximumPollers: 9 },
});

const RESOURCES = {
  'queue': ({ queue }: QueueFedFunction) => queue.node.defaultChild as CfnResource,
  'queue policy': ({ queue }: QueueFedFunction) => queue.node.findChild('Policy').node.defaultChild as CfnResource,
  'dead-letter queue': ({ deadLetterQueue }: QueueFedFunction) => deadLetterQueue.node.defaultChild as CfnResource,
  'dead-letter queue policy': ({ deadLetterQueue }: QueueFedFunction) => deadLetterQueue.node.findChild('Policy').node.defaultChild as CfnResource,
  'event source': ({ eventSource }: QueueFedFunction) => eventSource.node.defaultChild as CfnResource,
  'handler': ({ handler }: QueueFedFunction) => handler.node.defaultChild as CfnResource,
};

type Change = LateChange<keyof typeof RESOURCES>;

const OWN_DEAD_LETTERS = 'give a queue of your own as deadLetterQueue';

describe('a standard queue', () => {
  const changes: Change[] = [
    ['queue', 'Properties.FifoQueue', true, 'state fifo'],
    ['queue', 'Properties.VisibilityTimeout', 600, 'state visibilityTimeout of the QueueFedFunction'],
    ['queue', 'Properties.VisibilityTimeout', undefined, 'state visibilityTimeout'],
    ['queue', 'Properties.MessageRetentionPeriod', 60, 'state retentionPeriod'],
    ['queue', 'Properties.DelaySeconds', 0, 'state deliveryDelay'],
    ['queue', 'Properties.MaximumMessageSize', 1024, 'state maximumMessageSize'],
    ['queue', 'Properties.RedrivePolicy', undefined, 'state deadLetterQueue'],
    ['queue', 'Properties.RedrivePolicy.deadLetterTargetArn', 'arn:aws:sqs:eu-west-1:111122223333:other', 'state deadLetterQueue'],
    ['queue', 'Properties.RedrivePolicy.maxReceiveCount', 1, 'state maxReceiveCount'],
    ['queue', 'Properties.KmsMasterKeyId', undefined, 'state encryptionKey'],
    ['queue', 'Properties.KmsMasterKeyId', 'alias/aws/sqs', 'state encryptionKey'],
    ['queue', 'Properties.SqsManagedSseEnabled', false, 'state encryptionKey'],
    ['queue policy', 'Properties.PolicyDocument.Statement', [], 'by TLS only'],
    ['dead-letter queue', 'Properties.MessageRetentionPeriod', 345_600, OWN_DEAD_LETTERS],
    ['dead-letter queue', 'Properties.MessageRetentionPeriod', undefined, OWN_DEAD_LETTERS],
    ['dead-letter queue', 'Properties.FifoQueue', true, 'state fifo'],
    ['dead-letter queue', 'Properties.KmsMasterKeyId', 'alias/aws/sqs', 'state encryptionKey'],
    ['dead-letter queue', 'Properties.RedriveAllowPolicy', { redrivePermission: 'denyAll' }, OWN_DEAD_LETTERS],
    ['dead-letter queue policy', 'Properties.PolicyDocument.Statement', [], 'by TLS only'],
    ['event source', 'Properties.FunctionName', 'other', 'give another handler'],
    ['event source', 'Properties.EventSourceArn', 'arn:aws:sqs:eu-west-1:111122223333:other', 'state queue'],
    ['event source', 'Properties.Enabled', false, 'state enabled'],
    ['event source', 'Properties.BatchSize', 10, 'state batchSize'],
    ['event source', 'Properties.MaximumBatchingWindowInSeconds', 300, 'state maxBatchingWindow'],
    ['event source', 'Properties.FunctionResponseTypes', [], 'the good messages of a batch are processed again'],
    ['event source', 'Properties.FunctionResponseTypes', undefined, 'the good messages of a batch are processed again'],
    ['event source', 'Properties.ScalingConfig', undefined, 'state maxConcurrency'],
    ['event source', 'Properties.ScalingConfig.MaximumConcurrency', 1000, 'state maxConcurrency'],
    ['event source', 'Properties.ProvisionedPollerConfig', { MinimumPollers: 2 }, 'state provisionedPollerConfig'],
    ['event source', 'Properties.FilterCriteria', undefined, 'state filters'],
    ['event source', 'Properties.FilterCriteria.Filters', [{ Pattern: '{}' }], 'state filters'],
    ['event source', 'Properties.KmsKeyArn', undefined, 'state filterEncryption'],
    ['handler', 'Properties.Timeout', 600, 'set it where the function is made'],
    ['handler', 'Properties.Timeout', undefined, 'set it where the function is made'],
  ];

  describeLateChanges((stack) => make(stack), RESOURCES, changes);
});

describe('a FIFO queue', () => {
  const changes: Change[] = [
    ['queue', 'Properties.FifoQueue', undefined, 'state fifo'],
    ['queue', 'Properties.ContentBasedDeduplication', false, 'state contentBasedDeduplication'],
    ['queue', 'Properties.DeduplicationScope', 'queue', 'state highThroughput'],
    ['queue', 'Properties.FifoThroughputLimit', 'perQueue', 'state highThroughput'],
    ['dead-letter queue', 'Properties.FifoQueue', undefined, 'state fifo'],
    ['event source', 'Properties.BatchSize', 10, 'state batchSize'],
    ['event source', 'Properties.ProvisionedPollerConfig.MinimumPollers', 2, 'state provisionedPollerConfig'],
    ['event source', 'Properties.ProvisionedPollerConfig.MaximumPollers', 200, 'state provisionedPollerConfig'],
    ['event source', 'Properties.ScalingConfig', { MaximumConcurrency: 50 }, 'state maxConcurrency'],
  ];

  describeLateChanges(makeFifo, RESOURCES, changes);
});

test('a queue without settings of its own gets none', () => {
  const problemsOf = (at: string, value: unknown) => {
    const stack = newStack();
    const { queue } = new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack) });
    (queue.node.defaultChild as CfnResource).addPropertyOverride(at, value);
    return problemsAtSynthesis(stack);
  };
  expect(problemsOf('DelaySeconds', 900)).toEqual([
    "[Stack/Orders/Queue] DelaySeconds of 'Stack/Orders/Queue/Resource' was changed to 900, but must not be there: state deliveryDelay of the QueueFedFunction",
  ]);
  expect(problemsOf('MaximumMessageSize', 1024)).toEqual([expect.stringContaining('state maximumMessageSize')]);
  expect(problemsOf('DeduplicationScope', 'messageGroup')).toEqual([expect.stringContaining('state highThroughput')]);
  expect(problemsOf('KmsMasterKeyId', 'alias/aws/sqs')).toEqual([expect.stringContaining('state encryptionKey')]);
});

describe('an injector of the CDK\'s own constructs', () => {
  const QUEUE = sqs.Queue.PROPERTY_INJECTION_ID;
  const MAPPING = lambda.EventSourceMapping.PROPERTY_INJECTION_ID;

  test.each<[string, string, object, string[]]>([
    ['the visibility timeout', QUEUE, { visibilityTimeout: Duration.seconds(1) }, ['Orders/DeadLetterQueue] VisibilityTimeout', 'Orders/Queue] VisibilityTimeout']],
    ['the retention', QUEUE, { retentionPeriod: Duration.days(2) }, ['Orders/DeadLetterQueue] MessageRetentionPeriod', 'Orders/Queue] MessageRetentionPeriod']],
    ['the key to one of AWS', QUEUE, { encryption: sqs.QueueEncryption.KMS_MANAGED, encryptionMasterKey: undefined }, ['Orders/DeadLetterQueue] KmsMasterKeyId', 'Orders/Queue] KmsMasterKeyId']],
    ['the encryption to none', QUEUE, { encryption: sqs.QueueEncryption.UNENCRYPTED, encryptionMasterKey: undefined }, [
      'Orders/DeadLetterQueue] KmsMasterKeyId', 'Orders/DeadLetterQueue] SqsManagedSseEnabled', 'Orders/Queue] KmsMasterKeyId', 'Orders/Queue] SqsManagedSseEnabled',
    ]],
    ['the delay', QUEUE, { deliveryDelay: Duration.seconds(1) }, ['Orders/DeadLetterQueue] DelaySeconds', 'Orders/Queue] DelaySeconds']],
    ['the dead-letter queue', QUEUE, { deadLetterQueue: undefined }, ['Orders/Queue] RedrivePolicy.deadLetterTargetArn', 'Orders/Queue] RedrivePolicy.maxReceiveCount']],
    ['the size of messages', QUEUE, { maxMessageSizeBytes: 1024 }, ['Orders/DeadLetterQueue] MaximumMessageSize', 'Orders/Queue] MaximumMessageSize']],
    ['the size of batches', MAPPING, { batchSize: 10 }, ['Orders] BatchSize']],
    ['the batching window', MAPPING, { maxBatchingWindow: Duration.seconds(60) }, ['Orders] MaximumBatchingWindowInSeconds']],
    ['the response', MAPPING, { reportBatchItemFailures: false }, ['Orders] FunctionResponseTypes']],
    ['the concurrency', MAPPING, { maxConcurrency: 999 }, ['Orders] ScalingConfig.MaximumConcurrency']],
    ['the filters', MAPPING, { filters: undefined, filterEncryption: undefined }, ['Orders] FilterCriteria.Filters', 'Orders] KmsKeyArn']],
    ['the target', MAPPING, { eventSourceArn: 'arn:aws:sqs:eu-west-1:111122223333:other' }, ['Orders] EventSourceArn']],
  ])('changes %s', (_, id, more, at) => {
    expect(problemsWithInjector(id, more, make).map((problem) => /^\[Stack\/(\S+ \S+) of /.exec(problem)?.[1]).sort()).toEqual(at);
  });

  test('may not take the TLS statement out of the policy', () => {
    expect(problemsWithInjector(QUEUE, { enforceSSL: false }, make)).toEqual(['DeadLetterQueue', 'Queue'].map((id) => (
      `[Stack/Orders/${id}] queue 'Stack/Orders/${id}' has no policy that takes messages by TLS only: leave enforceSSL of the queue on`
    )));
  });

  test('may give a key, for which the handler gets its grant', () => {
    const injected = (_: unknown, scope: Construct, id: string) => ({
      encryption: sqs.QueueEncryption.KMS,
      encryptionMasterKey: kms.Key.fromKeyArn(scope, `${id}Key`, 'arn:aws:kms:eu-west-1:111122223333:key/team'),
    });
    expect(problemsWithInjector(QUEUE, injected, (stack) => new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack) }))).toEqual([]);
  });
});

describe('what may change', () => {
  test.each<[string, (orders: QueueFedFunction, stack: Stack) => void]>([
    ['tags', (_, stack) => Tags.of(stack).add('team', 'orders')],
    ['the removal policies of a stack for tests', (_, stack) => RemovalPolicies.of(stack).destroy()],
    ['the memory of the handler', ({ handler }) => (handler.node.defaultChild as CfnResource).addPropertyOverride('MemorySize', 1024)],
    ['further statements of a policy', ({ queue }, stack) => queue.grantSendMessages(new iam.AccountPrincipal(stack.account))],
    ['metrics', ({ eventSource }) => (eventSource.node.defaultChild as CfnResource).addPropertyOverride('MetricsConfig', { Metrics: ['EventCount'] })],
  ])('%s', (_, change) => expectHarmless(make, change));
});

describe('a timeout', () => {
  test('of an override before the pattern is made is what counts', () => {
    const stack = newStack();
    const handler = handlerIn(stack);
    (handler.node.defaultChild as CfnResource).addPropertyOverride('Timeout', 300);
    const { queue } = new QueueFedFunction(stack, 'Orders', { handler });
    expect(stack.resolve((queue.node.defaultChild as sqs.CfnQueue).visibilityTimeout)).toBe(1800);
    expect(problemsAtSynthesis(stack)).toEqual([]);
  });

  test('of an aspect is an error that says what was derived', () => {
    const stack = newStack();
    new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack) });
    Aspects.of(stack).add({
      visit: (node) => {
        if (lambda.CfnFunction.isCfnFunction(node)) {
          node.timeout = 600;
        }
      },
    });
    expect(problemsAtSynthesis(stack)).toEqual([
      "[Stack/Orders] Timeout of 'Stack/Handler/Resource' was changed to 600, but must be 10: " +
      'visibilityTimeout and the alarm on duration are derived from it, so set it where the function is made',
    ]);
  });

  test('that Lambda gives a function without one is no change', () => {
    const stack = newStack();
    const handler = handlerIn(stack, { timeout: undefined });
    new QueueFedFunction(stack, 'Orders', { handler });
    (handler.node.defaultChild as CfnResource).addPropertyOverride('Timeout', 3);
    expect(problemsAtSynthesis(stack)).toEqual([]);
  });
});

describe('a queue that was given', () => {
  const problemsAfter = (change: (live: CfnResource, failed: CfnResource) => void) => {
    const stack = newStack();
    const failed = new sqs.Queue(stack, 'Failed', { retentionPeriod: Duration.days(14) });
    const live = new sqs.Queue(stack, 'Live', { visibilityTimeout: Duration.seconds(60), deadLetterQueue: { queue: failed, maxReceiveCount: 3 } });
    new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack), queue: live });
    change(live.node.defaultChild as CfnResource, failed.node.defaultChild as CfnResource);
    return problemsAtSynthesis(stack);
  };

  test('is read again', () => {
    expect(problemsAfter(() => {})).toEqual([]);
  });

  test.each<[string, (live: CfnResource, failed: CfnResource) => void, string]>([
    ['visibility timeout', (live) => live.addPropertyOverride('VisibilityTimeout', 5), "visibilityTimeout of queue 'Stack/Live' is 5 seconds, which is shorter than the handler's timeout"],
    ['redrive policy', (live) => live.addPropertyDeletionOverride('RedrivePolicy'), "queue 'Stack/Live' has no dead-letter queue"],
    ['number of receives', (live) => {
      live.addPropertyOverride('RedrivePolicy.maxReceiveCount', 1000);
      live.addPropertyOverride('MessageRetentionPeriod', 60_000);
    }, "maxReceiveCount x visibilityTimeout of queue 'Stack/Live' is 1000 x 60 seconds"],
    ['dead-letter queue', (_, failed) => failed.addPropertyOverride('MessageRetentionPeriod', 60), "retentionPeriod of deadLetterQueue 'Stack/Failed' is 60 seconds, shorter"],
    ['dead-letter queue\'s permission', (_, failed) => failed.addPropertyOverride('RedriveAllowPolicy', { redrivePermission: 'denyAll' }), "deadLetterQueue 'Stack/Failed' has a redriveAllowPolicy"],
    ['type', (_, failed) => failed.addPropertyOverride('FifoQueue', true), "deadLetterQueue 'Stack/Failed' is a FIFO queue, but the queue is a standard queue"],
  ])('for another %s', (_, change, problem) => {
    expect(problemsAfter(change)).toEqual([expect.stringContaining(`[Stack/Orders] ${problem}`)]);
  });
});
