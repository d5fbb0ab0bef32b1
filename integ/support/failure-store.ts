import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { InvocationEvent } from './invocation-event';
import { digestOfInvocation } from './invocation-event';
import { messageIn } from './message';
import type { FailureStoreFacts } from './runs';
import type { RecordContent, StreamRecord } from './stream-record';
import { contentOf } from './stream-record';

/** A record that a consumer failed at, in its failure store. */
export interface StoredRecord {
  readonly number: number;
  readonly digest: string;
  /** Why Lambda gave it up. */
  readonly condition: string;
}

/** What Lambda writes when it gives up a batch. https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html */
interface FailureObject {
  readonly requestContext: { readonly functionArn: string; readonly condition: string };
  readonly KinesisBatchInfo?: BatchInfo;
  readonly DDBStreamBatchInfo?: BatchInfo;
  /** The event with which the function was invoked. */
  readonly payload: string;
}

/** What Lambda writes when it gives up an asynchronous invocation. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
interface InvocationRecord {
  readonly requestContext: FailureObject['requestContext'];
  readonly requestPayload: InvocationEvent;
}

interface BatchInfo {
  readonly startSequenceNumber: string;
  readonly endSequenceNumber: string;
  readonly batchSize: number;
}

/** A batch, or the event of an asynchronous invocation, in a failure store. */
interface StoredBatch {
  readonly key: string;
  readonly requestContext: FailureObject['requestContext'];
  /** The event with which the function was invoked. */
  readonly event: string;
  readonly contents: readonly Pick<RecordContent, 'sequence' | 'body' | 'digest'>[];
}

const s3 = new S3Client({});
const lambda = new LambdaClient({});

/** Reads what a failure store holds, and leaves it there. */
export async function readFailures(store: FailureStoreFacts): Promise<StoredRecord[]> {
  return (await readBatches(store)).flatMap(({ requestContext, contents }) => contents.map(({ body, digest }) => ({
    number: numberOf(body), digest, condition: requestContext.condition,
  })));
}

/**
 * Invokes the functions that failed with what they failed at, in the order of the stream, as an operator would after the repair. A batch that is done is removed from the store.
 *
 * @returns the numbers of the messages of all batches, done or not
 * @throws Error when a function fails with a whole batch
 */
export async function replayFailures(store: FailureStoreFacts): Promise<number[]> {
  const batches = await readBatches(store);
  for (const { key, requestContext, event } of batches) {
    const request = { FunctionName: requestContext.functionArn, Payload: event };
    const { Payload: answer, FunctionError: error } = await lambda.send(new InvokeCommand(request));
    const text = Buffer.from(answer ?? []).toString();
    if (error) {
      throw new Error(`replay of ${key}: ${text}`);
    }
    const { batchItemFailures: failed = [] } = JSON.parse(text) as { batchItemFailures?: unknown[] };
    if (failed.length === 0) {
      await s3.send(new DeleteObjectCommand({ Bucket: store.bucket, Key: key }));
    }
  }
  return batches.flatMap(({ contents }) => contents.map(({ body }) => numberOf(body)));
}

/** In the order of the stream. */
async function readBatches(store: FailureStoreFacts): Promise<StoredBatch[]> {
  const batches = await Promise.all((await keysIn(store)).map((key) => readBatch(store.bucket, key)));
  return batches.sort((a, b) => BigInt(a.contents[0]!.sequence) < BigInt(b.contents[0]!.sequence) ? -1 : 1);
}

async function readBatch(bucket: string, key: string): Promise<StoredBatch> {
  const { Body: object } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  const stored = JSON.parse(await object!.transformToString()) as FailureObject | InvocationRecord;
  return 'requestPayload' in stored ? invocationOf(key, stored) : batchOf(key, stored);
}

/** An event has no place among others. */
function invocationOf(key: string, { requestContext, requestPayload: event }: InvocationRecord): StoredBatch {
  const content = { sequence: '0', body: event.body, digest: digestOfInvocation(event) };
  return { key, requestContext, event: JSON.stringify(event), contents: [content] };
}

/** @throws Error when the object is no batch, or what is said of the batch is not true of its records */
function batchOf(key: string, failure: FailureObject): StoredBatch {
  const { Records: records } = JSON.parse(failure.payload) as { readonly Records: readonly StreamRecord[] };
  const contents = records.map(contentOf);
  const info = failure.KinesisBatchInfo ?? failure.DDBStreamBatchInfo;
  const said = [info?.batchSize, info?.startSequenceNumber, info?.endSequenceNumber];
  const found = [contents.length, contents[0]?.sequence, contents.at(-1)?.sequence];
  if (contents.length === 0 || String(said) !== String(found)) {
    throw new Error(`failure ${key}: says that it has ${String(said)}, but has ${String(found)}`);
  }
  return { key, requestContext: failure.requestContext, event: failure.payload, contents };
}

async function keysIn({ bucket, prefix }: FailureStoreFacts): Promise<string[]> {
  const keys: string[] = [];
  let token: string | undefined;
  do {
    const page = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ...(token ? { ContinuationToken: token } : {}) }));
    keys.push(...(page.Contents ?? []).map(({ Key: key = '' }) => key));
    token = page.NextContinuationToken;
  } while (token);
  return keys;
}

function numberOf(body: string): number {
  const message = messageIn(body);
  if (!message) {
    throw new Error(`a record in a failure store is no message of a ledger: ${body}`);
  }
  return message.number;
}
