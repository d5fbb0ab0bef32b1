import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline, Transform } from 'node:stream';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { sharedClient } from './client';
import type { ClaimableMessage, Envelope, Opened } from './envelope';
import { openSnsEnvelope, plainMessage, uploadIn } from './envelope';
import { MalformedPointerError, NoPayloadError, PayloadArchivedError, PayloadChangedError, PayloadDeniedError, PayloadMissingError, PayloadTruncatedError } from './errors';
import type { Location } from './pointer';
import { CHECKSUM_ATTRIBUTE, isPointer, LEGACY_SIZE_ATTRIBUTE, readPointer, requireOwn, SIZE_ATTRIBUTE } from './pointer';

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
   * What the body of the message is. Everything on one queue must have the same form, or the handler must know by which queue (`eventSourceARN`) a message came.
   *
   * @default 'none' - the payload, or a pointer to it
   */
  readonly envelope?: Envelope;

  /**
   * The client for S3.
   *
   * @default - one for all calls, with the settings of the environment
   */
  readonly s3?: S3Client;
}

/**
 * The payload of a message, wherever it is: in the message itself, where a pointer of `deposit` or of the SQS and SNS Extended Client Libraries says, or the object of an upload event. It is
 * given only if it is whole and the one that the message is about. What was given to `deposit` comes back, whatever it looks like.
 *
 * Holds the payload in memory; for large ones use `claimStream`.
 *
 * @param message a record of an SQS event, or a received message
 * @param options where payloads may be, and the form of the message
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
 * @param message a record of an SQS event, or a received message
 * @param options where payloads may be, and the form of the message
 * @throws ClaimError of the kind that says what is wrong; other errors are S3's, and may pass
 */
export async function claimStream(message: ClaimableMessage, options: ClaimOptions): Promise<AsyncIterable<Uint8Array>> {
  const found = payloadOf(message, options.envelope);
  if (typeof found === 'string') {
    return inline(found);
  }
  requireOwn(found, options);
  return checked(found, await fetched(found, options.s3 ?? sharedClient()));
}

/**
 * Whether a message has a payload. False for what is sent along with payloads and is none, which a handler acknowledges and need not look at: with the envelope `s3-event` the test event of
 * S3, folders, and events of objects that were not created; with `sns` the confirmations of SNS.
 *
 * Reads nothing but the message. True also for a message that `claim` will refuse.
 *
 * @param message a record of an SQS event, or a received message
 * @param options the form of the message
 */
export function hasPayload(message: ClaimableMessage, options: Pick<ClaimOptions, 'envelope'>): boolean {
  try {
    payloadOf(message, options.envelope);
    return true;
  } catch (error) {
    return !(error instanceof NoPayloadError);
  }
}

/** The payload itself, if it is in the message; otherwise where it is. */
function payloadOf(message: ClaimableMessage, envelope: Envelope = 'none'): string | Location {
  const plain = plainMessage(message);
  switch (envelope) {
    case 'none':
      return readMessage(plain);
    case 'sns':
      return readMessage(openSnsEnvelope(plain));
    case 's3-event':
      return uploadIn(plain);
    default:
      throw new RangeError(`envelope is '${String(envelope)}', but must be 'none', 'sns' or 's3-event'`);
  }
}

/** By the attribute, which only who sends the message can set, and not by what the body looks like, which may come from anywhere. */
function readMessage({ body, attributes }: Opened): string | Location {
  const size = attributes[SIZE_ATTRIBUTE] ?? attributes[LEGACY_SIZE_ATTRIBUTE];
  if (size !== undefined) {
    return readPointer(body, size, attributes[CHECKSUM_ATTRIBUTE]);
  }
  if (isPointer(body)) {
    throw new MalformedPointerError(
      `the body is a pointer, but the message lacks the attribute ${SIZE_ATTRIBUTE}: send it with all attributes that deposit gave, receive it with MessageAttributeNames: ['All'], ` +
      "and without raw message delivery claim it with envelope: 'sns'",
    );
  }
  return body;
}

async function* inline(body: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(body, 'utf8');
}

async function fetched({ bucket, key, etag, versionId }: Location, s3: S3Client): Promise<GetObjectCommandOutput> {
  const where = `s3://${bucket}/${key}`;
  try {
    return await s3.send(new GetObjectCommand({
      Bucket: bucket,
      Key: key,
      ...etag === undefined ? {} : { IfMatch: `"${etag}"` },
      // What was uploaded then, even if something else has been since.
      ...versionId === undefined ? {} : { VersionId: versionId },
    }));
  } catch (error) {
    // By its status, because the client may come from another copy of the SDK.
    switch ((error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode) {
      case 404:
        throw new PayloadMissingError(`the payload ${where} is not there: it expired, or was removed before its message was read`, { cause: error });
      case 403:
        if ((error as Error).name === 'InvalidObjectState') {
          throw new PayloadArchivedError(`the payload ${where} is in an archive: restore it, and let no lifecycle rule of the bucket archive payloads that are still needed`, { cause: error });
        }
        throw new PayloadDeniedError(`S3 does not let this consumer read the payload ${where}: it is not there any more, or the role lacks ${versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion'} on it or kms:Decrypt on its key`, { cause: error });
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
