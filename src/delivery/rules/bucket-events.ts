import type { Place, Rule } from './rule';
import { knownToDiffer } from './rule';

/** What is known of a bucket whose events a rule of EventBridge waits for. */
export interface EventBucketFacts extends Place {
  readonly path: string;
  readonly sendsEvents?: boolean | undefined;
  /** The path of what replaces all its notifications by others, without EventBridge. */
  readonly replacedBy?: string | undefined;
  /** Whether it is made together with the rule, so that nobody can state whether it sends events. */
  readonly madeWithRule?: boolean;
}

/** What is known of a rule of EventBridge for the events of a bucket. */
export interface BucketEventsFacts {
  readonly bucket: EventBucketFacts;
  readonly rule: Place;
}

const EVENTS_PAGE = 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html';

/**
 * What is true of a bucket whose events reach a rule of EventBridge.
 */
export const BUCKET_EVENTS_RULES: readonly Rule<BucketEventsFacts>[] = [
  ofPlace('region', 'bucketEventsOtherRegion'),
  ofPlace('account', 'bucketEventsOtherAccount'),
  {
    id: 'bucketEventsReplaced',
    severity: 'error',
    why: 'Who sets the notifications of a bucket replaces all of them, and so switches EventBridge off.',
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html',
    finding: ({ bucket: { path, replacedBy, madeWithRule } }) => (
      replacedBy === undefined ? undefined
        : {
          what: `'${replacedBy}' (addEventNotification) replaces all notifications of bucket '${path}' and switches EventBridge off, so no object would be delivered`,
          fix: `use a rule in EventBridge for these events instead (new events.Rule with source 'aws.s3')${madeWithRule ? '' : ', or set eventBridgeEnabled: true where the bucket is made'}`,
        }
    ),
  },
  {
    id: 'bucketEventsNotSent',
    severity: 'error',
    why: 'A bucket sends its events to EventBridge only when told to.',
    source: EVENTS_PAGE,
    finding: ({ bucket: { path, sendsEvents, replacedBy } }) => (
      sendsEvents !== false || replacedBy !== undefined ? undefined
        : {
          what: `bucket '${path}' does not send its events to EventBridge, so no object would be delivered`,
          fix: 'where it is made, set (bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } }',
        }
    ),
  },
];

/** What is known of a function that is told of objects, and of what it may put where they are. */
export interface BucketWriterFacts {
  readonly bucket: string;
  readonly handler: string;
  /** What the keys begin with of the objects that it is told of; empty for all. */
  readonly prefix: string;
  /** The actions that it is allowed and that put objects whose keys may begin with that. */
  readonly writes: readonly string[];
}

/**
 * What is true of a function that is not told of what it puts itself.
 */
export const BUCKET_WRITER_RULES: readonly Rule<BucketWriterFacts>[] = [
  {
    id: 'bucketWritesBack',
    severity: 'warning',
    why: 'An object that a function puts where it is told of objects is another event for it, and Lambda stops only some of these loops, none with EventBridge in between.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html',
    finding: ({ bucket, handler, prefix, writes }) => (
      writes.length === 0 ? undefined
        : {
          what: `function '${handler}' is told of objects in bucket '${bucket}'${prefix === '' ? '' : ` with the prefix '${prefix}'`} and may put objects there (${writes.join(', ')}), so it could feed itself without end`,
          fix: 'let it write to another bucket, or only to keys with another prefix, or acknowledge this if what it writes is never delivered to it',
        }
    ),
  },
];

/** What is known of one part of an event pattern that keys of objects are compared with. */
export interface KeyPatternFacts {
  /** What texts call it by. */
  readonly what: string;
  readonly text: string;
}

/**
 * What is true of an event pattern for the keys of objects as they are.
 */
export const KEY_PATTERN_RULES: readonly Rule<KeyPatternFacts>[] = [
  {
    id: 'objectKeyEncoded',
    severity: 'warning',
    why: 'Keys are encoded as in a form only in notifications that S3 sends by itself; its events for EventBridge have them as they are.',
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html',
    finding: ({ what, text }) => (
      !ENCODED.test(text) ? undefined
        : {
          what: `${what} is '${text}', which looks encoded, but EventBridge has the keys of objects as they are, so it would match only keys that really have these characters`,
          fix: `write '${decoded(text)}', or acknowledge this if the keys are so`,
        }
    ),
  },
];

/** As in a form, where a space is `+`. */
const ENCODED = /\+|%[0-9a-f]{2}/i;

function decoded(text: string): string {
  const spaced = text.replace(/\+/g, ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

function ofPlace(place: keyof Place, id: string): Rule<BucketEventsFacts> {
  return {
    id,
    severity: 'error',
    why: `S3 sends the events of a bucket only to the default event bus of its own ${place}.`,
    source: EVENTS_PAGE,
    finding: ({ bucket, rule }) => (
      !knownToDiffer(bucket[place], rule[place]) ? undefined
        : {
          what: `bucket '${bucket.path}' is in ${place} ${bucket[place]}, but the rule for its events is in ${rule[place]}, and S3 sends them only to the ${place} of the bucket`,
          fix: `make this in a stack of ${place} ${bucket[place]}`,
        }
    ),
  };
}
