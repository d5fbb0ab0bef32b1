import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { StorageProbe } from './claimant';
import { s3Records } from '../../../runtime/src';
import { messageIn } from '../message';
import { outcomesOf } from '../probes';
import { recordingHandler } from '../recording-handler';

const { OBJECTS_BUCKET: Bucket = '' } = process.env;

const s3 = new S3Client({});

/** The actions that can be tried on the bucket. */
const ATTEMPTS = {
  get: (Key: string) => s3.send(new GetObjectCommand({ Bucket, Key })),
  put: (Key: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' })),
  delete: (Key: string) => s3.send(new DeleteObjectCommand({ Bucket, Key })),
  list: (Prefix: string) => s3.send(new ListObjectsV2Command({ Bucket, Prefix })),
};

/** Reads the object of each event, in the version that the event names, before it does the message's work; leaves out what is gone, or was written over since. */
const record = recordingHandler(undefined, {
  read: async (message) => {
    const [object] = s3Records(message);
    if (object?.change !== 'created') {
      throw new Error(`an event about no object that was created: ${message.body}`);
    }
    try {
      const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: object.bucket, Key: object.key, VersionId: object.versionId }));
      return messageIn(await body!.transformToString()) ?? { skip: 'written over' };
    } catch (error) {
      if (['NoSuchKey', 'NoSuchVersion'].includes((error as Error).name)) {
        return { skip: 'gone' };
      }
      throw error;
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
