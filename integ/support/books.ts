/**
 * What the ledger's table holds, one item per fact. Items are only ever added, so that no counter of a handler has to be believed.
 *
 * `at` is in milliseconds since 1970.
 */
export type Entry =
  /** The entrance confirmed that it has the message. A message that is sent twice has two ids, unless the entrance is a FIFO one and removes the duplicate. */
  | {
    readonly kind: 'accepted';
    readonly number: number;
    readonly messageId: string;
    readonly at: number;
    readonly category?: string;
    readonly group?: string;
    readonly sequence?: string;
    /** Stands for the whole record that was sent, where one was. */
    readonly digest?: string;
  }
  /** The entrance refused the message, and its producer knows. */
  | { readonly kind: 'refused'; readonly number: number; readonly at: number; readonly reason: string }
  /** Lambda gave the message to the handler. */
  | { readonly kind: 'delivery'; readonly number: number; readonly messageId: string; readonly at: number; readonly receiveCount: number }
  /** The handler did the message's work; at most one for each number. `position` counts the effects of one group. */
  | { readonly kind: 'effect'; readonly number: number; readonly at: number; readonly group?: string; readonly position?: number }
  /** The handler was about to do the work of a message a second time, and did not. */
  | { readonly kind: 'duplicate'; readonly number: number; readonly messageId: string; readonly at: number }
  /** The handler failed at the message. */
  | { readonly kind: 'failure'; readonly number: number; readonly messageId: string; readonly at: number; readonly reason: string }
  /** The handler acknowledged the message without doing its work, because there is nothing to be done. */
  | { readonly kind: 'skipped'; readonly number: number; readonly messageId: string; readonly at: number; readonly reason: string }
  /** The message was moved from the dead-letter queue back to the queue, or given to the handler again from the failure store. */
  | { readonly kind: 'redriven'; readonly number: number; readonly at: number };

/** Where every message is that is due at one consumer. Each number counts messages, however often they were sent or delivered, unless said otherwise. */
export interface Books {
  /** Messages that the entrance confirmed and that are due at this consumer. */
  readonly accepted: number;
  /** Messages that the entrance refused. */
  readonly refused: number;
  /** Copies that the entrance confirmed beyond the first of each message. */
  readonly resent: number;
  /** Messages whose work was done. */
  readonly effects: number;
  /** Deliveries to the handler. A busy machine is slow to acknowledge some, which are then delivered twice, as on AWS. */
  readonly deliveries: number;
  /** Copies that were delivered, each counted once, however often. */
  readonly copies: number;
  /** Deliveries beyond the first of each copy: retries after a failure, or SQS delivering twice. */
  readonly retries: number;
  /** Copies that Lambda received, and gave back, before the handler saw them for the first time: it had no concurrency left for them. */
  readonly heldBack: number;
  /** Deliveries of messages whose work had been done already. */
  readonly duplicates: number;
  /** How many messages failed at least once, by what was wrong: the fault, or the first words of the error. */
  readonly failures: Readonly<Record<string, number>>;
  /** How many messages were acknowledged at least once without their work, by the reason. */
  readonly skipped: Readonly<Record<string, number>>;
  /** The numbers of the messages in the consumer's dead-letter queue or failure store, and in the other places where its messages are set aside. */
  readonly setAside: readonly number[];
  /** The numbers of the messages whose records in the failure store are not what was sent. */
  readonly altered: readonly number[];
  /** Messages that the consumer's queue still has, as SQS reports it. */
  readonly inFlight: number;
  /** Accepted messages that are nowhere: not done, not left out, not set aside, and more of them than are in flight. */
  readonly lost: number;
  /** Accepted messages that are neither done nor left out nor set aside: in flight or lost. At most 20 numbers are named. */
  readonly outstanding: readonly number[];
  /** Messages that were done though they were never confirmed, or are not due here: the ledger or the routing is wrong when there are any. */
  readonly unexplained: number;
  /** Effects within a message group that came before one that was accepted earlier. A redriven message comes late by its nature and is left out. */
  readonly orderViolations: number;
}

/** A message's record in a failure store. */
export interface SetAsideRecord {
  readonly number: number;
  readonly digest: string;
}

/** The books of a run with several consumers: of each, and their sum. Each accepted message counts once for each consumer at which it is due. */
export interface TopologyBooks {
  /** Messages that the entrance confirmed, each once. */
  readonly accepted: number;
  readonly refused: number;
  /** Messages due, summed over the consumers: they are `effects`, `setAside`, `inFlight` or `lost`. */
  readonly due: number;
  readonly effects: number;
  readonly setAside: number;
  readonly inFlight: number;
  readonly lost: number;
  readonly unexplained: number;
  readonly orderViolations: number;
  /** How many messages have records in failure stores that are not what was sent. */
  readonly altered: number;
  /** The numbers of the messages that never got past the source, which has set them aside for all consumers. */
  readonly setAsideAtSource: readonly number[];
  readonly stations: Readonly<Record<string, Books>>;
}

