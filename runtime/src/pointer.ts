import { ForeignPayloadError, MalformedPointerError } from './errors';

/** The message attribute that says that the body is a pointer; its value is the size of the payload in bytes. */
export const SIZE_ATTRIBUTE = 'ExtendedPayloadSize';

/** The same, as versions 1 of the Extended Client Libraries call it. */
export const LEGACY_SIZE_ATTRIBUTE = 'SQSLargePayloadSize';

/** The message attribute with the SHA-256 of the payload, in hex; this library's own. */
export const CHECKSUM_ATTRIBUTE = 'PayloadSha256';

const POINTER_CLASS = 'software.amazon.payloadoffloading.PayloadS3Pointer';

const POINTER_CLASSES: readonly unknown[] = [POINTER_CLASS, 'com.amazon.sqs.javamessaging.MessageS3Pointer'];

/** Where a payload is, and what is known of it. */
export interface Location {
  readonly bucket: string;
  readonly key: string;
  readonly size?: number | undefined;
  readonly sha256?: string | undefined;
  readonly etag?: string | undefined;
  readonly versionId?: string | undefined;
}

/**
 * The pointer in the form of the Extended Client Libraries, which Java reads as an object of that class: no other members are allowed.
 * https://github.com/awslabs/payload-offloading-java-common-lib-for-aws
 */
export function pointerTo(bucket: string, key: string): string {
  return JSON.stringify([POINTER_CLASS, { s3BucketName: bucket, s3Key: key }]);
}

/** Whether a text has the form of a pointer, wherever it points to. */
export function isPointer(body: string): boolean {
  return targetIn(body) !== undefined;
}

/** Reads a pointer; `size` is what the message says of the payload. */
export function readPointer(body: string, size: string, sha256: string | undefined): Location {
  const { s3BucketName: bucket, s3Key: key } = targetIn(body) ?? {};
  if (typeof bucket !== 'string' || typeof key !== 'string') {
    throw new MalformedPointerError(`the message says that its payload is in S3, but its body is no pointer to it: ${body.slice(0, 200)}`);
  }
  if (!/^\d+$/.test(size)) {
    throw new MalformedPointerError(`${SIZE_ATTRIBUTE} is '${size}', but must be the size of the payload in bytes`);
  }
  return { bucket, key, size: Number(size), sha256 };
}

/** A consumer that read wherever a message tells it to would lend its rights to whoever can send to its queue. */
export function requireOwn({ bucket, key }: Location, own: { readonly bucket: string; readonly prefix?: string | undefined }): void {
  if (bucket !== own.bucket) {
    throw new ForeignPayloadError(`the payload is in bucket '${bucket}', but this consumer takes payloads from '${own.bucket}' only`);
  }
  if (!key.startsWith(own.prefix ?? '')) {
    throw new ForeignPayloadError(`the payload has the key '${key}', but this consumer takes only keys that begin with '${own.prefix}'`);
  }
}

interface Target {
  readonly s3BucketName?: unknown;
  readonly s3Key?: unknown;
}

/** What a pointer points to; undefined if the text is none. */
function targetIn(text: string): Target | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const [type, target] = Array.isArray(value) && value.length === 2 ? value as unknown[] : [];
  return POINTER_CLASSES.includes(type) && typeof target === 'object' && target !== null ? target : undefined;
}
