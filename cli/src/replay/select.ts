import type { Aws, StoredObject } from './aws';
import type { Progress } from './progress';
import type { Store } from './store';
import { urlOf } from './store';

/** Which objects are meant. */
export interface Selection {
  /** How their keys go on behind the prefix of the store. */
  readonly prefix: string;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  readonly limit?: number | undefined;
}

/** An object of a store. */
export interface Item {
  readonly store: Store;
  readonly object: StoredObject;
  readonly url: string;
  /** By which the progress knows it. */
  readonly id: string;
}

export interface Selected {
  /** What is to be replayed, the oldest first. */
  readonly items: readonly Item[];
  /** What has been replayed before. */
  readonly done: readonly Item[];
  /** How many more there are than the limit lets through. */
  readonly beyondLimit: number;
}

export async function select(stores: readonly Store[], selection: Selection, aws: Aws, progress: Progress): Promise<Selected> {
  const { prefix, since, until, limit = Infinity } = selection;
  const all = new Map<string, Item>();
  for (const store of stores) {
    for await (const object of aws.list({ ...store, prefix: store.prefix + prefix })) {
      const isMeant = (since === undefined || object.stored >= since) && (until === undefined || object.stored < until);
      const url = urlOf(store, object.key);
      if (isMeant && !isFolder(object) && !all.has(url)) {
        all.set(url, { store, object, url, id: `${url} ${object.etag}` });
      }
    }
  }
  const sorted = [...all.values()].sort(byAge);
  const isDone = ({ id }: Item) => progress.of(id) === 'done';
  const left = sorted.filter((item) => !isDone(item));
  return { items: left.slice(0, limit), done: sorted.filter(isDone), beyondLimit: Math.max(0, left.length - limit) };
}

/** What consoles make to show a folder. */
function isFolder({ key, bytes }: StoredObject): boolean {
  return bytes === 0 && key.endsWith('/');
}

/** Objects are stored with a precision of seconds; the key then has the time, too. */
function byAge(one: Item, other: Item): number {
  return one.object.stored.getTime() - other.object.stored.getTime() || (one.object.key < other.object.key ? -1 : 1);
}
