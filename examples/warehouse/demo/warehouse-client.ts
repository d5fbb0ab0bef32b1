import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, paginateListObjectsV2, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, paginateGetExecutionHistory, paginateListExecutions, SFNClient } from '@aws-sdk/client-sfn';
import type { Message } from '@aws-sdk/client-sqs';
import {
  ChangeMessageVisibilityCommand, GetQueueAttributesCommand, ListQueuesCommand, PurgeQueueCommand, ReceiveMessageCommand, SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, paginateScan, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { callEvents } from '../../../integ/support/eventbridge';
import { putRecords } from '../../../integ/support/kinesis';
import { callScheduler } from '../../../integ/support/scheduler-api';
import type { Booking, BranchItem, StockItem } from '../handlers/stock';
import type { Transfer, TransferRequest } from '../handlers/transfers';

/** The outputs of the stack (app.ts). */
export interface WarehouseOutputs {
  readonly StockTable: string;
  readonly JournalTable: string;
  readonly ScansStream: string;
  readonly DeliveriesBucket: string;
  readonly FilmsBucket: string;
  readonly FailuresBucket: string;
  readonly BranchTable: string;
  readonly EventBus: string;
  readonly TransfersQueue: string;
  readonly TransfersDeadLetterQueue: string;
  readonly TransferEndsQueue: string;
  readonly TransferCompensation: string;
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
  private readonly sfn = new SFNClient({});

  constructor(private readonly outputs: WarehouseOutputs) {}

  async enter(item: StockItem): Promise<void> {
    await this.dynamodb.send(new PutCommand({ TableName: this.outputs.StockTable, Item: item }));
  }

  async changeSupplier(article: string, supplier: string): Promise<void> {
    await this.dynamodb.send(new UpdateCommand({
      TableName: this.outputs.StockTable, Key: { article }, UpdateExpression: 'SET supplier = :supplier', ExpressionAttributeValues: { ':supplier': supplier },
    }));
  }

  async enterAtBranch(item: BranchItem): Promise<void> {
    await this.dynamodb.send(new PutCommand({ TableName: this.outputs.BranchTable, Item: item }));
  }

  async changeCarrier(article: string, carrier: string): Promise<void> {
    await this.dynamodb.send(new UpdateCommand({
      TableName: this.outputs.BranchTable, Key: { article }, UpdateExpression: 'SET carrier = :carrier', ExpressionAttributeValues: { ':carrier': carrier },
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

  /** Asks for goods, as the branch does: by an event. */
  async requestTransfer(request: TransferRequest): Promise<void> {
    const { FailedEntryCount } = await callEvents<{ readonly FailedEntryCount: number }>('PutEvents', {
      Entries: [{ EventBusName: this.outputs.EventBus, Source: 'branch', DetailType: 'TransferRequested', Detail: JSON.stringify(request) }],
    });
    if (FailedEntryCount > 0) {
      throw new Error(`the bus refuses ${request.transfer}`);
    }
  }

  async readStock(): Promise<StockItem[]> {
    return this.readTable<StockItem>(this.outputs.StockTable);
  }

  async readBranch(): Promise<BranchItem[]> {
    return this.readTable<BranchItem>(this.outputs.BranchTable);
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

  /** The requests in the dead-letter queue of the transfers, which stay there. */
  async readDeadLetters(): Promise<string[]> {
    const QueueUrl = this.outputs.TransfersDeadLetterQueue;
    const read: Message[] = [];
    for (let more = true; more;) {
      const { Messages = [] } = await this.sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 30 }));
      read.push(...Messages);
      more = Messages.length > 0;
    }
    await Promise.all(read.map(async ({ ReceiptHandle }) => (
      this.sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }))
    )));
    return read.map(({ Body }) => Body!);
  }

  /** How many ends of transfers the workflow has set aside. */
  async countEnds(): Promise<number> {
    return this.countIn(this.outputs.TransferEndsQueue);
  }

  /** How many messages the other queues hold: waiting, in a handler, or set aside. */
  async countMessages(): Promise<number> {
    const { QueueUrls = [] } = await this.sqs.send(new ListQueuesCommand({}));
    const { TransfersDeadLetterQueue, TransferEndsQueue } = this.outputs;
    const others = QueueUrls.filter((url) => ![TransfersDeadLetterQueue, TransferEndsQueue].some((queue) => nameOf(queue) === nameOf(url)));
    const counts = await Promise.all(others.map(async (QueueUrl) => this.countIn(QueueUrl)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** The steps that were undone, in their order, by the transfers that they belong to: what the executions of the compensation have in their histories. */
  async readUndone(): Promise<Record<string, string[]>> {
    const undone: Record<string, string[]> = {};
    for await (const { executions = [] } of paginateListExecutions({ client: this.sfn }, { stateMachineArn: this.outputs.TransferCompensation })) {
      for (const { executionArn } of executions) {
        const { input } = await this.sfn.send(new DescribeExecutionCommand({ executionArn }));
        const { undo } = JSON.parse(input!) as { readonly undo: { readonly output: Transfer } };
        undone[undo.output.transfer] = await this.readTasks(executionArn!);
      }
    }
    return undone;
  }

  /** Moves the requests back to the queue, as an operator does, and deletes the ends of their first executions. */
  async redriveTransfers(): Promise<void> {
    const { TransfersQueue, TransfersDeadLetterQueue, TransferEndsQueue } = this.outputs;
    await this.sqs.send(new PurgeQueueCommand({ QueueUrl: TransferEndsQueue }));
    const [SourceArn, DestinationArn] = await Promise.all([TransfersDeadLetterQueue, TransfersQueue].map(async (QueueUrl) => (
      (await this.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }))).Attributes!.QueueArn
    )));
    await this.sqs.send(new StartMessageMoveTaskCommand({ SourceArn, DestinationArn }));
    while (await this.countIn(TransfersDeadLetterQueue) > 0) {
      await sleep(200);
    }
  }

  private async countIn(QueueUrl: string): Promise<number> {
    const { Attributes = {} } = await this.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
    return ['', 'NotVisible', 'Delayed'].reduce((sum, state) => sum + Number((Attributes as Record<string, string>)[`ApproximateNumberOfMessages${state}`]), 0);
  }

  /** The tasks of an execution, in the order in which it entered them. */
  private async readTasks(executionArn: string): Promise<string[]> {
    const tasks: string[] = [];
    for await (const { events = [] } of paginateGetExecutionHistory({ client: this.sfn }, { executionArn })) {
      tasks.push(...events.flatMap(({ type, stateEnteredEventDetails }) => (type === 'TaskStateEntered' ? [stateEnteredEventDetails!.name!] : [])));
    }
    return tasks;
  }

  private async readTable<T>(TableName: string): Promise<T[]> {
    const items: T[] = [];
    for await (const { Items = [] } of paginateScan({ client: this.dynamodb }, { TableName, ConsistentRead: true })) {
      items.push(...Items as T[]);
    }
    return items;
  }
}

function nameOf(queueUrl: string): string {
  return queueUrl.split('/').pop()!;
}
