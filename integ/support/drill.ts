import type { IApiCall, IntegTest } from '@aws-cdk/integ-tests-alpha';
import { ExpectedResult, Match } from '@aws-cdk/integ-tests-alpha';
import { Duration } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Books } from './books';
import type { EntranceKind } from './entrances/entrance';
import type { EnvironmentFault } from './environment-faults';
import { faultWindow } from './environment-faults';
import type { Fault, PlannedMessage, PlanOptions } from './faults';
import { numbersWith, planMessages } from './faults';
import type { Ledger } from './ledger';
import type { StationFacts } from './runs';
import { isDue, SOLE_STATION } from './runs';

/** Invokes a function and expects at least these properties in its answer. */
export function expectAnswer(integ: IntegTest, target: lambda.IFunction, payload: unknown, answer: object): IApiCall {
  return integ.assertions
    .invokeFunction({ functionName: target.functionName, payload: JSON.stringify(payload) })
    .expect(ExpectedResult.objectLike({ StatusCode: 200, Payload: Match.serializedJson(Match.objectLike(answer as Record<string, unknown>)) }));
}

/** How long a run may take until its books are as expected. The books are looked at every five seconds. */
const SETTLING = { totalTimeout: Duration.minutes(4), interval: Duration.seconds(5) };

const SETTLED = { inFlight: 0, lost: 0, unexplained: 0, orderViolations: 0 };

/** Waits until the books of a run have at least these values. */
export function untilBooksAre(integ: IntegTest, ledger: Ledger, run: string, expected: object): IApiCall {
  return expectAnswer(integ, ledger.auditor, { run }, expected).waitForAssertions(SETTLING);
}

/**
 * Sends the messages of each run, expects the books that its plan leads to, moves the dead letters back after the repair, and expects that all messages arrive.
 *
 * All runs take the same step before any takes the next, so that they wait for their retries together.
 *
 * @param plans by the name of the run
 * @param windows by the name of the run: faults of the environment. For each, a part of the messages of its own is sent while it lasts.
 * @returns the calls in the order in which they must be made; chain them with `inOrder`
 */
export function faultDrill(
  integ: IntegTest,
  ledger: Ledger,
  plans: Readonly<Record<string, PlanOptions>>,
  windows: Readonly<Record<string, readonly EnvironmentFault[]>> = {},
): IApiCall[] {
  const drills = Object.entries(plans).map(([run, plan]) => new Drill(integ, ledger, run, plan, windows[run] ?? []));
  return [
    ...drills.flatMap((drill) => drill.send()),
    ...drills.map((drill) => drill.untilSetAside()),
    ...drills.flatMap((drill) => drill.redrive()),
    ...drills.map((drill) => drill.untilDone()),
  ];
}

/** The faults that a handler records as failures. */
const FAILURES: readonly Fault[] = ['poison', 'transient', 'batch-error', 'time-out', 'crash', 'malformed'];

const STREAMS: readonly EntranceKind[] = ['stream', 'table'];

/** The drill of one run. */
class Drill {
  private readonly planned: readonly PlannedMessage[];
  private readonly stations: Readonly<Record<string, StationFacts>>;

  constructor(
    private readonly integ: IntegTest,
    private readonly ledger: Ledger,
    private readonly run: string,
    private readonly plan: PlanOptions,
    private readonly windows: readonly EnvironmentFault[],
  ) {
    this.planned = planMessages(plan);
    this.stations = ledger.factsOf(run).stations;
  }

  /** The messages in as many parts as there are windows, and one that is sent in calm weather. */
  send(): IApiCall[] {
    const parts = this.windows.length + 1;
    const size = Math.floor(this.planned.length / parts);
    return Array.from({ length: parts }, (_, index) => {
      const part = [index * size + 1, index === parts - 1 ? this.planned.length : (index + 1) * size] as const;
      const window = this.windows[index];
      return window ? faultWindow(this.integ, this.ledger, window, [this.sendPart(part)]) : [this.sendPart(part)];
    }).flat();
  }

  untilSetAside(): IApiCall {
    return this.untilBooksAre((station) => ({
      // A FIFO entrance removes the copy; another delivers it, and its work is done once all the same.
      resent: this.removesCopies() ? 0 : this.dueWith(station, 'resend').length,
      effects: this.due(station).length - this.poison(station).length,
      setAside: this.poison(station),
      // Without this a fault that never struck would look like one that did no harm.
      failures: this.failures(station),
    }));
  }

  redrive(): IApiCall[] {
    return Object.keys(this.stations)
      .filter((station) => this.poison(station).length > 0 || station === SOLE_STATION)
      .map((station) => expectAnswer(this.integ, this.ledger.redriver, { run: this.run, station }, { redriven: this.poison(station) }));
  }

  untilDone(): IApiCall {
    return this.untilBooksAre((station) => ({ effects: this.due(station).length, setAside: [] }));
  }

  private sendPart(part: readonly [number, number]): IApiCall {
    const sent = this.planned.filter(({ number }) => number >= part[0] && number <= part[1]);
    const refused = numbersWith('oversize', sent).length;
    return expectAnswer(this.integ, this.ledger.producer, { run: this.run, ...this.plan, part }, {
      confirmed: sent.length - refused + numbersWith('resend', sent).length,
      refused,
    });
  }

  private untilBooksAre(expected: (station: string) => Partial<Books>): IApiCall {
    const refused = numbersWith('oversize', this.planned).length;
    const booksOf = (station: string) => ({ ...SETTLED, altered: [], accepted: this.due(station).length, ...expected(station) });
    return untilBooksAre(this.integ, this.ledger, this.run, SOLE_STATION in this.stations
      ? { ...booksOf(SOLE_STATION), refused }
      : {
        ...SETTLED,
        altered: 0,
        accepted: this.planned.length - refused,
        refused,
        stations: Object.fromEntries(Object.keys(this.stations).map((station) => [station, booksOf(station)])),
      });
  }

  /** A stream keeps the order of a group as FIFO queues and topics do, but takes every copy for a record. */
  private removesCopies(): boolean {
    return this.plan.groups !== undefined && !STREAMS.includes(this.ledger.factsOf(this.run).entrance.kind);
  }

  /** The messages that are due at a consumer, if the entrance takes them. */
  private due(station: string): PlannedMessage[] {
    return this.planned.filter(({ fault, category }) => fault !== 'oversize' && isDue(this.stations[station]!, category));
  }

  private dueWith(station: string, fault: Fault): number[] {
    return numbersWith(fault, this.due(station));
  }

  private poison(station: string): number[] {
    return this.strikesAt(station) ? this.dueWith(station, 'poison') : [];
  }

  private failures(station: string): Record<string, number> {
    const counts = FAILURES.map((fault) => [fault, this.dueWith(station, fault).length] as const);
    return this.strikesAt(station) ? Object.fromEntries(counts.filter(([, count]) => count > 0)) : {};
  }

  private strikesAt(station: string): boolean {
    return this.plan.faultAt?.includes(station) ?? true;
  }
}

/** Makes each call wait for the one before. */
export function inOrder(calls: readonly IApiCall[]): void {
  calls.reduce((before, call) => before.next(call));
}
