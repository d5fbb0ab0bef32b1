import type { Result } from './results';
import { resultOf, summary } from './results';

/** Prints the sum of the named checks' results as its last line. A check that left no result did not run, which is a failure. */
const results = process.argv.slice(2).map((check): Result => {
  const result = resultOf(check);
  if (!result) {
    console.log(`${check}: left no result`);
  }
  return result ?? { passed: 0, failed: 1, skipped: 0 };
});
console.log(summary(results));
process.exit(results.some((result) => result.failed > 0) ? 1 : 0);
