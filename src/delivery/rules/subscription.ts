import type { Place, Rule } from './rule';
import { knownToDiffer } from './rule';

/** What is known of a topic that is subscribed to. */
export interface SubscribedTopicFacts {
  readonly path: string;
  readonly fifo?: boolean | undefined;
  readonly maximumMessageBytes?: number | undefined;
}

/** What is known of the queue to which SNS moves what it cannot deliver. */
export interface UndeliveredQueueFacts extends Place {
  readonly path: string;
  readonly fifo?: boolean | undefined;
}

/** What is known of a subscription, whatever is subscribed. It is in the account that made it, and in the region of its topic. */
export interface SubscriptionFacts extends Place {
  /** What texts call it. */
  readonly name: string;
  readonly protocol?: string | undefined;
  readonly topic: SubscribedTopicFacts;
  /** Whether a FIFO queue is subscribed. */
  readonly fifoEndpoint?: boolean | undefined;
  /** Whether the topic states it, where there can be no redrive policy. */
  readonly inTopic: boolean;
  /** Whether it names a role. */
  readonly hasRole?: boolean | undefined;
  /** Whether it has a redrive policy. */
  readonly setsAside?: boolean | undefined;
  readonly deadLetterQueue?: UndeliveredQueueFacts | undefined;
  /** The keys of the filter policy, if it is one for attributes: those whose values are objects, and all. */
  readonly nestedKeys?: readonly string[] | undefined;
  readonly filterKeys?: readonly string[] | undefined;
}

/** Deliveries to people are not expected to be kept: those to machines are. */
const KEPT_PROTOCOLS = ['sqs', 'lambda', 'firehose', 'http', 'https'];

/** What a topic takes of which every protocol can deliver. */
const SMALL_MESSAGE_BYTES = 262_144;
const LARGE_PROTOCOLS = ['sqs', 'lambda', 'firehose'];

/** https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html */
const MOST_FILTER_KEYS = 5;

const DEAD_LETTER_PAGE = 'https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html';
const FILTER_PAGE = 'https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html';

/**
 * What is true of a subscription that SNS accepts and that loses nothing.
 */
