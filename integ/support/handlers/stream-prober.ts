import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Context, SQSBatchResponse } from 'aws-lambda';
import { call } from '../kinesis';
import { outcomesOf } from '../probes';
import type { Batch } from '../recording-handler';
import { recordingHandler } from '../recording-handler';

/** What can be tried on a stream, on a table or, with a key, on a bucket. */
const ATTEMPTS = {
  readStream: (StreamName: string) => call('GetShardIterator', { StreamName, ShardId: 'shardId-000000000000', ShardIteratorType: 'LATEST' }),
  listShards: (StreamName: string) => call('ListShards', { StreamName }),
  writeStream: (StreamName: string) => call('PutRecord', { StreamName, Data: 'e30=', PartitionKey: 'probe' }),
  deleteStream: (StreamName: string) => call('DeleteStream', { StreamName }),
  getItem: (TableName: string) => dynamodb.send(new GetItemCommand({ TableName, Key: PROBE })),
  putItem: (TableName: string) => dynamodb.send(new PutItemCommand({ TableName, Item: PROBE })),
  get: (Bucket: string, Key: string) => s3.send(new GetObjectCommand({ Bucket, Key })),
  put: (Bucket: string, Key: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' })),
  delete: (Bucket: string, Key: string) => s3.send(new DeleteObjectCommand({ Bucket, Key })),
  list: (Bucket: string, Prefix: string) => s3.send(new ListObjectsV2Command({ Bucket, Prefix })),
};

export interface StreamProbe {
  readonly attempt: keyof typeof ATTEMPTS;
  /** The name of the stream, the table or the bucket. */
  readonly on: string;
  readonly key?: string;
}

const s3 = new S3Client({});
const dynamodb = new DynamoDBClient({});
/** The partition key of the tables of the drills: see `tableEntrance`. */
const PROBE = { group: { S: 'probe' } };
const record = recordingHandler();

/** Processes records like any handler; asked directly, it tries actions with its own role, and answers what came of each. */
export async function handler(event: Batch | Record<string, StreamProbe>, context: Context): Promise<SQSBatchResponse | Record<string, string>> {
  if (Array.isArray(event.Records)) {
    return record(event as Batch, context);
  }
  const attempt = ({ attempt: name, on, key = '' }: StreamProbe): Promise<unknown> => ATTEMPTS[name](on, key);
  return outcomesOf(event as Record<string, StreamProbe>, attempt, (name) => name.startsWith('AccessDenied'));
}
