import { createHash } from 'node:crypto';
import type { AttributeValue, DynamoDBRecord, KinesisStreamRecord } from 'aws-lambda';

/** A record of a stream as Lambda gives it to a function, and keeps it when the function fails. */
export type StreamRecord = KinesisStreamRecord | DynamoDBRecord;

/** What the ledger reads of a record, whichever service its stream is of. */
export interface RecordContent {
  /** The record's place in its shard, by which a handler names it in its answer. */
  readonly sequence: string;
  /** Within it the order is kept: the partition key, or the key of the item. */
  readonly group: string;
  readonly body: string;
  /** Of all that was sent: see `digestOf`. */
  readonly digest: string;
}

/** The attributes of an item that the ledger writes. Its only key is the group, so that the messages of a group are changes of one item. */
export interface LedgerItem {
  readonly group: string;
  readonly body: string;
  readonly category?: string;
}

/** Stands for a record as it was sent. Two that differ in a single character have different ones. */
export function digestOf({ group, body, category = '' }: LedgerItem): string {
  return createHash('sha256').update(JSON.stringify([group, body, category])).digest('hex');
}

export function isStreamRecord(record: object): record is StreamRecord {
  return 'kinesis' in record || 'dynamodb' in record;
}

/** @throws Error when the record is none of the ledger's */
export function contentOf(record: StreamRecord): RecordContent {
  const [sequence, item] = 'kinesis' in record
    ? [record.kinesis.sequenceNumber, itemOfData(record.kinesis)]
    : [record.dynamodb?.SequenceNumber, itemOfImage(record.dynamodb)];
  if (sequence === undefined || item === undefined) {
    throw new Error(`no message of a ledger is in record ${record.eventID}`);
  }
  return { sequence, group: item.group, body: item.body, digest: digestOf(item) };
}

function itemOfData({ partitionKey, data }: KinesisStreamRecord['kinesis']): LedgerItem {
  return { group: partitionKey, body: Buffer.from(data, 'base64').toString() };
}

/** Of an item that was deleted there is only the old image. */
function itemOfImage(change: DynamoDBRecord['dynamodb']): LedgerItem | undefined {
  const image: Readonly<Record<string, AttributeValue>> = change?.NewImage ?? change?.OldImage ?? {};
  const [group, body, category] = [image.group?.S, image.body?.S, image.category?.S];
  return group === undefined || body === undefined ? undefined : { group, body, ...(category === undefined ? {} : { category }) };
}
