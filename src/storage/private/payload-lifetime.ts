import type { Duration } from 'aws-cdk-lib';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { IQueueFed } from '../../messaging/queue-fed';
import { resourceBehind } from '../../private/app/references';
import { renderedResource } from '../../private/app/rendered-resource';
import type { Problems } from '../../private/checks/problems';
import type { PropBounds } from '../../private/checks/prop-bounds';
import { knownSeconds } from '../../private/checks/prop-bounds';
import { RULE_RETRY_POLICY } from '../../private/events/event-delivery';
import { DEAD_LETTER_RETENTION } from '../../private/sqs/pattern-queue';
import { queueFacts, queueIdentity } from '../../private/sqs/queue-facts';

/** How long a payload may still be asked for, on behalf of one consumer. */
export interface PayloadLifetime {
  /** The path of the consumer. */
  readonly consumer: string;
  /** What the times are, in the order in which a message spends them. */
  readonly parts: readonly LifetimePart[];
}

/** A consumer that may still ask for payloads. */
export interface PayloadReader extends PayloadLifetime {
  readonly by: 'message' | 'upload';
  readonly queue: sqs.IQueue;
  readonly deadLetterQueue: sqs.IQueue;
  /** The most bytes of a message that its producers were told; undefined for uploads. */
  readonly threshold: number | undefined;
  /** What the keys of its payloads begin with; empty for all. */
  readonly prefix: string;
  /** What they end with, one of these; none for all. */
  readonly suffixes: readonly string[];
}

export interface LifetimePart {
  readonly seconds: number;
  /** Completes «14 days …». */
  readonly what: string;
}

const SECONDS_A_DAY = 86_400;

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

/** The longest of them; undefined if there is none. */
export function longest(lifetimes: readonly PayloadLifetime[]): PayloadLifetime | undefined {
  return lifetimes.reduce<PayloadLifetime | undefined>((most, lifetime) => most && daysOf(most) >= daysOf(lifetime) ? most : lifetime, undefined);
}

/** S3 expires by whole days, so part of a day counts as one. */
export function daysOf({ parts }: PayloadLifetime): number {
  return Math.ceil(parts.reduce((sum, { seconds }) => sum + seconds, 0) / SECONDS_A_DAY);
}

/** The sum, spelled out. */
export function sumOf({ parts }: PayloadLifetime): string {
  return parts.map(({ seconds, what }) => `${inDays(seconds)} ${what}`).join(' + ');
}

function inDays(seconds: number): string {
  const days = seconds / SECONDS_A_DAY;
  if (!Number.isInteger(days)) {
    return `${seconds} seconds`;
  }
  return days === 1 ? '1 day' : `${days} days`;
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
      const now = renderedQueue(queue)?.MessageRetentionPeriod;
      return typeof now === 'number' ? now : seconds;
    },
    what,
  };
}

/** The properties of a queue as they are in the template; undefined for a queue that is not made in this app. */
export function renderedQueue(queue: sqs.IQueue): Readonly<Record<string, unknown>> | undefined {
  const resource = resourceBehind(queue.queueArn, 'AWS::SQS::Queue');
  return resource && renderedResource(resource).Properties;
}

/**
 * A payload that a producer deposits and sends a pointer to is an upload too, and must not be delivered twice. Deposited payloads have no suffix.
 *
 * @param uploads the readers of which those of uploads are looked at
 * @param all all that read from the bucket
 */
export function problemsOfOverlap(uploads: readonly PayloadReader[], all: readonly PayloadReader[]): string[] {
  const byMessage = all.filter(({ by }) => by === 'message');
  return uploads.filter(({ by, suffixes }) => by === 'upload' && suffixes.length === 0).flatMap((upload) => (
    byMessage.filter(({ prefix }) => overlap(prefix, upload.prefix)).map((message) => (
      `${upload.consumer} gets uploads with the prefix '${upload.prefix}', and ${message.consumer} claims payloads by message with the prefix '${message.prefix}', so each payload that is deposited for the one would be ` +
      'delivered to the other as an upload: give both a prefix, neither of which begins with the other'
    ))
  ));
}

/** A consumer by message and one of uploads that have one queue; undefined if there are none. */
export function queueOfBoth(uploads: readonly PayloadReader[], all: readonly PayloadReader[]): [PayloadReader, PayloadReader] | undefined {
  const ofUploads = uploads.filter(({ by }) => by === 'upload');
  for (const message of all.filter(({ by }) => by === 'message')) {
    const upload = ofUploads.find(({ queue }) => queueIdentity(queue) === queueIdentity(message.queue));
    if (upload) {
      return [message, upload];
    }
  }
  return undefined;
}

/** Whether there may be keys that begin with both. */
export function overlap(one: string, other: string): boolean {
  return one.startsWith(other) || other.startsWith(one);
}
