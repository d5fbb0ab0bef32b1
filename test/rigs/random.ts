/** Gives whole numbers from 0 to what is below a bound. */
export type Random = (below: number) => number;

/** The same numbers for the same seed, by a linear congruential generator (Numerical Recipes). */
export function sequence(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return Math.floor(state / 2 ** 32 * below);
  };
}
