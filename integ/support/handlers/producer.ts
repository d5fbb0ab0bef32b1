import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Entries } from '../entries';
import type { PlannedMessage, PlanOptions } from '../faults';
import { planMessages } from '../faults';
import type { LedgerMessage } from '../recording-handler';
import { queuesOf } from '../runs';

export interface ProducerEvent extends PlanOptions {
  readonly run: string;
}

const sqs = new SQSClient({});

/** The most entries that SendMessageBatch takes. */
const BATCH = 10;

/** Batches under way at a time to a standard queue. A FIFO queue gets one after the other, which keeps their order. */
const PARALLEL = 4;

/** Sends the planned messages, and records each one that SQS confirmed. Answers how many copies it confirmed. */
export async function handler(event: ProducerEvent): Promise<{ confirmed: number }> {
  const plan = planMessages(event);
  const copies = [...plan, ...plan.filter((message) => message.fault === 'resend')];
  const batches = Array.from({ length: Math.ceil(copies.length / BATCH) }, (_, index) => copies.slice(index * BATCH, (index + 1) * BATCH));
  const confirmed: string[] = [];
  const sendInTurn = async () => {
    for (let batch = batches.shift(); batch; batch = batches.shift()) {
      confirmed.push(...await send(event.run, batch));
    }
  };
  await Promise.all(Array.from({ length: event.groups ? 1 : PARALLEL }, sendInTurn));
  return { confirmed: confirmed.length };
}

async function send(run: string, batch: readonly PlannedMessage[]): Promise<string[]> {
  const answer = await sqs.send(new SendMessageBatchCommand({
    QueueUrl: queuesOf(run).queueUrl,
    Entries: batch.map(({ number, fault, group }, index) => ({
      Id: String(index),
      MessageBody: JSON.stringify({ run, number, ...(fault ? { fault } : {}) } satisfies LedgerMessage),
      ...(group ? { MessageGroupId: group, MessageDeduplicationId: `${run}-${number}` } : {}),
    })),
  }));
  const confirmed = answer.Successful ?? [];
  await new Entries(run).append(confirmed.map(({ Id, MessageId, SequenceNumber }) => {
    const { number, group } = batch[Number(Id)]!;
    return {
      kind: 'accepted' as const,
      number,
      messageId: MessageId!,
      at: Date.now(),
      ...(group ? { group } : {}),
      ...(SequenceNumber ? { sequence: SequenceNumber } : {}),
    };
  }));
  return confirmed.map(({ MessageId }) => MessageId!);
}
