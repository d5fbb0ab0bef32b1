import { NOTHING, resultOf, summary, total } from './results';

/** Prints the sum of the named checks' results as its last line. A check that left no result did not run, which is a failure. */
const results = process.argv.slice(2).map((check) => {
  const result = resultOf(check);
  if (!result) {
    console.log(`${check}: left no result`);
  }
  return result ?? { ...NOTHING, failed: 1 };
});
const carriedOver = total(results, 'carriedOver');
if (carriedOver > 0) {
  console.log(`${carriedOver} carried over: they passed before with the same inputs`);
}
console.log(summary(results));
process.exit(results.some((result) => result.failed > 0) ? 1 : 0);
