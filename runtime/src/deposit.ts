import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { CompletedPart, S3Client } from '@aws-sdk/client-s3';
import { sharedClient } from './client';
import { CHECKSUM_ATTRIBUTE, isPointer, LEGACY_SIZE_ATTRIBUTE, pointerTo, SIZE_ATTRIBUTE } from './pointer';

/** A message attribute, as `SendMessage` and `Publish` take it. */
export interface Attribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: Uint8Array;
}

export interface DepositOptions {
  /** The bucket of the payloads. */
  readonly bucket: string;

  /**
   * What the keys of the payloads begin with, for instance `orders/`.
   *
   * @default - nothing
   */
  readonly prefix?: string;

  /**
   * The message's own attributes: they count as part of its size, and are given back with those of the pointer. At most 8.
   *
   * @default - none
   */
  readonly attributes?: Readonly<Record<string, Attribute>>;

  /**
   * The most bytes that a message may have, body and attributes; a payload that makes it larger is deposited. At most what every hop takes: 1,048,576 (1 MiB) for SQS, unless the
   * `MaximumMessageSize` of the queue is less; 262,144 (256 KiB) for SNS. `ClaimCheckBucket.addConsumer` tells it for its consumer. 0 deposits every payload.
   *
   * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html, https://docs.aws.amazon.com/general/latest/gr/sns.html
   *
   * @default 262144
   */
  readonly threshold?: number;

  /**
   * The client for S3.
   *
   * @default - one for all calls, with the settings of the environment
   */
  readonly s3?: S3Client;
}

/** What to send. */
export interface Deposit {
  /** The body of the message: the payload, or a pointer to it. */
  readonly body: string;

  /** The attributes of the message. */
  readonly attributes: Record<string, Attribute>;

  /** The SHA-256 of the payload, in hex: for a FIFO queue, a message deduplication id that is the same for equal payloads, which the pointer is not. */
  readonly sha256: string;

  /** The size of the payload in bytes. */
  readonly size: number;

  /** The key of the payload in the bucket; undefined where it is in the message itself. */
  readonly key?: string;
}

/** What SQS takes at most. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const LARGEST_MESSAGE = 1_048_576;

/** What every hop takes, and what the Extended Client Libraries use. */
const DEFAULT_THRESHOLD = 262_144;

/** No queue has a smaller MaximumMessageSize, so a smaller threshold says only what is deposited. */
const SMALLEST_MAXIMUM = 1024;

/** SQS and SNS with raw delivery take 10 attributes, of which two are the pointer's. */
const MOST_ATTRIBUTES = 8;

/** S3 wants parts of 5 MiB or more, and at most 10,000 of them: 80 GB. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const PART_SIZE = 8 * 1024 * 1024;
const LARGEST_PAYLOAD = 10_000 * PART_SIZE;

/**
 * Makes a message of a payload: the payload itself, if it is small enough; otherwise it is put into the bucket, and the message is a pointer to it, in the format of the SQS and SNS Extended
 * Client Libraries, which read it in Java and Python.
 *
 * A stream is put into the bucket while it is read, in parts, and never held in memory as a whole.
 *
 * @param payload text, bytes, or a stream of either; what a message does not carry as it is (bytes that are no UTF-8, control characters, U+FFFE and U+FFFF), and what looks like a pointer, is always deposited
 * @param options the bucket, and the message's own attributes
 * @throws RangeError for attributes, a threshold or a text with which no message can be made; nothing is deposited then
 */
export async function deposit(payload: string | Uint8Array | Readable, options: DepositOptions): Promise<Deposit> {
  const { attributes = {}, threshold = DEFAULT_THRESHOLD } = options;
  if (!Number.isInteger(threshold) || threshold < 0 || threshold > LARGEST_MESSAGE) {
    throw new RangeError(`threshold is ${threshold}, but must be a whole number of bytes from 0 to ${LARGEST_MESSAGE}`);
  }
  const count = Object.keys(attributes).length;
  if (count > MOST_ATTRIBUTES) {
    throw new RangeError(`there are ${count} attributes, but a message with a pointer takes at most ${MOST_ATTRIBUTES}: put the others into the payload`);
  }
  for (const name of [SIZE_ATTRIBUTE, LEGACY_SIZE_ATTRIBUTE, CHECKSUM_ATTRIBUTE].filter((reserved) => reserved in attributes)) {
    throw new RangeError(`the attribute ${name} is reserved for the pointer: give yours another name`);
  }
  const room = threshold - sizeOf(attributes);
  if (threshold > 0 && room < 0) {
    throw new RangeError(`the attributes have ${sizeOf(attributes)} bytes, which alone is more than the threshold of ${threshold}: put them into the payload`);
  }
  const parts = partsOf(payload);
  const first = await parts.next();
  const start = first.done ? Buffer.alloc(0) : first.value;
  // One part that is not full is all there is.
  const whole = start.length < PART_SIZE;
  const text = whole && start.length > 0 && start.length <= room ? asMessageText(start) : undefined;
  if (text !== undefined) {
    return { body: text, attributes: { ...attributes }, sha256: sha256(start), size: start.length };
  }
  const key = `${options.prefix ?? ''}${randomUUID()}`;
  const largestPointer = pointerAttributes({ size: LARGEST_PAYLOAD, sha256: sha256(Buffer.alloc(0)) });
  requireRoom(threshold, { ...attributes, ...largestPointer }, pointerTo(options.bucket, key));
  const target = { s3: options.s3 ?? sharedClient(), Bucket: options.bucket, Key: key };
  const stored = whole ? await put(target, start) : await putInParts(target, start, parts);
  return {
    body: pointerTo(options.bucket, key),
    attributes: { ...attributes, ...pointerAttributes(stored) },
    key,
    ...stored,
  };
}

