import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline, Transform } from 'node:stream';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { sharedClient } from './client';
import { PayloadChangedError, PayloadDeniedError, PayloadMissingError, PayloadTruncatedError } from './errors';
import type { Location } from './pointer';
import { CHECKSUM_ATTRIBUTE, LEGACY_SIZE_ATTRIBUTE, readPointer, readUpload, requireOwn, SIZE_ATTRIBUTE } from './pointer';

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

export interface ClaimOptions {
  /** The bucket that this consumer takes payloads from. */
  readonly bucket: string;

  /**
   * What the keys of this consumer's payloads begin with.
   *
   * @default - nothing: every key
   */
  readonly prefix?: string;

  /**
   * The client for S3.
   *
   * @default - one for all calls, with the settings of the environment
   */
  readonly s3?: S3Client;
}

/**
 * The payload of a message, wherever it is: in the message itself, where a pointer of `deposit` or of the SQS and SNS Extended Client Libraries says, or the object of an upload event. It is
 * given only if it is whole and the one that the message is about.
 *
 * Holds the payload in memory; for large ones use `claimStream`.
 *
 * @param message a record of an SQS event, or a received message; an SNS envelope is opened
 * @param options where payloads may be
 * @throws ClaimError of the kind that says what is wrong; other errors are S3's, and may pass
 */
export async function claim(message: ClaimableMessage, options: ClaimOptions): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of await claimStream(message, options)) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

/**
 * Like `claim`, for payloads that are too large for memory. **Wait for the end of the stream before you act on what you read:** only then it is known whether the payload is whole; if it is
 * not, the stream ends with the error that says so.
 *
 * @param message a record of an SQS event, or a received message; an SNS envelope is opened
 * @param options where payloads may be
 * @throws ClaimError of the kind that says what is wrong; other errors are S3's, and may pass
 */
export async function claimStream(message: ClaimableMessage, options: ClaimOptions): Promise<AsyncIterable<Uint8Array>> {
  const { body, attributes } = opened(message);
  const size = attributes[SIZE_ATTRIBUTE] ?? attributes[LEGACY_SIZE_ATTRIBUTE];
  const location = size === undefined ? readUpload(body) : readPointer(body, size, attributes[CHECKSUM_ATTRIBUTE]);
  if (!location) {
    return inline(body);
  }
  requireOwn(location, options);
  return checked(location, await fetched(location, options.s3 ?? sharedClient()));
}

interface Opened {
  readonly body: string;
  readonly attributes: Readonly<Record<string, string | undefined>>;
}

function opened(message: ClaimableMessage): Opened {
  const plain = 'body' in message
    ? { body: message.body, attributes: mapped(message.messageAttributes, ({ stringValue }) => stringValue) }
    : { body: message.Body ?? '', attributes: mapped(message.MessageAttributes, ({ StringValue }) => StringValue) };
  return envelopeIn(plain.body) ?? plain;
}

/** What is in an SNS envelope, which SNS puts around a message without raw delivery. https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html */
function envelopeIn(body: string): Opened | undefined {
  if (!body.startsWith('{')) {
    return undefined;
  }
  let value: { Type?: unknown; TopicArn?: unknown; Message?: unknown; MessageAttributes?: Record<string, { Value?: string }> };
  try {
    value = JSON.parse(body) as typeof value;
  } catch {
    return undefined;
  }
  if (value.Type !== 'Notification' || typeof value.TopicArn !== 'string' || typeof value.Message !== 'string') {
    return undefined;
  }
  return { body: value.Message, attributes: mapped(value.MessageAttributes, ({ Value }) => Value) };
}

function mapped<T>(attributes: Readonly<Record<string, T>> | undefined, valueOf: (attribute: T) => string | undefined): Opened['attributes'] {
  return Object.fromEntries(Object.entries(attributes ?? {}).map(([name, attribute]) => [name, valueOf(attribute)]));
}

async function* inline(body: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(body, 'utf8');
}

async function fetched({ bucket, key, etag }: Location, s3: S3Client): Promise<GetObjectCommandOutput> {
  const where = `s3://${bucket}/${key}`;
  try {
    return await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, ...etag === undefined ? {} : { IfMatch: `"${etag}"` } }));
  } catch (error) {
    // By its status, because the client may come from another copy of the SDK.
    switch ((error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode) {
      case 404:
        throw new PayloadMissingError(`the payload ${where} is not there: it expired, or was removed before its message was read`, { cause: error });
      case 403:
        throw new PayloadDeniedError(`S3 does not let this consumer read the payload ${where}: it is not there any more, or the role lacks s3:GetObject on it or kms:Decrypt on its key`, { cause: error });
      case 412:
        throw new PayloadChangedError(`the object ${where} was replaced after the upload that the message is about`, { cause: error });
      default:
        throw error;
    }
  }
}

/** Passes the payload on while it is counted and hashed, and fails at the end if it is not what it should be. */
function checked(location: Location, { Body, ContentLength }: GetObjectCommandOutput): AsyncIterable<Uint8Array> {
  const where = `s3://${location.bucket}/${location.key}`;
  const hash = createHash('sha256');
  let received = 0;
  const end = (): Error | undefined => {
    const expected = location.size ?? ContentLength;
    if (expected !== undefined && received !== expected) {
      return new PayloadTruncatedError(`the payload ${where} has ${received} bytes, but its message says ${expected}`);
    }
    if (location.sha256 !== undefined && hash.digest('hex') !== location.sha256) {
      return new PayloadChangedError(`the payload ${where} is not the one that was deposited: its SHA-256 differs from that in the message`);
    }
    return undefined;
  };
  const checker = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      received += chunk.length;
      hash.update(chunk);
      next(null, chunk);
    },
    flush(next) {
      next(end());
    },
  });
  // An error of either ends both; who reads the checker gets it.
  pipeline(Body as Readable, checker, () => undefined);
  return checker;
}
