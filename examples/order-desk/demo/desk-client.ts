import { setTimeout as sleep } from 'node:timers/promises';
import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import type { StackResourceSummary } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, DescribeAlarmHistoryCommand } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import type { QueueAttributeName } from '@aws-sdk/client-sqs';
import {
  ChangeMessageVisibilityBatchCommand, GetQueueAttributesCommand, ListMessageMoveTasksCommand, ReceiveMessageCommand, SetQueueAttributesCommand,
  SQSClient, StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { BatchWriteCommand, DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { CatalogueEntry, Station } from './order-plan';
import { STATIONS } from './order-plan';
import { signWith } from '../client/iam-signer';
import type { Credentials } from '../client/iam-signer';
import type { Order } from '../handlers/order';
import { claim } from 'cdk-serverless-patterns-runtime';

/** The outputs of the stack (app.ts). */
export interface DeskOutputs {
  readonly JobsUrl: string;
  readonly JobsTable: string;
  readonly PayloadsBucket: string;
  readonly ShopRoleArn: string;
  readonly WorkTable: string;
  readonly CatalogueTable: string;
  readonly BillingQueueUrl: string;
  readonly BillingDeadLetterQueueUrl: string;
  readonly ProductionQueueUrl: string;
  readonly ProductionDeadLetterQueueUrl: string;
  readonly ShippingQueueUrl: string;
  readonly ShippingDeadLetterQueueUrl: string;
}

/** What a station keeps of an order (handlers/work-store.ts). */
export interface WorkRecord {
  readonly orderId: string;
  readonly station: Station;
  readonly doneAt?: number;
  readonly outcome?: string | number;
  readonly receiveCount?: number;
  readonly invocation?: string;
  readonly version?: string;
  /** How often it was delivered again after it was done. */
  readonly repeats?: number;
  readonly failure?: string;
  readonly failedReceiveCount?: number;
  readonly failedInvocations?: ReadonlySet<string>;
}

export interface DeadLetter {
  readonly orderId: string;
  /** Whether the message is a pointer to its payload. */
  readonly isPointer: boolean;
  readonly receiptHandle: string;
}

const BATCH = 10;
/** How long the dead letters that were read are held: until they are let go to be moved. */
const HOLD_SECONDS = 900;
const POLL_MS = 200;

/** What the demo does with the deployed stack, all by the APIs of AWS. */
export class DeskClient {
  readonly endpoint: string;
  readonly queues: Readonly<Record<Station, { readonly queueUrl: string; readonly deadLetterQueueUrl: string }>>;
  readonly cloudformation: CloudFormationClient;
  readonly s3: S3Client;
  private readonly sqs: SQSClient;
  private readonly dynamodb: DynamoDBDocumentClient;
  private readonly cloudwatch: CloudWatchClient;

  constructor(endpoint: string, readonly region: string, readonly outputs: DeskOutputs, private readonly stackName: string) {
    this.endpoint = endpoint;
    this.queues = {
      billing: { queueUrl: outputs.BillingQueueUrl, deadLetterQueueUrl: outputs.BillingDeadLetterQueueUrl },
      production: { queueUrl: outputs.ProductionQueueUrl, deadLetterQueueUrl: outputs.ProductionDeadLetterQueueUrl },
      shipping: { queueUrl: outputs.ShippingQueueUrl, deadLetterQueueUrl: outputs.ShippingDeadLetterQueueUrl },
    };
    const config = { endpoint, region, credentials: OPERATOR };
    this.sqs = new SQSClient(config);
    this.s3 = new S3Client({ ...config, forcePathStyle: true });
    this.dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient(config));
    this.cloudformation = new CloudFormationClient(config);
    this.cloudwatch = new CloudWatchClient(config);
  }

  close(): void {
    for (const client of [this.sqs, this.s3, this.dynamodb, this.cloudformation, this.cloudwatch]) {
      client.destroy();
    }
  }

  /** Where the jobs are: the emulator serves the API's own address under a path. */
  get jobsUrl(): string {
    const { hostname, pathname } = new URL(this.outputs.JobsUrl);
    return `${this.endpoint}/_aws/execute-api/${hostname.split('.')[0]}${pathname}`;
  }

  /** Takes the role of a shop, and with it its rights only. */
  async shopCredentials(): Promise<Credentials> {
    const url = `${this.endpoint}/`;
    const body = new URLSearchParams({ Action: 'AssumeRole', Version: '2011-06-15', RoleArn: this.outputs.ShopRoleArn, RoleSessionName: 'demo' }).toString();
    const headers = await signWith(OPERATOR, this.region, 'sts')({ method: 'POST', url, headers: { 'content-type': 'application/x-www-form-urlencoded' }, body });
    const answer = await (await fetch(url, { method: 'POST', headers, body })).text();
    const valueOf = (name: string) => {
      const value = new RegExp(`<${name}>([^<]+)</${name}>`).exec(answer)?.[1];
      if (!value) {
        throw new Error(`STS did not give the role of a shop: ${answer.slice(0, 300)}`);
      }
      return value;
    };
    return { accessKeyId: valueOf('AccessKeyId'), secretAccessKey: valueOf('SecretAccessKey'), sessionToken: valueOf('SessionToken') };
  }

  /** Makes failed messages come again sooner than the deployed queues do. */
  async setVisibilityTimeout(seconds: number): Promise<void> {
    await Promise.all(STATIONS.map((station) => this.sqs.send(new SetQueueAttributesCommand({
      QueueUrl: this.queues[station].queueUrl, Attributes: { VisibilityTimeout: String(seconds) },
    }))));
  }

  async fillCatalogue(entries: readonly CatalogueEntry[]): Promise<void> {
    const requests = entries.map((Item) => ({ PutRequest: { Item: { ...Item } } }));
    await this.dynamodb.send(new BatchWriteCommand({ RequestItems: { [this.outputs.CatalogueTable]: requests } }));
  }

  async deletePayload(key: string): Promise<void> {
    await this.s3.send(new DeleteObjectCommand({ Bucket: this.outputs.PayloadsBucket, Key: key }));
  }

  /** How many payloads are in the bucket whose keys begin like this. */
  async countPayloads(prefix: string): Promise<number> {
    let count = 0;
    for await (const { KeyCount } of paginateListObjectsV2({ client: this.s3 }, { Bucket: this.outputs.PayloadsBucket, Prefix: prefix })) {
      count += KeyCount!;
    }
    return count;
  }

  /** How many messages the queue holds, whether visible, in a handler or between two attempts. */
  countWaiting(station: Station): Promise<number> {
    return this.countMessages(this.queues[station].queueUrl);
  }

  countDeadLetters(station: Station): Promise<number> {
    return this.countMessages(this.queues[station].deadLetterQueueUrl);
  }

  /** How many messages lie in the other queues of the stack: what could not be delivered by the topic, or given to the engine of the jobs. */
  async countElsewhere(): Promise<number> {
    const known = new Set(STATIONS.flatMap((station) => Object.values(this.queues[station])));
    const others = (await this.resources()).filter(({ ResourceType, PhysicalResourceId }) => ResourceType === 'AWS::SQS::Queue' && !known.has(PhysicalResourceId!));
    const counts = await Promise.all(others.map(({ PhysicalResourceId }) => this.countMessages(PhysicalResourceId!)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async resources(): Promise<StackResourceSummary[]> {
    const resources: StackResourceSummary[] = [];
    for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client: this.cloudformation }, { StackName: this.stackName })) {
      resources.push(...StackResourceSummaries);
    }
    return resources;
  }

  async readWork(): Promise<WorkRecord[]> {
    return this.scan<WorkRecord>(this.outputs.WorkTable);
  }

  async countJobs(): Promise<number> {
    return (await this.scan(this.outputs.JobsTable)).length;
  }

  /** Reads all dead letters of a station and holds them, so that they can be looked at and then moved. */
  async holdDeadLetters(station: Station): Promise<DeadLetter[]> {
    const letters: DeadLetter[] = [];
    for (;;) {
      const { Messages } = await this.sqs.send(new ReceiveMessageCommand({
        QueueUrl: this.queues[station].deadLetterQueueUrl, MaxNumberOfMessages: BATCH, VisibilityTimeout: HOLD_SECONDS, MessageAttributeNames: ['All'],
      }));
      if (!Messages?.length) {
        return letters;
      }
      letters.push(...await Promise.all(Messages.map(async (message) => {
        const payload = await claim(message, { bucket: this.outputs.PayloadsBucket, prefix: 'orders/', s3: this.s3 });
        return {
          orderId: (JSON.parse(payload.toString()) as Order).orderId,
          isPointer: message.MessageAttributes?.ExtendedPayloadSize !== undefined,
          receiptHandle: message.ReceiptHandle!,
        };
      })));
    }
  }

  /** Lets held dead letters go, and has SQS move all of them back to the queue; ends when the task has. */
  async redrive(station: Station, letters: readonly DeadLetter[]): Promise<void> {
    const { queueUrl, deadLetterQueueUrl } = this.queues[station];
    for (const batch of inBatches(letters)) {
      await this.sqs.send(new ChangeMessageVisibilityBatchCommand({
        QueueUrl: deadLetterQueueUrl,
        Entries: batch.map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle, VisibilityTimeout: 0 })),
      }));
    }
    const [SourceArn, DestinationArn] = await Promise.all([this.arnOf(deadLetterQueueUrl), this.arnOf(queueUrl)]);
    await this.sqs.send(new StartMessageMoveTaskCommand({ SourceArn, DestinationArn }));
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

  /** When each alarm that has fired did so first, in milliseconds since 1970, by its logical id. */
  async firedAlarms(): Promise<Map<string, number>> {
    const logicalIds = new Map((await this.resources()).map(({ PhysicalResourceId, LogicalResourceId }) => [PhysicalResourceId, LogicalResourceId!]));
    const fired = new Map<string, number>();
    let NextToken: string | undefined;
    do {
      const page: { AlarmHistoryItems?: { AlarmName?: string; Timestamp?: Date; HistoryData?: string }[]; NextToken?: string } =
        await this.cloudwatch.send(new DescribeAlarmHistoryCommand({ HistoryItemType: 'StateUpdate', ...(NextToken && { NextToken }) }));
      for (const { AlarmName, Timestamp, HistoryData } of page.AlarmHistoryItems ?? []) {
        const { newState } = JSON.parse(HistoryData!) as { newState: { stateValue: string } };
        const logicalId = logicalIds.get(AlarmName);
        if (newState.stateValue === 'ALARM' && logicalId) {
          fired.set(logicalId, Math.min(Timestamp!.getTime(), fired.get(logicalId) ?? Infinity));
        }
      }
      NextToken = page.NextToken;
    } while (NextToken);
    return fired;
  }

  private async countMessages(queueUrl: string): Promise<number> {
    const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible', 'ApproximateNumberOfMessagesDelayed'] satisfies QueueAttributeName[];
    const { Attributes } = await this.sqs.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: names }));
    return names.reduce((sum, name) => sum + Number(Attributes![name]), 0);
  }

  private async arnOf(queueUrl: string): Promise<string> {
    const { Attributes } = await this.sqs.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['QueueArn'] }));
    return Attributes!.QueueArn!;
  }

  private async scan<T>(table: string): Promise<T[]> {
    const items: T[] = [];
    let start: Record<string, unknown> | undefined;
    do {
      const page: { Items?: unknown[]; LastEvaluatedKey?: Record<string, unknown> } =
        await this.dynamodb.send(new ScanCommand({ TableName: table, ...(start && { ExclusiveStartKey: start }) }));
      items.push(...(page.Items ?? []) as T[]);
      start = page.LastEvaluatedKey;
    } while (start);
    return items;
  }
}

/** Whoever operates the desk; the emulator lets these do everything. */
export const OPERATOR: Credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

/** Cuts a list into the batches that SQS takes. */
export function inBatches<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / BATCH) }, (_, index) => all.slice(index * BATCH, (index + 1) * BATCH));
}
