import { setTimeout as sleep } from 'node:timers/promises';
import type { DeskClient, WorkRecord } from './desk-client';
import type { Station } from './order-plan';
import { STATIONS } from './order-plan';

/** What SQS said at one moment. */
export interface Sample {
  readonly at: number;
  /** Messages that the queue of each station held. */
  readonly waiting: Readonly<Record<Station, number>>;
  /** Messages that its dead-letter queue held. */
  readonly setAside: Readonly<Record<Station, number>>;
}

const INTERVAL_MS = 250;
/** The table is read whole, so only when this many times as long as the last reading took has passed. */
const READING_SHARE = 4;
/** A run in which nothing moves for so long will not end by itself. */
const PATIENCE_MS = 60_000;

/** Watches the queues and the table while the run goes on. */
export class Sampler {
  readonly samples: Sample[] = [];
  private readonly stopped = new AbortController();
  private loop: Promise<void> = Promise.resolve();
  private nextReading = 0;

  /**
   * @param onSample hears each sample
   * @param onRecords hears what the stations have kept, less often
   */
  constructor(
    private readonly client: DeskClient,
    private readonly onSample: (sample: Sample) => void,
    private readonly onRecords: (records: readonly WorkRecord[]) => void,
  ) {}

  start(): void {
    this.loop = this.watch();
    // Whoever waits for the queues hears of a failure; until then it must not end the process.
    this.loop.catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.loop;
  }

  /** Answers once the queues are empty, or, with false, when nothing has moved for a minute. */
  async untilQueuesAreEmpty(): Promise<boolean> {
    const since = Date.now();
    const failure = this.loop.then(() => { throw new Error('the watch over the queues has ended'); });
    return Promise.race([failure, this.poll(since)]);
  }

  private async poll(since: number): Promise<boolean> {
    for (;;) {
      await sleep(INTERVAL_MS / 2);
      const recent = this.samples.filter(({ at }) => at >= since);
      // Two in a row: what SQS reports is approximate.
      if (recent.length >= 2 && recent.slice(-2).every(({ waiting }) => total(waiting) === 0)) {
        return true;
      }
      const latest = recent[recent.length - 1];
      const moved = [...recent].reverse().find((sample) => countsOf(sample) !== countsOf(latest!))?.at ?? since;
      if (latest && latest.at - moved > PATIENCE_MS) {
        return false;
      }
    }
  }

  private async watch(): Promise<void> {
    while (!this.stopped.signal.aborted) {
      const [waiting, setAside] = await Promise.all([
        ofEach((station) => this.client.countWaiting(station)),
        ofEach((station) => this.client.countDeadLetters(station)),
      ]);
      const sample = { at: Date.now(), waiting, setAside };
      this.samples.push(sample);
      this.onSample(sample);
      await this.readRecords();
      await sleep(INTERVAL_MS, undefined, { signal: this.stopped.signal }).catch(() => undefined);
    }
  }

  private async readRecords(): Promise<void> {
    const begin = Date.now();
    if (begin < this.nextReading) {
      return;
    }
    this.onRecords(await this.client.readWork());
    this.nextReading = Date.now() + READING_SHARE * (Date.now() - begin) + INTERVAL_MS;
  }
}

/** Asks something of each station. */
export async function ofEach<T>(ask: (station: Station) => Promise<T>): Promise<Record<Station, T>> {
  const answers = await Promise.all(STATIONS.map(async (station) => [station, await ask(station)] as const));
  return Object.fromEntries(answers) as Record<Station, T>;
}

export function total(counts: Readonly<Record<Station, number>>): number {
  return STATIONS.reduce((sum, station) => sum + counts[station], 0);
}

function countsOf({ waiting, setAside }: Sample): string {
  return JSON.stringify([waiting, setAside]);
}
