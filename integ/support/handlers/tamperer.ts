import { DeleteObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DeleteQueueCommand, SQSClient } from '@aws-sdk/client-sqs';

/** What is done to the world around a bucket of payloads. */
export interface Tampering {
  readonly bucket: string;
  /** The objects whose keys contain one of these are removed. */
  readonly remove?: readonly string[];
  /** The objects whose keys contain one of these are written over, with less than was there. */
  readonly shorten?: readonly string[];
  /** Queues that are deleted. */
  readonly deleteQueues?: readonly string[];
}

export interface Tampered {
  /** How many objects were removed or written over, and how many queues deleted. */
  readonly done: number;
}

const s3 = new S3Client({});
const sqs = new SQSClient({});

export async function handler({ bucket, remove = [], shorten = [], deleteQueues = [] }: Tampering): Promise<Tampered> {
  const keys = await allKeys(bucket);
  const having = (marks: readonly string[]) => keys.filter((key) => marks.some((mark) => `${key}/`.includes(mark)));
  const [removed, shortened] = [having(remove), having(shorten)];
  for (const key of removed) {
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
  }
  for (const key of shortened) {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'x' }));
  }
  for (const queueUrl of deleteQueues) {
    await sqs.send(new DeleteQueueCommand({ QueueUrl: queueUrl }));
  }
  return { done: removed.length + shortened.length + deleteQueues.length };
}

async function allKeys(bucket: string): Promise<string[]> {
  const keys: string[] = [];
  let token: string | undefined;
  do {
    const page = await s3.send(new ListObjectsV2Command({ Bucket: bucket, ...(token ? { ContinuationToken: token } : {}) }));
    keys.push(...(page.Contents ?? []).map(({ Key: key = '' }) => key));
    token = page.NextContinuationToken;
  } while (token);
  return keys;
}
