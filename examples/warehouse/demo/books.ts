import type { Subject } from './plan';
import { EXPECTED } from './plan';
import type { JournalEntry } from './warehouse-client';
import type { Booking, StockItem, StockLevel } from '../handlers/stock';

/** Where everything is that was to be done, of one kind. */
export interface Account {
  readonly accepted: number;
  readonly done: number;
  readonly setAside: readonly string[];
  /** Neither done nor set aside: on its way, or lost. */
  readonly open: readonly string[];
  /** Done or set aside, though nobody asked for it, or more than once. */
  readonly unexplained: readonly string[];
}

export interface Books {
  readonly accounts: Readonly<Record<Subject, Account>>;
  /** The articles of which the shop does not show how much is there. */
  readonly notShown: readonly string[];
  /** What lies in the failure bucket, and how much of it has a ticket. */
  readonly failures: number;
  readonly tickets: number;
  readonly messages: number;
}

/** Draws up the books from what the tables, the failure bucket and the queues have. */
export function drawUpBooks(
  journal: readonly JournalEntry[], stock: readonly StockItem[], failures: ReadonlyMap<string, string>, messages: number,
): Books {
  const entries = new Map(journal.map((item) => [item.entry, item]));
  const setAside = [...failures.values()].flatMap(subjectsOf);
  const done = [...entries.keys()].filter((entry) => /^(booked|counted|ordered)\//.test(entry)).map((entry) => entry.replace(/^(ordered\/.*)\/\d+$/, '$1'));
  const accountOf = (subject: Subject): Account => {
    const expected = EXPECTED[subject];
    const isOf = (entry: string) => expected.includes(entry);
    const own = [...done, ...setAside].filter(isOf);
    return {
      accepted: expected.length,
      done: done.filter(isOf).length,
      setAside: setAside.filter(isOf),
      open: expected.filter((entry) => !own.includes(entry)),
      unexplained: own.filter((entry, index) => own.indexOf(entry) !== index),
    };
  };
  const subjects = Object.keys(EXPECTED) as Subject[];
  return {
    accounts: Object.fromEntries(subjects.map((subject) => [subject, accountOf(subject)])) as Books['accounts'],
    notShown: stock.flatMap(({ article, quantity, version }) => {
      const shown = entries.get(`shown/${article}`);
      return shown?.quantity === quantity && shown.version === version ? [] : [article];
    }),
    failures: failures.size,
    tickets: [...failures.keys()].filter((key) => entries.has(`ticket/${key}`)).length,
    messages,
  };
}

/** Nothing is on its way any more. */
export function isSettled({ accounts, notShown, failures, tickets, messages }: Books): boolean {
  return Object.values(accounts).every(({ open }) => open.length === 0) && notShown.length === 0 && tickets === failures && messages === 0;
}

/** What failed, of one object in the failure bucket: records of the scans, or the event of an asynchronous invocation. */
function subjectsOf(text: string): string[] {
  const { payload, requestPayload } = JSON.parse(text) as { readonly payload?: string; readonly requestPayload?: { readonly detail: StockLevel } };
  if (requestPayload) {
    return [`ordered/${requestPayload.detail.article}`];
  }
  const { Records } = JSON.parse(payload!) as { readonly Records: readonly { readonly kinesis?: { readonly data: string } }[] };
  return Records.map(({ kinesis }) => (
    kinesis ? `booked/${(JSON.parse(Buffer.from(kinesis.data, 'base64').toString()) as Booking).id}` : 'a change of the stock'
  ));
}
