import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { QueueAttributeName } from '@aws-sdk/client-sqs';
import {
  ChangeMessageVisibilityBatchCommand, GetQueueAttributesCommand, ListMessageMoveTasksCommand, ReceiveMessageCommand, SendMessageBatchCommand,
  SetQueueAttributesCommand, SQSClient, StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { BatchWriteCommand, DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { ConfirmedSend } from './books';
import type { CatalogueEntry } from './order-plan';
import type { Order } from '../handlers/order';

/** The outputs of the stack (app.ts). */
export interface DeskOutputs {
  readonly QueueUrl: string;
  readonly QueueArn: string;
  readonly DeadLetterQueueUrl: string;
  readonly DeadLetterQueueArn: string;
  readonly OrdersTable: string;
  readonly CatalogueTable: string;
}

/** What the handler keeps of an order (handlers/order-store.ts). */
export interface OrderRecord {
  readonly orderId: string;
  readonly processedAt?: number;
  readonly receiveCount?: number;
  readonly invocation?: string;
  /** How often it was delivered again after it was done. */
  readonly repeats?: number;
  readonly failure?: string;
  readonly failedReceiveCount?: number;
  readonly failedInvocations?: ReadonlySet<string>;
}

export interface DeadLetter {
  readonly orderId: string;
  readonly body: string;
  readonly receiptHandle: string;
}

const BATCH = 10;
/** How long the dead letters that were read are held: until they are let go to be moved. */
const HOLD_SECONDS = 900;
const POLL_MS = 200;

/** What the demo does with the deployed stack, all by the APIs of AWS. */
export class DeskClient {
  private readonly sqs: SQSClient;
  private readonly dynamodb: DynamoDBDocumentClient;

  constructor(endpoint: string, region: string, readonly outputs: DeskOutputs) {
    const config = { endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
    this.sqs = new SQSClient(config);
    this.dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient(config));
  }

  close(): void {
    this.sqs.destroy();
    this.dynamodb.destroy();
  }

  /** Makes failed messages come again sooner than the deployed queue does. */
  async setVisibilityTimeout(seconds: number): Promise<void> {
    await this.sqs.send(new SetQueueAttributesCommand({ QueueUrl: this.outputs.QueueUrl, Attributes: { VisibilityTimeout: String(seconds) } }));
  }

  async fillCatalogue(entries: readonly CatalogueEntry[]): Promise<void> {
    const requests = entries.map((Item) => ({ PutRequest: { Item: { ...Item } } }));
    await this.dynamodb.send(new BatchWriteCommand({ RequestItems: { [this.outputs.CatalogueTable]: requests } }));
  }

  /** Sends up to ten orders; answers with those that SQS confirmed, and where each stood among them. */
  async send(orders: readonly Order[]): Promise<{ readonly position: number; readonly send: ConfirmedSend }[]> {
    const confirmed = await this.sendBodies(orders.map((order) => JSON.stringify(order)));
    return [...confirmed].map(([position, messageId]) => ({ position, send: { orderId: orders[position]!.orderId, messageId, at: Date.now() } }));
  }

  /** How many messages the queue holds, whether visible, in a handler or between two attempts. */
  async countWaiting(): Promise<number> {
    return this.countMessages(this.outputs.QueueUrl);
  }

  async countDeadLetters(): Promise<number> {
    return this.countMessages(this.outputs.DeadLetterQueueUrl);
  }

  async readOrders(): Promise<OrderRecord[]> {
    const records: OrderRecord[] = [];
    let start: Record<string, unknown> | undefined;
    do {
      const page: { Items?: unknown[]; LastEvaluatedKey?: Record<string, unknown> } =
        await this.dynamodb.send(new ScanCommand({ TableName: this.outputs.OrdersTable, ...(start && { ExclusiveStartKey: start }) }));
      records.push(...(page.Items ?? []) as OrderRecord[]);
      start = page.LastEvaluatedKey;
    } while (start);
    return records;
  }

  /** Reads all dead letters and holds them, so that they can be looked at and then moved. */
  async holdDeadLetters(): Promise<DeadLetter[]> {
    const letters: DeadLetter[] = [];
    for (;;) {
      const { Messages } = await this.sqs.send(new ReceiveMessageCommand({
        QueueUrl: this.outputs.DeadLetterQueueUrl, MaxNumberOfMessages: BATCH, VisibilityTimeout: HOLD_SECONDS,
      }));
      if (!Messages?.length) {
        return letters;
      }
      letters.push(...Messages.map(({ Body, ReceiptHandle }) => ({
        orderId: (JSON.parse(Body!) as Order).orderId, body: Body!, receiptHandle: ReceiptHandle!,
      })));
    }
  }

  /** Lets held dead letters go, and has SQS move all of them back to the queue; ends when the task has. */
  async redrive(letters: readonly DeadLetter[]): Promise<void> {
    for (const batch of inBatches(letters)) {
      await this.sqs.send(new ChangeMessageVisibilityBatchCommand({
        QueueUrl: this.outputs.DeadLetterQueueUrl,
        Entries: batch.map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle, VisibilityTimeout: 0 })),
      }));
    }
    const SourceArn = this.outputs.DeadLetterQueueArn;
    await this.sqs.send(new StartMessageMoveTaskCommand({ SourceArn, DestinationArn: this.outputs.QueueArn }));
    for (;;) {
      const { Results: [task] = [] } = await this.sqs.send(new ListMessageMoveTasksCommand({ SourceArn, MaxResults: 1 }));
      if (task?.Status === 'COMPLETED') {
        return;
      }
      if (task?.Status !== 'RUNNING') {
        throw new Error(`the message move task ended as ${task?.Status}: ${task?.FailureReason ?? 'no reason given'}`);
      }
      await sleep(POLL_MS);
    }
  }

  private async countMessages(queueUrl: string): Promise<number> {
    const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible', 'ApproximateNumberOfMessagesDelayed'] satisfies QueueAttributeName[];
    const { Attributes } = await this.sqs.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: names }));
    return names.reduce((sum, name) => sum + Number(Attributes![name]), 0);
  }

  /** Answers with the positions of those that SQS confirmed, and their message ids. */
  private async sendBodies(bodies: readonly string[]): Promise<Map<number, string>> {
    const { Successful } = await this.sqs.send(new SendMessageBatchCommand({
      QueueUrl: this.outputs.QueueUrl,
      Entries: bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody })),
    }));
    return new Map((Successful ?? []).map(({ Id, MessageId }) => [Number(Id), MessageId!]));
  }
}

/** Cuts a list into the batches that SQS takes. */
export function inBatches<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / BATCH) }, (_, index) => all.slice(index * BATCH, (index + 1) * BATCH));
}
