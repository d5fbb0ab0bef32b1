import { Annotations, Stack, Token } from 'aws-cdk-lib';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct, IConstruct } from 'constructs';
import { checkFilterPolicies } from './private/subscription-filter';
import type { IQueueFed } from './queue-fed';
import type { TopicFanOutConsumerOptions, TopicFanOutProps } from './topic-fan-out';
import { CONSUMER_ALARMS, TOPIC_ALARMS } from './topic-fan-out.alarms';
import { differ } from '../private/app/environments';
import { identityOf, resourceBehind } from '../private/app/references';
import { appState, isInTree } from '../private/app/registry';
import { renderedProperty } from '../private/app/rendered-resource';
import { Problems } from '../private/checks/problems';
import type { PropBounds } from '../private/checks/prop-bounds';
import { ownerOfDeadLetters } from '../private/sqs/dead-letter-owners';
import { hasAwsManagedKey, isFifoQueue, queueFacts, queueIdentity } from '../private/sqs/queue-facts';
import { shown } from '../private/sqs/queue-sender';

/** What SNS takes of a topic that states nothing, and at most. https://docs.aws.amazon.com/sns/latest/dg/large-message-payloads.html */
const DEFAULT_MESSAGE_BYTES = 262_144;

/** A topic that takes more than by default has no more than these. */
const MOST_SUBSCRIPTIONS = 100;

/** A topic with the fan-out that its consumers are added to. */
export interface FannedTopic {
  readonly fanOut: Construct;
  readonly topic: sns.ITopic;
  readonly fifo: boolean;
}

interface KnownConsumer {
  readonly topic: string;
  /** What the subscription stands in. */
  readonly scope: IConstruct;
  readonly fanOut: IConstruct;
  readonly consumer: IQueueFed;
}

/** Which consumers of the app have subscribed which queue to which topic: several fan-outs may adopt one topic. */
function consumersIn(scope: Construct): Map<string, KnownConsumer> {
  return appState(scope, 'topicConsumers', () => new Map<string, KnownConsumer>());
}

function topicIdentity({ topic }: FannedTopic): string {
  return identityOf(topic.topicArn, 'AWS::SNS::Topic', topic);
}

/** What SNS tells a subscription by, for whichever fan-out over this topic. */
function subscriptionId(subject: FannedTopic, queue: sqs.IQueue): string {
  return `${topicIdentity(subject)} ${queueIdentity(queue)}`;
}

export function rememberConsumer(scope: Construct, subject: FannedTopic, consumer: IQueueFed): void {
  consumersIn(scope).set(subscriptionId(subject, consumer.queue), { topic: topicIdentity(subject), scope, fanOut: subject.fanOut, consumer });
}

// What is derived.

export function isFifo({ fifo, topic }: TopicFanOutProps): boolean {
  return fifo ?? (topic ? isFifoTopic(topic) : false);
}

/** SNS sets aside only in a queue of the topic's type, in the account and region of the subscription. */
export function suits({ fanOut, fifo }: FannedTopic, deadLetterQueue: sqs.IQueue): boolean {
  const { region, account } = Stack.of(fanOut);
  return isFifoQueue(deadLetterQueue) === fifo && !differ(deadLetterQueue.env.region, region) && !differ(deadLetterQueue.env.account, account);
}

// What is wrong, before anything is made.

export const TOPIC_FAN_OUT_BOUNDS: PropBounds<TopicFanOutProps> = {
  maximumMessageSize: {
    unit: 'bytes', min: 1024, max: 1_048_576, fix: 'leave it out for 256 KiB, and send larger messages by claim check (ClaimCheckBucket)', known: 'the queues of consumers must take as much',
  },
};

/** Checks the props; throws for all that is wrong at once. */
export function checkTopic(scope: Construct, props: TopicFanOutProps): void {
  const problems = new Problems(scope, 'TopicFanOut');
  if (props.topic) {
    checkAdoptedTopic(problems, scope, props, props.topic);
  } else if (props.contentBasedDeduplication && !props.fifo) {
    problems.add('contentBasedDeduplication is true, but only a FIFO topic deduplicates: set fifo: true, or leave contentBasedDeduplication out');
  }
  problems.checkBounds(props, TOPIC_FAN_OUT_BOUNDS);
  problems.requireCustomerKey('encryptionKey', props.encryptionKey, 'leave encryptionKey out for no encryption by KMS');
  TOPIC_ALARMS.check(problems, {}, props.alarms);
  problems.throwIfAny();
}

