import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { dynamodb } from './dynamodb';

export const JOURNAL_TABLE = process.env.JOURNAL_TABLE!;

/** Writes an entry, once: whatever is delivered again finds it there, and changes nothing. */
export async function note(entry: string, facts: object): Promise<void> {
  await putUnless('attribute_exists(entry)', entry, facts);
}

/** Writes what is newest, whatever the order in which it comes. */
export async function noteNewest(entry: string, facts: { readonly version: number; readonly [fact: string]: unknown }): Promise<void> {
  await putUnless('version >= :version', entry, facts, { ':version': facts.version });
}

async function putUnless(condition: string, entry: string, facts: object, values?: Record<string, number>): Promise<void> {
  try {
    await dynamodb.send(new PutCommand({
      TableName: JOURNAL_TABLE, Item: { entry, ...facts }, ConditionExpression: `NOT ${condition}`, ...(values && { ExpressionAttributeValues: values }),
    }));
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) {
      throw error;
    }
  }
}
