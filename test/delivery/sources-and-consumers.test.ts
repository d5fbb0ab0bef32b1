import type { Stack } from 'aws-cdk-lib';
import { Size } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { LogLevel } from 'aws-cdk-lib/aws-stepfunctions';
import type { IQueueFed } from '../../src';
import {
  Alarms, BucketDelivery, ClaimCheckBucket, EventRouter, FailureBucket, PollingStatusApi, QueueEngine, QueueFedFunction, ScheduledMessages,
  TopicFanOut,
} from '../../src';
import { checkTemplates } from '../../src/delivery/checks';
import { isFifoQueue, queueFacts } from '../../src/private/sqs/queue-facts';
import { handlerIn, newStack } from '../messaging/fixtures';
import { videosIn } from '../services/fixtures';
import { expressIn, ordersIn } from '../workflows/queue-fed-workflow.fixtures';

const CONSUMERS: Readonly<Record<string, (stack: Stack, source: string) => IQueueFed>> = {
  'a QueueFedFunction': (stack) => new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack) }),
  // Who sends pointers to payloads tells duplicates by an id.
  'a QueueFedFunction in order': (stack, source) => new QueueFedFunction(stack, 'Orders', {
    handler: handlerIn(stack), fifo: true, contentBasedDeduplication: source !== 'a ClaimCheckBucket',
  }),
  'a QueueFedService': (stack) => videosIn(stack),
  'a QueueFedWorkflow of a Standard state machine': (stack) => ordersIn(stack),
  'a QueueFedWorkflow of an Express state machine': (stack) => ordersIn(stack, {
    stateMachine: expressIn(stack, { logs: { destination: new LogGroup(stack, 'MachineLogs', { retention: RetentionDays.ONE_MONTH }), level: LogLevel.ERROR } }),
  }),
};

/** What each source is given with the consumer, by its page. */
const SOURCES: Readonly<Record<string, (stack: Stack, consumer: IQueueFed) => void>> = {
  'a TopicFanOut': (stack, consumer) => {
    const { maximumMessageBytes: bytes } = queueFacts(consumer.queue);
    const maximumMessageSize = bytes === undefined ? {} : { maximumMessageSize: Size.bytes(bytes) };
    new TopicFanOut(stack, 'Source', { fifo: isFifoQueue(consumer.queue), ...maximumMessageSize }).addConsumer('Orders', consumer);
  },
  'an EventRouter': (stack, consumer) => new EventRouter(stack, 'Source').addConsumer('Orders', consumer, { eventPattern: { source: ['shop'] } }),
  'a ScheduledMessages': (stack, target) => new ScheduledMessages(stack, 'Source', { target }),
  'a ClaimCheckBucket': (stack, consumer) => new ClaimCheckBucket(stack, 'Source').addConsumer('Orders', consumer),
  'the uploads of a ClaimCheckBucket': (stack, consumer) => new ClaimCheckBucket(stack, 'Source').addUploadConsumer('Orders', consumer),
  'a FailureBucket': (stack, consumer) => new FailureBucket(stack, 'Source').addConsumer('Orders', consumer),
  'the failures of a BucketDelivery': (stack, consumer) => new BucketDelivery(stack, 'Source').addFailureConsumer('Orders', consumer),
  'a PollingStatusApi': (stack, consumer) => new PollingStatusApi(stack, 'Source', { engine: new QueueEngine(consumer) }),
};

describe.each(Object.entries(SOURCES))('%s', (source, feed) => {
  test.each(Object.entries(CONSUMERS))('and %s lose nothing between them', (_name, make) => {
    const stack = newStack();
    Alarms.of(stack).notify(new SnsAction(new Topic(stack, 'OnCall', { enforceSSL: true })));
    feed(stack, make(stack, source));
    const found = checkTemplates([{ stack: 'Stack', template: Template.fromStack(stack).toJSON() as object }]).filter(({ severity }) => severity !== 'note');
    expect(found.map(({ id, at: { logicalId } }) => `${id} at ${logicalId}`)).toEqual([]);
  });
});
