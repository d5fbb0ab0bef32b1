import type { Rule } from './rule';

/** What is known of something that takes messages out of a queue. */
export interface ConsumerFacts {
  /** What texts call it. */
  readonly name: string;
  readonly filters?: boolean | undefined;
}

/** What is known of a queue, whoever consumes it. */
export interface ConsumedQueueUseFacts {
  readonly path: string;
  /** Those that are sure to be there at the same time. */
  readonly consumers: readonly ConsumerFacts[];
  /** What delivers to it, or takes messages out of it, without anybody else asking for a redrive policy. */
  readonly use?: string | undefined;
  /** Whether it has a redrive policy. */
  readonly setsAside?: boolean | undefined;
}

/**
 * What is true of a queue that has one consumer and loses nothing.
 */
export const CONSUMED_QUEUE_RULES: readonly Rule<ConsumedQueueUseFacts>[] = [
  {
    id: 'competingConsumers',
    severity: 'warning',
    why: 'Each message of a queue reaches only one of its consumers.',
    source: 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-basic-architecture.html',
    finding: ({ path, consumers: [one, other] }) => (
      one === undefined || other === undefined ? undefined : {
        what: `${one.name} and ${other.name} both consume queue '${path}', so each message reaches only one of them` +
          (one.filters || other.filters ? ', and what the filters of that one do not match is deleted, though the other may be waiting for it' : ''),
        fix: 'give each consumer a queue of its own, and send to both by a topic or a rule of EventBridge',
      }
    ),
  },
  {
    id: 'queueSetsNothingAside',
    severity: 'warning',
    why: 'Without a dead-letter queue a message that cannot be processed is received again until it expires.',
    source: 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html',
    finding: ({ path, use, setsAside }) => (
      use === undefined || setsAside !== false ? undefined : {
        what: `queue '${path}' has no RedrivePolicy, but ${use}, so a message that cannot be processed is received again and again until it expires`,
        fix: 'set RedrivePolicy with the deadLetterTargetArn of another queue and a maxReceiveCount of 5 or more',
      }
    ),
  },
];

/** What is known of a dead-letter queue. */
export interface SharedDeadLetterQueueFacts {
  readonly path: string;
  /** The queues whose messages end there. */
  readonly queues: readonly string[];
}

/**
 * What is true of a dead-letter queue of which an alarm says whose messages failed.
 */
export const SHARED_DEAD_LETTER_QUEUE_RULES: readonly Rule<SharedDeadLetterQueueFacts>[] = [
  {
    id: 'deadLettersMixed',
    severity: 'note',
    why: 'An alarm on a dead-letter queue does not say whose messages failed if several queues have it in common.',
    source: 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html',
    finding: ({ path, queues }) => (
      queues.length <= 1 ? undefined : {
        what: `dead-letter queue '${path}' takes the messages of ${queues.length} queues, such as '${queues[0]}' and '${queues[1]}', so an alarm on it does not say which consumer failed`,
        fix: 'give each queue a dead-letter queue of its own',
      }
    ),
  },
];

/** What is known of a queue in which something is set aside. */
export interface SetAsideRetentionFacts {
  readonly path: string;
  /** What texts call the first that sets something aside there. */
  readonly of: string;
  readonly retentionSeconds?: number | undefined;
}

/** As long as SQS keeps messages by default: a long weekend. */
const LEAST_RETENTION_SECONDS = 345_600;
/** An alarm in the evening is seen to in the morning. */
const DAY_SECONDS = 86_400;

const RETENTION_PAGE = 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html';

/**
 * What is true of a queue of dead letters that somebody can still look at.
 */
export const SET_ASIDE_RETENTION_RULES: readonly Rule<SetAsideRetentionFacts>[] = [
  {
    id: 'deadLettersExpireEarly',
    severity: 'warning',
    why: 'What was set aside is lost when it expires before anybody who was told could act.',
    source: RETENTION_PAGE,
    finding: ({ path, of, retentionSeconds: retention }) => (
      retention === undefined || retention >= DAY_SECONDS ? undefined : {
        what: `MessageRetentionPeriod of queue '${path}' is ${retention} seconds, so what ${of} sets aside there may be gone before anybody can act`,
        fix: 'set MessageRetentionPeriod to 1209600 (14 days)',
      }
    ),
  },
  {
    id: 'deadLettersKeptShort',
    severity: 'note',
    why: 'What was set aside is lost when it expires before somebody has seen to it.',
    source: RETENTION_PAGE,
    finding: ({ path, of, retentionSeconds: retention }) => (
      retention === undefined || retention >= LEAST_RETENTION_SECONDS || retention < DAY_SECONDS ? undefined : {
        what: `MessageRetentionPeriod of queue '${path}' is ${retention} seconds, so what ${of} sets aside there may be gone after a weekend`,
        fix: 'set MessageRetentionPeriod to 1209600 (14 days)',
      }
    ),
  },
];
