import type { CfnResource } from 'aws-cdk-lib';
import * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { filterPolicyOf } from './subscription-filter';
import type { DerivedValue } from '../../private/checks/derived-values';
import { valuesIn } from '../../private/checks/derived-values';

export interface SubscriptionParts {
  readonly topic: sns.ITopic;
  readonly protocol: sns.SubscriptionProtocol;
  readonly endpoint: string;
  readonly subscriptionRoleArn?: string;
  readonly deadLetterQueue: sqs.IQueue;
}

/** What may be stated of a subscription, of a consumer as of a delivery. */
interface SubscriptionOptions {
  readonly rawMessageDelivery?: boolean;
  readonly filterPolicy?: Record<string, sns.SubscriptionFilter>;
  readonly filterPolicyWithMessageBody?: Record<string, sns.FilterOrPolicy>;
}

/** A subscription that sets aside what it cannot deliver. */
export function newSubscription(scope: Construct, { deadLetterQueue, ...parts }: SubscriptionParts, options: SubscriptionOptions): sns.Subscription {
  const subscription = new sns.Subscription(scope, 'Subscription', {
    ...parts,
    rawMessageDelivery: options.rawMessageDelivery ?? true,
    filterPolicy: options.filterPolicy,
    filterPolicyWithMessageBody: options.filterPolicyWithMessageBody,
  });
  // By the property itself: the CDK's construct would add a statement for each topic to the policy of the dead-letter queue.
  (subscription.node.defaultChild as sns.CfnSubscription).redrivePolicy = { deadLetterTargetArn: deadLetterQueue.queueArn };
  return subscription;
}

/** What is said of a subscription where it is added, and how to say otherwise. */
interface SaidOfSubscription {
  /** The method that added it. */
  readonly method: string;
  readonly topic: string;
  readonly protocol: string;
  readonly endpoint: string;
  readonly deadLetters: string;
}

/** What a subscription must be, of a consumer as of a delivery. */
export function subscriptionValues(
  subscription: sns.Subscription,
  { topic, protocol, endpoint, deadLetterQueue }: SubscriptionParts,
  options: SubscriptionOptions,
  said: SaidOfSubscription,
): DerivedValue[] {
  const by = (option: string) => `state ${option} in ${said.method}`;
  const { filterPolicyWithMessageBody, rawMessageDelivery } = options;
  return valuesIn(subscription.node.defaultChild as CfnResource, {
    'Properties.TopicArn': [topic.topicArn, said.topic],
    'Properties.Protocol': [protocol, said.protocol],
    'Properties.Endpoint': [endpoint, said.endpoint],
    'Properties.RawMessageDelivery': [rawMessageDelivery ?? true, by('rawMessageDelivery')],
    'Properties.FilterPolicy': [filterPolicyOf(options), by(filterPolicyWithMessageBody ? 'filterPolicyWithMessageBody' : 'filterPolicy')],
    'Properties.FilterPolicyScope': [filterPolicyWithMessageBody && 'MessageBody', by('filterPolicyWithMessageBody'), isSameScope],
    'Properties.RedrivePolicy': [{ deadLetterTargetArn: deadLetterQueue.queueArn }, said.deadLetters],
  });
}

/** By default SNS looks at the attributes. https://docs.aws.amazon.com/sns/latest/dg/sns-message-filtering-scope.html */
function isSameScope(found: unknown, value: unknown): boolean {
  return (found ?? 'MessageAttributes') === (value ?? 'MessageAttributes');
}
