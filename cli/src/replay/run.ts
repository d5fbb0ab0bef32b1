import { createHash } from 'node:crypto';
import { firstFailure } from './answer';
import type { Aws, Invocation } from './aws';
import { isAwsError } from './aws';
import { read } from './describe';
import type { KeptBatch, KeptInvocation, KeptRecords, StreamRecord } from './kept';
import type { Outcome } from './outcome';
import type { Progress } from './progress';
import type { Item } from './select';
import { eventOf } from './stream-batch';
import { chunksOf } from '../../../runtime/src/put-all';

/** What a replay works with. */
export interface Means {
  readonly aws: Aws;
  readonly progress: Progress;
  /** Resolves when the next call may be made. */
  readonly pace: () => Promise<void>;
  /** How often a record is put into a Firehose stream again. */
  readonly maxPuts: number;
  /** Whether a batch of a stream that fails as a whole is halved, until the records that fail are found. */
  readonly bisect: boolean;
  /** Whether an object that has been replayed is deleted. */
  readonly remove: boolean;
  readonly isInterrupted: () => boolean;
  /** Called before the first call for an object. */
  readonly onRead: (outcome: Outcome) => void;
  readonly onOutcome: (outcome: Outcome) => void;
}

/** How a replay has ended. */
export interface Run {
  readonly outcomes: readonly Outcome[];
  /** Why it did not go on to the end. */
  readonly stopped?: string | undefined;
}

type Result = Pick<Outcome, 'status' | 'left' | 'reason'>;

const INTERRUPTED = 'it was interrupted';

/** A record that is not accepted is tried so often. */
const PUT_ROUNDS = 3;

/** What PutRecordBatch takes at most; of the 4 MiB of a request, base64 leaves three. */
const PUT_RECORDS = 500;
const PUT_BYTES = 3 * 2 ** 20;

/** Replays objects one after the other. What AWS refuses ends it, and what has been done until then stays done. */
export async function replay(items: readonly Item[], means: Means): Promise<Run> {
  const outcomes: Outcome[] = [];
  try {
    for (const item of items) {
      if (means.isInterrupted()) {
        return { outcomes, stopped: INTERRUPTED };
      }
      const outcome = await replayItem(item, means);
      outcomes.push(outcome);
      means.onOutcome(outcome);
    }
    return { outcomes };
  } catch (error) {
    if (isAwsError(error)) {
      return { outcomes, stopped: error.message };
    }
    throw error;
  }
}

/** Deletes what has been replayed before. */
export async function removeDone(items: readonly Item[], { aws, isInterrupted }: Pick<Means, 'aws' | 'isInterrupted'>): Promise<void> {
  for (const { store, object } of items) {
    if (!isInterrupted()) {
      await aws.remove(store, object.key);
    }
  }
}

async function replayItem(item: Item, means: Means): Promise<Outcome> {
  const { outcome, ...found } = await read(item, means.aws, means.progress);
  if (found.kept === undefined) {
    return outcome;
  }
  const { kept, target } = found;
  means.onRead(outcome);
  const result = 'functionName' in target
    ? await invoked(item, kept as KeptBatch | KeptInvocation, target.functionName, means)
    : await put(item, kept as KeptRecords, target.deliveryStream, means);
  if (result.status === 'replayed') {
    means.progress.set(item.id, 'done');
    if (means.remove) {
      await means.aws.remove(item.store, item.object.key);
    }
  }
  return { ...outcome, ...result };
}

async function invoked(item: Item, kept: KeptBatch | KeptInvocation, functionName: string, means: Means): Promise<Result> {
  if (kept.form === 'stream-batch' && kept.records !== undefined && kept.records.length > 0) {
    return batch(item, kept, kept.records, functionName, means);
  }
  const invocation = await invoke(kept.event, functionName, means);
  if ('error' in invocation) {
    return { status: 'failed', reason: invocation.error };
  }
  return kept.form === 'stream-batch' && firstFailure(invocation.answer, []) === undefined
    ? { status: 'failed', reason: `it answers ${shortened(invocation.answer)}` }
    : { status: 'replayed' };
}

