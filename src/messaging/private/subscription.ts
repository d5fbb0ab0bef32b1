import * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

interface SubscriptionParts {
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
