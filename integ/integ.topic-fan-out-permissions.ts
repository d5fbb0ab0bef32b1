/**
 * A topic reaches the queues that let it in, and their keys, also those in which it sets aside; another topic does not; and publishers can do what they were granted,
 * and no more.
 *
 * Shows something only where IAM is enforced: on AWS, and on the local emulator as `npm run integ` starts it.
 */
import { join } from 'node:path';
import { ExpectedResult, IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { QueueFed, QueueFedFunction, TopicFanOut } from '../src';
import { expectAnswer, faultDrill, inOrder } from './support/drill';
import { topicEntrance } from './support/entrances/topic';
import { Ledger } from './support/ledger';
import { QueueKeeper } from './support/queue-keeper';
import { seed } from './support/seed';

const app = new App();
const stack = new Stack(app, 'IntegTopicFanOutPermissions');
const ledger = new Ledger(stack, 'Ledger');
const timeout = Duration.seconds(5);

// One key for all: the topic, the queues of the consumer, and those of another whose queue is lost.
const encryptionKey = new kms.Key(stack, 'Key', { removalPolicy: RemovalPolicy.DESTROY, pendingWindow: Duration.days(7) });
const fanOut = new TopicFanOut(stack, 'FanOut', { encryptionKey });
const consumer = new QueueFedFunction(stack, 'Consumer', {
  handler: ledger.newHandler(stack, 'Handler', { timeout, station: 'consumer' }),
  visibilityTimeout: timeout,
  maxReceiveCount: 5,
  maxConcurrency: 2,
  removalPolicy: RemovalPolicy.DESTROY,
  encryptionKey,
});
fanOut.addConsumer('Consumer', consumer);
ledger.topology('permissions', { entrance: topicEntrance(fanOut.topic), stations: { consumer } });

const newQueue = (id: string, encryptionMasterKey?: kms.IKey) => (
  new sqs.Queue(stack, id, { removalPolicy: RemovalPolicy.DESTROY, ...(encryptionMasterKey ? { encryptionMasterKey } : {}) })
);
const lost = newQueue('Lost', encryptionKey);
const setAside = newQueue('SetAside', encryptionKey);
fanOut.addConsumer('Lost', QueueFed.of(lost, setAside));
const keeper = new QueueKeeper(ledger, 'Keeper', [{ queue: lost }]);

// A topic of this account, which may use the key, but which the consumer's queue does not let in.
const stranger = new TopicFanOut(stack, 'Stranger');
const strays = newQueue('Strays');
new sns.Subscription(stack, 'Intrusion', {
  topic: stranger.topic, protocol: sns.SubscriptionProtocol.SQS, endpoint: consumer.queue.queueArn, rawMessageDelivery: true, deadLetterQueue: strays,
});

const publisher = ledger.newHandler(stack, 'Publisher', { entry: join(__dirname, 'support', 'handlers', 'publisher.ts'), timeout: Duration.seconds(30) });
stranger.grantPublish(publisher);

const integ = new IntegTest(app, 'TopicFanOutPermissions', { testCases: [stack], stackUpdateWorkflow: false });

const plan = { messages: 20, faults: { 'poison': 2, 'transient': 1, 'batch-error': 1 }, seed: seed(1) };

function untilQueueHas(queue: sqs.IQueue, messages: number) {
  return integ.assertions
    .awsApiCall('SQS', 'getQueueAttributes', { QueueUrl: queue.queueUrl, AttributeNames: ['ApproximateNumberOfMessages'] })
    .expect(ExpectedResult.objectLike({ Attributes: { ApproximateNumberOfMessages: String(messages) } }))
    .waitForAssertions({ totalTimeout: Duration.minutes(2), interval: Duration.seconds(5) });
}

inOrder([
  ...keeper.lose(integ),
  // Works: the ledger's producer has the rights of grantPublish, and SNS those that the policies of the queue and of the key give it.
  ...faultDrill(integ, ledger, { permissions: plan }),
  untilQueueHas(setAside, plan.messages),
  expectAnswer(integ, publisher, { granted: stranger.topic.topicArn, other: fanOut.topic.topicArn }, { granted: 'allowed', other: 'refused' }),
  untilQueueHas(strays, 1),
]);