/**
 * Invokes a function with a batch, and if it answers that one of the records has failed, with those behind it: a record that fails for ever
 * keeps none of the others. Whoever throws names none, so that only halves can tell; Lambda calls it bisecting.
 */
async function batch(item: Item, kept: KeptBatch, all: readonly StreamRecord[], functionName: string, means: Means): Promise<Result> {
  const failed: StreamRecord[] = [];
  const open = [leftOf(item, all, means.progress)];
  const left = () => [...failed, ...open.flat()];
  let reason: string | undefined;
  for (let part = open.shift(); part !== undefined; part = open.shift()) {
    if (means.isInterrupted()) {
      open.unshift(part);
      reason = INTERRUPTED;
      break;
    }
    const invocation = await invoke(part.length === all.length ? kept.event : eventOf(kept, part), functionName, means);
    const at = 'answer' in invocation ? firstFailure(invocation.answer, part) : undefined;
    if (at !== undefined) {
      failed.push(...part.slice(at, at + 1));
      open.unshift(...[part.slice(at + 1)].filter(({ length }) => length > 0));
    } else {
      reason = 'error' in invocation ? invocation.error : `it names in its answer what is not in the batch: ${shortened(invocation.answer)}`;
      if (!means.bisect) {
        open.unshift(part);
        break;
      }
      const half = Math.ceil(part.length / 2);
      if (part.length === 1) {
        failed.push(...part);
      } else {
        open.unshift(part.slice(0, half), part.slice(half));
      }
    }
    if (left().length > 0 && left().length < all.length) {
      means.progress.set(item.id, { left: left().map(({ id }) => id) });
    }
  }
  const ids = left().map(({ id }) => id);
  return ids.length === 0
    ? { status: 'replayed', left: 0 }
    : { status: 'failed', left: ids.length, reason: reason ?? `it reports as failed: ${ids.slice(0, 3).join(', ')}${ids.length > 3 ? ', …' : ''}` };
}

async function put(item: Item, { records }: KeptRecords, deliveryStream: string, means: Means): Promise<Result> {
  const { progress, maxPuts } = means;
  const all = records.map((data, index) => ({ id: String(index), data, hash: createHash('sha256').update(data).digest('hex') }));
  const meant = leftOf(item, all, progress);
  const spent = meant.filter(({ hash }) => progress.puts(hash) >= maxPuts);
  let open = meant.filter((record) => !spent.includes(record));
  const counted = new Set<string>();
  let reason: string | undefined;
  for (let round = 0; round < PUT_ROUNDS && open.length > 0 && !means.isInterrupted(); round += 1) {
    for (const chunk of chunksOf(open, ({ data }) => data.length, { count: PUT_RECORDS, size: PUT_BYTES })) {
      await means.pace();
      const errors = await means.aws.put(deliveryStream, chunk.map(({ data }) => data));
      const accepted = new Set(chunk.filter((_, index) => errors[index] === undefined));
      // Once for each object: the same data may be in it more than once.
      for (const { hash } of accepted) {
        if (!counted.has(hash)) {
          progress.countPut(hash);
        }
        counted.add(hash);
      }
      reason = errors.find((error) => error !== undefined) ?? reason;
      open = open.filter((record) => !accepted.has(record));
      const left = [...spent, ...open];
      if (left.length > 0) {
        progress.set(item.id, { left: left.map(({ id }) => id) });
      }
    }
  }
  if (open.length > 0) {
    return { status: 'failed', left: open.length + spent.length, reason: reason ?? INTERRUPTED };
  }
  return spent.length === 0
    ? { status: 'replayed', left: 0 }
    : { status: 'failed', left: spent.length, reason: `it was put ${maxPuts} times before and comes back; --max-attempts allows more` };
}

/** What an interrupted replay has left of an object. */
function leftOf<T extends { readonly id: string }>({ id: object }: Item, all: readonly T[], progress: Progress): readonly T[] {
  const state = progress.of(object);
  if (state === undefined || state === 'done') {
    return all;
  }
  const left = new Set(state.left);
  return all.filter(({ id }) => left.has(id));
}

async function invoke(event: string, functionName: string, { aws, pace }: Means): Promise<Invocation> {
  await pace();
  return aws.invoke(functionName, event);
}

function shortened(text: string): string {
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}
