import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import type { QueueAttributeName } from '@aws-sdk/client-sqs';
import {
  CreateQueueCommand, DeleteQueueCommand, GetQueueAttributesCommand, QueueDeletedRecently, QueueDoesNotExist, SQSClient,
} from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';

export type QueueKeeperEvent =
  /** The URL of the queue. */
  | { readonly lose: string }
  /** Asks whether these queues have been found gone so many times. */
  | { readonly gone: readonly string[]; readonly times: number }
  /** The event source that reads the queue is switched on again, because Lambda may have given it up. */
  | { readonly restore: string; readonly eventSource?: string };

type Attributes = Partial<Record<QueueAttributeName, string>>;

const sqs = new SQSClient({});
const lambda = new LambdaClient({});
const table = DynamoDBDocumentClient.from(new DynamoDBClient({}));

/** Deletes a queue, as somebody might by mistake; and makes it anew with its name, settings and policy, as an operator would. */
export async function handler(event: QueueKeeperEvent): Promise<{ readonly done: boolean }> {
  if ('lose' in event) {
    await remember(event.lose, await attributesOf(event.lose));
    await sqs.send(new DeleteQueueCommand({ QueueUrl: event.lose }));
  } else if ('gone' in event) {
    const areGone = (await Promise.all(event.gone.map(isGone))).every(Boolean);
    return { done: areGone && await countOf(event.gone) >= event.times };
  } else {
    await make(event.restore.split('/').at(-1)!, await recall(event.restore));
    if (event.eventSource) {
      await lambda.send(new UpdateEventSourceMappingCommand({ UUID: event.eventSource, Enabled: true }));
    }
  }
  return { done: true };
}

async function isGone(queueUrl: string): Promise<boolean> {
  try {
    await attributesOf(queueUrl);
    return false;
  } catch (error) {
    if (error instanceof QueueDoesNotExist) {
      return true;
    }
    throw error;
  }
}

/** How often this was asked. */
async function countOf(queueUrls: readonly string[]): Promise<number> {
  const { Attributes: counted } = await table.send(new UpdateCommand({
    TableName: process.env.LEDGER_TABLE,
    Key: { run: 'queue-keeper', entry: queueUrls.join() },
    UpdateExpression: 'ADD times :one',
    ExpressionAttributeValues: { ':one': 1 },
    ReturnValues: 'UPDATED_NEW',
  }));
  return counted?.times as number;
}

async function attributesOf(queueUrl: string): Promise<Attributes> {
  const { Attributes: attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }));
  // What a queue has and cannot be given.
  const given = Object.entries(attributes).filter(([name]) => !/^Approximate|Timestamp$|^QueueArn$/.test(name));
  // A queue with a key says false for the other kind of encryption, and takes only one of the two.
  return Object.fromEntries(given.filter(([name, value]) => !(name === 'SqsManagedSseEnabled' && value === 'false'))) as Attributes;
}

/** SQS keeps a name for a minute after its queue was deleted. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html */
async function make(name: string, attributes: Attributes): Promise<void> {
  for (let attempts = 1; ; attempts++) {
    try {
      await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
      return;
    } catch (error) {
      if (!(error instanceof QueueDeletedRecently) || attempts === 10) {
        throw error;
      }
      await sleep(10_000);
    }
  }
}

async function remember(queueUrl: string, attributes: Attributes): Promise<void> {
  await table.send(new PutCommand({ TableName: process.env.LEDGER_TABLE, Item: { run: 'queue-keeper', entry: queueUrl, attributes } }));
}

async function recall(queueUrl: string): Promise<Attributes> {
  const { Item: item } = await table.send(new GetCommand({ TableName: process.env.LEDGER_TABLE, Key: { run: 'queue-keeper', entry: queueUrl } }));
  return item?.attributes as Attributes;
}
