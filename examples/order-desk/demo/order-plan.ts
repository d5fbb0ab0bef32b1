import type { Fault } from '../../../integ/support/faults';
import { planMessages } from '../../../integ/support/faults';
import type { Order } from '../handlers/order';

/** An entry of the catalogue; a price is in cents. */
export interface CatalogueEntry {
  readonly entry: string;
  readonly price?: number;
}

export interface PlannedOrder {
  readonly order: Order;
  readonly fault?: Fault;
}

export interface OrderPlan {
  /** Each order once, in the order of sending. */
  readonly orders: readonly PlannedOrder[];
  /** What is sent: every order, and some of them a second time. */
  readonly sends: readonly Order[];
  /** How many orders have each fault. */
  readonly faults: Readonly<Record<'poison' | 'batch-error' | 'transient' | 'resend', number>>;
  readonly seed: number;
}

const PRODUCTS = { 'teapot': 3450, 'kettle': 4900, 'cup': 890, 'tray': 2200, 'tea-tin': 1250, 'strainer': 640, 'saucer': 520 };
const COUNTRIES = { AT: 690, CH: 1190, DE: 590, FR: 790, SE: 990 };

/** The catalogue as it is at first. A product has no price; a product and a country are missing. */
export const CATALOGUE: readonly CatalogueEntry[] = [
  ...Object.entries(PRODUCTS).map(([name, price]) => ({ entry: `product/${name}`, price })),
  ...Object.entries(COUNTRIES).map(([name, price]) => ({ entry: `delivery/${name}`, price })),
  { entry: 'product/gift-card' },
];

/** What repairs it. */
export const REPAIR: readonly CatalogueEntry[] = [
  { entry: 'product/gift-card', price: 2500 },
  { entry: 'product/samovar', price: 18900 },
  { entry: 'delivery/IS', price: 2390 },
];

/** What makes an order poison, in turn. */
const POISONS: readonly Partial<Order>[] = [{ product: 'samovar' }, { country: 'IS' }, { product: 'samovar' }, { product: 'gift-card' }];

/**
 * The same numbers always give the same plan.
 *
 * Two batches throw at most: then no good order can be delivered as often as a poison one, whatever batches it shares.
 */
export function planOrders(count: number, poison: number, seed: number): OrderPlan {
  const room = (wanted: number, taken: number) => Math.max(0, Math.min(wanted, count - taken));
  const batchErrors = room(count < 300 ? 1 : 2, poison);
  const transient = room(Math.round(count / 100), poison + batchErrors);
  const resend = room(Math.round(count / 60), poison + batchErrors + transient);
  const faults = { 'poison': poison, 'batch-error': batchErrors, transient, resend };

  let poisons = 0;
  const orders = planMessages({ messages: count, seed, faults }).map(({ number, fault }): PlannedOrder => ({
    order: {
      orderId: orderId(number),
      product: turn(Object.keys(PRODUCTS), number),
      quantity: 1 + number % 4,
      country: turn(Object.keys(COUNTRIES), number),
      card: fault === 'transient' ? 'test-busy-twice' : fault === 'batch-error' ? 'test-down-once' : 'visa',
      ...(fault === 'poison' ? turn(POISONS, poisons++) : {}),
    },
    ...(fault ? { fault } : {}),
  }));

  // A shop that sends twice does so soon after the first time.
  const sends = orders.flatMap(({ order, fault }, position) => [
    { order, position },
    ...(fault === 'resend' ? [{ order, position: position + 5.5 + position % 40 }] : []),
  ]);
  return { orders, sends: sends.sort((a, b) => a.position - b.position).map(({ order }) => order), faults, seed };
}

/** The id of an order by its number in the plan, from 1. */
export function orderId(number: number): string {
  return `order-${String(number).padStart(5, '0')}`;
}

/** The number in the plan; NaN for an order that is not from there. */
export function orderNumber(id: string): number {
  return Number(id.replace('order-', ''));
}

function turn<T>(from: readonly T[], position: number): T {
  return from[position % from.length]!;
}
