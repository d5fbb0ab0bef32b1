import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type { Entrance, Sender } from './entrance';
import type { LedgerItem } from '../stream-record';
import { digestOf } from '../stream-record';

/** What the partition key of the table must be called; a text. It must have no sort key. */
export const TABLE_KEY = 'group';

/** The attribute with the time at which an item may be deleted by DynamoDB itself. */
export const TABLE_TIME_TO_LIVE = 'expires';

/** The category of messages whose items are deleted as soon as they are written: the message is in both changes. */
export const DELETED = 'deleted';

/** The category of messages whose items are over when they are written, so that DynamoDB deletes them. */
export const EXPIRED = 'expired';

const MINUTE_MS = 60_000;

/**
 * Each message is a change of an item in a DynamoDB table. The item is that of the message's group, or one of its own.
 *
 * @param table with a stream that has the new images, and the old ones for messages of the categories DELETED and EXPIRED
 */
export function tableEntrance(table: dynamodb.ITable): Entrance {
  return {
    kind: 'table',
    address: table.tableName,
    grantSend: (producer) => {
      table.grant(producer, 'dynamodb:PutItem', 'dynamodb:DeleteItem');
      table.encryptionKey?.grantEncryptDecrypt(producer);
    },
  };
}

const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));

export const sender: Sender = {
  limit: 400 * 1024,
  batchSize: 25,
  send: async (address, messages) => {
    const began = Date.now();
    const confirmed = [];
    for (const { number, body, category, delaySeconds = 0, group = `message-${number}` } of messages) {
      // A table holds nothing back, so it is done here.
      await sleep(began + 1000 * delaySeconds - Date.now());
      const item: LedgerItem = { group, body, ...(category ? { category } : {}) };
      const expires = category === EXPIRED ? { [TABLE_TIME_TO_LIVE]: Math.floor((Date.now() - MINUTE_MS) / 1000) } : {};
      await client.send(new PutCommand({ TableName: address, Item: { ...item, ...expires } }));
      if (category === DELETED) {
        await client.send(new DeleteCommand({ TableName: address, Key: { [TABLE_KEY]: group } }));
      }
      // DynamoDB gives no id by which a change is known in the stream.
      confirmed.push({ number, messageId: randomUUID(), digest: digestOf(item) });
    }
    return { confirmed, refused: [] };
  },
};
