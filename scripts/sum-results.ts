import { parseArgs } from 'node:util';
import type { Result } from './results';
import { resultOf, summary } from './results';

/**
 * Prints the sum of the named checks' results as its last line: `sum-results.ts [--exited-non-zero <check>]… <check>…`.
 *
 * A check that left no result did not run, which is a failure; and so is one that recorded no failure and yet ended as failed.
 */
const { values, positionals } = parseArgs({ allowPositionals: true, options: { 'exited-non-zero': { type: 'string', multiple: true, default: [] } } });

const results = positionals.map((check): Result => {
  const result = resultOf(check);
  if (!result) {
    console.log(`${check}: left no result`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  if (values['exited-non-zero'].includes(check) && result.failed === 0) {
    console.log(`${check}: ended as failed, though it recorded no failure`);
    return { ...result, failed: 1 };
  }
  return result;
});
console.log(summary(results));
process.exit(results.some((result) => result.failed > 0) ? 1 : 0);
