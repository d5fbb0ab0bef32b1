import type { Aws } from './aws';
import type { Kept } from './kept';
import { readKept } from './kept';
import type { Outcome } from './outcome';
import type { Progress } from './progress';
import type { Item } from './select';
import type { Target } from './store';

/** An object that has been read, and who takes what it keeps. */
export type Read =
  | { readonly outcome: Outcome; readonly kept: Exclude<Kept, { readonly unusable: string }>; readonly target: Target }
  | { readonly outcome: Outcome; readonly kept?: undefined };

/** Reads an object, and decides who takes what it keeps. */
export async function read(item: Item, aws: Aws, progress: Progress): Promise<Read> {
  const content = await aws.read(item.store, item.object.key);
  const kept: Kept = content === undefined ? { unusable: 'it is not there any more' } : readKept(content);
  const facts = {
    item,
    form: kept.form,
    recordedFor: 'recordedFor' in kept ? kept.recordedFor : undefined,
    conditions: kept.conditions ?? [],
    records: 'records' in kept ? kept.records?.length : undefined,
  };
  if ('unusable' in kept) {
    return { outcome: { ...facts, status: 'refused', reason: kept.unusable } };
  }
  const { store } = item;
  if (store.form !== undefined && store.form !== kept.form) {
    return { outcome: { ...facts, status: 'refused', reason: `it is none of the ${store.title}` } };
  }
  const target = store.targetOf(kept);
  if ('refused' in target) {
    return { outcome: { ...facts, status: 'refused', reason: target.refused } };
  }
  const state = progress.of(item.id);
  const left = state === undefined || state === 'done' ? undefined : state.left.length;
  return { outcome: { ...facts, target: 'functionName' in target ? target.functionName : target.deliveryStream, left, status: 'waiting' }, kept, target };
}
