import { createHash } from 'node:crypto';

/**
 * What goes wrong with a message.
 *
 * - `poison`: fails every time, until it is repaired
 * - `batch-error`: at the first attempt the handler throws, so that Lambda takes the whole batch as failed
 * - `transient`: fails at the first two attempts and then succeeds
 * - `resend`: is sent twice, as by a producer that did not see the answer to its first request
 * - `time-out`: at the first attempt the handler runs into its timeout, when it has done what comes before the message in the batch
 * - `crash`: at the first attempt the handler's process ends, when it has done what comes before the message in the batch
 * - `slow`: at the first attempt it takes most of the time that the handler has left, and then succeeds
 * - `malformed`: at the first attempt the handler does the batch and then answers with a partial batch response that Lambda cannot read
 * - `oversize`: is larger than the entrance takes
 */
export type Fault = 'poison' | 'batch-error' | 'transient' | 'resend' | 'time-out' | 'crash' | 'slow' | 'malformed' | 'oversize';

/** In this order they are planned: a new one comes last, so that a plan stays what it is. */
export const FAULTS: readonly Fault[] = ['poison', 'batch-error', 'transient', 'resend', 'time-out', 'crash', 'slow', 'malformed', 'oversize'];

export interface PlannedMessage {
  /** From 1, in the order of sending. */
  readonly number: number;
  readonly fault?: Fault;
  /** The message group, for a FIFO queue or topic. */
  readonly group?: string;
  /** What filters go by. */
  readonly category?: string;
  /** The consumers that the fault is about, when it is not about all. */
  readonly faultAt?: readonly string[];
  /** How long the entrance holds it back, in seconds; where that is not possible it is not done. */
  readonly delaySeconds?: number;
}

export interface PlanOptions {
  readonly messages: number;
  /** The same seed gives the same plan. */
  readonly seed: number;
  /**
   * How many messages have each fault; no message has two.
   *
   * Each `batch-error`, `time-out`, `crash` and `malformed` costs all messages of its batch one delivery. A good message stays out of the dead-letter queue for
   * certain when `maxReceiveCount` is more than the number of these, a transient one when it is more than that plus two.
   */
  readonly faults?: Readonly<Partial<Record<Fault, number>>>;
  /** How many message groups, used in turn; for a FIFO queue or topic. */
  readonly groups?: number;
  /** The categories of messages, used in turn. @default - messages have none */
  readonly categories?: readonly string[];
  /** The consumers at which the faults happen, by their names in the topology. @default - all */
  readonly faultAt?: readonly string[];
}

/** What is sent and what goes wrong with it; decided by the options alone. */
export function planMessages(options: PlanOptions): PlannedMessage[] {
  const { messages, seed, faults = {}, groups, categories, faultAt } = options;
  const wanted = FAULTS.flatMap((fault) => Array<Fault>(faults[fault] ?? 0).fill(fault));
  if (wanted.length > messages) {
    throw new Error(`faults are planned for ${wanted.length} messages, but there are only ${messages}: plan fewer faults or send more messages`);
  }
  const numbers = shuffled(Array.from({ length: messages }, (_, index) => index + 1), seed);
  const faultOf = new Map(wanted.map((fault, index) => [numbers[index], fault]));
  return Array.from({ length: messages }, (_, index) => {
    const fault = faultOf.get(index + 1);
    return {
      number: index + 1,
      ...(fault ? { fault } : {}),
      ...(groups ? { group: `group-${index % groups + 1}` } : {}),
      ...(categories ? { category: categories[index % categories.length]! } : {}),
      ...(fault && faultAt ? { faultAt } : {}),
    };
  });
}

/** The numbers of the messages that have a fault, in ascending order. */
export function numbersWith(fault: Fault, plan: readonly PlannedMessage[]): number[] {
  return plan.filter((message) => message.fault === fault).map((message) => message.number);
}

/** In an order that looks random and is the same for the same seed, on every machine; Math.random takes no seed. */
function shuffled(numbers: readonly number[], seed: number): number[] {
  const rank = (number: number) => createHash('sha256').update(`${seed}/${number}`).digest('hex');
  return [...numbers].sort((a, b) => rank(a) < rank(b) ? -1 : 1);
}
