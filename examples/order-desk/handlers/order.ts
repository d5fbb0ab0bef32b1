/** One order, as the shops send it: a line of a file. */
export interface Order {
  readonly orderId: string;
  readonly customer: string;
  readonly product: string;
  readonly quantity: number;
  /** What the customer pays, in cents: the shop has shown it. */
  readonly cents: number;
  /** Where it is delivered to, as an ISO 3166 code. */
  readonly country: string;
  readonly card: string;
  /** What is printed on it: an image, in Base64. */
  readonly artwork?: string;
}

/** The order in a line of a file, or in a message. */
export function parseOrder(text: string): Order {
  const order = JSON.parse(text) as Partial<Order> | null;
  const { orderId, customer, product, quantity, cents, country, card, artwork } = order ?? {};
  if (!orderId || !customer || !product || !country || !card) {
    throw new Error('an order must have orderId, customer, product, country and card');
  }
  if (quantity === undefined || !Number.isInteger(quantity) || quantity < 1) {
    throw new Error(`quantity must be a whole number from 1, got ${quantity}`);
  }
  if (cents === undefined || !Number.isInteger(cents) || cents < 0) {
    throw new Error(`cents must be a whole number from 0, got ${cents}`);
  }
  return { orderId, customer, product, quantity, cents, country, card, ...(artwork === undefined ? {} : { artwork }) };
}
