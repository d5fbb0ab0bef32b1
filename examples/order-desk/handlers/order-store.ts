import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { dynamodb } from './dynamodb';

/** What a try at an order came to. */
interface Attempt {
  /** How often SQS had delivered the message by then. */
  readonly receiveCount: number;
  /** The request id of the invocation, to find it in the log. */
  readonly invocation: string;
}

/**
 * Keeps an order as processed, once. SQS delivers at least once, and shops send twice, so an order may come again: that is counted and changes nothing else.
 */
export async function recordProcessed(orderId: string, { cents, receiveCount, invocation }: Attempt & { readonly cents: number }): Promise<void> {
  try {
    await update(orderId, {
      UpdateExpression: 'SET processedAt = :now, cents = :cents, receiveCount = :receiveCount, invocation = :invocation',
      ConditionExpression: 'attribute_not_exists(processedAt)',
      ExpressionAttributeValues: { ':now': Date.now(), ':cents': cents, ':receiveCount': receiveCount, ':invocation': invocation },
    });
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) {
      throw error;
    }
    await update(orderId, { UpdateExpression: 'ADD repeats :one', ExpressionAttributeValues: { ':one': 1 } });
  }
}

/** Keeps why an order failed, and in which invocations, for whoever looks after it. */
export async function recordFailure(orderId: string, { reason, receiveCount, invocation }: Attempt & { readonly reason: string }): Promise<void> {
  await update(orderId, {
    UpdateExpression: 'SET failure = :reason, failedReceiveCount = :receiveCount ADD failedInvocations :invocation',
    ExpressionAttributeValues: { ':reason': reason, ':receiveCount': receiveCount, ':invocation': new Set([invocation]) },
  });
}

async function update(orderId: string, change: Omit<UpdateCommandInput, 'TableName' | 'Key'>): Promise<void> {
  await dynamodb.send(new UpdateCommand({ TableName: process.env.ORDERS_TABLE!, Key: { orderId }, ...change }));
}
