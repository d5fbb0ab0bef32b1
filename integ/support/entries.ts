import { randomUUID } from 'node:crypto';
import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Entry } from './books';

/** The most items that BatchWriteItem takes. */
const BATCH_WRITE_LIMIT = 25;

/** One for all: a batch has a hundred messages, and each client would open connections of its own. */
const client = DynamoDBDocumentClient.from(new DynamoDBClient({}), { marshallOptions: { removeUndefinedValues: true } });

/** Reads and writes the entries of one run, or of one consumer of a run, in the ledger's table; their names are made by `bookName`. */
export class Entries {
  constructor(private readonly run: string, private readonly table = process.env.LEDGER_TABLE ?? '') {}

  /** Adds entries that stand beside others of their kind. */
  async append(entries: readonly Entry[]): Promise<void> {
    for (let start = 0; start < entries.length; start += BATCH_WRITE_LIMIT) {
      let requests = entries.slice(start, start + BATCH_WRITE_LIMIT).map((entry) => ({ PutRequest: { Item: this.item(entry, randomUUID()) } }));
      while (requests.length > 0) {
        const answer = await client.send(new BatchWriteCommand({ RequestItems: { [this.table]: requests } }));
        requests = (answer.UnprocessedItems?.[this.table] ?? []) as typeof requests;
      }
    }
  }

  /** Adds the one entry that a message can have of its kind; says whether it was the first. */
  async appendOnce(entry: Entry): Promise<boolean> {
    try {
      await client.send(new PutCommand({ TableName: this.table, Item: this.item(entry), ConditionExpression: 'attribute_not_exists(entry)' }));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) {
        return false;
      }
      throw error;
    }
  }

  /** The next position in a message group, from 1. */
  async nextPosition(group: string): Promise<number> {
    const answer = await client.send(new UpdateCommand({
      TableName: this.table,
      Key: this.key(`group#${group}`),
      UpdateExpression: 'ADD lastPosition :one',
      ExpressionAttributeValues: { ':one': 1 },
      ReturnValues: 'UPDATED_NEW',
    }));
    return answer.Attributes?.lastPosition as number;
  }

  async all(): Promise<Entry[]> {
    return (await this.items()).filter((item) => item.kind !== undefined) as unknown as Entry[];
  }

  /** Counts that a message's fault strikes, at most so many times; says whether it may strike now. */
  async strike(number: number, times: number): Promise<boolean> {
    try {
      await client.send(new UpdateCommand({
        TableName: this.table,
        Key: this.key(`strikes#${number}`),
        UpdateExpression: 'ADD strikes :one',
        ConditionExpression: 'attribute_not_exists(strikes) OR strikes < :times',
        ExpressionAttributeValues: { ':one': 1, ':times': times },
      }));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) {
        return false;
      }
      throw error;
    }
  }

  /** From now on poison messages succeed. */
  async repair(): Promise<void> {
    await this.set('repaired', true);
  }

  async isRepaired(): Promise<boolean> {
    return this.isSet('repaired');
  }

  /** Whether what the handlers depend on is down. */
  async setDown(down: boolean): Promise<void> {
    await this.set('down', down);
  }

  async isDown(): Promise<boolean> {
    return this.isSet('down');
  }

  private async items(): Promise<Record<string, unknown>[]> {
    const items: Record<string, unknown>[] = [];
    let start: Record<string, unknown> | undefined;
    do {
      const page = await client.send(new QueryCommand({
        TableName: this.table,
        KeyConditionExpression: 'run = :run',
        ExpressionAttributeValues: { ':run': this.run },
        ConsistentRead: true,
        ExclusiveStartKey: start,
      }));
      items.push(...page.Items ?? []);
      start = page.LastEvaluatedKey;
    } while (start);
    return items;
  }

  /** Keeps that an alarm notified those on call; a notification that is heard twice counts once. */
  async notify(notification: string, alarm: string): Promise<void> {
    await client.send(new PutCommand({ TableName: this.table, Item: { ...this.key(`notification#${notification}`), alarm } }));
  }

  /** The alarms that notified, one for each notification. */
  async notified(): Promise<string[]> {
    return (await this.items()).flatMap(({ alarm }) => (typeof alarm === 'string' ? [alarm] : []));
  }

  /** The next numbers for messages that are sent without a plan, from 1. */
  async nextNumbers(count: number): Promise<number[]> {
    const answer = await client.send(new UpdateCommand({
      TableName: this.table,
      Key: this.key('numbers'),
      UpdateExpression: 'ADD lastNumber :count',
      ExpressionAttributeValues: { ':count': count },
      ReturnValues: 'UPDATED_NEW',
    }));
    const last = answer.Attributes?.lastNumber as number;
    return Array.from({ length: count }, (_, index) => last - count + 1 + index);
  }

  private async set(name: string, value: boolean): Promise<void> {
    await client.send(new PutCommand({ TableName: this.table, Item: { ...this.key(name), value } }));
  }

  private async isSet(name: string): Promise<boolean> {
    const answer = await client.send(new GetCommand({ TableName: this.table, Key: this.key(name), ConsistentRead: true }));
    return answer.Item?.value === true;
  }

  private item(entry: Entry, distinction?: string): Record<string, unknown> {
    const name = [entry.kind, String(entry.number).padStart(7, '0'), ...(distinction ? [distinction] : [])].join('#');
    return { ...this.key(name), ...entry };
  }

  private key(entry: string): { run: string; entry: string } {
    return { run: this.run, entry };
  }
}
