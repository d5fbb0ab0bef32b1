import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { EventBridgeEvent } from 'aws-lambda';
import { dynamodb } from './dynamodb';
import { note } from './journal';
import type { StockItem, StockLevel } from './stock';
import { STOCK_TABLE } from './stock';

/** Orders an article of which there is not enough. What it throws, Lambda tries twice again, and then keeps with the event. */
export async function handler({ detail }: EventBridgeEvent<'StockLow', StockLevel>): Promise<void> {
  const { article, version, reorderLevel } = detail;
  const { Item } = await dynamodb.send(new GetCommand({ TableName: STOCK_TABLE, Key: { article } }));
  const { supplier } = Item as StockItem;
  const id = `ordered/${article}/${version}`;
  await placeOrder(supplier, { id, article, quantity: 2 * reorderLevel });
  await note(id, { supplier });
}

/** Stands in for a supplier's API. A real one takes the id for an idempotency key, so that what is ordered again is not delivered twice. */
async function placeOrder(supplier: string, order: { readonly id: string; readonly article: string; readonly quantity: number }): Promise<void> {
  if (supplier === 'test-out-of-reach') {
    throw new Error(`${supplier} does not answer: ${order.id}`);
  }
}
