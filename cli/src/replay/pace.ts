/** The time, which tests set. */
export interface Clock {
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** Lets so many calls begin in a second, at even distances. */
export function paceOf(perSecond: number, { now, sleep }: Clock): () => Promise<void> {
  let next = -Infinity;
  return async () => {
    const wait = next - now();
    next = Math.max(next, now()) + 1_000 / perSecond;
    if (wait > 0) {
      await sleep(wait);
    }
  };
}
