import type { CfnResource } from 'aws-cdk-lib';
import * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { subscriptionValues } from './private/subscription';
import type { IQueueFed } from './queue-fed';
import type { TopicFanOut, TopicFanOutConsumerOptions, TopicFanOutProps } from './topic-fan-out';
import type { FannedTopic } from './topic-fan-out.rules';
import { subscriptionFacts } from './topic-fan-out.rules';
import { TOPIC_SUBSCRIPTION_RULES } from '../delivery/rules/topic-subscription';
import { byProp, changedValues, hasAll, valuesIn } from '../private/checks/derived-values';
import { reportFindings } from '../private/checks/problems';

const stated = byProp('TopicFanOut');

/** What was changed of a topic that is made here. */
export function checkTopicAtSynthesis({ topic }: TopicFanOut, props: TopicFanOutProps): string[] {
  if (props.topic) {
    return [];
  }
  const policy = topic.node.tryFindChild('Policy')?.node.defaultChild as CfnResource | undefined;
  const tlsOnly = {
    Action: 'sns:Publish',
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    Effect: 'Deny',
    Principal: '*',
    Resource: topic.topicArn,
    Sid: 'AllowPublishThroughSSLOnly',
  };
  return [...policy ? [] : ['the topic has no policy that takes messages by TLS only: leave enforceSSL of the topic on'], ...changedValues([
    ...valuesIn(topic.node.defaultChild as CfnResource, {
      'Properties.FifoTopic': [props.fifo || undefined, stated('fifo'), (found, value) => (found ?? false) === (value ?? false)],
      'Properties.ContentBasedDeduplication': [props.contentBasedDeduplication, stated('contentBasedDeduplication')],
      'Properties.KmsMasterKeyId': [props.encryptionKey?.keyArn, stated('encryptionKey')],
      'Properties.MaximumMessageSize': [props.maximumMessageSize?.toBytes(), stated('maximumMessageSize')],
    }),
    ...policy ? valuesIn(policy, { 'Properties.PolicyDocument.Statement': [[tlsOnly], 'the topic takes messages by TLS only; add other statements to it', hasAll] }) : [],
  ])];
}

/** What was made for a consumer. */
interface SubscribedConsumer {
  readonly scope: Construct;
  readonly subject: FannedTopic;
  readonly consumer: IQueueFed;
  readonly subscription: sns.Subscription;
  /** The one that the subscription names. */
  readonly deadLetterQueue: sqs.IQueue;
}

/** What was changed of a subscription, of its topic or of its queues. */
export function checkSubscriptionAtSynthesis(made: SubscribedConsumer, options: TopicFanOutConsumerOptions): string[] {
  const { scope, subject, consumer } = made;
  return [
    ...changedSubscription(made, options),
    ...reportFindings(scope, TOPIC_SUBSCRIPTION_RULES, subscriptionFacts(scope, subject, consumer, options)),
  ];
}

function changedSubscription(made: SubscribedConsumer, options: TopicFanOutConsumerOptions): string[] {
  const { subject: { topic }, consumer: { queue }, subscription, deadLetterQueue } = made;
  const parts = { topic, protocol: sns.SubscriptionProtocol.SQS, endpoint: queue.queueArn, deadLetterQueue };
  return changedValues(subscriptionValues(subscription, parts, options, {
    method: 'addConsumer',
    topic: 'add the consumer to another TopicFanOut',
    protocol: 'a consumer is subscribed by its queue',
    endpoint: 'add another consumer',
    deadLetters: 'what cannot be delivered is set aside there; give a consumer with another dead-letter queue',
  }));
}
