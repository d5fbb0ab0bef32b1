/** What the snapshots were made with. */
export const DEFAULT_SEED = 20_261_124;

/**
 * A seed of its own for each run of a test, from the one that `npm run integ -- --seed` gives.
 *
 * @param run the number of the run in its test
 */
export function seed(run: number): number {
  return Number(process.env.LEDGER_SEED ?? DEFAULT_SEED) * 10 + run;
}
