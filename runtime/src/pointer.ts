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
}

/**
 * The pointer in the form of the Extended Client Libraries, which Java reads as an object of that class: no other members are allowed.
 * https://github.com/awslabs/payload-offloading-java-common-lib-for-aws
 */
export function pointerTo(bucket: string, key: string): string {
  return JSON.stringify([POINTER_CLASS, { s3BucketName: bucket, s3Key: key }]);
}

/** Reads a pointer; `size` is what the message says of the payload. */
export function readPointer(body: string, size: string | undefined, sha256: string | undefined): Location {
  const value = parsed(body);
  const [type, target] = Array.isArray(value) && value.length === 2 ? value as unknown[] : [];
  const { s3BucketName: bucket, s3Key: key } = (target ?? {}) as { s3BucketName?: unknown; s3Key?: unknown };
  if (!POINTER_CLASSES.includes(type) || typeof bucket !== 'string' || typeof key !== 'string') {
    throw new MalformedPointerError(`the message says that its payload is in S3, but its body is no pointer to it: ${body.slice(0, 200)}`);
  }
  if (size !== undefined && !/^\d+$/.test(size)) {
    throw new MalformedPointerError(`${SIZE_ATTRIBUTE} is '${size}', but must be the size of the payload in bytes`);
  }
  return { bucket, key, size: size === undefined ? undefined : Number(size), sha256 };
}

/** The object that an event of S3 through EventBridge is about; undefined if the body is no such event. https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
export function readUpload(body: string): Location | undefined {
  const event = parsed(body) as UploadEvent | undefined;
  const { bucket, object } = event?.detail ?? {};
  if (event?.source !== 'aws.s3' || event['detail-type'] !== 'Object Created' || typeof bucket?.name !== 'string' || typeof object?.key !== 'string') {
    return undefined;
  }
  return { bucket: bucket.name, key: object.key, size: object.size, etag: object.etag };
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

interface UploadEvent {
  readonly 'source'?: unknown;
  readonly 'detail-type'?: unknown;
  readonly 'detail'?: {
    readonly bucket?: { readonly name?: unknown };
    readonly object?: { readonly key?: unknown; readonly size?: number; readonly etag?: string };
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
