import type { WorkRecord } from './desk-client';
import type { OrderPlan, Station } from './order-plan';
import { artworkHash, orderNumber, STATIONS } from './order-plan';
import { formatCount, plural } from './terminal';

/** What the stations' own records show, beside the books. */
export interface Findings {
  /** Good orders that were in a batch with a poison one. */
  readonly neighbours: number;
  /** How many of these were done at their first delivery. */
  readonly neighboursUntouched: number;
  /** Orders that failed twice and were then billed. */
  readonly transientDone: number;
  /** How many of these at the third delivery. */
  readonly transientAtThird: number;
  /** Deliveries of orders that were done already: sent twice, or delivered again, as after a batch that threw. */
  readonly repeats: number;
  /** Invocations in which the payment provider did not answer, so that the handler threw. */
  readonly thrownInvocations: number;
  readonly highestFailedReceiveCount: number;
  readonly poisonFailing: number;
  /** Orders that were produced with artwork, and of these the ones whose artwork is byte for byte what the shop sent. */
  readonly artworks: number;
  readonly artworksWhole: number;
  /** Orders that production did at a later delivery though nothing is wrong with them: the broken release had them first. */
  readonly metBrokenRelease: number;
  /** How many of the orders at each station needed how many deliveries; the number of deliveries is the key. */
  readonly deliveriesOfDone: Readonly<Record<Station, ReadonlyMap<number, number>>>;
  /** The same of the orders that were never done. */
  readonly deliveriesOfFailed: Readonly<Record<Station, ReadonlyMap<number, number>>>;
}

export function findingsOf(plan: OrderPlan, records: readonly WorkRecord[]): Findings {
  const planned = new Map(plan.orders.map((entry) => [entry.order.orderId, entry]));
  const isFaultyAt = ({ orderId, station }: WorkRecord) => planned.get(orderId)?.station === station;
  const withFault = (fault: string) => records.filter((record) => isFaultyAt(record) && planned.get(record.orderId)?.fault === fault);
  const poison = withFault('poison');
  const transient = withFault('transient').filter(({ doneAt }) => doneAt !== undefined);
  const done = records.filter(({ doneAt }) => doneAt !== undefined);
  const failed = records.filter(({ doneAt, failure }) => doneAt === undefined && failure !== undefined);

  const poisonInvocations = invocationsOf(poison);
  const neighbours = done.filter((record) => !isFaultyAt(record) && poisonInvocations.has(record.invocation ?? ''));
  const produced = done.filter(({ station }) => station === 'production');
  const withArtwork = produced.filter(({ orderId }) => planned.get(orderId)?.order.artwork !== undefined);
  return {
    neighbours: neighbours.length,
    neighboursUntouched: neighbours.filter(({ receiveCount }) => receiveCount === 1).length,
    transientDone: transient.length,
    transientAtThird: transient.filter(({ receiveCount }) => receiveCount === 3).length,
    repeats: records.reduce((sum, { repeats }) => sum + (repeats ?? 0), 0),
    thrownInvocations: invocationsOf(withFault('batch-error')).size,
    highestFailedReceiveCount: Math.max(0, ...poison.map(({ failedReceiveCount }) => failedReceiveCount ?? 0)),
    poisonFailing: poison.filter(({ failure }) => failure !== undefined).length,
    artworks: withArtwork.length,
    artworksWhole: withArtwork.filter(({ orderId, outcome }) => String(outcome).endsWith(`, ${artworkHash(orderNumber(orderId))}`)).length,
    metBrokenRelease: produced.filter((record) => !isFaultyAt(record) && (record.receiveCount ?? 0) > 1).length,
    deliveriesOfDone: ofStations((station) => tally(at(station, done).map(({ receiveCount }) => receiveCount ?? 0))),
    deliveriesOfFailed: ofStations((station) => tally(at(station, failed).map(({ failedReceiveCount }) => failedReceiveCount ?? 0))),
  };
}

/** What became of the good orders that were in a batch with a poison one, as a sentence. */
export function neighboursText({ neighbours, neighboursUntouched }: Findings): string {
  if (neighbours === 0) {
    return 'No good order shared a batch with poison.';
  }
  const untouched = neighboursUntouched === neighbours ? 'all' : formatCount(neighboursUntouched);
  return `${plural(neighbours, 'good order')} shared a batch with poison; ${untouched} ${neighboursUntouched === 1 ? 'was' : 'were'} done at first delivery.`;
}

function invocationsOf(records: readonly WorkRecord[]): Set<string> {
  return new Set(records.flatMap(({ failedInvocations }) => [...failedInvocations ?? []]));
}

function at(station: Station, records: readonly WorkRecord[]): WorkRecord[] {
  return records.filter((record) => record.station === station);
}

function ofStations<T>(of: (station: Station) => T): Record<Station, T> {
  return Object.fromEntries(STATIONS.map((station) => [station, of(station)])) as Record<Station, T>;
}

function tally(values: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) {
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return counts;
}
