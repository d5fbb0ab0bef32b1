import { gunzipSync } from 'node:zlib';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { messageIn } from '../message';

export interface LakeQuestion {
  readonly bucket: string;
  /** The URL of a queue that is told of objects below `errors/`. */
  readonly told?: string;
}

/** The numbers of the messages whose records are there, ascending; one that is there twice is named twice. */
export interface LakeAnswer {
  readonly data: readonly number[];
  /** The same, by the first folder below that of the data. */
  readonly folders: Readonly<Record<string, readonly number[]>>;
  /** By the code of the error. */
  readonly errors: Readonly<Record<string, readonly number[]>>;
  readonly source: readonly number[];
  /** Whether each record in the data was transformed. */
  readonly transformed: boolean;
  /** Whether the queue has been told of each object with errors, and of no other. */
  readonly told: boolean;
}

interface FailedRecord {
  readonly errorCode: string;
  readonly rawData: string;
}

const s3 = new S3Client({});
const sqs = new SQSClient({});
/** What queues have told; a message is not deleted, but may be hidden the next time. */
const heard = new Map<string, Set<string>>();

/** Says which records lie where in the bucket of a delivery, by reading the objects themselves. */
export async function handler({ bucket, told }: LakeQuestion): Promise<LakeAnswer> {
  const [data, errors, source] = await Promise.all(['data/', 'errors/', 'source/'].map((prefix) => objectsIn(bucket, prefix)));
  const failed = errors!.flatMap(({ lines }) => lines.map((line) => JSON.parse(line) as FailedRecord));
  const messages = data!.flatMap(({ key, lines }) => lines.map((line) => ({ ...messageIn(line)!, folder: key.split('/')[1]! })));
  return {
    data: sorted(messages.map(({ number }) => number)),
    folders: Object.fromEntries([...new Set(messages.map(({ folder }) => folder))].sort().map((name) => [
      name, sorted(messages.filter(({ folder }) => folder === name).map(({ number }) => number)),
    ])),
    errors: Object.fromEntries([...new Set(failed.map(({ errorCode }) => errorCode))].sort().map((code) => [
      code, sorted(failed.filter(({ errorCode }) => errorCode === code).map(({ rawData }) => messageIn(Buffer.from(rawData, 'base64').toString())!.number)),
    ])),
    // Originals stand one behind the other: only what is written as data ends with a new line.
    source: sorted(source!.flatMap(({ lines }) => lines).flatMap((text) => text.split(/(?<=\})(?=\{)/)).map((text) => messageIn(text)!.number)),
    transformed: messages.every(({ content }) => content === 'seen'),
    told: told !== undefined && String(await toldBy(told)) === String(errors!.map(({ key }) => key).sort()),
  };
}

async function objectsIn(bucket: string, prefix: string): Promise<{ key: string; lines: string[] }[]> {
  const { Contents: found = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
  return Promise.all(found.map(async ({ Key: key = '' }) => {
    const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const content = Buffer.from(await body!.transformToByteArray());
    const text = (key.endsWith('.gz') ? gunzipSync(content) : content).toString();
    return { key, lines: text.split('\n').filter((line) => line !== '') };
  }));
}

async function toldBy(queueUrl: string): Promise<string[]> {
  const keys = heard.get(queueUrl) ?? new Set();
  heard.set(queueUrl, keys);
  for (let more = true; more;) {
    const asked = { QueueUrl: queueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 1 };
    const { Messages: messages = [] } = await sqs.send(new ReceiveMessageCommand(asked));
    const before = keys.size;
    messages.forEach(({ Body: body = '' }) => keys.add(keyIn(body)));
    more = keys.size > before;
  }
  return [...keys].sort();
}

function keyIn(event: string): string {
  return (JSON.parse(event) as { detail: { object: { key: string } } }).detail.object.key;
}

function sorted(numbers: readonly number[]): number[] {
  return [...numbers].sort((a, b) => a - b);
}
