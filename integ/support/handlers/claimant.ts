import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { Envelope } from '../../../runtime/src';
import { claim, PayloadDeniedError, PayloadMissingError } from '../../../runtime/src';
import { messageIn } from '../message';
import { outcomesOf } from '../probes';
import { recordingHandler } from '../recording-handler';

const { PAYLOADS_BUCKET: Bucket = '', PAYLOADS_PREFIX: prefix = '', PAYLOADS_ENVELOPE: envelope } = process.env;

const s3 = new S3Client({});

/** The actions that can be tried on the bucket. */
const ATTEMPTS = {
  get: (Key: string) => s3.send(new GetObjectCommand({ Bucket, Key })),
  put: (Key: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' })),
  delete: (Key: string) => s3.send(new DeleteObjectCommand({ Bucket, Key })),
  list: (Prefix: string) => s3.send(new ListObjectsV2Command({ Bucket, Prefix })),
};

export interface StorageProbe {
  readonly attempt: keyof typeof ATTEMPTS;
  readonly key: string;
}

/** Claims the payload of each message before it does the message's work. */
const record = recordingHandler(undefined, {
  read: async (message) => {
    try {
      return messageIn((await claim(message, { bucket: Bucket, prefix, envelope: envelope as Envelope })).toString())!;
    } catch (error) {
      // Without the right to list the bucket, S3 refuses what is not there.
      const gone = error instanceof PayloadMissingError || error instanceof PayloadDeniedError;
      throw new Error(`${gone ? 'PayloadGone' : (error as Error).name}: ${(error as Error).message}`);
    }
  },
});

/** Processes messages; asked directly, it tries actions on the bucket with its own role, and answers what came of each. */
export async function handler(event: SQSEvent | Record<string, StorageProbe>, context: Context): Promise<SQSBatchResponse | Record<string, string>> {
  if (Array.isArray(event.Records)) {
    return record(event as SQSEvent, context);
  }
  return outcomesOf(event as Record<string, StorageProbe>, ({ attempt, key }) => ATTEMPTS[attempt](key), (name) => name === 'AccessDenied');
}
