import type { WorkRecord } from './desk-client';
import type { Station } from './order-plan';
import { customerOf, orderNumber, STATIONS } from './order-plan';
import type { AcceptedLine } from './shops';
import type { Books, Entry, TopologyBooks } from '../../../integ/support/books';
import { balance, sumUp } from '../../../integ/support/books';

/**
 * Draws up the books from sources that know nothing of each other: what the jobs API answered to the shops, what the stations kept in their table, what lies in the
 * dead-letter queues, and how many messages SQS says the queues still have.
 */
export function drawUpBooks(
  accepted: readonly AcceptedLine[],
  records: readonly WorkRecord[],
  deadLetters: Readonly<Record<Station, readonly string[]>>,
  inFlight: Readonly<Record<Station, number>>,
): TopologyBooks {
  const acceptedEntries = accepted.map(({ orderId, messageId, at }): Entry => ({ kind: 'accepted', number: orderNumber(orderId), messageId, at, sequence: String(orderNumber(orderId)) }));
  const booksOf = (station: Station): Books => {
    const effects = records
      .filter((record) => record.station === station && record.doneAt !== undefined)
      .map((record) => ({ number: orderNumber(record.orderId), at: record.doneAt! }))
      // Two that were done in the same millisecond are in order.
      .sort((a, b) => a.at - b.at || a.number - b.number)
      .map(({ number, at }, position): Entry => ({ kind: 'effect', number, at, ...(station === 'billing' ? { group: customerOf(number), position } : {}) }));
    return balance([...acceptedEntries, ...effects], deadLetters[station].map(orderNumber), inFlight[station]);
  };
  return sumUp(acceptedEntries, [], Object.fromEntries(STATIONS.map((station) => [station, booksOf(station)])));
}

/** Whether each accepted order is in one place at each station, and in one only. */
export function isBalanced({ stations }: TopologyBooks): boolean {
  return Object.values(stations).every(({ accepted, effects, setAside, inFlight, lost, unexplained }) =>
    accepted === effects + setAside.length + inFlight && lost === 0 && unexplained === 0);
}
