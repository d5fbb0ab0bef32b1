import type { Duration } from 'aws-cdk-lib';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { LifetimePart, PayloadLifetime, PayloadReaderFacts } from '../../delivery/rules/claimed-payload';
import { SECONDS_A_DAY } from '../../delivery/rules/claimed-payload';
import type { IQueueFed } from '../../messaging/queue-fed';
import type { Problems } from '../../private/checks/problems';
import type { PropBounds } from '../../private/checks/prop-bounds';
import { knownSeconds } from '../../private/checks/prop-bounds';
import { RULE_RETRY_POLICY } from '../../private/events/event-delivery';
import { DEAD_LETTER_RETENTION } from '../../private/sqs/pattern-queue';
import { queueFacts } from '../../private/sqs/queue-facts';

/** A consumer that may still ask for payloads. */
export interface PayloadReader extends PayloadReaderFacts {
  readonly by: 'message' | 'upload';
  readonly queue: sqs.IQueue;
  readonly deadLetterQueue: sqs.IQueue;
  /** The most bytes of a message that its producers were told; undefined for uploads. */
  readonly threshold: number | undefined;
}

/** https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html */
export const SNS_RETRIES: LifetimePart = { seconds: 23 * SECONDS_A_DAY, what: 'in which SNS may go on trying to deliver' };

export const EVENTBRIDGE_RETRIES: LifetimePart = { seconds: RULE_RETRY_POLICY.maximumEventAgeInSeconds, what: 'in which EventBridge may go on trying to deliver' };

/** SQS keeps a message for at most 14 days. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
const LONGEST_IN_A_QUEUE = DEAD_LETTER_RETENTION.toSeconds();

/** How long payloads may be asked for as far as SQS goes, by a consumer of which nothing is known. */
export function longestOfAnyConsumer(redriveWindow: LifetimePart): PayloadLifetime {
  return {
    consumer: 'a consumer',
    parts: [{ seconds: LONGEST_IN_A_QUEUE, what: 'in a queue' }, { seconds: LONGEST_IN_A_QUEUE, what: 'in its dead-letter queue' }, redriveWindow],
  };
}

export const LIFETIME_BOUNDS: PropBounds<object> = {
  lifetime: {
    unit: 'seconds',
    min: 60,
    max: 2 * LONGEST_IN_A_QUEUE,
    fix: 'state what the queue and its dead-letter queue keep a message for, together, each at most 14 days',
    known: 'the expiry of payloads is derived from it',
  },
};

/** How long the consumer's queues keep a message. */
export function lifetimeInQueues(problems: Problems, { queue, deadLetterQueue }: IQueueFed, lifetime: Duration | undefined): LifetimePart[] {
  const known = [queue, deadLetterQueue].map((one) => queueFacts(one).retentionSeconds);
  const [inQueue, inDeadLetterQueue] = known;
  problems.checkBounds({ lifetime }, LIFETIME_BOUNDS);
  if (lifetime) {
    const seconds = knownSeconds(lifetime);
    const least = known.reduce<number>((sum, one) => sum + (one ?? 0), 0);
    if (seconds !== undefined && seconds < least) {
      problems.add(`lifetime is ${seconds} seconds, but queue '${queue.node.path}' and its dead-letter queue keep a message for ${least} seconds: leave lifetime out where both queues are made in this app, or state the sum`);
    }
    return seconds === undefined ? [] : [{ seconds, what: 'in its queue and dead-letter queue (lifetime)' }];
  }
  if (inQueue === undefined || inDeadLetterQueue === undefined) {
    const unknown = inQueue === undefined ? queue : deadLetterQueue;
    problems.add(
      `lifetime is not set, and how long queue '${unknown.node.path}' keeps a message cannot be read, because it is not made in this app or its retentionPeriod is a token: ` +
      'state what the queue and its dead-letter queue keep a message for, together, for example lifetime: Duration.days(18)',
    );
    return [];
  }
  return [retentionOf(queue, inQueue, 'in its queue'), retentionOf(deadLetterQueue, inDeadLetterQueue, 'in its dead-letter queue')];
}

/** Read again whenever it is asked for: an aspect or an override may change the queue until the app is complete. */
function retentionOf(queue: sqs.IQueue, seconds: number, what: string): LifetimePart {
  return {
    get seconds() {
      return queueFacts(queue).retentionSeconds ?? seconds;
    },
    what,
  };
}
