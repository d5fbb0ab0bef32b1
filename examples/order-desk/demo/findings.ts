import type { OrderRecord } from './desk-client';
import type { OrderPlan } from './order-plan';
import { formatCount, plural } from './terminal';
import type { Fault } from '../../../integ/support/faults';

/** What the handler's own records show, beside the books. */
export interface Findings {
  /** Good orders that were in a batch with a poison one. */
  readonly neighbours: number;
  /** How many of these were done at their first delivery. */
  readonly neighboursUntouched: number;
  /** Orders without a fault of their own. */
  readonly faultless: number;
  /** Orders that failed twice and were then processed. */
  readonly transientProcessed: number;
  /** At which delivery they were; the number of deliveries is the key. */
  readonly deliveriesOfTransient: ReadonlyMap<number, number>;
  /** Deliveries of orders that were done already: sent twice, or delivered again, as after a batch that threw. */
  readonly repeats: number;
  /** Invocations in which the provider did not answer, so that the handler threw. */
  readonly thrownInvocations: number;
  readonly highestFailedReceiveCount: number;
  readonly poisonFailing: number;
  /** How many processed orders needed how many deliveries; the number of deliveries is the key. */
  readonly deliveriesOfProcessed: ReadonlyMap<number, number>;
  /** The same of the orders that were never processed. */
  readonly deliveriesOfFailed: ReadonlyMap<number, number>;
}

export function findingsOf(plan: OrderPlan, records: readonly OrderRecord[]): Findings {
  const faultOf = new Map(plan.orders.map(({ order, fault }) => [order.orderId, fault]));
  const withFault = (fault: Fault) => records.filter(({ orderId }) => faultOf.get(orderId) === fault);
  const poison = withFault('poison');
  const transient = withFault('transient').filter(({ processedAt }) => processedAt !== undefined);
  const processed = records.filter(({ processedAt }) => processedAt !== undefined);
  const failed = records.filter(({ processedAt, failure }) => processedAt === undefined && failure !== undefined);

  const poisonInvocations = invocationsOf(poison);
  const neighbours = processed.filter(({ orderId, invocation }) => isFaultless(faultOf.get(orderId)) && poisonInvocations.has(invocation ?? ''));
  return {
    neighbours: neighbours.length,
    neighboursUntouched: neighbours.filter(({ receiveCount }) => receiveCount === 1).length,
    faultless: plan.orders.filter(({ fault }) => isFaultless(fault)).length,
    transientProcessed: transient.length,
    deliveriesOfTransient: tally(transient.map(({ receiveCount }) => receiveCount ?? 0)),
    repeats: records.reduce((total, { repeats }) => total + (repeats ?? 0), 0),
    thrownInvocations: invocationsOf(withFault('batch-error')).size,
    highestFailedReceiveCount: Math.max(0, ...poison.map(({ failedReceiveCount }) => failedReceiveCount ?? 0)),
    poisonFailing: poison.filter(({ failure }) => failure !== undefined).length,
    deliveriesOfProcessed: tally(processed.map(({ receiveCount }) => receiveCount ?? 0)),
    deliveriesOfFailed: tally(failed.map(({ failedReceiveCount }) => failedReceiveCount ?? 0)),
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

/** An order that is sent twice is a good one. */
function isFaultless(fault: Fault | undefined): boolean {
  return fault === undefined || fault === 'resend';
}

function invocationsOf(records: readonly OrderRecord[]): Set<string> {
  return new Set(records.flatMap(({ failedInvocations }) => [...failedInvocations ?? []]));
}

function tally(values: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) {
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return counts;
}
