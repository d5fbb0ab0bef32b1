import * as fs from 'node:fs';
import * as path from 'node:path';

const FOLDER = path.join(__dirname, '..', '.build', 'results');

/** What one check found, counted from what it really ran. */
export interface Result {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What was not run, because it passed before with the same inputs. It counts as neither of the others. */
  readonly carriedOver: number;
}

/** Keeps the result of a check for the sum that `npm test` and CI print. */
export function record(check: string, result: Partial<Result>): void {
  fs.mkdirSync(FOLDER, { recursive: true });
  fs.writeFileSync(path.join(FOLDER, `${check}.json`), JSON.stringify({ ...NOTHING, ...result }));
}

/** The result of a check that ran nothing. */
export const NOTHING: Result = { passed: 0, failed: 0, skipped: 0, carriedOver: 0 };

/** Forgets the results of earlier runs, so that a check that did not run cannot count. */
export function forgetResults(...checks: readonly string[]): void {
  checks.forEach((check) => fs.rmSync(path.join(FOLDER, `${check}.json`), { force: true }));
}

/** The result of one check, if it ran. */
export function resultOf(check: string): Result | undefined {
  const file = path.join(FOLDER, `${check}.json`);
  return fs.existsSync(file) ? { ...NOTHING, ...JSON.parse(fs.readFileSync(file, 'utf8')) as Partial<Result> } : undefined;
}

/** `N passed, N failed`, and how many were skipped, if any were. */
export function summary(results: readonly Partial<Result>[]): string {
  const skipped = total(results, 'skipped');
  return `${total(results, 'passed')} passed, ${total(results, 'failed')} failed${skipped ? `, ${skipped} skipped` : ''}`;
}

export function total(results: readonly Partial<Result>[], key: keyof Result): number {
  return results.reduce((sum, result) => sum + (result[key] ?? 0), 0);
}
