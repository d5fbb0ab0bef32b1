import { createHash } from 'node:crypto';

/**
 * What goes wrong with a message.
 *
 * - `poison`: fails every time, until it is repaired
 * - `batch-error`: at its first delivery the handler throws, so that Lambda takes the whole batch as failed
 * - `transient`: fails at its first two deliveries and then succeeds
 * - `resend`: is sent twice, as by a producer that did not see the answer to its first request
 */
export type Fault = 'poison' | 'batch-error' | 'transient' | 'resend';

export const FAULTS: readonly Fault[] = ['poison', 'batch-error', 'transient', 'resend'];

export interface PlannedMessage {
  /** From 1, in the order of sending. */
  readonly number: number;
  readonly fault?: Fault;
  /** The message group, for a FIFO queue. */
  readonly group?: string;
}

export interface PlanOptions {
  readonly messages: number;
  /** The same seed gives the same plan. */
  readonly seed: number;
  /**
   * How many messages have each fault; no message has two.
   *
   * Each batch error costs all messages of its batch one delivery. A good message stays out of the dead-letter queue for certain when `maxReceiveCount` is more
   * than the number of batch errors, a transient one when it is more than that plus two.
   */
  readonly faults?: Readonly<Partial<Record<Fault, number>>>;
  /** How many message groups, used in turn; for a FIFO queue. */
  readonly groups?: number;
}

/** What is sent and what goes wrong with it; decided by the options alone. */
export function planMessages(options: PlanOptions): PlannedMessage[] {
  const { messages, seed, faults = {}, groups } = options;
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