function checkAdoptedTopic(problems: Problems, scope: Construct, props: TopicFanOutProps, topic: sns.ITopic): void {
  const path = topic.node.path;
  const { region, account } = Stack.of(scope);
  // An ARN that is a token does not tell the type of the topic.
  const typeIsUnknown = Token.isUnresolved(topic.topicArn) && !topicResource(topic);
  const owns = ['contentBasedDeduplication', 'maximumMessageSize', 'encryptionKey', ...(typeIsUnknown ? [] : ['fifo' as const])] as const;
  for (const prop of owns.filter((name) => props[name] !== undefined)) {
    problems.add(`${prop} is set, but it is the adopted topic's own (topic '${path}'), which is not changed here: leave ${prop} out, or set it where the topic is made`);
  }
  if (differ(topic.env.region, region)) {
    problems.add(`topic '${path}' is in region ${topic.env.region}, but this stack is in ${region}, and SNS sets aside only in the region of its topic: make this in a stack of that region, and give consumers of other regions by the ARNs of their queues`);
  }
  if (differ(topic.env.account, account)) {
    Annotations.of(scope).addWarningV2(
      'cdk-serverless-patterns:topicPolicyUnchecked',
      `topic '${path}' is in account ${topic.env.account}, so its policy cannot be changed here: it must allow this account to subscribe: ` +
      JSON.stringify({ Effect: 'Allow', Principal: { AWS: account }, Action: 'sns:Subscribe', Resource: shown(topic.topicArn, '<ARN of the topic>') }),
    );
    Annotations.of(scope).addWarningV2(
      'cdk-serverless-patterns:topicAlarmsElsewhere',
      `topic '${path}' is in account ${topic.env.account}, and so are its metrics, so no alarms on it are made here: let its owner adopt it with a TopicFanOut there. ` +
      'What is set aside for a consumer fires the alarms on its dead-letter queue here; what SNS discards is seen only there',
    );
    if (props.alarms) {
      problems.add(`alarms is set, but topic '${path}' is in account ${topic.env.account}, where CloudWatch has its metrics, and no alarms on it are made here: tune them there, and leave alarms out`);
    }
  }
}

/** An import whose ARN is a token says `false` of whatever it stands for, so a topic of this app is asked itself. */
function isFifoTopic(topic: sns.ITopic): boolean {
  const resource = topicResource(topic);
  return resource ? renderedProperty(resource, 'FifoTopic') === true : topic.fifo;
}

function topicResource(topic: sns.ITopic): sns.CfnTopic | undefined {
  return resourceBehind(topic.topicArn, 'AWS::SNS::Topic') as sns.CfnTopic | undefined;
}

