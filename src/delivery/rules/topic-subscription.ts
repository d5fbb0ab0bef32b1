import type { Problem, ReceivingQueueFacts, Rule } from './rule';
import { knownToDiffer } from './rule';

/** What is known of a topic. */
export interface TopicFacts {
  readonly fifo?: boolean | undefined;
  /** The largest message that it takes. */
  readonly maximumMessageBytes?: number | undefined;
  /** How many subscriptions it has before this one, as far as they are known: those that go beyond a quota are found, and no others. */
  readonly earlierSubscriptions?: number | undefined;
  /** How many of these have a filter policy. */
  readonly earlierFilterPolicies?: number | undefined;
}

/** What is known of a queue that is subscribed. */
export interface SubscribedQueueFacts extends ReceivingQueueFacts {
  /** What has subscribed it to the topic already. */
  readonly subscribedBy?: string | undefined;
}

/** What is known of the dead-letter queue of the consumer. */
export interface SubscriptionDeadLetterFacts extends ReceivingQueueFacts {
  /** Whether the subscription names it, so that SNS sends to it too. */
  readonly isOfSubscription: boolean;
  /** Whether it is the subscribed queue itself. */
  readonly isTheQueue?: boolean | undefined;
  /** The other consumer that has it already. */
  readonly owner?: string | undefined;
}

/** What is known of a subscription to a topic. */
export interface TopicSubscriptionFacts {
  readonly topic: TopicFacts;
  /** Undefined: something else is subscribed. */
  readonly queue?: SubscribedQueueFacts | undefined;
  readonly deadLetterQueue?: SubscriptionDeadLetterFacts | undefined;
  readonly hasFilterPolicy?: boolean | undefined;
  /** The account in which the subscription is made. */
  readonly account?: string | undefined;
}

/** What SNS takes of a topic that states nothing. https://docs.aws.amazon.com/sns/latest/dg/large-message-payloads.html */
export const DEFAULT_TOPIC_MESSAGE_BYTES = 262_144;

/** A topic that takes more has no more than these. */
const MOST_SUBSCRIPTIONS = 100;

/** It can be raised. https://docs.aws.amazon.com/general/latest/gr/sns.html */
const QUOTA_OF_FIFO_SUBSCRIPTIONS = 100;

/** It can be raised. https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html */
const QUOTA_OF_FILTER_POLICIES = 200;

const SIZE_PAGE = 'https://docs.aws.amazon.com/sns/latest/dg/large-message-payloads.html';
const KEY_PAGE = 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html';

/**
 * What is true of a queue, or another subscriber, that gets every message of a topic.
 */
