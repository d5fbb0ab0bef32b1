import type { Form } from './kept';
import type { Item } from './select';

/** What an object is, and what has come of it. */
export interface Outcome {
  readonly item: Item;
  readonly form?: Form | undefined;
  /** The function that it was kept for. */
  readonly recordedFor?: string | undefined;
  /** The function or the Firehose stream that takes it. */
  readonly target?: string | undefined;
  readonly conditions: readonly string[];
  /** How many records it has. */
  readonly records?: number | undefined;
  /** How many of them are left; all if that is not known. */
  readonly left?: number | undefined;
  readonly status: 'waiting' | 'replayed' | 'failed' | 'refused';
  /** Why it has failed or is refused. */
  readonly reason?: string | undefined;
}
