import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { Entries } from './entries';
import type { Fault } from './faults';

/** The body of a ledger's message, as JSON. */
export interface LedgerMessage {
  readonly run: string;
  readonly number: number;
  readonly fault?: Fault;
  /** What a producer of one's own adds. */
  readonly content?: unknown;
}

/** Does the work of a message; throws when it cannot. */
export type Work = (message: LedgerMessage) => Promise<void>;

/**
 * Makes a handler that behaves as each message's fault says, does its work if there is any, and records what happened in the ledger.
 *
 * Messages of a standard queue are processed at once. Messages of one FIFO group are processed in turn, and after a failure the rest of the group is left, because
 * what comes after it must not overtake it. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function recordingHandler(work?: Work): (event: SQSEvent) => Promise<SQSBatchResponse> {
  return async (event) => {
    const deliveries = event.Records.map((record) => new Delivery(record, work));
    await recordDeliveries(deliveries);
    await Promise.all(lines(deliveries).map(processInTurn));
    if (deliveries.some((delivery) => delivery.state === 'batch-error')) {
      // The worst moment: the rest of the batch is done and will be delivered again.
      throw new Error('batch-error: the handler fails with the whole batch');
    }
    return { batchItemFailures: deliveries.filter((delivery) => delivery.state !== 'done').map((delivery) => ({ itemIdentifier: delivery.messageId })) };
  };
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
  for (const run of new Set(deliveries.map((delivery) => delivery.message.run))) {
    await new Entries(run).append(deliveries.filter((delivery) => delivery.message.run === run).map((delivery) => ({
      kind: 'delivery',
      number: delivery.message.number,
      messageId: delivery.messageId,
      receiveCount: delivery.receiveCount,
      at: Date.now(),
    })));
  }
}

class Delivery {
  state: 'waiting' | 'done' | 'failed' | 'batch-error' = 'waiting';
  readonly message: LedgerMessage;
  readonly messageId: string;
  readonly group: string | undefined;
  readonly receiveCount: number;
  private readonly entries: Entries;

  constructor(record: SQSRecord, private readonly work: Work | undefined) {
    this.message = JSON.parse(record.body) as LedgerMessage;
    this.messageId = record.messageId;
    this.group = record.attributes.MessageGroupId;
    this.receiveCount = Number(record.attributes.ApproximateReceiveCount);
    this.entries = new Entries(this.message.run);
  }

  async process(): Promise<void> {
    if (this.message.fault === 'batch-error' && this.receiveCount === 1) {
      this.state = 'batch-error';
      await this.recordFailure('batch-error: the first delivery fails with its whole batch');
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

  private async misbehave(): Promise<void> {
    if (this.message.fault === 'transient' && this.receiveCount <= 2) {
      throw new Error(`transient: delivery ${this.receiveCount} fails, the third succeeds`);
    }
    if (this.message.fault === 'poison' && !await this.entries.isRepaired()) {
      throw new Error('poison: fails until it is repaired');
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
