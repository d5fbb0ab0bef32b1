import type { Rule } from './rule';

/** How long a message, and so its payload, may be somewhere. */
export interface LifetimePart {
  readonly seconds: number;
  /** Completes «14 days …». */
  readonly what: string;
}

/** How long a payload may still be asked for, on behalf of one consumer. */
export interface PayloadLifetime {
  /** What texts call the consumer by. */
  readonly consumer: string;
  /** What the times are, in the order in which a message spends them. What is not known is left out. */
  readonly parts: readonly LifetimePart[];
}

/** What is known of a consumer that may still ask for payloads in a bucket. */
export interface PayloadReaderFacts extends PayloadLifetime {
  /** What the keys of its payloads begin with; empty for all. */
  readonly prefix?: string | undefined;
  /** What they end with, one of these; none for all. */
  readonly suffixes?: readonly string[] | undefined;
  /** What it does, as texts say it. Undefined: it claims a payload. */
  readonly does?: string | undefined;
}

export const SECONDS_A_DAY = 86_400;

/** The longest of them; undefined if there is none. */
export function longest<L extends PayloadLifetime>(lifetimes: readonly L[]): L | undefined {
  return lifetimes.reduce<L | undefined>((most, lifetime) => most && daysOf(most) >= daysOf(lifetime) ? most : lifetime, undefined);
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

/** Whether there may be keys that begin with both. Undefined: not known. */
function overlap(one: string | undefined, other: string | undefined): boolean | undefined {
  return one === undefined || other === undefined ? undefined : one.startsWith(other) || other.startsWith(one);
}

/** What is known of a queue whose messages point to payloads. */
export interface PointerQueueFacts {
  readonly path: string;
  readonly contentBasedDeduplication?: boolean | undefined;
  readonly maximumMessageBytes?: number | undefined;
}

/** What is known of a consumer whose messages point to payloads. */
export interface PointerFacts {
  readonly consumer: string;
  /** The most bytes of a message that its producers send whole, instead of a pointer. */
  readonly thresholdBytes?: number | undefined;
  readonly queue: PointerQueueFacts;
  readonly deadLetterQueue: PointerQueueFacts;
}

/**
 * What is true of a consumer that gets every message, be it whole or a pointer to its payload.
 */
export const POINTER_RULES: readonly Rule<PointerFacts>[] = [
  {
    id: 'pointersDeduplicated',
    severity: 'error',
    why: 'The key of a payload is random, so two pointers to equal payloads have different hashes.',
    source: 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html',
    finding: ({ queue: { path, contentBasedDeduplication } }) => (
      !contentBasedDeduplication ? undefined
        : {
          what: `queue '${path}' has contentBasedDeduplication, but the key of a payload is random, so a message that is sent twice would not be recognised`,
          fix: 'turn it off, and send each message with a MessageDeduplicationId',
        }
    ),
  },
  ofThreshold('queue', 'thresholdAboveQueue'),
  ofThreshold('deadLetterQueue', 'thresholdAboveDeadLetterQueue'),
];

function ofThreshold(hop: 'queue' | 'deadLetterQueue', id: string): Rule<PointerFacts> {
  return {
    id,
    severity: 'error',
    why: 'What is smaller than the threshold is sent whole, so every hop must take messages of that size.',
    source: 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html',
    finding: ({ consumer, thresholdBytes: threshold, [hop]: { path, maximumMessageBytes: most } }) => (
      threshold === undefined || most === undefined || most >= threshold ? undefined
        : {
          what: `queue '${path}' takes messages of at most ${most} bytes, less than the threshold that was given for ${consumer} (${threshold} bytes)`,
          fix: 'state maximumMessageSize where the queue is made',
        }
    ),
  };
}

/** What is known of a rule by which a bucket expires objects, or moves them to an archive. */
export interface LifecycleFacts {
  /** What texts call the bucket by. Undefined: the bucket that is made with the consumers, of which only `expiration` is stated. */
  readonly bucket?: string | undefined;
  /** After so many days; `date`: all at once, on a date. */
  readonly after?: number | 'date' | undefined;
  /** What the keys begin with that it is for; empty for all. */
  readonly prefix?: string | undefined;
  /** Where it moves objects to, from where they cannot be read until they are restored. Undefined: they expire. */
  readonly storageClass?: string;
}

/** What is known of one consumer and of one lifecycle rule. */
export interface PayloadLifecycleFacts {
  readonly reader: PayloadReaderFacts;
  readonly lifecycle: LifecycleFacts;
}

/**
 * What is true of a lifecycle rule by which no payload goes before its message.
 */
export const PAYLOAD_LIFECYCLE_RULES: readonly Rule<PayloadLifecycleFacts>[] = [
  {
    id: 'payloadExpiresEarly',
    severity: 'error',
    why: 'A message whose payload has expired is worth nothing.',
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-expire-general-considerations.html',
    finding: ({ reader, lifecycle }) => {
      if (lifecycle.storageClass !== undefined || !isEarly(lifecycle, reader)) {
        return undefined;
      }
      const { bucket, after } = lifecycle;
      const days = daysOf(reader);
      const [what, fix] = bucket === undefined
        ? [`expiration is ${after} days`, `set expiration: Duration.days(${days}) or longer, or leave it out`]
        : [`bucket '${bucket}' expires objects ${when(lifecycle)}`, `let the lifecycle rule expire after ${days} days or more`];
      return {
        what: `${what}, but ${reader.consumer} may ${reader.does ?? 'claim a payload'} for ${days} days (${sumOf(reader)})`,
        fix,
      };
    },
  },
  {
    id: 'payloadArchivedEarly',
    severity: 'error',
    why: 'An object in an archive cannot be read until it is restored.',
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/archived-objects.html',
    finding: ({ reader, lifecycle }) => (
      lifecycle.storageClass === undefined || !isEarly(lifecycle, reader) ? undefined
        : {
          what: `bucket '${lifecycle.bucket}' moves objects to ${lifecycle.storageClass} ${when(lifecycle)}, where they cannot be read until they are restored, ` +
            `but ${reader.consumer} may ${reader.does ?? 'claim a payload'} for ${daysOf(reader)} days (${sumOf(reader)})`,
          fix: `move them after ${daysOf(reader)} days or more, or to a storage class that can be read at once, such as GLACIER_IR`,
        }
    ),
  },
];

/** On a date everything goes, however new it is. */
function isEarly({ after, prefix }: LifecycleFacts, reader: PayloadReaderFacts): boolean {
  return overlap(prefix, reader.prefix) === true && (after === 'date' || (after !== undefined && after < daysOf(reader)));
}

function when({ after }: LifecycleFacts): string {
  return after === 'date' ? 'on a date' : `after ${after} days`;
}

/** What is known of a consumer of messages that point to payloads, and of one of uploads. */
export interface MessageAndUploadFacts {
  readonly message: PayloadReaderFacts;
  readonly upload: PayloadReaderFacts;
  readonly inOneBucket?: boolean | undefined;
  readonly inOneQueue?: boolean | undefined;
}

/**
 * What is true of two consumers of which each gets its own, and in its own form.
 */
export const MESSAGE_AND_UPLOAD_RULES: readonly Rule<MessageAndUploadFacts>[] = [
  {
    id: 'payloadDeliveredAsUpload',
    severity: 'error',
    why: 'A payload that is deposited is an upload like any other object.',
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html',
    // Deposited payloads have no suffix.
    finding: ({ message, upload, inOneBucket }) => (
      !inOneBucket || upload.suffixes?.length !== 0 || !overlap(message.prefix, upload.prefix) ? undefined
        : {
          what: `${upload.consumer} gets uploads with the prefix '${upload.prefix}', and ${message.consumer} claims payloads by message with the prefix '${message.prefix}', so each payload that is deposited for the one would be ` +
            'delivered to the other as an upload',
          fix: 'give both a prefix, neither of which begins with the other',
        }
    ),
  },
  {
    id: 'messagesAndUploadsInOneQueue',
    severity: 'warning',
    why: 'The body of a message does not say of itself whether it is a pointer or an event of S3.',
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html',
    finding: ({ message, upload, inOneQueue }) => (
      !inOneQueue ? undefined
        : {
          what: `${message.consumer} gets messages and ${upload.consumer} gets uploads by one queue, so claim cannot be told which envelope a message has`,
          fix: 'give each a queue of its own; they may have the same handler',
        }
    ),
  },
];

/** What is known of a bucket that keeps payloads. */
export interface PayloadBucketFacts {
  readonly path: string;
  readonly readers: readonly PayloadReaderFacts[];
  /** Its lifecycle rules that expire objects. */
  readonly expiries?: readonly LifecycleFacts[] | undefined;
  /** Whether it keeps old versions of objects, and no rule expires them. */
  readonly keepsOldVersions?: boolean | undefined;
  /** Its object ownership, if what another account puts may stay that account's own. */
  readonly writerMayOwn?: string | undefined;
}

/**
 * What is true of a bucket from which consumers can read the payloads, and which does not keep them for ever.
 */
export const PAYLOAD_BUCKET_RULES: readonly Rule<PayloadBucketFacts>[] = [
  {
    id: 'payloadsNeverExpire',
    severity: 'warning',
    why: 'Nobody deletes a payload, because another consumer may still need it.',
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-expire-general-considerations.html',
    finding: ({ path, readers, expiries }) => {
      const needed = longest(readers);
      return !needed || !expiries || expiries.some(({ prefix }) => readers.some((reader) => overlap(prefix, reader.prefix) !== false)) ? undefined
        : {
          what: `bucket '${path}' has no lifecycle rule that expires the payloads, so they are kept, and paid for, for ever`,
          fix: `let it expire them after ${daysOf(needed)} days or more`,
        };
    },
  },
  {
    id: 'noncurrentVersionsNeverExpire',
    severity: 'warning',
    why: 'Of a versioned bucket, expiry only makes the current version a noncurrent one.',
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html',
    finding: ({ path, keepsOldVersions }) => (
      !keepsOldVersions ? undefined
        : {
          what: `bucket '${path}' is versioned, and no lifecycle rule expires noncurrent versions, so payloads that expired are still kept, and paid for`,
          fix: 'add noncurrentVersionExpiration to a rule',
        }
    ),
  },
  {
    id: 'payloadsOwnedByWriter',
    severity: 'warning',
    why: 'The owner of a bucket cannot grant access to what others own in it.',
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html',
    finding: ({ path, writerMayOwn }) => (
      writerMayOwn === undefined ? undefined
        : {
          what: `bucket '${path}' has objectOwnership ${writerMayOwn}, so what another account puts there may stay its own, and no grant of this app lets a consumer read it`,
          fix: 'set objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED where the bucket is made',
        }
    ),
  },
];
