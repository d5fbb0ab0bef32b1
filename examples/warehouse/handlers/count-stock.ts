import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { paginateScan } from '@aws-sdk/lib-dynamodb';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { dynamodb } from './dynamodb';
import type { StockItem } from './stock';
import { STOCK_TABLE } from './stock';
import { deposit } from 'cdk-serverless-patterns-runtime';

/** What the accountants get. */
export interface StockList {
  /** For when the count was scheduled. */
  readonly time: string;
  readonly articles: readonly StockItem[];
}

const sqs = new SQSClient({});

/** Counts the stock. A run comes alone; what it throws has it tried again. */
export async function handler({ Records }: SQSEvent): Promise<SQSBatchResponse> {
  for (const { body } of Records) {
    const { scheduledTime } = JSON.parse(body) as { scheduledTime: string };
    const articles: StockItem[] = [];
    for await (const { Items = [] } of paginateScan({ client: dynamodb }, { TableName: STOCK_TABLE, ConsistentRead: true })) {
      articles.push(...Items as StockItem[]);
    }
    const list: StockList = { time: scheduledTime, articles };
    const message = await deposit(JSON.stringify(list), { bucket: process.env.LISTS_BUCKET!, prefix: 'stock/' });
    await sqs.send(new SendMessageCommand({
      QueueUrl: process.env.ACCOUNTING_QUEUE, MessageBody: message.body, MessageAttributes: message.attributes,
    }));
  }
  return { batchItemFailures: [] };
}