export const TOPIC_SUBSCRIPTION_RULES: readonly Rule<TopicSubscriptionFacts>[] = [
  {
    id: 'subscribedQueueType',
    severity: 'error',
    why: 'A standard topic delivers only to standard queues.',
    source: 'https://docs.aws.amazon.com/sns/latest/dg/fifo-message-delivery.html',
    finding: ({ topic, queue }) => (
      !queue?.fifo || topic.fifo !== false ? undefined
        : {
          what: `queue '${queue.path}' is a FIFO queue, but the topic is a standard topic, which delivers only to standard queues`,
          fix: 'give a consumer with a standard queue, or make the topic with fifo: true',
        }
    ),
  },
  {
    id: 'subscriptionUnconfirmed',
    severity: 'error',
    why: 'SNS delivers to a queue of another account only when somebody there has confirmed the subscription.',
    source: 'https://docs.aws.amazon.com/sns/latest/dg/sns-send-message-to-sqs-cross-account.html',
    finding: ({ queue, account }) => (
      !queue || !knownToDiffer(queue.account, account) ? undefined
        : {
          what: `queue '${queue.path}' is in account ${queue.account}, but this stack is in ${account}, and SNS delivers to a queue that somebody else subscribed only when its owner has confirmed it`,
          fix: 'make a TopicFanOut in a stack of the queue\'s account, with the topic adopted by its ARN (topic: sns.Topic.fromTopicArn)',
        }
    ),
  },
  {
    id: 'queueSubscribedTwice',
    severity: 'error',
    why: 'SNS has one subscription of a queue to a topic, so the filter policy of one would be that of the other.',
    source: 'https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html',
    finding: ({ queue }) => (
      queue?.subscribedBy === undefined ? undefined
        : {
          what: `queue '${queue.path}' is subscribed already, by '${queue.subscribedBy}', and SNS has one subscription of a queue to a topic`,
          fix: 'add the consumer once, with one filter policy for all that it needs',
        }
    ),
  },
  {
    id: 'subscribedQueueKey',
    severity: 'error',
    why: 'The policy of an AWS-managed key cannot be changed, and does not let SNS use the key.',
    source: KEY_PAGE,
    finding: ({ queue }) => queue && keyProblem(queue),
  },
  {
    id: 'subscriptionDeadLetterQueueKey',
    severity: 'error',
    why: 'The policy of an AWS-managed key cannot be changed, and does not let SNS use the key.',
    source: KEY_PAGE,
    finding: ({ deadLetterQueue: queue }) => (queue?.isOfSubscription ? keyProblem(queue) : undefined),
  },
  {
    id: 'subscriptionDeadLetterQueueIsQueue',
    severity: 'error',
    why: 'What cannot be delivered to a queue cannot be set aside in it.',
    source: 'https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html',
    finding: ({ deadLetterQueue: queue }) => (
      queue?.isTheQueue ? {
        what: `deadLetterQueue '${queue.path}' is the queue itself`,
        fix: 'give the dead-letter queue that its redrive policy names',
      } : undefined
    ),
  },
  {
    id: 'subscriptionDeadLetterQueueShared',
    severity: 'error',
    why: 'A redrive moves all messages of a dead-letter queue to one queue.',
    source: 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html',
    finding: ({ deadLetterQueue: queue }) => (
      queue?.owner === undefined ? undefined
        : {
          what: `deadLetterQueue '${queue.path}' belongs to '${queue.owner}' already, and a shared one could not be redriven to the right consumer`,
          fix: 'give each consumer its own',
        }
    ),
  },
  {
    id: 'subscribedQueueMessageSize',
    severity: 'error',
    why: 'What the topic takes must go on to the queue.',
    source: SIZE_PAGE,
    finding: ({ topic, queue }) => queue && sizeProblem(topic, queue),
  },
  {
    id: 'subscriptionDeadLetterQueueMessageSize',
    severity: 'error',
    why: 'What the topic takes must go on to the dead-letter queue.',
    source: SIZE_PAGE,
    finding: ({ topic, deadLetterQueue }) => deadLetterQueue && sizeProblem(topic, deadLetterQueue),
  },
  {
    id: 'tooManySubscriptions',
    severity: 'error',
    why: 'A topic that takes messages above 256 KiB has at most 100 subscriptions.',
    source: SIZE_PAGE,
    finding: ({ topic: { maximumMessageBytes: bytes, earlierSubscriptions: earlier } }) => (
      bytes === undefined || earlier === undefined || bytes <= DEFAULT_TOPIC_MESSAGE_BYTES || earlier < MOST_SUBSCRIPTIONS ? undefined
        : {
          what: `the topic has ${earlier} consumers already, and with a maximumMessageSize above ${DEFAULT_TOPIC_MESSAGE_BYTES} bytes (${bytes}) SNS takes at most ${MOST_SUBSCRIPTIONS} subscriptions`,
          fix: 'leave maximumMessageSize of the topic out and send larger messages by claim check (ClaimCheckBucket), or add this consumer to another topic',
        }
    ),
  },
  {
    id: 'fifoSubscriptionsAboveQuota',
    severity: 'warning',
    why: 'SNS refuses a subscription beyond the quota of a FIFO topic, which fails the deployment.',
    source: 'https://docs.aws.amazon.com/general/latest/gr/sns.html',
    finding: ({ topic: { fifo, earlierSubscriptions: earlier } }) => (
      !fifo || earlier === undefined || earlier < QUOTA_OF_FIFO_SUBSCRIPTIONS ? undefined
        : {
          what: `the topic has ${earlier + 1} subscriptions, but SNS takes ${QUOTA_OF_FIFO_SUBSCRIPTIONS} of a FIFO topic, unless the quota was raised`,
          fix: 'raise the quota, add this consumer to another topic, or make the topic a standard topic if its messages need no order',
        }
    ),
  },
  {
    id: 'filterPoliciesAboveQuota',
    severity: 'warning',
    why: 'SNS refuses a filter policy beyond the quota of the topic, which fails the deployment.',
    source: 'https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html',
    finding: ({ topic: { earlierFilterPolicies: earlier }, hasFilterPolicy }) => (
      !hasFilterPolicy || earlier === undefined || earlier < QUOTA_OF_FILTER_POLICIES ? undefined
        : {
          what: `the topic has ${earlier + 1} subscriptions with a filter policy, but SNS takes ${QUOTA_OF_FILTER_POLICIES} of a topic, unless the quota was raised`,
          fix: 'raise the quota, leave the filter of this consumer out and let it look itself, or add it to another topic',
        }
    ),
  },
];

function keyProblem({ path, awsManagedKey }: ReceivingQueueFacts): Problem | undefined {
  return !awsManagedKey ? undefined
    : {
      what: `queue '${path}' is encrypted with the AWS-managed key 'alias/aws/sqs', which SNS may not use, so that it would drop every message`,
      fix: 'encrypt it with SSE-SQS (sqs.QueueEncryption.SQS_MANAGED) or a customer-managed key',
    };
}

function sizeProblem({ maximumMessageBytes: largest }: TopicFacts, { path, maximumMessageBytes: bytes }: ReceivingQueueFacts): Problem | undefined {
  return bytes === undefined || largest === undefined || bytes >= largest ? undefined
    : {
      what: `queue '${path}' takes messages of at most ${bytes} bytes, but the topic takes ${largest} bytes, so SNS could not deliver the larger ones`,
      fix: `raise maximumMessageSize of the queue to ${largest} bytes or more, or set maximumMessageSize of the topic to ${bytes} bytes`,
    };
}
