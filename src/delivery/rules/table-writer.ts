import type { Rule } from './rule';

/** What is known of a function that reads the stream of a table. */
export interface TableWriterFacts {
  readonly table: string;
  readonly handler: string;
  /** The actions that it is allowed and that change items of the table. */
  readonly writes: readonly string[];
  /** Whether its event source filters records. */
  readonly filtered?: boolean | undefined;
}

/**
 * What is true of a function that does not feed itself.
 */
export const TABLE_WRITER_RULES: readonly Rule<TableWriterFacts>[] = [
  {
    id: 'tableWritesBack',
    severity: 'warning',
    why: 'A change that a function makes to the table whose stream it reads is another record for it, and Lambda does not detect this loop.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html',
    finding: ({ table, handler, writes, filtered }) => (
      writes.length === 0 || filtered !== false ? undefined
        : {
          what: `function '${handler}' reads the stream of table '${table}' and may change the table (${writes.join(', ')}), so it could feed itself without end`,
          fix: 'filter out what it writes itself, write to another table, or acknowledge this if its writes end by themselves',
        }
    ),
  },
];
