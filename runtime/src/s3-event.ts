/** An event of S3 about one object, in the same form whichever way it came. */
export interface S3Record {
  readonly bucket: string;

  /** The key as it is, never encoded: what `GetObject` takes. */
  readonly key: string;

  /**
   * What happened to the object: `created`, also by a copy; `deleted`, also by a lifecycle rule or by a delete marker; or something else,
   * such as a restore or a change of tags.
   */
  readonly change: 'created' | 'deleted' | 'other';

  /**
   * The event as S3 calls it: for instance `Object Created` through EventBridge, and `ObjectCreated:Put` in a notification of the bucket.
   */
  readonly eventName: string;

  /** When it happened, in ISO 8601. */
  readonly time?: string | undefined;

  /** What made it happen, for instance `PutObject` or `Lifecycle Expiration`; only through EventBridge. */
  readonly reason?: string | undefined;

  /** The size of the object in bytes; not in events about what was deleted. */
  readonly size?: number | undefined;

  /** The ETag of the object, without quotes. */
  readonly eTag?: string | undefined;

  /** The version of the object; only of a bucket with versions. */
  readonly versionId?: string | undefined;

  /** What `compareSequencers` compares; only in events about what was created or deleted. */
  readonly sequencer?: string | undefined;
}

/**
 * What was given to `s3Records` is no event of S3, or none about an object. It will not become one: the message belongs into the
 * dead-letter queue.
 */
export class NotAnS3EventError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/**
 * What an event of S3 says, in one form for all ways in which it comes: through EventBridge, where keys are plain; as a notification of the
 * bucket, where they are encoded as in a form (a space is `+`) and which may be about several objects; and either of them through a topic
 * of SNS, and in a message of SQS.
 *
 * Takes the event as Lambda gives it; one record of an event of SQS, or of an answer of `ReceiveMessage`; or the text of a body. Not a
 * whole event of SQS: a handler calls this for each record, so that it can report the one that is none.
 *
 * Gives nothing for what S3 and SNS send along and is about no object: the test event, and confirmations of subscriptions. Folders that
 * were made in the console are objects too: their keys end in `/`.
 *
 * Events come at least once and in any order, at times after the object is gone; `isNewer` tells which is the last. Whoever can send to the
 * queue can name any bucket, so compare `bucket` before you act on it, if that is not S3 alone.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html,
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 *
 * @param event the event, a record or message with it, or the text of its body
 * @throws NotAnS3EventError if there is none in it
 */
export function s3Records(event: unknown): S3Record[] {
  const value = (typeof event === 'string' ? objectIn(event) : Object(event)) as Carrier;
  const records = recordsIn(value);
  if (records) {
    return records;
  }
  if (isTestEvent(value) || value.Type === 'SubscriptionConfirmation' || value.Type === 'UnsubscribeConfirmation') {
    return [];
  }
  const [first] = Array.isArray(value.Records) ? value.Records : [];
  if (first?.eventSource === 'aws:sqs') {
    throw new NotAnS3EventError('this is an event of SQS: call s3Records for each of its Records, so that the one that is no event of S3 can be reported alone');
  }
  const inside = value.Type === 'Notification' ? value.Message : value.body ?? value.Body ?? first?.Sns?.Message;
  if (typeof inside === 'string') {
    return s3Records(inside);
  }
  throw new NotAnS3EventError(`this is no event of S3 about an object, through EventBridge or from the bucket itself, in a message of SQS or SNS or by itself: ${shown(event)}`);
}

/** Whether this is what S3 sends when notifications of a bucket are set up. */
export function isTestEvent(event: object): boolean {
  return (event as Carrier).Event === 's3:TestEvent';
}

