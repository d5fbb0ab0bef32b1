/** One order, as the shops send it: the body of a message. */
export interface Order {
  readonly orderId: string;
  readonly product: string;
  readonly quantity: number;
  /** Where it is delivered to, as an ISO 3166 code. */
  readonly country: string;
  readonly card: string;
}

/** The order in a message's body. */
export function parseOrder(body: string): Order {
  const order = JSON.parse(body) as Partial<Order> | null;
  const { orderId, product, quantity, country, card } = order ?? {};
  if (!orderId || !product || !country || !card) {
    throw new Error('an order must have orderId, product, country and card');
  }
  if (quantity === undefined || !Number.isInteger(quantity) || quantity < 1) {
    throw new Error(`quantity must be a whole number from 1, got ${quantity}`);
  }
  return { orderId, product, quantity, country, card };
}
