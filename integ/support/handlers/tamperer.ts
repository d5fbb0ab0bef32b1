import { DeleteObjectCommand, ListObjectVersionsCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DeleteQueueCommand, GetQueueAttributesCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';

/** What is done to the world around a bucket of payloads, or around queues that EventBridge delivers to. */
export interface Tampering {
  /** Needed for what is done to objects. */
  readonly bucket?: string;
  /** The objects whose keys contain one of these are removed. */
  readonly remove?: readonly string[];
  /** The objects whose keys contain one of these are written over, with less than was there. */
  readonly shorten?: readonly string[];
  /** Folders that are made, as the S3 console makes them: empty objects. */
  readonly folders?: readonly string[];
  /** Whether all objects are removed, with their versions. */
  readonly purge?: boolean;
  /** Queues that are deleted. */
  readonly deleteQueues?: readonly string[];
  /** Queues that let EventBridge in no longer. */
  readonly shut?: readonly string[];
  /** Queues that let EventBridge in again. */
  readonly open?: readonly string[];
}

export interface Tampered {
  /** How many objects were removed, written over or made, and how many queues deleted or changed. */
  readonly done: number;
}

const s3 = new S3Client({});
const sqs = new SQSClient({});

/** Does it, as somebody with more rights than any consumer has. */
export async function handler(tampering: Tampering): Promise<Tampered> {
  const { bucket, remove = [], shorten = [], folders = [], purge = false, deleteQueues = [], shut = [], open = [] } = tampering;
  const keys = bucket === undefined ? [] : await allKeys(bucket);
  const having = (marks: readonly string[]) => keys.filter((key) => marks.some((mark) => `${key}/`.includes(mark)));
  const [removed, shortened] = [having(remove), having(shorten)];
  for (const key of removed) {
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
  }
  for (const key of shortened) {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'x' }));
  }
  for (const key of folders) {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key }));
  }
  if (purge && bucket !== undefined) {
    await removeVersions(bucket);
  }
  for (const queueUrl of deleteQueues) {
    await sqs.send(new DeleteQueueCommand({ QueueUrl: queueUrl }));
  }
  for (const queueUrl of [...shut, ...open]) {
    await changePolicy(queueUrl, shut.includes(queueUrl) ? [SHUT] : []);
  }
  return { done: [removed, shortened, folders, deleteQueues, shut, open].reduce((sum, { length }) => sum + length, 0) };
}

const SHUT = { Sid: 'Shut', Effect: 'Deny', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: '*' };

async function changePolicy(QueueUrl: string, added: readonly object[]): Promise<void> {
  const { Attributes: attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['Policy'] }));
  const policy = JSON.parse(attributes?.Policy ?? '') as { Statement: { Sid?: string }[] };
  const Statement = [...policy.Statement.filter(({ Sid }) => Sid !== SHUT.Sid), ...added];
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: JSON.stringify({ ...policy, Statement }) } }));
}

/** CloudFormation deletes no bucket in which there is a version. */
async function removeVersions(Bucket: string): Promise<void> {
  for (let left = true; left;) {
    const page = await s3.send(new ListObjectVersionsCommand({ Bucket }));
    for (const { Key, VersionId } of [...page.Versions ?? [], ...page.DeleteMarkers ?? []]) {
      await s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
    }
    left = page.IsTruncated ?? false;
  }
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
