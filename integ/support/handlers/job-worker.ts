import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { JobEvent } from './job-function';

const dynamodb = new DynamoDBClient({});

/** A worker behind a queue: takes each job, does it or fails at it as its fault says, and records how it ended. */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  const failed = await Promise.all(event.Records.map(async ({ messageId, body }) => {
    try {
      await work(JSON.parse(body) as Job);
      return [];
    } catch (error) {
      console.error('message failed', messageId, error);
      return [{ itemIdentifier: messageId }];
    }
  }));
  return { batchItemFailures: failed.flat() };
}

interface Job {
  readonly table: string;
  readonly job: string;
}

async function work(job: Job): Promise<void> {
  const taken = await update(job, 'SET jobStatus = :running, jobProgress = :progress', { ':progress': { N: '50' } });
  if (!taken) {
    return;
  }
  const { fault, result = null } = JSON.parse(taken.requestBody?.S ?? '') as JobEvent['body'];
  switch (fault) {
    case 'poison':
      throw new Error('poison');
    case 'vanish':
      return;
    case 'fail':
      await update(job, 'SET jobStatus = :failed, failureCode = :code', { ':failed': { S: 'FAILED' }, ':code': { S: 'FAILED' } });
      return;
    case 'late':
      await new Promise((resolve) => setTimeout(resolve, Number(taken.deadline?.N) * 1000 + 1000 - Date.now()));
  }
  await update(job, 'SET jobStatus = :succeeded, jobResult = :result', { ':succeeded': { S: 'SUCCEEDED' }, ':result': { S: JSON.stringify(result) } });
}

type Item = Record<string, { S?: string; N?: string }>;

/** Updates an open job, and gives it; undefined if it has ended or its deadline has passed. */
async function update({ table, job }: Job, set: string, values: Item): Promise<Item | undefined> {
  try {
    const { Attributes: item } = await dynamodb.send(new UpdateItemCommand({
      TableName: table,
      Key: { jobKey: { S: job } },
      ConditionExpression: 'jobStatus IN (:pending, :running) AND deadline > :now',
      UpdateExpression: set,
      ExpressionAttributeValues: {
        ':pending': { S: 'PENDING' },
        ':running': { S: 'RUNNING' },
        ':now': { N: `${Math.floor(Date.now() / 1000)}` },
        ...values as Record<string, { S: string } | { N: string }>,
      },
      ReturnValues: 'ALL_NEW',
    }));
    return item as Item;
  } catch (error) {
    if ((error as Error).name === 'ConditionalCheckFailedException') {
      return undefined;
    }
    throw error;
  }
}
