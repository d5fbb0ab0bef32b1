import type { OutgoingMessage, Sender } from './entrances/entrance';
import { SENDERS } from './entrances/senders';
import { Entries } from './entries';
import type { PlannedMessage } from './faults';
import type { LedgerMessage } from './message';
import { markOf } from './message';
import { factsOf } from './runs';

export interface Sent {
  /** How many copies were confirmed. */
  readonly confirmed: number;
  /** How many copies were refused. */
  readonly refused: number;
}

/** Calls under way at a time. Messages with groups are sent one call after the other, which keeps their order. */
const PARALLEL = 4;

/** Sends the copies to the entrance of a run, and records what became of each. */
export async function send(run: string, copies: readonly PlannedMessage[]): Promise<Sent> {
  const { entrance: { kind, address } } = factsOf(run);
  const sender = await SENDERS[kind]();
  const batches = batchesOf(copies, sender.batchSize);
  const sent: Sent[] = [];
  const sendInTurn = async () => {
    for (let batch = batches.shift(); batch; batch = batches.shift()) {
      sent.push(await sendBatch(run, sender, address, batch));
    }
  };
  await Promise.all(Array.from({ length: copies.some(({ group }) => group) ? 1 : PARALLEL }, sendInTurn));
  return { confirmed: sent.reduce((sum, { confirmed }) => sum + confirmed, 0), refused: sent.reduce((sum, { refused }) => sum + refused, 0) };
}

/** A message that is too large goes alone, because its whole call is refused. */
function batchesOf(copies: readonly PlannedMessage[], size: number): PlannedMessage[][] {
  const batches: PlannedMessage[][] = [];
  for (const copy of copies) {
    const last = batches[batches.length - 1];
    if (last && last.length < size && last[0]!.fault !== 'oversize' && copy.fault !== 'oversize') {
      last.push(copy);
    } else {
      batches.push([copy]);
    }
  }
  return batches;
}

async function sendBatch(run: string, sender: Sender, address: string, batch: readonly PlannedMessage[]): Promise<Sent> {
  const { confirmed, refused } = await sendOrRefuse(sender, address, batch, batch.map((message) => outgoing(run, sender, message)));
  await new Entries(run).append([
    ...confirmed.map(({ number, messageId, sequence, digest }) => {
      const { group, category } = batch.find((message) => message.number === number)!;
      return { kind: 'accepted' as const, number, messageId, at: Date.now(), group, category, sequence, digest };
    }),
    ...refused.map(({ number, reason }) => ({ kind: 'refused' as const, number, at: Date.now(), reason })),
  ]);
  return { confirmed: confirmed.length, refused: refused.length };
}

async function sendOrRefuse(
  sender: Sender, address: string, batch: readonly PlannedMessage[], messages: readonly OutgoingMessage[],
): ReturnType<Sender['send']> {
  try {
    return await sender.send(address, messages);
  } catch (error) {
    // Any other error is one of the ledger or of the entrance, and ends the run.
    if (batch[0]!.fault === 'oversize' && (error as { readonly $fault?: string }).$fault === 'client') {
      return { confirmed: [], refused: [{ number: batch[0]!.number, reason: (error as Error).message }] };
    }
    throw error;
  }
}

function outgoing(run: string, sender: Sender, { number, fault, faultAt, category, group, delaySeconds }: PlannedMessage): OutgoingMessage {
  const message: LedgerMessage = {
    run,
    number,
    ...(fault ? { fault } : {}),
    ...(faultAt ? { faultAt } : {}),
    ...(category ? { category } : {}),
    ...(fault === 'oversize' ? { content: 'x'.repeat(sender.limit) } : {}),
  };
  return {
    number,
    body: JSON.stringify(message),
    mark: markOf(run, number),
    deduplicationId: `${run}-${number}`,
    ...(category ? { category } : {}),
    ...(group ? { group } : {}),
    ...(delaySeconds ? { delaySeconds } : {}),
  };
}
