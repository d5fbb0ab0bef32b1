import type { OrderRecord } from './desk-client';
import { orderNumber } from './order-plan';
import type { Books, Entry } from '../../../integ/support/books';
import { balance } from '../../../integ/support/books';

/** A send that SQS confirmed. */
export interface ConfirmedSend {
  readonly orderId: string;
  readonly messageId: string;
  readonly at: number;
}

/**
 * Draws up the books from sources that know nothing of each other: what SQS confirmed to the sender, what the handler kept in its table, what lies in the
 * dead-letter queue, and how many messages SQS says the queue still has.
 */
export function drawUpBooks(
  sends: readonly ConfirmedSend[],
  records: readonly OrderRecord[],
  deadLetters: readonly string[],
  inFlight: number,
): Books {
  const entries: Entry[] = [
    ...sends.map(({ orderId, messageId, at }) => ({ kind: 'accepted' as const, number: orderNumber(orderId), messageId, at })),
    ...records.flatMap(({ orderId, processedAt: at }) => (at === undefined ? [] : [{ kind: 'effect' as const, number: orderNumber(orderId), at }])),
  ];
  return balance(entries, deadLetters.map(orderNumber), inFlight);
}

/** Whether each accepted order is in one place, and in one only. */
export function isBalanced({ accepted, effects, setAside, inFlight, lost, unexplained }: Books): boolean {
  return accepted === effects + setAside.length + inFlight && lost === 0 && unexplained === 0;
}
