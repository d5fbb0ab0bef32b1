import * as fs from 'node:fs';
import { isBalanced } from './books';
import type { WorkRecord } from './desk-client';
import type { Findings } from './findings';
import { findingsOf } from './findings';
import type { OrderPlan, Station } from './order-plan';
import { orderId, orderNumber, STATIONS } from './order-plan';
import type { ReleaseOutcome } from './release';
import type { Sample } from './sampler';
import type { AcceptedLine, EndedJob } from './shops';
import type { StackFacts } from './stack-facts';
import type { TopologyBooks } from '../../../integ/support/books';

/** Everything that was seen when the queues had become empty. */
export interface Closing {
  readonly books: TopologyBooks;
  readonly records: readonly WorkRecord[];
  /** The orders in the dead-letter queue of each station, as often as they are there. */
  readonly deadLetters: Readonly<Record<Station, readonly string[]>>;
  /** How many of the dead letters were pointers to their payloads. */
  readonly pointers: number;
  /** Messages in the other queues of the stack. */
  readonly elsewhere: number;
  readonly at: number;
}

/** A whole run: what the summary and the report tell. */
export interface Story {
  readonly command: string;
  readonly reportFile: string;
  readonly plan: OrderPlan;
  readonly facts: StackFacts;
  /** The visibility timeout that the queues had during the run. */
  readonly visibilitySeconds: number;
  readonly jobs: readonly EndedJob[];
  /** How many jobs the table of the API has. */
  readonly jobCount: number;
  readonly accepted: readonly AcceptedLine[];
  readonly refusedLines: number;
  readonly filesRecognised: number;
  /** How many orders were put into the bucket. */
  readonly depositedOrders: number;
  /** Undefined where there were too few orders for one. */
  readonly release?: ReleaseOutcome;
  /** What a second of CloudWatch's and CodeDeploy's time lasted, in seconds. */
  readonly cloudWatchTimeScale: number;
  readonly samples: readonly Sample[];
  readonly beforeRepair: Closing;
  readonly repairedAt: number;
  readonly afterRedrive: Closing;
  /** What the records showed before the repair. */
  readonly findings: Findings;
  /** When each alarm that fired did so first, by its logical id. */
  readonly firedAlarms: ReadonlyMap<string, number>;
  /** When the demo was started. */
  readonly startedAt: number;
}

export interface Check {
  readonly title: string;
  readonly passed: boolean;
}

/** What must be so for the demo to have succeeded, the report included. */
export function checksOf(story: Story): Check[] {
  const { reportFile, startedAt } = story;
  return [...checksOfRun(story), { title: 'the report is written', passed: fs.existsSync(reportFile) && fs.statSync(reportFile).mtimeMs >= startedAt }];
}

/** What must be so of the jobs, the orders and the release. */
export function checksOfRun(story: Story): Check[] {
  const { plan, accepted, depositedOrders, beforeRepair, afterRedrive, release } = story;
  const count = plan.orders.length;
  const withArtwork = new Set(plan.orders.filter(({ order }) => order.artwork !== undefined).map(({ order }) => order.orderId));
  const artworks = withArtwork.size;
  const { artworks: produced, artworksWhole } = findingsOf(plan, afterRedrive.records);
  return [
    { title: 'every job came to the end that it must, and each file was read once', passed: jobsAreRight(story) },
    { title: 'the books of every station balance before the repair', passed: isBalanced(beforeRepair.books) && beforeRepair.books.accepted === count },
    {
      title: 'exactly the poison orders were set aside, each at its station',
      passed: STATIONS.every((station) => sameOrders(beforeRepair.deadLetters[station], poisonAt(plan, station))),
    },
    ...(release ? [{
      title: 'the broken release lost its traffic again, and no order was lost with it',
      passed: release.share > 0 && isTakenBack(release) && release.stackStatus === 'UPDATE_ROLLBACK_COMPLETE' && beforeRepair.books.lost === 0,
    }] : []),
    {
      title: 'after the redrive every order is done at every station',
      passed: isBalanced(afterRedrive.books) && afterRedrive.books.effects === STATIONS.length * count && afterRedrive.books.setAside === 0,
    },
    // Who reads a file a second time deposits its orders a second time.
    { title: 'every order with artwork went by the bucket', passed: depositedOrders >= accepted.filter((line) => withArtwork.has(line.orderId)).length },
    { title: 'every artwork got to production byte for byte', passed: produced === artworks && artworksWhole === artworks },
    { title: 'every customer was billed in the order of the file', passed: afterRedrive.books.orderViolations === 0 },
    { title: 'no message lies anywhere else', passed: beforeRepair.elsewhere + afterRedrive.elsewhere === 0 },
  ];
}

export function isTakenBack({ versionBefore, versionAfter }: ReleaseOutcome): boolean {
  return versionAfter === versionBefore;
}

function jobsAreRight({ plan, jobs, jobCount, refusedLines, filesRecognised }: Story): boolean {
  const failed = jobs.filter(({ job }) => job.status === 'FAILED').map(({ file }) => file);
  const vanished = plan.files.filter(({ fault }) => fault === 'vanishes').map(({ name }) => name);
  return failed.join() === vanished.join()
    && jobs.filter(({ job }) => job.status === 'SUCCEEDED').length === plan.files.length
    && jobCount === plan.files.length + vanished.length
    && refusedLines === plan.brokenLines
    && filesRecognised === plan.files.filter(({ fault }) => fault === 'handed in twice').length;
}

export function poisonAt(plan: OrderPlan, station: Station): string[] {
  return plan.orders.filter((entry) => entry.fault === 'poison' && entry.station === station).map(({ order }) => order.orderId);
}

/** Which accepted orders were neither done nor set aside, if any: a line for each station and closing of the books. */
export function missingOrders({ beforeRepair, afterRedrive }: Story): string[] {
  const closings = [['before the repair', beforeRepair], ['after the redrive', afterRedrive]] as const;
  return closings.flatMap(([when, { books }]) => STATIONS.flatMap((station) => {
    const { lost, inFlight, outstanding } = books.stations[station]!;
    const more = lost + inFlight > outstanding.length ? ', …' : '';
    return outstanding.length === 0 ? [] : [`neither done nor set aside at ${station} ${when}: ${outstanding.map(orderId).join(', ')}${more}`];
  }));
}

function sameOrders(some: readonly string[], others: readonly string[]): boolean {
  const inOrder = (ids: readonly string[]) => ids.map(orderNumber).sort((a, b) => a - b).join();
  return inOrder(some) === inOrder(others);
}
