import { createHash } from 'node:crypto';

/** The end of a physical name that AWS wants, where no other place of the stack has the same: the ids that lead to the place. */
export function placeName(...ids: readonly string[]): string {
  return `${ids.join('-')}-${createHash('sha256').update(ids.join('/')).digest('hex').slice(0, 8)}`;
}
