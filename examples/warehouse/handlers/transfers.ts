import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { dynamodb } from './dynamodb';
import { JOURNAL_TABLE } from './journal';

/** Goods that the branch asks for. */
export interface TransferRequest {
  readonly transfer: string;
  readonly article: string;
  readonly quantity: number;
}

/** What each step of a transfer gets: the request, and the execution that the step belongs to. A step that is tried again has the same execution, a message that is redriven has a new one. */
export interface Transfer extends TransferRequest {
  readonly execution: string;
}

/** Another execution is at the transfer, or is still being undone. */
class TransferOpen extends Error {
  override readonly name = 'TransferOpen';
}

/** Lets one execution at a time work on a transfer, and says whether it is done already: an event may come twice, and a message may be redriven before all is undone. */
export async function open({ transfer, execution }: Transfer): Promise<{ readonly done: boolean }> {
  try {
    await dynamodb.send(new PutCommand({
      TableName: JOURNAL_TABLE,
      Item: { entry: `transfer/${transfer}`, execution },
      ConditionExpression: 'attribute_not_exists(entry) OR execution = :execution',
      ExpressionAttributeValues: { ':execution': execution },
    }));
    return { done: false };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) {
      throw error;
    }
  }
  const { Item } = await dynamodb.send(new GetCommand({ TableName: JOURNAL_TABLE, Key: { entry: `carried/${transfer}` }, ConsistentRead: true }));
  if (!Item) {
    throw new TransferOpen(`another execution is at ${transfer}`);
  }
  return { done: true };
}

/** Undoes the opening, so that a redriven message can open the transfer again. */
export async function forget({ transfer, execution }: Transfer): Promise<void> {
  try {
    await dynamodb.send(new DeleteCommand({
      TableName: JOURNAL_TABLE,
      Key: { entry: `transfer/${transfer}` },
      ConditionExpression: 'execution = :execution',
      ExpressionAttributeValues: { ':execution': execution },
    }));
  } catch (error) {
    // It was forgotten at an attempt before this one.
    if (!(error instanceof ConditionalCheckFailedException)) {
      throw error;
    }
  }
}
