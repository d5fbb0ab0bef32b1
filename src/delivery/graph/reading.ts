import type { End } from './hop';
import { QUEUE } from './resource-types';
import { Props } from '../template/props';

/** In the order in which the keys come first; what has none is left out. */
export function groupedBy<K, T>(items: Iterable<T>, keyOf: (item: T) => K | undefined): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key !== undefined) {
      const group = groups.get(key);
      group ? group.push(item) : groups.set(key, [item]);
    }
  }
  return groups;
}

/** Reads each thing once, such as an app, of which many checks ask the same. */
export function remembered<K extends object, T>(read: (of: K) => T): (of: K) => T {
  const known = new WeakMap<K, { readonly value: T }>();
  return (of) => {
    const found = known.get(of) ?? { value: read(of) };
    known.set(of, found);
    return found.value;
  };
}

/** The place in an ARN, as far as it is known. */
export function placeOf({ text, resource }: End): { readonly account?: string; readonly region?: string } {
  const [arn, , , region, account] = text?.split(':') ?? [];
  const known = (part: string | undefined) => (part !== undefined && /^[a-z0-9-]+$/.test(part) ? part : undefined);
  const stated = arn === 'arn' ? { region: known(region), account: known(account) } : {};
  const place = { region: stated.region ?? resource?.stack.region, account: stated.account ?? resource?.stack.account };
  return { ...(place.region !== undefined && { region: place.region }), ...(place.account !== undefined && { account: place.account }) };
}

/** Whether a queue or a topic is FIFO, which the name of one outside this app says too. Undefined: not known. */
export function fifoOf({ text, resource }: End): boolean | undefined {
  const [, suffix] = /^arn:[^:]*:s[qn]s:[^:]*:[^:]*:[\w-]+(\.fifo)?$/.exec(text ?? '') ?? [undefined, 'unknown'];
  return resource ? resource.props.flag(resource.type === QUEUE ? 'FifoQueue' : 'FifoTopic', false) : suffix === 'unknown' ? undefined : suffix === '.fifo';
}

/** A policy or another document, which may be given as the text of its JSON. */
export function documentOf(props: Props, path: string): Props {
  const value = props.value(path);
  if (typeof value !== 'string') {
    return props.part(path);
  }
  try {
    return new Props(JSON.parse(value));
  } catch {
    return new Props(value);
  }
}
