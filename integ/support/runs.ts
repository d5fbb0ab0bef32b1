import type { EntranceKind } from './entrances/entrance';

/** The name of the only consumer of a run that has no other. */
export const SOLE_STATION = '';

/** Where a consumer's failures are kept. */
export interface FailureStoreFacts {
  readonly bucket: string;
  readonly prefix: string;
}

/** The queues of a consumer, by their URLs. A consumer that no queue feeds has none. */
export interface StationFacts {
  readonly queue?: string;
  readonly deadLetters?: string;
  /** Further queues in which messages for this consumer are set aside. */
  readonly alsoSetAsideIn?: readonly string[];
  /** What a stream's consumer failed at. */
  readonly failures?: FailureStoreFacts;
  /** The categories of the messages that are due here. All, when there are none. */
  readonly categories?: readonly string[];
}

/** What a run goes through, as the ledger's functions get it in LEDGER_RUNS. */
export interface RunFacts {
  readonly entrance: { readonly kind: EntranceKind; readonly address: string };
  readonly stations: Readonly<Record<string, StationFacts>>;
  /** The queue in which the source itself sets aside what it cannot deliver to anyone. */
  readonly sourceDeadLetters?: string;
}

export function allRuns(json = process.env.LEDGER_RUNS): Record<string, RunFacts> {
  return JSON.parse(json ?? '{}') as Record<string, RunFacts>;
}

export function factsOf(run: string): RunFacts {
  const facts = allRuns()[run];
  if (!facts) {
    throw new Error(`the ledger follows no run '${run}'; it follows: ${Object.keys(allRuns()).join(', ')}`);
  }
  return facts;
}

/** The queues in which messages for a consumer are set aside. */
export function placesOf({ deadLetters, alsoSetAsideIn = [] }: StationFacts): string[] {
  return [...(deadLetters ? [deadLetters] : []), ...alsoSetAsideIn];
}

/** Whether a message is due at a consumer. */
export function isDue(station: StationFacts, category: string | undefined): boolean {
  return station.categories === undefined || (category !== undefined && station.categories.includes(category));
}

/** Under which name a consumer's entries are kept. */
export function bookName(run: string, station: string | undefined): string {
  return station ? `${run}/${station}` : run;
}

/** The ARN of a queue of this function's own region. */
export function queueArn(url: string): string {
  const [account, name] = url.split('/').slice(-2);
  return `arn:${process.env.LEDGER_PARTITION}:sqs:${process.env.AWS_REGION}:${account}:${name}`;
}
