import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { dynamodb } from './dynamodb';
import { JOURNAL_TABLE } from './journal';

export const STOCK_TABLE = process.env.STOCK_TABLE!;

/** What the table has of an article. */
export interface StockItem {
  readonly article: string;
  readonly quantity: number;
  /** More goods are ordered when fewer are there. */
  readonly reorderLevel: number;
  readonly supplier: string;
  /** Counts the bookings. */
  readonly version: number;
}

/** What the branch has of an article, with what is on its way there. */
export interface BranchItem {
  readonly article: string;
  readonly quantity: number;
  /** Who brings it. */
  readonly carrier: string;
  readonly version: number;
}

/** What an event says of an article. */
export type StockLevel = Omit<StockItem, 'supplier'>;

/** Goods that go out, with a quantity below zero, or come in. */
export interface Booking {
  readonly id: string;
  readonly article: string;
  readonly quantity: number;
}

/** Books goods, once: a booking that comes again finds its id in the journal. */
export async function book({ id, article, quantity }: Booking): Promise<void> {
  try {
    await dynamodb.send(new TransactWriteCommand({
      TransactItems: [
        { Put: { TableName: JOURNAL_TABLE, Item: { entry: `booked/${id}`, article, quantity }, ConditionExpression: 'attribute_not_exists(entry)' } },
        {
          Update: {
            TableName: STOCK_TABLE,
            Key: { article },
            UpdateExpression: 'ADD quantity :quantity, version :one',
            ConditionExpression: 'attribute_exists(article)',
            ExpressionAttributeValues: { ':quantity': quantity, ':one': 1 },
          },
        },
      ],
    }));
  } catch (error) {
    const [entry, item] = error instanceof TransactionCanceledException ? error.CancellationReasons ?? [] : [];
    if (entry?.Code === 'ConditionalCheckFailed') {
      return;
    }
    throw item?.Code === 'ConditionalCheckFailed' ? new Error(`'${article}' is no article of this warehouse`) : error;
  }
}
