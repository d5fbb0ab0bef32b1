import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { dynamodb } from './dynamodb';

/** One station's try at one order. */
export interface Attempt {
  readonly orderId: string;
  readonly station: string;
  /** How often SQS had delivered the message by then. */
  readonly receiveCount: number;
  /** The request id of the invocation, to find it in the log. */
  readonly invocation: string;
  /** The version of the function. */
  readonly version: string;
}

/**
 * Keeps that a station has done its work for an order, once. SQS delivers at least once, and shops send twice, so an order may come again: that is counted and
 * changes nothing else.
 *
 * @param outcome what came of it
 */
export async function recordDone(attempt: Attempt, outcome: string | number): Promise<void> {
  try {
    await update(attempt, {
      UpdateExpression: 'SET doneAt = :now, outcome = :outcome, receiveCount = :receiveCount, invocation = :invocation, version = :version',
      ConditionExpression: 'attribute_not_exists(doneAt)',
      ExpressionAttributeValues: {
        ':now': Date.now(), ':outcome': outcome, ':receiveCount': attempt.receiveCount, ':invocation': attempt.invocation, ':version': attempt.version,
      },
    });
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) {
      throw error;
    }
    await update(attempt, { UpdateExpression: 'ADD repeats :one', ExpressionAttributeValues: { ':one': 1 } });
  }
}

/** Keeps why a station failed at an order, and in which invocations, for whoever looks after it. */
export async function recordFailure(attempt: Attempt, reason: string): Promise<void> {
  await update(attempt, {
    UpdateExpression: 'SET failure = :reason, failedReceiveCount = :receiveCount ADD failedInvocations :invocation',
    ExpressionAttributeValues: { ':reason': reason, ':receiveCount': attempt.receiveCount, ':invocation': new Set([attempt.invocation]) },
  });
}

async function update({ orderId, station }: Attempt, change: Omit<UpdateCommandInput, 'TableName' | 'Key'>): Promise<void> {
  await dynamodb.send(new UpdateCommand({ TableName: process.env.WORK_TABLE!, Key: { orderId, station }, ...change }));
}
