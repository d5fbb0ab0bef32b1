import { createHash } from 'node:crypto';
import type { Fault } from '../../../integ/support/faults';
import { planMessages } from '../../../integ/support/faults';
import type { Order } from '../handlers/order';

export const STATIONS = ['billing', 'production', 'shipping'] as const;
export type Station = typeof STATIONS[number];

/** An entry of the catalogue: how many days something takes. */
export interface CatalogueEntry {
  readonly entry: string;
  readonly days?: number;
}

export interface PlannedOrder {
  readonly order: Order;
  readonly fault?: Fault;
  /** Where the fault is. */
  readonly station?: Station;
}

/** A file as a shop hands it in. */
export interface PlannedFile {
  readonly name: string;
  /** Orders, one of them twice where a shop sends twice, and lines that are none. */
  readonly lines: readonly (Order | string)[];
  /** What goes wrong with the file: it is handed in twice at the same time, or its payload vanishes before it is read and it is handed in again. */
  readonly fault?: 'handed in twice' | 'vanishes';
}

export interface OrderPlan {
  /** Each order once, in the order of their numbers. */
  readonly orders: readonly PlannedOrder[];
  readonly files: readonly PlannedFile[];
  /** How many orders have each fault. */
  readonly faults: Readonly<Record<'poison' | 'batch-error' | 'transient' | 'resend', number>>;
  /** Lines that are no order. */
  readonly brokenLines: number;
  readonly seed: number;
}

const PRODUCTS = { 'mug': 3450, 'tray': 4900, 'plate': 890, 'bowl': 2200, 'tea-tin': 1250, 'apron': 640, 'saucer': 520 };
const COUNTRIES = { AT: 2, CH: 3, DE: 1, FR: 4, SE: 5 };

/** The catalogue as it is at first. Of a product it does not say how long it takes; a product and a country are missing. */
export const CATALOGUE: readonly CatalogueEntry[] = [
  ...Object.keys(PRODUCTS).map((name, index) => ({ entry: `product/${name}`, days: 1 + index })),
  ...Object.entries(COUNTRIES).map(([name, days]) => ({ entry: `delivery/${name}`, days })),
  { entry: 'product/puzzle' },
];

/** What repairs it. */
export const REPAIR: readonly CatalogueEntry[] = [
  { entry: 'product/puzzle', days: 6 },
  { entry: 'product/samovar', days: 20 },
  { entry: 'delivery/IS', days: 8 },
];

/** What makes an order poison, in turn, and for which station. */
const POISONS: readonly { readonly change: Partial<Order>; readonly station: Station }[] = [
  { change: { product: 'samovar' }, station: 'production' },
  { change: { country: 'IS' }, station: 'shipping' },
  { change: { product: 'puzzle' }, station: 'production' },
  { change: { country: 'IS' }, station: 'shipping' },
];

/** The most that SNS takes, which an order with artwork exceeds. https://docs.aws.amazon.com/general/latest/gr/sns.html */
export const LARGEST_MESSAGE = 256 * 1024;
const ARTWORK_BYTES = 210_000;
/** Every so many orders come with artwork, which makes them too large for a message. */
const ARTWORK_EVERY = 20;
const FILE_ORDERS = 100;
const CUSTOMER_ORDERS = 3;

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
  const orders = planMessages({ messages: count, seed, faults }).map(({ number, fault }): PlannedOrder => {
    // The first poison order has artwork too, so that a pointer is among the dead letters.
    const hasArtwork = number % ARTWORK_EVERY === 0 || (fault === 'poison' && poisons === 0);
    const poisoned = fault === 'poison' ? turn(POISONS, poisons++) : undefined;
    const product = turn(Object.keys(PRODUCTS) as (keyof typeof PRODUCTS)[], number);
    const quantity = 1 + number % 4;
    const order: Order = {
      orderId: orderId(number),
      customer: customerOf(number),
      product,
      quantity,
      cents: quantity * PRODUCTS[product],
      country: turn(Object.keys(COUNTRIES), number),
      card: fault === 'transient' ? 'test-busy-twice' : fault === 'batch-error' ? 'test-down-once' : 'visa',
      ...poisoned?.change,
      ...(hasArtwork ? { artwork: artworkOf(number) } : {}),
    };
    const station = poisoned?.station ?? (fault === 'transient' || fault === 'batch-error' ? 'billing' : undefined);
    return { order, ...(fault ? { fault } : {}), ...(station ? { station } : {}) };
  });

  const files = Array.from({ length: Math.ceil(count / FILE_ORDERS) }, (_, index) =>
    planFile(index, orders.slice(index * FILE_ORDERS, (index + 1) * FILE_ORDERS)));
  return { orders, files, faults, brokenLines: files.filter(({ lines }) => lines.some((line) => typeof line === 'string')).length, seed };
}

/** Every fifth file has a line that is no order; some are handed in twice, and one vanishes. The first three have one of these each. */
function planFile(index: number, orders: readonly PlannedOrder[]): PlannedFile {
  // Who sends an order twice does so at the end of the file.
  const again = orders.filter(({ fault }) => fault === 'resend');
  const lines = [...orders, ...again].map(({ order }) => order);
  return {
    name: `orders-${String(index + 1).padStart(3, '0')}`,
    lines: index % 5 === 0 ? [...lines, 'this line is no order'] : lines,
    ...(index % 6 === 1 ? { fault: 'handed in twice' as const } : index === 2 ? { fault: 'vanishes' as const } : {}),
  };
}

/** The id of an order by its number in the plan, from 1. */
export function orderId(number: number): string {
  return `order-${String(number).padStart(5, '0')}`;
}

/** The number in the plan; NaN for an order that is not from there. */
export function orderNumber(id: string): number {
  return Number(id.replace('order-', ''));
}

/** A customer has some orders that follow each other in one file. */
export function customerOf(number: number): string {
  const file = Math.floor((number - 1) / FILE_ORDERS);
  const inFile = (number - 1) % FILE_ORDERS;
  return `customer-${file + 1}-${inFile % Math.ceil(FILE_ORDERS / CUSTOMER_ORDERS)}`;
}

/** The SHA-256 of the order's artwork, as the workshop must have got it. */
export function artworkHash(number: number): string {
  return createHash('sha256').update(artworkOf(number)).digest('hex');
}

function artworkOf(number: number): string {
  return Buffer.alloc(ARTWORK_BYTES, `${orderId(number)} `).toString('base64');
}

function turn<T>(from: readonly T[], position: number): T {
  return from[position % from.length]!;
}
