import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { attribute, handlerIn, newStack, ref, resourceOf, resourcesOf } from './fixtures';
import type { QueueFedFunctionProps } from '../../src';
import { QueueFedFunction } from '../../src';

const QUEUE = 'AWS::SQS::Queue';
const MAPPING = 'AWS::Lambda::EventSourceMapping';

/** A stack with one pattern, 'Orders'; the handler's timeout is 10 seconds. */
function stackWith(props: Partial<QueueFedFunctionProps> = {}) {
  const stack = newStack();
  new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack), ...props });
  return stack;
}

describe('with a handler and nothing else, the queue', () => {
  const stack = stackWith();
  const queue = resourceOf(stack, QUEUE, 'OrdersQueue');

  test('keeps messages for 4 days', () => {
    expect(queue.Properties.MessageRetentionPeriod).toBe(345_600);
  });

  test('hides a received message for 6 times the timeout of the handler', () => {
    expect(queue.Properties.VisibilityTimeout).toBe(60);
  });

  test('sets a message aside in the dead-letter queue at the fifth failure', () => {
    Template.fromStack(stack).hasResourceProperties(QUEUE, {
      RedrivePolicy: { deadLetterTargetArn: attribute('OrdersDeadLetterQueue'), maxReceiveCount: 5 },
    });
  });

  test('is a standard queue', () => {
    expect(queue.Properties).not.toHaveProperty('FifoQueue');
    expect(queue.Properties).not.toHaveProperty('ContentBasedDeduplication');
  });

  test('has nothing else settled', () => {
    expect(Object.keys(queue.Properties).sort()).toEqual(['MessageRetentionPeriod', 'RedrivePolicy', 'SqsManagedSseEnabled', 'VisibilityTimeout']);
  });
});

describe('with a handler and nothing else, the dead-letter queue', () => {
  const queue = resourceOf(stackWith(), QUEUE, 'OrdersDeadLetterQueue');

  test('keeps messages for 14 days, is encrypted by SQS, and settles nothing else', () => {
    expect(queue.Properties).toEqual({ MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true });
  });
});

describe.each(['OrdersQueue', 'OrdersDeadLetterQueue'])('with a handler and nothing else, %s', (id) => {
  const stack = stackWith();

  test('is encrypted with keys of SQS', () => {
    expect(resourceOf(stack, QUEUE, id).Properties.SqsManagedSseEnabled).toBe(true);
    expect(resourceOf(stack, QUEUE, id).Properties).not.toHaveProperty('KmsMasterKeyId');
  });

  test('goes with the stack', () => {
    expect(resourceOf(stack, QUEUE, id).DeletionPolicy).toBe('Delete');
  });

  test('is kept when CloudFormation replaces it', () => {
    expect(resourceOf(stack, QUEUE, id).UpdateReplacePolicy).toBe('Retain');
  });

  test('refuses what does not come over TLS', () => {
    Template.fromStack(stack).hasResourceProperties('AWS::SQS::QueuePolicy', {
      Queues: [ref(id)],
      PolicyDocument: {
        Statement: [{
          Action: 'sqs:*',
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          Effect: 'Deny',
          Principal: { AWS: '*' },
          Resource: attribute(id),
        }],
      },
    });
  });
});

