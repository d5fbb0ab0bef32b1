import { setTimeout as sleep } from 'node:timers/promises';
import type { DeskClient, OrderRecord } from './desk-client';

/** What SQS said at one moment. */
export interface Sample {
  readonly at: number;
  /** Orders that SQS had confirmed to the sender. */
  readonly accepted: number;
  /** Messages that the queue held. */
  readonly waiting: number;
  /** Messages that the dead-letter queue held. */
  readonly setAside: number;
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
   * @param accepted how many orders SQS has confirmed by now
   * @param onSample hears each sample
   * @param onRecords hears the orders in the table, less often
   */
  constructor(
    private readonly client: DeskClient,
    private readonly accepted: () => number,
    private readonly onSample: (sample: Sample) => void,
    private readonly onRecords: (records: readonly OrderRecord[]) => void,
  ) {}

  start(): void {
    this.loop = this.watch();
    // Whoever waits for the queue hears of a failure; until then it must not end the process.
    this.loop.catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.loop;
  }

  /** Answers once the queue is empty, or, with false, when nothing has moved for a minute. */
  async untilQueueIsEmpty(): Promise<boolean> {
    const since = Date.now();
    const failure = this.loop.then(() => { throw new Error('the watch over the queue has ended'); });
    return Promise.race([failure, this.poll(since)]);
  }

  private async poll(since: number): Promise<boolean> {
    for (;;) {
      await sleep(INTERVAL_MS / 2);
      const recent = this.samples.filter(({ at }) => at >= since);
      // Two in a row: what SQS reports is approximate.
      if (recent.length >= 2 && recent.slice(-2).every(({ waiting }) => waiting === 0)) {
        return true;
      }
      const latest = recent[recent.length - 1];
      const moved = [...recent].reverse().find(({ waiting, setAside }) => waiting !== latest?.waiting || setAside !== latest?.setAside)?.at ?? since;
      if (latest && latest.at - moved > PATIENCE_MS) {
        return false;
      }
    }
  }

  private async watch(): Promise<void> {
    while (!this.stopped.signal.aborted) {
      const [waiting, setAside] = await Promise.all([this.client.countWaiting(), this.client.countDeadLetters()]);
      const sample = { at: Date.now(), accepted: this.accepted(), waiting, setAside };
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
    this.onRecords(await this.client.readOrders());
    this.nextReading = Date.now() + READING_SHARE * (Date.now() - begin) + INTERVAL_MS;
  }
}
