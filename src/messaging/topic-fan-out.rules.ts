import { Annotations, Stack, Token } from 'aws-cdk-lib';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { earlierSubscriptions, knownSubscriptions, rememberSubscription } from './private/known-subscriptions';
import { checkFilterPolicies, hasFilterPolicy } from './private/subscription-filter';
import type { IQueueFed } from './queue-fed';
import type { TopicFanOutConsumerOptions, TopicFanOutProps } from './topic-fan-out';
import { CONSUMER_ALARMS, TOPIC_ALARMS } from './topic-fan-out.alarms';
import type { TopicSubscriptionFacts } from '../delivery/rules/topic-subscription';
import { TOPIC_SUBSCRIPTION_RULES } from '../delivery/rules/topic-subscription';
import { differ, placeOf } from '../private/app/environments';
import { Problems } from '../private/checks/problems';
import type { PropBounds } from '../private/checks/prop-bounds';
import { isFifoTopic, topicIdentity, topicResource } from '../private/sns/topic-facts';
import { ownerOfDeadLetters } from '../private/sqs/dead-letter-owners';
import { isFifoQueue, queueFacts, queueIdentity, receivingQueueFacts } from '../private/sqs/queue-facts';
import { shown } from '../private/sqs/queue-sender';

/** A topic with the fan-out that its consumers are added to. */
export interface FannedTopic {
  readonly fanOut: Construct;
  readonly topic: sns.ITopic;
  readonly fifo: boolean;
}

export function rememberConsumer(
  scope: Construct, { topic, fanOut }: FannedTopic, { queue, deadLetterQueue }: IQueueFed, options: TopicFanOutConsumerOptions,
): void {
  rememberSubscription({
    topic: topicIdentity(topic),
    endpoint: queueIdentity(queue),
    scope,
    fanOut,
    consumer: { path: queue.node.path, deadLetterQueue: queueIdentity(deadLetterQueue) },
    hasFilterPolicy: hasFilterPolicy(options),
  });
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

/** Checks a consumer before anything is made for it. */
export function checkConsumer(scope: Construct, subject: FannedTopic, consumer: IQueueFed, options: TopicFanOutConsumerOptions): void {
  const { queue, deadLetterQueue } = consumer;
  const problems = new Problems(scope, 'TopicFanOut consumer');
  const { region } = Stack.of(subject.fanOut);
  if (queueFacts(queue).owned && differ(queue.env.region, region)) {
    problems.add(
      `queue '${queue.node.path}' is in region ${queue.env.region}, but this topic is in ${region}, and a reference between regions would take a function behind a custom resource: ` +
      'give the queues by their ARNs, for example QueueFed.of(sqs.Queue.fromQueueArn(this, \'Queue\', \'arn:aws:sqs:…\'), sqs.Queue.fromQueueArn(this, \'DeadLetters\', \'arn:aws:sqs:…\'))',
    );
  }
  problems.addFindings(TOPIC_SUBSCRIPTION_RULES, subscriptionFacts(scope, subject, consumer, options));
  checkFilterPolicies(problems, options);
  if (options.alarms && suits(subject, deadLetterQueue)) {
    problems.add(`alarms is set, but what cannot be delivered goes to the consumer's own dead-letter queue '${deadLetterQueue.node.path}', whose alarms are made with it: tune them there, and leave alarms out`);
  }
  CONSUMER_ALARMS.check(problems, {}, options.alarms);
  problems.throwIfAny();
}

/** What the rules about subscriptions are told of the one that stands, or is to stand, in `scope`. */
export function subscriptionFacts(
  scope: Construct, subject: FannedTopic, { queue, deadLetterQueue }: IQueueFed, options: TopicFanOutConsumerOptions,
): TopicSubscriptionFacts {
  const [own, deadLetters] = [queueIdentity(queue), queueIdentity(deadLetterQueue)];
  const earlier = earlierSubscriptions(scope, subject.topic, own);
  return {
    topic: { fifo: subject.fifo, ...earlier.facts },
    queue: { ...receivingQueueFacts(queue), subscribedBy: earlier.subscribedBy },
    deadLetterQueue: {
      ...receivingQueueFacts(deadLetterQueue),
      isOfSubscription: suits(subject, deadLetterQueue),
      isTheQueue: deadLetters === own,
      owner: otherConsumerWith(subject, deadLetterQueue, own),
    },
    hasFilterPolicy: hasFilterPolicy(options),
    account: placeOf(Stack.of(subject.fanOut)).account,
  };
}

/** The consumer of this fan-out, if there is one, that has this dead-letter queue and another queue. */
function otherConsumerWith({ fanOut }: FannedTopic, deadLetterQueue: sqs.IQueue, identity: string): string | undefined {
  const deadLetters = queueIdentity(deadLetterQueue);
  const other = knownSubscriptions(fanOut)
    .find((entry) => entry.fanOut === fanOut && entry.endpoint !== identity && entry.consumer?.deadLetterQueue === deadLetters);
  if (other?.consumer) {
    return other.consumer.path;
  }
  const owner = ownerOfDeadLetters(fanOut, deadLetterQueue);
  return owner && !('queue' in owner && queueIdentity(owner.queue as sqs.IQueue) === identity) ? owner.node.path : undefined;
}