describe('with a handler and nothing else, the event source', () => {
  const stack = stackWith();
  const mapping = resourceOf(stack, MAPPING);

  test('polls the queue for the handler', () => {
    Template.fromStack(stack).hasResourceProperties(MAPPING, { EventSourceArn: attribute('OrdersQueue'), FunctionName: ref('Handler') });
  });

  test('gives the handler up to 10 messages, without waiting for more', () => {
    expect(mapping.Properties.BatchSize).toBe(10);
    expect(mapping.Properties).not.toHaveProperty('MaximumBatchingWindowInSeconds');
  });

  test('takes partial batch responses', () => {
    expect(mapping.Properties.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
  });

  test('causes at most 100 invocations at a time', () => {
    expect(mapping.Properties.ScalingConfig).toEqual({ MaximumConcurrency: 100 });
    expect(mapping.Properties).not.toHaveProperty('ProvisionedPollerConfig');
  });

  test('has no filter and no metrics of its own, which cost extra', () => {
    expect(mapping.Properties).not.toHaveProperty('FilterCriteria');
    expect(mapping.Properties).not.toHaveProperty('MetricsConfig');
  });

  test('is enabled', () => {
    expect(mapping.Properties).not.toHaveProperty('Enabled');
  });

  test('waits for the permissions of the handler, without which Lambda refuses it', () => {
    expect(mapping.DependsOn).toEqual([expect.stringMatching(/^HandlerServiceRoleDefaultPolicy/)]);
  });
});

describe('with a handler and nothing else, the handler', () => {
  const stack = stackWith();

  test('may read this queue, and is allowed nothing else', () => {
    const policies = Object.values(resourcesOf(stack, 'AWS::IAM::Policy'));
    expect(policies).toHaveLength(1);
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [{
          Action: ['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueUrl', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
          Effect: 'Allow',
          Resource: attribute('OrdersQueue'),
        }],
      },
      PolicyName: Match.stringLikeRegexp('^HandlerServiceRoleDefaultPolicy[0-9A-F]{8}$'),
      Roles: [ref('HandlerServiceRole')],
    });
  });

  test('is not changed', () => {
    const alone = newStack();
    handlerIn(alone);
    expect(resourceOf(stack, 'AWS::Lambda::Function').Properties).toEqual(resourceOf(alone, 'AWS::Lambda::Function').Properties);
    expect(resourceOf(stack, 'AWS::IAM::Role')).toEqual(resourceOf(alone, 'AWS::IAM::Role'));
  });
});

test('with a handler and nothing else, there is one warning: that the alarms notify nobody', () => {
  const warnings = Annotations.fromStack(stackWith()).findWarning('*', Match.anyValue());
  expect(warnings.map(({ entry }) => entry.data)).toEqual([expect.stringContaining('[ack: cdk-serverless-patterns:alarmsNotifyNobody]')]);
});

test('the parts are public', () => {
  const stack = newStack();
  const handler = handlerIn(stack);
  const orders = new QueueFedFunction(stack, 'Orders', { handler });
  expect(orders.handler).toBe(handler);
  expect(orders.queue).toBe(orders.node.findChild('Queue'));
  expect(orders.deadLetterQueue).toBe(orders.node.findChild('DeadLetterQueue'));
  expect(orders.eventSource).toBe(orders.node.findChild('EventSource'));
  expect(orders.node.children.map(({ node }) => node.id)).toEqual([
    'DeadLetterQueue', 'Queue', 'EventSource', 'DeadLettersAlarm', 'MoreDeadLettersAlarm', 'MessageAgeAlarm',
  ]);
});

describe('the visibility timeout', () => {
  test.each([
    [undefined, undefined, 18],
    [Duration.seconds(1), undefined, 6],
    [Duration.seconds(30), undefined, 180],
    [Duration.minutes(15), undefined, 5400],
    [Duration.seconds(30), Duration.seconds(5), 185],
    [Duration.seconds(30), Duration.minutes(5), 480],
  ])('follows from a timeout of %s and a batching window of %s: %d seconds', (timeout, maxBatchingWindow, expected) => {
    const stack = newStack();
    const handler = new lambda.Function(stack, 'Handler', {
      runtime: lambda.Runtime.NODEJS_22_X,
      handler: 'index.handler',
      code: lambda.Code.fromInline('x'),
      ...(timeout && { timeout }),
    });
    new QueueFedFunction(stack, 'Orders', { handler, ...(maxBatchingWindow && { maxBatchingWindow }) });
    expect(resourceOf(stack, QUEUE, 'OrdersQueue').Properties.VisibilityTimeout).toBe(expected);
  });

  test('is the stated one, where one is stated', () => {
    const queue = resourceOf(stackWith({ visibilityTimeout: Duration.minutes(5) }), QUEUE, 'OrdersQueue');
    expect(queue.Properties.VisibilityTimeout).toBe(300);
  });
});

