import type { Finding } from './finding';
import { write } from './output';
import { textOf, UnreadableError } from '../../src/delivery/template/assembly';

/** A finding that a team knows of. Its text is not part of it: a value may change, and it is still the same. */
type Entry = Pick<Finding, 'id' | 'path' | 'stack'>;

/** The findings that are not reported. */
export class Baseline {
  public static read(file: string): Baseline {
    let content: unknown;
    try {
      content = JSON.parse(textOf(file));
    } catch (error) {
      throw error instanceof UnreadableError ? error : new UnreadableError(file, (error as Error).message);
    }
    if (!Array.isArray(content) || !content.every(isEntry)) {
      throw new UnreadableError(file, 'it is no baseline, which is a list of { "id", "path", "stack" }');
    }
    return new Baseline(content);
  }

  /** Writes a file that lists these findings, in an order that does not depend on theirs. */
  public static write(file: string, findings: readonly Finding[]): number {
    const entries = new Map(findings.map(({ id, path, stack }) => [keyOf({ id, path, stack }), { id, path, stack }]));
    const sorted = [...entries].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, entry]) => entry);
    write(file, `${JSON.stringify(sorted, null, 2)}\n`);
    return sorted.length;
  }

  private readonly keys: ReadonlySet<string>;
  private readonly matched = new Set<string>();

  private constructor(entries: readonly Entry[]) {
    this.keys = new Set(entries.map(keyOf));
  }

  public has(finding: Finding): boolean {
    const key = keyOf(finding);
    const found = this.keys.has(key);
    if (found) {
      this.matched.add(key);
    }
    return found;
  }

  /** How many entries none of the findings that were asked about has matched. */
  public get stale(): number {
    return this.keys.size - this.matched.size;
  }
}

function keyOf({ id, path, stack }: Entry): string {
  return JSON.stringify([stack, path, id]);
}

function isEntry(entry: unknown): entry is Entry {
  return typeof entry === 'object' && entry !== null && ['id', 'path', 'stack'].every((key) => typeof (entry as Record<string, unknown>)[key] === 'string');
}
