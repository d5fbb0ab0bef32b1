import * as fs from 'node:fs';
import { isRecord, parsed } from './json-text';
import { UnreadableError } from '../../../src/delivery/template/assembly';
import { UnwritableError } from '../output';

/** How a line that was not written to its end begins. */
const CUT_OFF = /^$|^\{"(object|record)":/;

/** How far an object is: done, or what of it is left. */
export type State = 'done' | { readonly left: readonly string[] };

/** What has been replayed, in a file to which each step adds a line as soon as it is done. */
export interface Progress {
  readonly file: string;
  /** @param object its URL and its entity tag */
  readonly of: (object: string) => State | undefined;
  readonly set: (object: string, state: State) => void;
  /** How often a record of Firehose has been put again. @param hash of its data */
  readonly puts: (hash: string) => number;
  readonly countPut: (hash: string) => void;
}

/** Reads the file if there is one. It is made with its first line. */
export function openProgress(file: string): Progress {
  const states = new Map<string, State>();
  const puts = new Map<string, number>();
  const { lines, cutOff } = contentOf(file);
  lines.forEach((line, index) => {
    const entry = parsed(line);
    if (isRecord(entry) && typeof entry.object === 'string') {
      states.set(entry.object, Array.isArray(entry.left) ? { left: entry.left.map(String) } : 'done');
    } else if (isRecord(entry) && typeof entry.record === 'string') {
      puts.set(entry.record, Number(entry.puts));
    } else {
      throw new UnreadableError(file, `line ${index + 1} is not of the progress of a replay; --state names another file`);
    }
  });
  let isCut = cutOff !== '';
  const add = (entry: object) => {
    try {
      if (isCut) {
        fs.truncateSync(file, fs.statSync(file).size - Buffer.byteLength(cutOff));
        isCut = false;
      }
      fs.appendFileSync(file, `${JSON.stringify(entry)}\n`);
    } catch (error) {
      throw new UnwritableError(file, error);
    }
  };
  return {
    file,
    of: (object) => states.get(object),
    set: (object, state) => {
      states.set(object, state);
      add(state === 'done' ? { object } : { object, left: state.left });
    },
    puts: (hash) => puts.get(hash) ?? 0,
    countPut: (hash) => {
      const count = (puts.get(hash) ?? 0) + 1;
      puts.set(hash, count);
      add({ record: hash, puts: count });
    },
  };
}

/** The lines of the file, and what is left of one that an interruption has cut off. */
function contentOf(file: string): { readonly lines: readonly string[]; readonly cutOff: string } {
  const lines = textOf(file).split('\n');
  const cutOff = lines.pop() ?? '';
  return CUT_OFF.test(cutOff) ? { lines, cutOff } : { lines: [...lines, cutOff], cutOff: '' };
}

function textOf(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return '';
    }
    throw new UnreadableError(file, (error as Error).message);
  }
}
