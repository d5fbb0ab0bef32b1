import type { Subject } from './plan';
import { EXPECTED } from './plan';
import type { JournalEntry } from './warehouse-client';
import type { Booking, StockItem, StockLevel } from '../handlers/stock';
import type { TransferRequest } from '../handlers/transfers';

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

/** What the tables, the failure bucket and the queues have. */
export interface Findings {
  readonly journal: readonly JournalEntry[];
  readonly stock: readonly StockItem[];
  /** What lies in the failure bucket, by its keys. */
  readonly failures: ReadonlyMap<string, string>;
  /** The requests in the dead-letter queue of the transfers. */
  readonly deadLetters: readonly string[];
  /** How many ends of failed transfers the workflow has set aside. */
  readonly ends: number;
  /** How many messages all other queues hold. */
  readonly messages: number;
}

export interface Books {
  readonly accounts: Readonly<Record<Subject, Account>>;
  /** The articles of which the shop does not show how much is there. */
  readonly notShown: readonly string[];
  /** What lies in the failure bucket, and how much of it has a ticket. */
  readonly failures: number;
  readonly tickets: number;
  /** What lies in the dead-letter queue of the transfers, and how many ends of transfers beside it. */
  readonly deadLetters: number;
  readonly ends: number;
  /** Transfers that were begun, and are neither done nor undone. */
  readonly begun: number;
  readonly messages: number;
}

export function drawUpBooks({ journal, stock, failures, deadLetters, ends, messages }: Findings): Books {
  const entries = new Map(journal.map((item) => [item.entry, item]));
  const setAside = [...[...failures.values()].flatMap(subjectsOf), ...deadLetters.map(transferOf)];
  const done = [...entries.keys()].filter((entry) => /^(booked|counted|ordered|carried)\//.test(entry)).map((entry) => entry.replace(/^(ordered\/.*)\/\d+$/, '$1'));
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
    deadLetters: deadLetters.length,
    ends,
    begun: [...entries.keys()].filter((entry) => entry.startsWith('transfer/') && !entries.has(entry.replace('transfer/', 'carried/'))).length,
    messages,
  };
}

/** Nothing is on its way any more. */
export function isSettled({ accounts, notShown, failures, tickets, deadLetters, ends, begun, messages }: Books): boolean {
  const isAllKnown = Object.values(accounts).every(({ open }) => open.length === 0) && notShown.length === 0;
  return isAllKnown && tickets === failures && ends === deadLetters && begun === 0 && messages === 0;
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

/** What a dead letter is about: the event that asked for the transfer. */
function transferOf(body: string): string {
  return `carried/${(JSON.parse(body) as { readonly detail: TransferRequest }).detail.transfer}`;
}
