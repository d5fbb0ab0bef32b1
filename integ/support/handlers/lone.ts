import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { recordingHandler } from '../recording-handler';

const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));

/** How long a run takes: longer than the time to the next. */
const RUN_MS = 1500;

/** Fails if a run of another invocation is going on. */
export const handler = recordingHandler(async ({ run }) => {
  const Key = { run: `${run}/lock`, entry: 'lock' };
  const TableName = process.env.LEDGER_TABLE;
  try {
    await client.send(new PutCommand({ TableName, Item: Key, ConditionExpression: 'attribute_not_exists(entry)' }));
  } catch (error) {
    throw error instanceof ConditionalCheckFailedException ? new Error('overlap: another run is going on') : error;
  }
  await new Promise((resolve) => setTimeout(resolve, RUN_MS));
  await client.send(new DeleteCommand({ TableName, Key }));
});