/** What an event of S3 that is in no envelope says; undefined if it is none about objects. */
export function recordsIn(event: object): S3Record[] | undefined {
  const { source, detail, Records, ...rest } = event as Carrier;
  if (source === 'aws.s3') {
    const { bucket, object, reason } = detail ?? {};
    return allOf([recordFrom({
      eventName: rest['detail-type'],
      bucket: bucket?.name,
      key: object?.key,
      time: rest.time,
      reason,
      size: object?.size,
      eTag: object?.etag,
      versionId: object?.['version-id'],
      sequencer: object?.sequencer,
    })]);
  }
  const notifications = rest.eventSource === 'aws:s3' ? [rest] : Array.isArray(Records) ? Records : [];
  return allOf(notifications.map((notification) => {
    const { bucket, object } = notification?.eventSource === 'aws:s3' ? notification.s3 ?? {} : {};
    return recordFrom({
      eventName: notification?.eventName,
      bucket: bucket?.name,
      key: decoded(object?.key),
      time: notification?.eventTime,
      size: object?.size,
      eTag: object?.eTag,
      versionId: object?.versionId,
      sequencer: object?.sequencer,
    });
  }));
}

/** The object that a text is in JSON; an empty one if it is none. */
export function objectIn(text: string): object {
  try {
    return Object(JSON.parse(text)) as object;
  } catch {
    return {};
  }
}

const CREATED = /^(Object Created$|ObjectCreated:)/;
const DELETED = /^(Object Deleted$|ObjectRemoved:|LifecycleExpiration:)/;

function allOf(records: readonly (S3Record | undefined)[]): S3Record[] | undefined {
  const found = records.filter((record) => record !== undefined);
  return found.length > 0 && found.length === records.length ? found : undefined;
}

type Said = Partial<Record<'eventName' | 'bucket' | 'key', unknown>> & Omit<S3Record, 'eventName' | 'bucket' | 'key' | 'change'>;

function recordFrom({ eventName, bucket, key, versionId, ...rest }: Said): S3Record | undefined {
  if (typeof eventName !== 'string' || typeof bucket !== 'string' || typeof key !== 'string') {
    return undefined;
  }
  const change = CREATED.test(eventName) ? 'created' : DELETED.test(eventName) ? 'deleted' : 'other';
  // Where versions are suspended, S3 gives the one that every upload replaces this name.
  return { bucket, key, change, eventName, ...rest, versionId: versionId === 'null' ? undefined : versionId };
}

/** Other than in EventBridge, keys are encoded as in a form. */
function decoded(key: unknown): string | undefined {
  try {
    return typeof key === 'string' ? decodeURIComponent(key.replace(/\+/g, ' ')) : undefined;
  } catch {
    return undefined;
  }
}

function shown(event: unknown): string {
  return String(typeof event === 'string' ? event : JSON.stringify(event)).slice(0, 200);
}

interface Notification {
  readonly eventSource?: unknown;
  readonly eventName?: unknown;
  readonly eventTime?: string;
  readonly s3?: {
    readonly bucket?: { readonly name?: unknown };
    readonly object?: {
      readonly key?: unknown;
      readonly size?: number;
      readonly eTag?: string;
      readonly versionId?: string;
      readonly sequencer?: string;
    };
  };
}

/** Whatever may have an event of S3 in it, or be one. */
interface Carrier extends Notification {
  readonly 'Event'?: unknown;
  readonly 'source'?: unknown;
  readonly 'detail-type'?: unknown;
  readonly 'time'?: string;
  readonly 'detail'?: {
    readonly bucket?: { readonly name?: unknown };
    readonly object?: {
      readonly 'key'?: unknown;
      readonly 'size'?: number;
      readonly 'etag'?: string;
      readonly 'version-id'?: string;
      readonly 'sequencer'?: string;
    };
    readonly reason?: string;
  };
  readonly 'Records'?: readonly (Notification & { readonly Sns?: { readonly Message?: unknown } } | null)[];
  readonly 'body'?: unknown;
  readonly 'Body'?: unknown;
  readonly 'Type'?: unknown;
  readonly 'Message'?: unknown;
}
