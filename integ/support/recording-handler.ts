import type { Context, SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { Entries } from './entries';
import type { Fault } from './faults';
import type { LedgerMessage } from './message';
import { messageIn } from './message';
import { bookName } from './runs';
import type { StreamRecord } from './stream-record';
import { contentOf, isStreamRecord } from './stream-record';

/** Does the work of a message; throws when it cannot. */
export type Work = (message: LedgerMessage) => Promise<void>;

/** A batch of a queue or of a stream, which Lambda takes the same answer to. */
export interface Batch {
  readonly Records: readonly (SQSRecord | StreamRecord)[];
}

/** What the handler goes by, wherever a record comes from. */
interface Incoming {
  /** By which the answer names the record. */
  readonly id: string;
  readonly group?: string;
  readonly receiveCount: number;
  /** The message is somewhere in it. */
  readonly content: unknown;
}

export interface RecordingOptions {
  /**
   * Reads a record of a queue, where the message is not in it as it was sent. When it throws, the delivery has failed; the message is then known by its mark, as it is when there is
   * a reason to leave it out.
   *
   * @default - the message is found in the body and the attributes: see `messageIn`
   */
  readonly read?: (record: SQSRecord) => Promise<LedgerMessage | Skip>;
}

/** Why a handler acknowledges a message without doing its work. */
export interface Skip {
  readonly skip: string;
}

/** How much of the time that is left a slow message takes. */
const SLOW_SHARE = 0.85;

/**
 * Makes a handler that behaves as each message's fault says, does its work if there is any, and records what happened in the ledger.
 *
 * Messages of a standard queue are processed at once. Messages of one FIFO group, and records of a stream with one key, are processed in turn, and after a failure
 * the rest of the group is left, because what comes after it must not overtake it. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 *
 * Of a stream Lambda takes the first record that has failed for the end of what is done, and delivers all that comes after it again, also what other keys have done.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
 */
export function recordingHandler(work?: Work, options: RecordingOptions = {}): (event: Batch, context: Context) => Promise<SQSBatchResponse> {
  return async (event, context) => {
    const deliveries = await Promise.all(event.Records.map((record) => Delivery.of(record, context, work, options)));
    await recordDeliveries(deliveries);
    await failDownstream(deliveries);

    const fatal = await firstFatal(deliveries);
    await Promise.all(lines(fatal < 0 ? deliveries : deliveries.slice(0, fatal)).map(processInTurn));
    await deliveries[fatal]?.endInvocation();

    const culprit = deliveries.find((delivery) => delivery.state === 'batch-error');
    if (culprit?.message.fault === 'malformed') {
      // The identifier of no message of the batch.
      return { batchItemFailures: [{ itemIdentifier: '' }] };
    }
    if (culprit) {
      // The worst moment: the rest of the batch is done and will be delivered again.
      throw new Error('batch-error: the handler fails with the whole batch');
    }
    return { batchItemFailures: deliveries.filter((delivery) => delivery.state !== 'done').map((delivery) => ({ itemIdentifier: delivery.messageId })) };
  };
}

/** The place of the delivery that ends the invocation; -1 when none does. */
async function firstFatal(deliveries: readonly Delivery[]): Promise<number> {
  for (const [index, delivery] of deliveries.entries()) {
    if (await delivery.strikes('time-out', 'crash')) {
      return index;
    }
  }
  return -1;
}

/** The deliveries that have to be processed one after the other. */
function lines(deliveries: readonly Delivery[]): Delivery[][] {
  const result = new Map<string, Delivery[]>();
  for (const delivery of deliveries) {
    const line = delivery.group ?? delivery.messageId;
    result.set(line, [...(result.get(line) ?? []), delivery]);
  }
  return [...result.values()];
}

async function processInTurn(line: readonly Delivery[]): Promise<void> {
  for (const delivery of line) {
    await delivery.process();
    if (delivery.state !== 'done') {
      return;
    }
  }
}

async function recordDeliveries(deliveries: readonly Delivery[]): Promise<void> {
  for (const [entries, ofRun] of byRun(deliveries)) {
    await entries.append(ofRun.map((delivery) => ({
      kind: 'delivery',
      number: delivery.message.number,
      messageId: delivery.messageId,
      receiveCount: delivery.receiveCount,
      at: Date.now(),
    })));
  }
}

/** While what the handler depends on is down, no message can be done. */
async function failDownstream(deliveries: readonly Delivery[]): Promise<void> {
  for (const [entries, ofRun] of byRun(deliveries)) {
    if (await entries.isDown()) {
      ofRun.forEach((delivery) => delivery.problem ??= 'downstream: 503 Service Unavailable');
    }
  }
}

function byRun(deliveries: readonly Delivery[]): [Entries, Delivery[]][] {
  const runs = [...new Set(deliveries.map((delivery) => delivery.message.run))];
  return runs.map((run) => {
    const ofRun = deliveries.filter((delivery) => delivery.message.run === run);
    return [ofRun[0]!.entries, ofRun];
  });
}

function incomingOf(record: SQSRecord | StreamRecord): Incoming {
  if (isStreamRecord(record)) {
    const { sequence, group, body } = contentOf(record);
    // Nothing says how often a record was delivered before.
    return { id: sequence, group, receiveCount: 1, content: body };
  }
  const { messageId: id, body, messageAttributes, attributes: { MessageGroupId: group, ApproximateReceiveCount: receiveCount } } = record;
  return { id, ...(group === undefined ? {} : { group }), receiveCount: Number(receiveCount), content: [body, messageAttributes] };
}

class Delivery {
  static async of(record: SQSRecord | StreamRecord, context: Context, work: Work | undefined, { read }: RecordingOptions): Promise<Delivery> {
    const incoming = incomingOf(record);
    const known = messageIn(incoming.content);
    try {
      const found = read && !isStreamRecord(record) ? await read(record) : known;
      const message = found && 'skip' in found ? known : found;
      if (!message) {
        throw new Error(`no message of a ledger is in record ${incoming.id}`);
      }
      const delivery = new Delivery(incoming, message, context, work);
      delivery.skip = found && 'skip' in found ? found.skip : undefined;
      return delivery;
    } catch (error) {
      if (!known) {
        throw error;
      }
      const delivery = new Delivery(incoming, known, context, work);
      delivery.problem = (error as Error).message;
      return delivery;
    }
  }

  state: 'waiting' | 'done' | 'failed' | 'batch-error' = 'waiting';
  /** Why the message cannot be done, whatever its fault. */
  problem: string | undefined;
  /** Why the message is left out. */
  skip: string | undefined;
  readonly messageId: string;
  readonly group: string | undefined;
  readonly receiveCount: number;
  readonly entries: Entries;

  private constructor(
    { id, group, receiveCount }: Incoming,
    readonly message: LedgerMessage,
    private readonly context: Context,
    private readonly work: Work | undefined,
  ) {
    this.messageId = id;
    this.group = group;
    this.receiveCount = receiveCount;
    this.entries = new Entries(bookName(message.run, process.env.LEDGER_STATION));
  }

  /**
   * Whether the message's fault is one of these and strikes now: once, when the handler first comes to the message. By then the message may have been received
   * before, because the handler was throttled or had not come so far in the batch.
   */
  async strikes(...faults: Fault[]): Promise<boolean> {
    return faults.some((fault) => this.hasFault(fault)) && this.entries.strike(this.message.number, 1);
  }

  async process(): Promise<void> {
    if (this.skip !== undefined) {
      await this.entries.append([{ kind: 'skipped', number: this.message.number, messageId: this.messageId, reason: this.skip, at: Date.now() }]);
      this.state = 'done';
      return;
    }
    if (await this.strikes('batch-error', 'malformed')) {
      this.state = 'batch-error';
      await this.recordFailure(`${this.message.fault}: the first attempt fails with its whole batch`);
      return;
    }
    try {
      await this.misbehave();
      await this.work?.(this.message);
      await this.recordEffect();
      this.state = 'done';
    } catch (error) {
      this.state = 'failed';
      await this.recordFailure((error as Error).message);
    }
  }

  /** Ends the invocation without an answer. */
  async endInvocation(): Promise<never> {
    await this.recordFailure(`${this.message.fault}: the first attempt ends the invocation in the middle of its batch`);
    if (this.message.fault === 'crash') {
      process.exit(1);
    }
    // Longer than any timeout; a promise alone would not keep the process waiting.
    return new Promise(() => setTimeout(() => undefined, 900_000));
  }

  private hasFault(fault: Fault): boolean {
    const { fault: own, faultAt } = this.message;
    return own === fault && (faultAt === undefined || faultAt.includes(process.env.LEDGER_STATION ?? ''));
  }

  private async misbehave(): Promise<void> {
    if (this.problem !== undefined) {
      throw new Error(this.problem);
    }
    if (this.hasFault('transient') && await this.entries.strike(this.message.number, 2)) {
      throw new Error('transient: the first two attempts fail, the third succeeds');
    }
    if (this.hasFault('poison') && !await this.entries.isRepaired()) {
      throw new Error('poison: fails until it is repaired');
    }
    if (await this.strikes('slow')) {
      await new Promise((resolve) => setTimeout(resolve, SLOW_SHARE * this.context.getRemainingTimeInMillis()));
    }
  }

  private async recordEffect(): Promise<void> {
    const { number } = this.message;
    const place = this.group === undefined ? {} : { group: this.group, position: await this.entries.nextPosition(this.group) };
    if (!await this.entries.appendOnce({ kind: 'effect', number, at: Date.now(), ...place })) {
      await this.entries.append([{ kind: 'duplicate', number, messageId: this.messageId, at: Date.now() }]);
    }
  }

  private async recordFailure(reason: string): Promise<void> {
    await this.entries.append([{ kind: 'failure', number: this.message.number, messageId: this.messageId, reason, at: Date.now() }]);
  }
}
