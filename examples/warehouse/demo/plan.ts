import type { Booking, BranchItem, StockItem } from '../handlers/stock';
import type { TransferRequest } from '../handlers/transfers';

const SCARCE = ['kettle', 'lamp', 'mug'];
const PLENTY = ['apron', 'bowl', 'candle', 'fork', 'glass', 'knife', 'pan', 'plate', 'spoon'];
/** What nobody has entered yet. */
const UNKNOWN = 'samovar';
/** Its supplier does not answer. */
const OUT_OF_REACH = 'kettle';
const SCANS_PER_ARTICLE = 8;
/** The branch does not know this article, and no carrier takes that one. */
const UNKNOWN_THERE = 'knife';
const NOT_CARRIED = 'glass';

function newItem(article: string, supplier: string): StockItem {
  return { article, quantity: 100, reorderLevel: 30, supplier, version: 0 };
}

export const STOCK: readonly StockItem[] = [...SCARCE, ...PLENTY].map((article) => newItem(article, article === OUT_OF_REACH ? 'test-out-of-reach' : 'hill'));

/** What the branch has of each article. */
export const BRANCH: readonly BranchItem[] = PLENTY.filter((article) => article !== UNKNOWN_THERE).map((article) => (
  { article, quantity: 10, carrier: article === NOT_CARRIED ? 'test-refuses' : 'road', version: 0 }
));

/** What mends the faults: articles are entered, here and at the branch, and the supplier and the carrier are others. */
export const REPAIR = {
  unknown: newItem(UNKNOWN, 'hill'),
  outOfReach: { article: OUT_OF_REACH, supplier: 'dale' },
  unknownThere: { article: UNKNOWN_THERE, quantity: 0, carrier: 'road', version: 0 } satisfies BranchItem,
  notCarried: { article: NOT_CARRIED, carrier: 'rail' },
};

/** Of scarce articles so many go out that there is too little of them. */
const outgoing = Array.from({ length: SCANS_PER_ARTICLE }, (_, round) => [...SCARCE, ...PLENTY].map((article): Booking => (
  { id: `scan-${article}-${round + 1}`, article, quantity: SCARCE.includes(article) ? -10 : -2 }
))).flat();

/** Everything that is scanned, in order; in the middle of it what cannot be booked. */
export const SCANS: readonly Booking[] = [
  ...outgoing.slice(0, outgoing.length / 2), { id: `scan-${UNKNOWN}-1`, article: UNKNOWN, quantity: -1 }, ...outgoing.slice(outgoing.length / 2),
];

/** Scans that a scanner sends a second time. */
export const REPEATED = outgoing.filter((_, index) => index % 10 === 0);

/** Delivery notes by their names: a few pieces of each article. */
export const NOTES: Readonly<Record<string, readonly string[]>> = {
  'hill/2026-11-30.csv': SCARCE, 'dale/2026-11-30.csv': PLENTY.slice(0, 5), 'dale/2026-12-01.csv': PLENTY.slice(5),
};
const DELIVERED = 5;

export function contentOf(note: string): string {
  return NOTES[note]!.map((article) => `${article},${DELIVERED}\n`).join('');
}

/** What the branch asks for. */
export const TRANSFERS: readonly TransferRequest[] = PLENTY.map((article) => ({ transfer: `transfer-${article}`, article, quantity: 4 }));

/** A request that comes a second time. */
export const REPEATED_TRANSFER = TRANSFERS[0]!;

/** The steps that are undone, in this order, of the transfers of which one step fails. */
export const UNDONE: Readonly<Record<string, readonly string[]>> = {
  [`transfer-${NOT_CARRIED}`]: ['WithdrawGoods', 'PutGoodsBack', 'ForgetTransfer'],
  [`transfer-${UNKNOWN_THERE}`]: ['PutGoodsBack', 'ForgetTransfer'],
};

/** How many pieces are there, once all of this is booked but for the transfers. */
const ordinary = sumOf([...STOCK, ...outgoing]) + DELIVERED * STOCK.length;
const failed = TRANSFERS.filter(({ transfer }) => transfer in UNDONE);

/** How many pieces are in the warehouse and at the branch: amid the faults, when what could not be transferred is where it was, and after the repair. */
export const PIECES = {
  amidFaults: { here: ordinary - sumOf(TRANSFERS) + sumOf(failed), there: sumOf(BRANCH) + sumOf(TRANSFERS) - sumOf(failed) },
  // The article that is entered has been scanned once.
  afterRepair: { here: ordinary - sumOf(TRANSFERS) + REPAIR.unknown.quantity - 1, there: sumOf(BRANCH) + sumOf(TRANSFERS) },
};

export function sumOf(goods: readonly { readonly quantity: number }[]): number {
  return goods.reduce((sum, { quantity }) => sum + quantity, 0);
}

/** Films of the shelves by their names: how many pieces each frame shows. */
export const FILMS: Readonly<Record<string, readonly number[]>> = {
  'shelves/north.film': [120, 80, 45], 'shelves/south.film': [200, 31], 'shelves/cellar.film': [7],
};

export function filmOf(name: string): string {
  return FILMS[name]!.map((pieces) => `${pieces}\n`).join('');
}

/** What must be done, by what it is about: entries of the journal. */
export const EXPECTED = {
  'scans booked': SCANS.map(({ id }) => `booked/${id}`),
  'delivery note lines booked': Object.entries(NOTES).flatMap(([note, articles]) => articles.map((_, index) => `booked/${note}#${index + 1}`)),
  'films of shelves counted': Object.keys(FILMS).map((film) => `counted/${film}`),
  'scarce articles ordered': SCARCE.map((article) => `ordered/${article}`),
  'goods transferred': TRANSFERS.map(({ transfer }) => `carried/${transfer}`),
};
export type Subject = keyof typeof EXPECTED;

/** Of these, what cannot be done until the repair: what is kept in the failure bucket, and what in the dead-letter queue of the transfers. */
export const FAULTY = { failures: [`booked/scan-${UNKNOWN}-1`, `ordered/${REPAIR.outOfReach.article}`], deadLetters: failed.map(({ transfer }) => `carried/${transfer}`) };
