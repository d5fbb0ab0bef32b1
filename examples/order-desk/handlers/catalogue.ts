import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import { dynamodb } from './dynamodb';

interface Entry {
  readonly entry: string;
  readonly days?: number;
}

/** How long things take: products to be made, parcels to arrive. */
export class Catalogue {
  /** Reads all that is needed for a batch of orders at once. */
  static async read(names: readonly string[]): Promise<Catalogue> {
    const table = process.env.CATALOGUE_TABLE!;
    const keys = [...new Set(names)].map((entry) => ({ entry }));
    if (keys.length === 0) {
      return new Catalogue([]);
    }
    const answer = await dynamodb.send(new BatchGetCommand({ RequestItems: { [table]: { Keys: keys } } }));
    if (answer.UnprocessedKeys?.[table]) {
      // Whoever misses entries now must not take their orders for wrong. The whole batch comes again.
      throw new Error('the catalogue is busy');
    }
    return new Catalogue((answer.Responses?.[table] ?? []) as Entry[]);
  }

  private readonly entries: ReadonlyMap<string, Entry>;

  private constructor(entries: readonly Entry[]) {
    this.entries = new Map(entries.map((entry) => [entry.entry, entry]));
  }

  /** In days. Throws if the catalogue does not say. */
  timeFor(name: string): number {
    const entry = this.entries.get(name);
    if (!entry) {
      throw new Error(`${name} is not in the catalogue`);
    }
    if (entry.days === undefined) {
      throw new Error(`the catalogue does not say how long ${name} takes`);
    }
    return entry.days;
  }
}