describe('a prop that is stated', () => {
  test.each<[string, Partial<QueueFedFunctionProps>, Record<string, unknown>]>([
    ['batchSize', { batchSize: 3 }, { BatchSize: 3 }],
    ['maxBatchingWindow', { maxBatchingWindow: Duration.seconds(20) }, { MaximumBatchingWindowInSeconds: 20 }],
    ['maxConcurrency', { maxConcurrency: 7 }, { ScalingConfig: { MaximumConcurrency: 7 } }],
    ['metricsConfig', { metricsConfig: { metrics: [lambda.MetricType.EVENT_COUNT] } }, { MetricsConfig: { Metrics: ['EventCount'] } }],
    [
      'filters',
      { filters: [lambda.FilterCriteria.filter({ body: { kind: lambda.FilterRule.isEqual('order') } })] },
      { FilterCriteria: { Filters: [{ Pattern: '{"body":{"kind":["order"]}}' }] } },
    ],
    ['enabled', { enabled: false }, { Enabled: false }],
  ])('reaches the event source: %s', (_, props, expected) => {
    expect(resourceOf(stackWith(props), MAPPING).Properties).toMatchObject(expected);
  });

  test.each<[string, Partial<QueueFedFunctionProps>, Record<string, unknown>]>([
    ['retentionPeriod', { retentionPeriod: Duration.hours(1) }, { MessageRetentionPeriod: 3600 }],
    ['maxReceiveCount', { maxReceiveCount: 9 }, { RedrivePolicy: { maxReceiveCount: 9 } }],
    ['deliveryDelay', { deliveryDelay: Duration.seconds(90) }, { DelaySeconds: 90 }],
    ['maximumMessageSize', { maximumMessageSize: Size.kibibytes(300) }, { MaximumMessageSize: 307_200 }],
    ['highThroughput', { fifo: true, highThroughput: true }, { DeduplicationScope: 'messageGroup', FifoThroughputLimit: 'perMessageGroupId' }],
  ])('reaches the queue: %s', (_, props, expected) => {
    expect(resourceOf(stackWith(props), QUEUE, 'OrdersQueue').Properties).toMatchObject(expected);
  });
});

test('a key for filters is used by Lambda, which is granted it', () => {
  const stack = newStack();
  const filters = [lambda.FilterCriteria.filter({ body: { kind: lambda.FilterRule.isEqual('order') } })];
  new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack), filters, filterEncryption: new kms.Key(stack, 'Key') });
  expect(resourceOf(stack, MAPPING).Properties.KmsKeyArn).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] });
  expect(JSON.stringify(resourceOf(stack, 'AWS::KMS::Key').Properties.KeyPolicy)).toContain('lambda.amazonaws.com');
});

test('by default there is no delay, the size is that of SQS, and the event source is enabled', () => {
  const queue = resourceOf(stackWith(), QUEUE, 'OrdersQueue').Properties;
  ['DelaySeconds', 'MaximumMessageSize', 'DeduplicationScope', 'FifoThroughputLimit'].forEach((property) => expect(queue).not.toHaveProperty(property));
  expect(resourceOf(stackWith(), MAPPING).Properties).not.toHaveProperty('Enabled');
});

describe('provisioned pollers', () => {
  test.each([
    [{}, { MinimumPollers: 2, MaximumPollers: 200 }],
    [{ minimumPollers: 5 }, { MinimumPollers: 5, MaximumPollers: 200 }],
    [{ maximumPollers: 10 }, { MinimumPollers: 2, MaximumPollers: 10 }],
    [{ minimumPollers: 5, maximumPollers: 10 }, { MinimumPollers: 5, MaximumPollers: 10 }],
  ])('%j are in place of a maximum concurrency', (provisionedPollerConfig, expected) => {
    const { Properties: properties } = resourceOf(stackWith({ provisionedPollerConfig }), MAPPING);
    expect(properties.ProvisionedPollerConfig).toEqual(expected);
    expect(properties).not.toHaveProperty('ScalingConfig');
  });
});

