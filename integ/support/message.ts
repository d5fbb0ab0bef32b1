import type { Fault } from './faults';

/** The body of a ledger's message, as JSON. */
export interface LedgerMessage {
  readonly run: string;
  readonly number: number;
  readonly fault?: Fault;
  /** The consumers that the fault is about, when it is not about all. */
  readonly faultAt?: readonly string[];
  /** What filters go by. */
  readonly category?: string;
  /** What a producer of one's own adds. */
  readonly content?: unknown;
}

/** What stands for a message where its body is elsewhere, such as in the key of an object or in an attribute. */
export function markOf(run: string, number: number): string {
  return `ledger/${run}/${number}`;
}

/**
 * Finds the ledger's message in whatever form it arrives: as it was sent; in an envelope of SNS, EventBridge or Lambda, as an object or as text in text; or only its
 * mark, in a pointer to an object.
 */
export function messageIn(value: unknown): LedgerMessage | undefined {
  return bodyIn(value) ?? markIn(value);
}

function bodyIn(value: unknown): LedgerMessage | undefined {
  const content = typeof value === 'string' ? parsed(value) : value;
  if (content === null || typeof content !== 'object') {
    return undefined;
  }
  const { run, number } = content as Partial<LedgerMessage>;
  if (typeof run === 'string' && typeof number === 'number') {
    return content as LedgerMessage;
  }
  return firstOf(Object.values(content), bodyIn);
}

function markIn(value: unknown): LedgerMessage | undefined {
  if (value !== null && typeof value === 'object') {
    return firstOf(Object.values(value), markIn);
  }
  const [, run, number] = (typeof value === 'string' && /ledger\/([\w-]+)\/(\d+)/.exec(value)) || [];
  return run === undefined ? undefined : { run, number: Number(number) };
}

/** JSON in a string, if it is an object or a list. */
function parsed(text: string): unknown {
  try {
    return /^\s*[[{]/.test(text) ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

function firstOf<T>(values: readonly unknown[], find: (value: unknown) => T | undefined): T | undefined {
  for (const value of values) {
    const found = find(value);
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}
