import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, paginateListObjectsV2, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, paginateScan, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { putRecords } from '../../../integ/support/kinesis';
import { callScheduler } from '../../../integ/support/scheduler-api';
import type { Booking, StockItem } from '../handlers/stock';

/** The outputs of the stack (app.ts). */
export interface WarehouseOutputs {
  readonly StockTable: string;
  readonly JournalTable: string;
  readonly ScansStream: string;
  readonly DeliveriesBucket: string;
  readonly FilmsBucket: string;
  readonly FailuresBucket: string;
  readonly NightlyCountGroup: string;
  readonly NightlyCountSchedule: string;
}

/** An entry of the journal (handlers/journal.ts), with what was noted. */
export interface JournalEntry {
  readonly entry: string;
  readonly article?: string;
  readonly articles?: number;
  readonly quantity?: number;
  readonly version?: number;
}

/** What the demo does with the deployed stack, all by the APIs of AWS. */
export class WarehouseClient {
  private readonly dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  private readonly s3 = new S3Client({ forcePathStyle: true });
  private readonly sqs = new SQSClient({});

  constructor(private readonly outputs: WarehouseOutputs) {}

  async enter(item: StockItem): Promise<void> {
    await this.dynamodb.send(new PutCommand({ TableName: this.outputs.StockTable, Item: item }));
  }

  async changeSupplier(article: string, supplier: string): Promise<void> {
    await this.dynamodb.send(new UpdateCommand({
      TableName: this.outputs.StockTable, Key: { article }, UpdateExpression: 'SET supplier = :supplier', ExpressionAttributeValues: { ':supplier': supplier },
    }));
  }

  /** Sends scans; answers with those that the stream has. */
  async scan(bookings: readonly Booking[]): Promise<Booking[]> {
    const records = bookings.map((booking) => ({ Data: Buffer.from(JSON.stringify(booking)).toString('base64'), PartitionKey: booking.article }));
    const sequences = await putRecords(this.outputs.ScansStream, records);
    return bookings.filter((_, index) => sequences[index] !== undefined);
  }

  async deliver(note: string, content: string): Promise<void> {
    await this.s3.send(new PutObjectCommand({ Bucket: this.outputs.DeliveriesBucket, Key: note, Body: content }));
  }

  async film(name: string, content: string): Promise<void> {
    await this.s3.send(new PutObjectCommand({ Bucket: this.outputs.FilmsBucket, Key: name, Body: content }));
  }

  /** Has the night's run take place now: by a schedule that runs once, and is otherwise the one that was deployed. */
  async countNow(): Promise<void> {
    const { NightlyCountGroup: group, NightlyCountSchedule: name } = this.outputs;
    const { Target } = await callScheduler('GET', `/schedules/${name}?groupName=${group}`) as { readonly Target: object };
    await callScheduler('POST', '/schedules/now', {
      GroupName: group, ScheduleExpression: `at(${new Date().toISOString().slice(0, 19)})`, FlexibleTimeWindow: { Mode: 'OFF' }, ActionAfterCompletion: 'DELETE', Target,
    });
  }

  async readStock(): Promise<StockItem[]> {
    return this.readTable<StockItem>(this.outputs.StockTable);
  }

  async readJournal(): Promise<JournalEntry[]> {
    return this.readTable<JournalEntry>(this.outputs.JournalTable);
  }

  /** What lies in the failure bucket: the objects, by their keys. */
  async readFailures(): Promise<ReadonlyMap<string, string>> {
    const failures = new Map<string, string>();
    const Bucket = this.outputs.FailuresBucket;
    for await (const { Contents = [] } of paginateListObjectsV2({ client: this.s3 }, { Bucket })) {
      for (const { Key } of Contents) {
        failures.set(Key!, await (await this.s3.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToString());
      }
    }
    return failures;
  }

  /** How many messages all queues hold: waiting, in a handler, or set aside. */
  async countMessages(): Promise<number> {
    const { QueueUrls = [] } = await this.sqs.send(new ListQueuesCommand({}));
    const counts = await Promise.all(QueueUrls.map(async (QueueUrl) => {
      const { Attributes = {} } = await this.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
      return ['', 'NotVisible', 'Delayed'].reduce((sum, state) => sum + Number((Attributes as Record<string, string>)[`ApproximateNumberOfMessages${state}`]), 0);
    }));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  private async readTable<T>(TableName: string): Promise<T[]> {
    const items: T[] = [];
    for await (const { Items = [] } of paginateScan({ client: this.dynamodb }, { TableName, ConsistentRead: true })) {
      items.push(...Items as T[]);
    }
    return items;
  }
}