/** Checks a consumer before anything is made for it. */
export function checkConsumer(scope: Construct, subject: FannedTopic, consumer: IQueueFed, options: TopicFanOutConsumerOptions): void {
  const { queue, deadLetterQueue } = consumer;
  const problems = new Problems(scope, 'TopicFanOut consumer');
  const { region, account } = Stack.of(subject.fanOut);
  if (isFifoQueue(queue) && !subject.fifo) {
    problems.add(`queue '${queue.node.path}' is a FIFO queue, but the topic is a standard topic, which delivers only to standard queues: give a consumer with a standard queue, or make the topic with fifo: true`);
  }
  if (queueFacts(queue).owned && differ(queue.env.region, region)) {
    problems.add(
      `queue '${queue.node.path}' is in region ${queue.env.region}, but this topic is in ${region}, and a reference between regions would take a function behind a custom resource: ` +
      'give the queues by their ARNs, for example QueueFed.of(sqs.Queue.fromQueueArn(this, \'Queue\', \'arn:aws:sqs:…\'), sqs.Queue.fromQueueArn(this, \'DeadLetters\', \'arn:aws:sqs:…\'))',
    );
  }
  if (differ(queue.env.account, account)) {
    problems.add(
      `queue '${queue.node.path}' is in account ${queue.env.account}, but this stack is in ${account}, and SNS delivers to a queue that somebody else subscribed only when its owner has confirmed it: ` +
      'make a TopicFanOut in a stack of the queue\'s account, with the topic adopted by its ARN (topic: sns.Topic.fromTopicArn)',
    );
  }
  const identity = queueIdentity(queue);
  const subscribed = consumersIn(scope).get(subscriptionId(subject, queue));
  if (subscribed && isInTree(subscribed.scope)) {
    problems.add(`queue '${queue.node.path}' is subscribed already, by '${subscribed.scope.node.path}', and SNS has one subscription of a queue to a topic: add the consumer once, with one filter policy for all that it needs`);
  }
  for (const candidate of [queue, ...(suits(subject, deadLetterQueue) ? [deadLetterQueue] : [])]) {
    if (hasAwsManagedKey(candidate)) {
      problems.add(`queue '${candidate.node.path}' is encrypted with the AWS-managed key 'alias/aws/sqs', which SNS may not use, so that it would drop every message: encrypt it with SSE-SQS (sqs.QueueEncryption.SQS_MANAGED) or a customer-managed key`);
    }
  }
  if (queueIdentity(deadLetterQueue) === identity) {
    problems.add(`deadLetterQueue '${deadLetterQueue.node.path}' is the queue itself: give the dead-letter queue that its redrive policy names`);
  }
  const other = otherConsumerWith(subject, deadLetterQueue, identity);
  if (other) {
    problems.add(`deadLetterQueue '${deadLetterQueue.node.path}' belongs to '${other}' already, and a shared one could not be redriven to the right consumer: give each consumer its own`);
  }
  checkMessageSizes(problems, subject, [queue, deadLetterQueue]);
  checkFilterPolicies(problems, options);
  if (options.alarms && suits(subject, deadLetterQueue)) {
    problems.add(`alarms is set, but what cannot be delivered goes to the consumer's own dead-letter queue '${deadLetterQueue.node.path}', whose alarms are made with it: tune them there, and leave alarms out`);
  }
  CONSUMER_ALARMS.check(problems, {}, options.alarms);
  problems.throwIfAny();
}

/** What the topic takes must go on to the queues of its consumers. */
function checkMessageSizes(problems: Problems, subject: FannedTopic, queues: readonly sqs.IQueue[]): void {
  const resource = topicResource(subject.topic);
  const largest = resource && (renderedProperty(resource, 'MaximumMessageSize') ?? DEFAULT_MESSAGE_BYTES);
  if (typeof largest !== 'number') {
    return;
  }
  for (const { path, bytes } of queues.map((queue) => ({ path: queue.node.path, bytes: queueFacts(queue).maximumMessageBytes }))) {
    if (bytes !== undefined && bytes < largest) {
      problems.add(
        `queue '${path}' takes messages of at most ${bytes} bytes, but the topic takes ${largest} bytes, so SNS could not deliver the larger ones: ` +
        `raise maximumMessageSize of the queue to ${largest} bytes or more, or set maximumMessageSize of the topic to ${bytes} bytes`,
      );
    }
  }
  const others = [...consumersIn(subject.fanOut).values()].filter(({ topic, scope }) => topic === topicIdentity(subject) && isInTree(scope)).length;
  if (largest > DEFAULT_MESSAGE_BYTES && others >= MOST_SUBSCRIPTIONS) {
    problems.add(
      `the topic has ${others} consumers already, and with a maximumMessageSize above ${DEFAULT_MESSAGE_BYTES} bytes (${largest}) SNS takes at most ${MOST_SUBSCRIPTIONS} subscriptions: ` +
      'leave maximumMessageSize of the topic out and send larger messages by claim check (ClaimCheckBucket), or add this consumer to another topic',
    );
  }
}

/** The consumer of this fan-out, if there is one, that has this dead-letter queue and another queue. */
function otherConsumerWith({ fanOut }: FannedTopic, deadLetterQueue: sqs.IQueue, identity: string): string | undefined {
  const deadLetters = queueIdentity(deadLetterQueue);
  const known = [...consumersIn(fanOut).values()]
    .filter((entry) => entry.fanOut === fanOut && isInTree(entry.scope))
    .find(({ consumer }) => queueIdentity(consumer.queue) !== identity && queueIdentity(consumer.deadLetterQueue) === deadLetters);
  if (known) {
    return known.consumer.queue.node.path;
  }
  const owner = ownerOfDeadLetters(fanOut, deadLetterQueue);
  return owner && !('queue' in owner && queueIdentity(owner.queue as sqs.IQueue) === identity) ? owner.node.path : undefined;
}
