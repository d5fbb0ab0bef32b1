import { MalformedEnvelopeError, NoPayloadError } from './errors';
import { isTestEvent, objectIn, recordsIn } from './s3-event';

/** A message as Lambda gives it to a handler, or as `ReceiveMessage` answers. */
export type ClaimableMessage = LambdaMessage | ReceivedMessage;

/** The part of a record of an SQS event that matters here. */
export interface LambdaMessage {
  readonly body: string;
  readonly messageAttributes?: Readonly<Record<string, { readonly stringValue?: string | undefined }>> | undefined;
}

/** The part of a message that was received by `ReceiveMessage` that matters here. Ask for its attributes: `MessageAttributeNames: ['All']`. */
export interface ReceivedMessage {
  readonly Body?: string | undefined;
  readonly MessageAttributes?: Readonly<Record<string, { readonly StringValue?: string | undefined }>> | undefined;
}

/**
 * What the body of a message is.
 *
 * - `none`: the payload, or a pointer to it, as a producer sent it to the queue, or published it to a topic with raw message delivery
 * - `sns`: the envelope that SNS puts around what was published, without raw message delivery
 * - `s3-event`: the event of S3 about an object, which is the payload; through EventBridge, or directly from the bucket
 *
 * It is never told from what the body looks like: a payload may look like any of them.
 */
export type Envelope = 'none' | 'sns' | 's3-event';

/** A message without its envelope. */
export interface Opened {
  readonly body: string;
  readonly attributes: Readonly<Record<string, string | undefined>>;
}

/** An object that was created. */
export interface Upload {
  readonly bucket: string;
  readonly key: string;
  readonly size?: number | undefined;
  readonly etag?: string | undefined;
  /** Of a bucket with versions. */
  readonly versionId?: string | undefined;
}

/** The body and the attributes of a message that is in no envelope. */
export function plainMessage(message: ClaimableMessage): Opened {
  return 'body' in message
    ? { body: message.body, attributes: mapped(message.messageAttributes, ({ stringValue }) => stringValue) }
    : { body: message.Body ?? '', attributes: mapped(message.MessageAttributes, ({ StringValue }) => StringValue) };
}

/**
 * What was published, in the envelope of SNS. https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
 *
 * @throws NoPayloadError if SNS asks to confirm a subscription, or says that one ended
 */
export function openSnsEnvelope({ body }: Opened): Opened {
  const { Type: type, Message: message, MessageAttributes: attributes } = objectIn(body) as SnsEnvelope;
  if (type === 'SubscriptionConfirmation' || type === 'UnsubscribeConfirmation') {
    throw new NoPayloadError(`the message is a ${type} of SNS, which has no payload: acknowledge it`);
  }
  if (type !== 'Notification' || typeof message !== 'string') {
    throw new MalformedEnvelopeError(`envelope is 'sns', but the body is no notification of SNS: leave envelope out where raw message delivery is on: ${body.slice(0, 200)}`);
  }
  return { body: message, attributes: mapped(attributes, ({ Value }) => Value) };
}

/**
 * The object that an event of S3 is about. https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html, https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 *
 * @throws NoPayloadError if it is about none that can be read: a test event, an object that was deleted, a folder
 */
export function uploadIn({ body }: Opened): Upload {
  const event = objectIn(body);
  if (isTestEvent(event)) {
    throw new NoPayloadError('the message is the test event that S3 sends when notifications are set up, which has no payload: acknowledge it');
  }
  const [record, another] = recordsIn(event) ?? [];
  if (!record || another) {
    throw new MalformedEnvelopeError(`envelope is 's3-event', but the body is no event of S3 about one object: ${body.slice(0, 200)}`);
  }
  const { bucket, key, change, eventName, size, eTag: etag, versionId } = record;
  if (change !== 'created') {
    throw new NoPayloadError(`the message is the event '${eventName}' of S3, which is not about an object that was created: acknowledge it, and let the rule send only 'Object Created'`);
  }
  if (key.endsWith('/') && size === 0) {
    throw new NoPayloadError(`the message is about the folder '${key}', which has no payload: acknowledge it`);
  }
  return { bucket, key, size, etag, versionId };
}

interface SnsEnvelope {
  readonly Type?: unknown;
  readonly Message?: unknown;
  readonly MessageAttributes?: Readonly<Record<string, { readonly Value?: string }>>;
}

function mapped<T>(attributes: Readonly<Record<string, T>> | undefined, valueOf: (attribute: T) => string | undefined): Opened['attributes'] {
  return Object.fromEntries(Object.entries(attributes ?? {}).map(([name, attribute]) => [name, valueOf(attribute)]));
}
