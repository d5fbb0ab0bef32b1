import { GetQueueAttributesCommand, QueueDoesNotExist, SQSClient } from '@aws-sdk/client-sqs';
import type { Books, Entry, SetAsideRecord, TopologyBooks } from '../books';
import { balance, sumUp } from '../books';
import { readDeadLetters } from '../dead-letters';
import { Entries } from '../entries';
import type { StationFacts } from '../runs';
import { bookName, factsOf, isDue, placesOf, SOLE_STATION } from '../runs';

const sqs = new SQSClient({});

/** Draws up the books of a run: of its only consumer, or of all its consumers with their sum. */
export async function handler({ run }: { readonly run: string }): Promise<Books | TopologyBooks> {
  const { stations, sourceDeadLetters } = factsOf(run);
  // In the direction in which messages move, so that one that moves meanwhile is seen twice rather than not at all.
  const atSource = sourceDeadLetters ? await readDeadLetters(sqs, sourceDeadLetters) : [];
  const seen = await Promise.all(Object.entries(stations).map(async ([name, station]) => [name, station, await lookAt(station)] as const));

  const sent = await new Entries(run).all();
  const books: Record<string, Books> = {};
  for (const [name, station, { inFlight, setAside, records }] of seen) {
    const entries = name === SOLE_STATION
      ? sent
      : [...sent.filter((entry) => isAbout(entry, station)), ...await new Entries(bookName(run, name)).all()];
    const accepted = new Set(entries.filter(({ kind }) => kind === 'accepted').map(({ number }) => number));
    books[name] = balance(entries, [...setAside, ...atSource.filter((number) => accepted.has(number))], inFlight, records);
  }
  return books[SOLE_STATION] ?? sumUp(sent, atSource, books);
}

function isAbout(entry: Entry, station: StationFacts): boolean {
  return entry.kind === 'accepted' && isDue(station, entry.category);
}

interface Sight {
  readonly inFlight: number;
  readonly setAside: readonly number[];
  readonly records: readonly SetAsideRecord[];
}

/** Nobody can see how much of a stream a consumer has still to read: what is neither done nor set aside counts as lost until it is. */
async function lookAt(station: StationFacts): Promise<Sight> {
  const inFlight = station.queue ? await countMessages(station.queue) : 0;
  const setAside = (await Promise.all(placesOf(station).map((place) => readDeadLetters(sqs, place)))).flat();
  return { inFlight, setAside, records: await lookAtFailures(station) };
}

async function lookAtFailures({ failures }: StationFacts): Promise<readonly SetAsideRecord[]> {
  if (!failures) {
    return [];
  }
  // Loaded here, because few runs need it. An import of this form must name the compiled file.
  const { readFailures } = await import('../failure-store.js');
  return readFailures(failures);
}

/** Waiting, being processed and delayed. A queue that is gone has nothing. */
async function countMessages(queueUrl: string): Promise<number> {
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible', 'ApproximateNumberOfMessagesDelayed'] as const;
  try {
    const { Attributes: attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [...names] }));
    return names.reduce((sum, name) => sum + Number(attributes[name]), 0);
  } catch (error) {
    if (error instanceof QueueDoesNotExist) {
      return 0;
    }
    throw error;
  }
}