export function sumUp(entries: readonly Entry[], setAsideAtSource: readonly number[], stations: Readonly<Record<string, Books>>): TopologyBooks {
  const count = (kind: Entry['kind']) => new Set(entries.filter((entry) => entry.kind === kind).map((entry) => entry.number)).size;
  const sum = (of: (books: Books) => number) => Object.values(stations).reduce((total, books) => total + of(books), 0);
  return {
    accepted: count('accepted'),
    refused: count('refused'),
    due: sum((books) => books.accepted),
    effects: sum((books) => books.effects),
    setAside: sum((books) => books.setAside.length),
    inFlight: sum((books) => books.inFlight),
    lost: sum((books) => books.lost),
    unexplained: sum((books) => books.unexplained),
    orderViolations: sum((books) => books.orderViolations),
    altered: sum((books) => books.altered.length),
    setAsideAtSource: [...new Set(setAsideAtSource)].sort(ascending),
    stations,
  };
}

/**
 * Draws up the books of one consumer from the entries, what is set aside for it, and how many messages its queue still has.
 *
 * @param records what is set aside in a failure store
 */
export function balance(entries: readonly Entry[], setAside: readonly number[], inFlight: number, records: readonly SetAsideRecord[] = []): Books {
  const of = <K extends Entry['kind']>(kind: K) => entries.filter((entry): entry is Extract<Entry, { kind: K }> => entry.kind === kind);
  const accepted = new Set(of('accepted').map((entry) => entry.number));
  const effects = new Set(of('effect').map((entry) => entry.number));
  const aside = new Set([...setAside, ...records.map(({ number }) => number)]);
  const leftOut = new Set(of('skipped').map((entry) => entry.number));
  const outstanding = [...accepted].filter((number) => !effects.has(number) && !leftOut.has(number) && !aside.has(number)).sort(ascending);
  const deliveries = of('delivery');
  const copies = new Set(deliveries.map((entry) => entry.messageId)).size;
  return {
    accepted: accepted.size,
    refused: new Set(of('refused').map((entry) => entry.number)).size,
    resent: new Set(of('accepted').map((entry) => entry.messageId)).size - accepted.size,
    effects: effects.size,
    deliveries: deliveries.length,
    copies,
    retries: deliveries.length - copies,
    heldBack: [...firstReceives(deliveries).values()].filter((receiveCount) => receiveCount > 1).length,
    duplicates: of('duplicate').length,
    failures: byReason(of('failure')),
    skipped: byReason(of('skipped')),
    setAside: [...aside].sort(ascending),
    altered: alteredRecords(of('accepted'), records),
    inFlight,
    lost: Math.max(0, outstanding.length - inFlight),
    outstanding: outstanding.slice(0, 20),
    unexplained: [...effects].filter((number) => !accepted.has(number)).length,
    orderViolations: countOrderViolations(of('accepted'), of('effect'), new Set(of('redriven').map((entry) => entry.number))),
  };
}

/** A message that was sent twice may have two records, which are alike. */
function alteredRecords(accepted: readonly { readonly number: number; readonly digest?: string }[], records: readonly SetAsideRecord[]): number[] {
  const sent = new Set(accepted.map(({ number, digest }) => `${number} ${digest}`));
  return [...new Set(records.filter(({ number, digest }) => !sent.has(`${number} ${digest}`)).map(({ number }) => number))].sort(ascending);
}

function byReason(entries: readonly { readonly number: number; readonly reason: string }[]): Record<string, number> {
  const numbers = new Map<string, Set<number>>();
  for (const { number, reason } of entries) {
    const name = reason.split(':', 1)[0]!;
    numbers.set(name, (numbers.get(name) ?? new Set()).add(number));
  }
  return Object.fromEntries([...numbers].map(([name, those]) => [name, those.size]));
}

/** How often each copy had been received when the handler saw it for the first time. */
function firstReceives(deliveries: readonly { readonly messageId: string; readonly receiveCount: number }[]): Map<string, number> {
  const first = new Map<string, number>();
  for (const { messageId, receiveCount } of deliveries) {
    first.set(messageId, Math.min(receiveCount, first.get(messageId) ?? receiveCount));
  }
  return first;
}

function countOrderViolations(
  accepted: readonly { readonly number: number; readonly sequence?: string }[],
  effects: readonly { readonly number: number; readonly group?: string; readonly position?: number }[],
  redriven: ReadonlySet<number>,
): number {
  // The entrance's own sequence number says in which order it accepted them. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
  // Of two copies in a stream the first counts.
  const sequences = new Map<number, bigint>();
  for (const { number, sequence } of accepted) {
    const place = BigInt(sequence ?? number);
    const first = sequences.get(number);
    sequences.set(number, first !== undefined && first < place ? first : place);
  }
  const inOrderOfWork = effects
    .filter((effect) => effect.group !== undefined && !redriven.has(effect.number))
    .sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
  const latest = new Map<string, bigint>();
  let violations = 0;
  for (const { group = '', number } of inOrderOfWork) {
    const sequence = sequences.get(number) ?? 0n;
    if (sequence < (latest.get(group) ?? 0n)) {
      violations++;
    } else {
      latest.set(group, sequence);
    }
  }
  return violations;
}

function ascending(a: number, b: number): number {
  return a - b;
}