export const SUBSCRIPTION_RULES: readonly Rule<SubscriptionFacts>[] = [
  {
    id: 'subscriptionDeadLetterQueueMissing',
    severity: 'warning',
    why: 'SNS discards what it cannot deliver, at once if the endpoint is gone or its permission is missing.',
    source: DEAD_LETTER_PAGE,
    finding: ({ name, protocol, inTopic, setsAside }) => (
      setsAside !== false || protocol === undefined || !KEPT_PROTOCOLS.includes(protocol) ? undefined : {
        what: `${name} (${protocol}) has no RedrivePolicy, so SNS would discard what it cannot deliver`,
        fix: `${inTopic ? 'make it an AWS::SNS::Subscription of its own, and ' : ''}set RedrivePolicy.deadLetterTargetArn to the ARN of a queue that SNS may send to`,
      }
    ),
  },
  {
    id: 'subscriptionDeadLetterQueueType',
    severity: 'error',
    why: 'SNS moves what it could not deliver only to a standard queue, or from a FIFO queue to a FIFO queue.',
    source: DEAD_LETTER_PAGE,
    finding: ({ name, topic, fifoEndpoint, deadLetterQueue: queue }) => {
      const needed = topic.fifo === false ? false : topic.fifo && fifoEndpoint ? true : undefined;
      return needed === undefined || queue?.fifo === undefined || queue.fifo === needed ? undefined : {
        what: `RedrivePolicy of ${name} names ${typeName(queue.fifo)} queue '${queue.path}', but ${needed ? 'a FIFO queue is subscribed to a FIFO topic' : `topic '${topic.path}' is a standard topic`}, ` +
          'so SNS could not move anything there',
        fix: `name a ${typeName(needed)} queue`,
      };
    },
  },
  {
    id: 'subscriptionDeadLetterQueueRegion',
    severity: 'error',
    why: 'The dead-letter queue of a subscription must be in its region and account.',
    source: DEAD_LETTER_PAGE,
    finding: (facts) => placeProblem(facts, 'region'),
  },
  {
    id: 'subscriptionDeadLetterQueueAccount',
    severity: 'error',
    why: 'The dead-letter queue of a subscription must be in its region and account.',
    source: DEAD_LETTER_PAGE,
    finding: (facts) => placeProblem(facts, 'account'),
  },
  {
    id: 'fifoTopicProtocol',
    severity: 'error',
    why: 'A FIFO topic delivers only to queues.',
    source: 'https://docs.aws.amazon.com/sns/latest/dg/fifo-message-delivery.html',
    finding: ({ name, protocol, topic }) => (
      !topic.fifo || protocol === undefined || protocol === 'sqs' ? undefined : {
        what: `${name} has the protocol ${protocol}, but topic '${topic.path}' is a FIFO topic, which delivers only to queues, so SNS would refuse it`,
        fix: 'subscribe a queue (Protocol: sqs) that feeds this endpoint, or make the topic a standard topic',
      }
    ),
  },
  {
    id: 'largeMessageProtocol',
    severity: 'error',
    why: 'A topic that takes messages above 256 KiB delivers only to queues, functions and delivery streams.',
    source: 'https://docs.aws.amazon.com/sns/latest/dg/large-message-payloads.html',
    finding: ({ name, protocol, topic: { path, fifo, maximumMessageBytes: bytes } }) => (
      fifo || protocol === undefined || bytes === undefined || bytes <= SMALL_MESSAGE_BYTES || LARGE_PROTOCOLS.includes(protocol) ? undefined : {
        what: `${name} has the protocol ${protocol}, but MaximumMessageSize of topic '${path}' is ${bytes} bytes, and above ${SMALL_MESSAGE_BYTES} SNS takes only subscriptions of SQS, Lambda and Firehose`,
        fix: `set MaximumMessageSize of the topic to ${SMALL_MESSAGE_BYTES} or leave it out, or subscribe a queue that feeds this endpoint`,
      }
    ),
  },
  {
    id: 'firehoseSubscriptionWithoutRole',
    severity: 'error',
    why: 'SNS puts records into a delivery stream only by a role, which the subscription names.',
    source: 'https://docs.aws.amazon.com/sns/latest/dg/prereqs-kinesis-data-firehose.html',
    finding: ({ name, protocol, inTopic, hasRole }) => (
      protocol !== 'firehose' || hasRole !== false ? undefined : {
        what: `${name} has the protocol firehose, but no SubscriptionRoleArn, so SNS would refuse it`,
        fix: `${inTopic ? 'make it an AWS::SNS::Subscription of its own, and ' : ''}set SubscriptionRoleArn to a role that sns.amazonaws.com may assume and that allows firehose:PutRecord and firehose:PutRecordBatch`,
      }
    ),
  },
  {
    id: 'attributeFilterNested',
    severity: 'error',
    why: 'SNS refuses a nested filter policy for message attributes, which is what a filter policy is for unless its scope says otherwise.',
    source: FILTER_PAGE,
    finding: ({ name, nestedKeys: [key] = [] }) => (
      key === undefined ? undefined : {
        what: `FilterPolicy of ${name} has an object as the value of '${key}', but FilterPolicyScope is MessageAttributes, and attributes have no parts, so SNS would refuse it`,
        fix: 'set FilterPolicyScope: MessageBody, or give a list of values',
      }
    ),
  },
  {
    id: 'filterPolicyKeys',
    severity: 'error',
    why: 'SNS takes a filter policy with at most 5 keys.',
    source: FILTER_PAGE,
    finding: ({ name, filterKeys: keys }) => (
      keys === undefined || keys.length <= MOST_FILTER_KEYS ? undefined : {
        what: `FilterPolicy of ${name} has ${keys.length} keys (${keys.join(', ')}), and SNS refuses more than ${MOST_FILTER_KEYS}`,
        fix: 'filter by fewer keys, and let the subscriber look at the others itself',
      }
    ),
  },
];

const typeName = (fifo: boolean) => (fifo ? 'FIFO' : 'standard');

function placeProblem({ name, deadLetterQueue: queue, ...here }: SubscriptionFacts, place: keyof Place) {
  return !queue || !knownToDiffer(queue[place], here[place]) ? undefined : {
    what: `RedrivePolicy of ${name} names queue '${queue.path}' in ${place} ${queue[place]}, but the subscription is in ${here[place]}, so SNS could not move anything there`,
    fix: `name a queue in ${place} ${here[place]}`,
  };
}
