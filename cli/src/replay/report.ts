import type { Outcome } from './outcome';
import type { Selected } from './select';
import type { Store } from './store';
import { functionNameOf, urlOf } from './store';

/** What a run has found and done. */
export interface ReplayReport {
  readonly source: string;
  readonly stores: readonly Store[];
  readonly outcomes: readonly Outcome[];
  readonly selected: Selected;
  /** The command that would replay what is listed. */
  readonly command?: string | undefined;
  readonly progressFile: string;
  /** Whether it was replayed, each outcome having been said already. */
  readonly yes: boolean;
  readonly stopped?: string | undefined;
}

/** So many objects are listed one by one; JSON has all. */
const SHOWN = 50;

const FORMS = { 'stream-batch': 'batch', 'async-invocation': 'invocation', 'firehose-records': 'Firehose' } as const;

/** For people: store by store. */
export function text(report: ReplayReport, now: Date): string {
  const { source, stores, outcomes, selected: { items, done, beyondLimit }, command, progressFile, yes } = report;
  const lines = yes ? [] : stores.flatMap((store) => [
    `${store.title}, in ${urlOf(store)}`,
    ...ofStore(outcomes.filter(({ item }) => item.store === store), now),
    '',
  ]);
  const notes = [
    ...done.length === 0 ? [] : [`${counted(done.length, 'object')} replayed before, says ${progressFile}`],
    ...beyondLimit === 0 ? [] : [`${counted(beyondLimit, 'object')} more than --limit`],
    ...items.length > outcomes.length ? [`${counted(items.length - outcomes.length, 'object')} not looked at`] : [],
    ...command === undefined ? [] : ['nothing was replayed; this would:', `  ${command}`],
  ];
  return `${[...lines, ...notes, `${source}: ${summary(outcomes)}`].join('\n')}\n`;
}

/** How many are what. */
export function summary(outcomes: readonly Outcome[]): string {
  const words: Readonly<Record<Outcome['status'], string>> = { waiting: 'to be replayed', replayed: 'replayed', failed: 'still failing', refused: 'cannot be replayed' };
  const counts = Object.entries(words).map(([status, word]) => [outcomes.filter((outcome) => outcome.status === status).length, word] as const);
  return counts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`).join(', ') || 'nothing to be replayed';
}

/** For tools. */
export function json({ source, stores, outcomes, selected: { items, done, beyondLimit }, progressFile, stopped }: ReplayReport): string {
  const count = (status: Outcome['status']) => outcomes.filter((outcome) => outcome.status === status).length;
  return `${JSON.stringify({
    source,
    stores: stores.map(({ bucket, prefix, title, form }) => ({ bucket, prefix, title, form })),
    objects: outcomes.map(({ item: { store, object }, ...of }) => ({
      bucket: store.bucket, key: object.key, bytes: object.bytes, stored: object.stored.toISOString(), ...of,
    })),
    summary: {
      waiting: count('waiting'),
      replayed: count('replayed'),
      failed: count('failed'),
      refused: count('refused'),
      replayedBefore: done.length,
      beyondLimit,
      notLookedAt: items.length - outcomes.length,
    },
    progress: progressFile,
    stopped,
  }, null, 2)}\n`;
}

/** Of one object, in one line. */
export function line({ item: { object, url }, form, target, recordedFor, conditions, records, left, status, reason }: Outcome, now: Date): string {
  const of = [
    ageOf(object.stored, now),
    sizeOf(object.bytes),
    ...form === undefined ? [] : [records === undefined ? FORMS[form] : `${FORMS[form]} of ${counted(records, 'record')}`],
    ...left === undefined || left === 0 || left === records ? [] : [`${left} left`],
    ...conditions,
    ...target === undefined && recordedFor === undefined ? [] : [`for ${functionNameOf(target ?? recordedFor ?? '')}`],
  ].join(', ');
  return `${status === 'waiting' ? '' : `${status}: `}${url} (${of})${reason === undefined ? '' : `: ${reason}`}`;
}

function ofStore(outcomes: readonly Outcome[], now: Date): string[] {
  if (outcomes.length === 0) {
    return ['  nothing'];
  }
  const [first, last] = [outcomes[0], outcomes.at(-1)] as [Outcome, Outcome];
  const bytes = outcomes.reduce((sum, { item: { object } }) => sum + object.bytes, 0);
  const ages = outcomes.length === 1 ? ageOf(first.item.object.stored, now) : `oldest ${ageOf(first.item.object.stored, now)}, newest ${ageOf(last.item.object.stored, now)}`;
  return [
    `  ${counted(outcomes.length, 'object')}, ${sizeOf(bytes)}, ${ages}`,
    ...outcomes.slice(0, SHOWN).map((outcome) => `  ${line(outcome, now)}`),
    ...outcomes.length > SHOWN ? [`  … and ${outcomes.length - SHOWN} more (--format json lists all)`] : [],
  ];
}

function ageOf(stored: Date, now: Date): string {
  const minutes = Math.max(0, Math.floor((now.getTime() - stored.getTime()) / 60_000));
  const [days, hours] = [Math.floor(minutes / 1_440), Math.floor(minutes / 60) % 24];
  return days > 0 ? `${days} d ${hours} h` : hours > 0 ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
}

function sizeOf(bytes: number): string {
  return bytes < 1_000 ? `${bytes} B` : bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