function pointerAttributes({ size, sha256: checksum }: Stored): Record<string, Attribute> {
  return { [SIZE_ATTRIBUTE]: { DataType: 'Number', StringValue: String(size) }, [CHECKSUM_ATTRIBUTE]: { DataType: 'String', StringValue: checksum } };
}

/** A pointer is not small enough by itself: the attributes go with it. */
function requireRoom(threshold: number, attributes: Readonly<Record<string, Attribute>>, pointer: string): void {
  const most = threshold < SMALLEST_MAXIMUM ? DEFAULT_THRESHOLD : threshold;
  const size = sizeOf(attributes) + Buffer.byteLength(pointer);
  if (size > most) {
    throw new RangeError(`with its attributes, the pointer to the payload has ${size} bytes, which is more than the ${most} that a message may have: put the attributes into the payload`);
  }
}

interface Target {
  readonly s3: S3Client;
  readonly Bucket: string;
  readonly Key: string;
}

interface Stored {
  readonly size: number;
  readonly sha256: string;
}

async function put({ s3, ...object }: Target, body: Buffer): Promise<Stored> {
  await s3.send(new PutObjectCommand({ ...object, Body: body }));
  return { size: body.length, sha256: sha256(body) };
}

async function putInParts({ s3, ...object }: Target, start: Buffer, rest: AsyncGenerator<Buffer>): Promise<Stored> {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(object));
  const hash = createHash('sha256');
  const done: CompletedPart[] = [];
  let size = 0;
  const send = async (part: Buffer) => {
    hash.update(part);
    size += part.length;
    const PartNumber = done.length + 1;
    const { ETag } = await s3.send(new UploadPartCommand({ ...object, UploadId, PartNumber, Body: part }));
    done.push({ PartNumber, ETag });
  };
  try {
    await send(start);
    for await (const part of rest) {
      await send(part);
    }
    await s3.send(new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload: { Parts: done } }));
  } catch (error) {
    // Parts that nobody completes are charged until the bucket's lifecycle rule removes them.
    await s3.send(new AbortMultipartUploadCommand({ ...object, UploadId })).catch(() => undefined);
    throw error;
  }
  return { size, sha256: hash.digest('hex') };
}

/** Gives the payload in parts of PART_SIZE; the last one is smaller, or empty only if the payload is. */
async function* partsOf(payload: string | Uint8Array | Readable): AsyncGenerator<Buffer> {
  const chunks = payload instanceof Readable ? payload : [payload];
  let waiting: Buffer[] = [];
  let length = 0;
  for await (const chunk of bytesOf(chunks as AsyncIterable<string | Uint8Array>)) {
    waiting.push(chunk);
    length += chunk.length;
    while (length >= PART_SIZE) {
      const all = Buffer.concat(waiting);
      yield all.subarray(0, PART_SIZE);
      waiting = [all.subarray(PART_SIZE)];
      length -= PART_SIZE;
    }
  }
  if (length > 0) {
    yield Buffer.concat(waiting);
  }
}

/** Text as UTF-8. A character of two code units may be in two chunks of a stream. */
async function* bytesOf(chunks: AsyncIterable<string | Uint8Array>): AsyncGenerator<Buffer> {
  let half = '';
  for await (const chunk of chunks) {
    const text = typeof chunk === 'string' ? half + chunk : half;
    half = typeof chunk === 'string' ? /[\uD800-\uDBFF]$/.exec(text)?.[0] ?? '' : '';
    yield encoded(text.slice(0, text.length - half.length));
    if (typeof chunk !== 'string') {
      yield Buffer.from(chunk);
    }
  }
  yield encoded(half);
}

function encoded(text: string): Buffer {
  if (/[\uD800-\uDFFF]/u.test(text)) {
    throw new RangeError('the payload is text with half a surrogate pair, which no encoding can carry: deposit it as bytes');
  }
  return Buffer.from(text, 'utf8');
}

/** What a message cannot carry: SQS refuses it, or puts U+FFFD in its place. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
const NOT_IN_A_MESSAGE = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

/** The bytes as text; undefined if they are none that a message carries as it is, or that would be taken for a pointer. */
function asMessageText(bytes: Buffer): string | undefined {
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) && !NOT_IN_A_MESSAGE.test(text) && !isPointer(text) ? text : undefined;
}

function sizeOf(attributes: Readonly<Record<string, Attribute>>): number {
  return Object.entries(attributes).reduce((sum, [name, { DataType, StringValue = '', BinaryValue }]) => (
    sum + Buffer.byteLength(name) + Buffer.byteLength(DataType) + Buffer.byteLength(StringValue) + (BinaryValue?.length ?? 0)
  ), 0);
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
