import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import { dynamodb } from './dynamodb';
import type { Order } from './order';

interface Entry {
  readonly entry: string;
  readonly price?: number;
}

/** What the products of some orders, and their delivery, cost. */
export class Catalogue {
  /** Reads all that is needed for a batch of orders at once. */
  static async readFor(orders: readonly Order[]): Promise<Catalogue> {
    const table = process.env.CATALOGUE_TABLE!;
    const names = new Set(orders.flatMap((order) => [productEntry(order), deliveryEntry(order)]));
    if (names.size === 0) {
      return new Catalogue([]);
    }
    const answer = await dynamodb.send(new BatchGetCommand({
      RequestItems: { [table]: { Keys: [...names].map((entry) => ({ entry })) } },
    }));
    if (answer.UnprocessedKeys?.[table]) {
      // Whoever misses entries now must not take their orders for wrong. The whole batch comes again.
      throw new Error('the catalogue is busy');
    }
    return new Catalogue((answer.Responses?.[table] ?? []) as Entry[]);
  }

  private readonly entries: ReadonlyMap<string, Entry>;

  private constructor(entries: readonly Entry[]) {
    this.entries = new Map(entries.map((entry) => [entry.entry, entry]));
  }

  /** What the customer pays, in cents. Throws if the order cannot be priced. */
  priceOf(order: Order): number {
    const product = this.entries.get(productEntry(order));
    if (!product) {
      throw new Error(`product '${order.product}' is not in the catalogue`);
    }
    if (product.price === undefined) {
      throw new Error(`product '${order.product}' has no price`);
    }
    const delivery = this.entries.get(deliveryEntry(order));
    if (delivery?.price === undefined) {
      throw new Error(`no delivery rate for country '${order.country}'`);
    }
    return order.quantity * product.price + delivery.price;
  }
}

function productEntry(order: Order): string {
  return `product/${order.product}`;
}

function deliveryEntry(order: Order): string {
  return `delivery/${order.country}`;
}
