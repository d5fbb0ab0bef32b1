import type { Order } from './order';

/** The payment provider cannot be reached: no order can be paid now, whichever it is. */
export class ProviderDown extends Error {}

/**
 * Stands in for a payment provider in its test mode, where the card's name says what happens; every other card pays at once.
 *
 * A real provider takes an idempotency key, so that an order that comes again is not charged again: give it `orderId`.
 */
export async function charge(order: Order, attempt: number): Promise<void> {
  if (order.card === 'test-busy-twice' && attempt <= 2) {
    throw new Error('the payment provider is busy');
  }
  if (order.card === 'test-down-once' && attempt === 1) {
    throw new ProviderDown(`the payment provider does not answer: order ${order.orderId}, ${order.cents} cents`);
  }
}