describe('FIFO', () => {
  const stack = stackWith({ fifo: true });

  test('makes both queues FIFO', () => {
    expect(resourceOf(stack, QUEUE, 'OrdersQueue').Properties.FifoQueue).toBe(true);
    expect(resourceOf(stack, QUEUE, 'OrdersDeadLetterQueue').Properties.FifoQueue).toBe(true);
  });

  test('deduplicates by the ids that the sender gives', () => {
    expect(resourceOf(stack, QUEUE, 'OrdersQueue').Properties).not.toHaveProperty('ContentBasedDeduplication');
  });

  test('has the defaults of a standard queue otherwise', () => {
    expect(resourceOf(stack, QUEUE, 'OrdersQueue').Properties).toMatchObject({ MessageRetentionPeriod: 345_600, VisibilityTimeout: 60 });
    expect(resourceOf(stack, MAPPING).Properties).toMatchObject({ ScalingConfig: { MaximumConcurrency: 100 } });
  });

  test('hands over one message at a time, so that none shares the fate of the poison before it', () => {
    expect(resourceOf(stack, MAPPING).Properties.BatchSize).toBe(1);
  });

  test('hands over one message at a time from an adopted queue too', () => {
    const adopting = newStack();
    const deadLetterQueue = { queue: new sqs.Queue(adopting, 'Failed', { fifo: true, retentionPeriod: Duration.days(14) }), maxReceiveCount: 5 };
    const queue = new sqs.Queue(adopting, 'Live', { fifo: true, visibilityTimeout: Duration.minutes(5), deadLetterQueue });
    new QueueFedFunction(adopting, 'Orders', { handler: handlerIn(adopting), queue });
    expect(resourceOf(adopting, MAPPING).Properties.BatchSize).toBe(1);
  });

  test.each([true, false])('takes contentBasedDeduplication: %s, on the queue alone', (contentBasedDeduplication) => {
    const stated = stackWith({ fifo: true, contentBasedDeduplication });
    expect(resourceOf(stated, QUEUE, 'OrdersQueue').Properties.ContentBasedDeduplication).toBe(contentBasedDeduplication);
    expect(resourceOf(stated, QUEUE, 'OrdersDeadLetterQueue').Properties).not.toHaveProperty('ContentBasedDeduplication');
  });
});

test('fifo: false and contentBasedDeduplication: false leave a standard queue, which takes neither attribute', () => {
  const { Properties: properties } = resourceOf(stackWith({ fifo: false, contentBasedDeduplication: false }), QUEUE, 'OrdersQueue');
  expect(properties).not.toHaveProperty('FifoQueue');
  expect(properties).not.toHaveProperty('ContentBasedDeduplication');
});

describe('a removal policy', () => {
  test.each([
    [RemovalPolicy.DESTROY, 'Delete', 'Delete'],
    [RemovalPolicy.RETAIN, 'Retain', 'Retain'],
    [RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, 'RetainExceptOnCreate', 'Retain'],
  ])('of %s is that of both queues', (removalPolicy, deletion, replacement) => {
    const queues = Object.values(resourcesOf(stackWith({ removalPolicy }), QUEUE));
    expect(queues.map((queue) => [queue.DeletionPolicy, queue.UpdateReplacePolicy])).toEqual([[deletion, replacement], [deletion, replacement]]);
  });
});

test('a dead-letter queue that is given is used, and none is made', () => {
  const stack = newStack();
  const deadLetterQueue = new sqs.Queue(stack, 'Failed', { retentionPeriod: Duration.days(14) });
  const orders = new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack), deadLetterQueue });
  expect(orders.deadLetterQueue).toBe(deadLetterQueue);
  expect(Object.keys(resourcesOf(stack, QUEUE))).toHaveLength(2);
  Template.fromStack(stack).hasResourceProperties(QUEUE, { RedrivePolicy: { deadLetterTargetArn: attribute('Failed'), maxReceiveCount: 5 } });
});
