import type { Booking, StockItem } from '../handlers/stock';

const SCARCE = ['kettle', 'lamp', 'mug'];
const PLENTY = ['apron', 'bowl', 'candle', 'fork', 'glass', 'knife', 'pan', 'plate', 'spoon'];
/** What nobody has entered yet. */
const UNKNOWN = 'samovar';
/** Its supplier does not answer. */
const OUT_OF_REACH = 'kettle';
const SCANS_PER_ARTICLE = 8;

function newItem(article: string, supplier: string): StockItem {
  return { article, quantity: 100, reorderLevel: 30, supplier, version: 0 };
}

export const STOCK: readonly StockItem[] = [...SCARCE, ...PLENTY].map((article) => newItem(article, article === OUT_OF_REACH ? 'test-out-of-reach' : 'hill'));

/** What mends the two faults: the article is entered, and the supplier is another one. */
export const REPAIR = { unknown: newItem(UNKNOWN, 'hill'), outOfReach: { article: OUT_OF_REACH, supplier: 'dale' } };

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

/** How many pieces are there, once all of this is booked. */
export const PIECES = [...STOCK, ...outgoing].reduce((sum, { quantity }) => sum + quantity, 0) + DELIVERED * STOCK.length;

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
};
export type Subject = keyof typeof EXPECTED;

/** Of these, what cannot be done until the repair. */
export const FAULTY = [`booked/scan-${UNKNOWN}-1`, `ordered/${REPAIR.outOfReach.article}`];
