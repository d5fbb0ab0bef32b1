/**
 * What the ledger's table holds, one item per fact. Items are only ever added, so that no counter of a handler has to be believed.
 *
 * `at` is in milliseconds since 1970.
 */
export type Entry =
  /** SQS confirmed that it has the message. A message that is sent twice has two ids, unless the queue is a FIFO one and removes the duplicate. */
  | { readonly kind: 'accepted'; readonly number: number; readonly messageId: string; readonly at: number; readonly group?: string; readonly sequence?: string }
  /** Lambda gave the message to the handler. */
  | { readonly kind: 'delivery'; readonly number: number; readonly messageId: string; readonly at: number; readonly receiveCount: number }
  /** The handler did the message's work; at most one for each number. `position` counts the effects of one group. */
  | { readonly kind: 'effect'; readonly number: number; readonly at: number; readonly group?: string; readonly position?: number }
  /** The handler was about to do the work of a message a second time, and did not. */
  | { readonly kind: 'duplicate'; readonly number: number; readonly messageId: string; readonly at: number }
  /** The handler failed at the message. */
  | { readonly kind: 'failure'; readonly number: number; readonly messageId: string; readonly at: number; readonly reason: string }
  /** The message was moved from the dead-letter queue back to the queue. */
  | { readonly kind: 'redriven'; readonly number: number; readonly at: number };

/** Where every message of a run is. Each number counts messages, however often they were sent or delivered, unless said otherwise. */
export interface Books {
  /** Messages that SQS confirmed. */
  readonly accepted: number;
  /** Copies that SQS confirmed beyond the first of each message. */
  readonly resent: number;
  /** Messages whose work was done. */
  readonly effects: number;
  /** Deliveries to the handler. */
  readonly deliveries: number;
  /** Deliveries beyond the first of each copy: retries after a failure, or SQS delivering twice. */
  readonly retries: number;
  /** Deliveries of messages whose work had been done already. */
  readonly duplicates: number;
  /** The numbers of the messages in the dead-letter queue. */
  readonly setAside: readonly number[];
  /** Messages that the queue still has, as SQS reports it. */
  readonly inFlight: number;
  /** Accepted messages that are nowhere: not done, not set aside, and more of them than are in flight. */
  readonly lost: number;
  /** Accepted messages that are neither done nor set aside: in flight or lost. At most 20 numbers are named. */
  readonly outstanding: readonly number[];
  /** Messages that were done though SQS never confirmed them: the ledger is wrong when there are any. */
  readonly unexplained: number;
  /** Effects within a message group that came before one that was accepted earlier. A redriven message comes late by its nature and is left out. */
  readonly orderViolations: number;
}

/** Draws up the books of one run from the entries, what the dead-letter queue holds, and how many messages the queue still has. */
export function balance(entries: readonly Entry[], setAside: readonly number[], inFlight: number): Books {
  const of = <K extends Entry['kind']>(kind: K) => entries.filter((entry): entry is Extract<Entry, { kind: K }> => entry.kind === kind);
  const accepted = new Set(of('accepted').map((entry) => entry.number));
  const effects = new Set(of('effect').map((entry) => entry.number));
  const aside = new Set(setAside);
  const outstanding = [...accepted].filter((number) => !effects.has(number) && !aside.has(number)).sort(ascending);
  const deliveries = of('delivery');
  return {
    accepted: accepted.size,
    resent: new Set(of('accepted').map((entry) => entry.messageId)).size - accepted.size,
    effects: effects.size,
    deliveries: deliveries.length,
    retries: deliveries.length - new Set(deliveries.map((entry) => entry.messageId)).size,
    duplicates: of('duplicate').length,
    setAside: [...aside].sort(ascending),
    inFlight,
    lost: Math.max(0, outstanding.length - inFlight),
    outstanding: outstanding.slice(0, 20),
    unexplained: [...effects].filter((number) => !accepted.has(number)).length,
    orderViolations: countOrderViolations(of('accepted'), of('effect'), new Set(of('redriven').map((entry) => entry.number))),
  };
}

function countOrderViolations(
  accepted: readonly { readonly number: number; readonly sequence?: string }[],
  effects: readonly { readonly number: number; readonly group?: string; readonly position?: number }[],
  redriven: ReadonlySet<number>,
): number {
  // SQS's own sequence number says in which order it accepted them. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
  const sequences = new Map(accepted.map((entry) => [entry.number, BigInt(entry.sequence ?? entry.number)]));
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
