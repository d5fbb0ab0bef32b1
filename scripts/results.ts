import * as fs from 'node:fs';
import * as path from 'node:path';

const FOLDER = path.join(__dirname, '..', '.build', 'results');

/** What one check found, counted from what it really ran. */
export interface Result {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What a ledger vouches for, because nothing that it depends on has changed. */
  readonly carriedOver?: number;
}

/** Keeps the result of a check for the sum that `npm test` and CI print. */
export function record(check: string, result: Partial<Result>): void {
  fs.mkdirSync(FOLDER, { recursive: true });
  fs.writeFileSync(path.join(FOLDER, `${check}.json`), JSON.stringify({ passed: 0, failed: 0, skipped: 0, ...result }));
}

/** Forgets the results of earlier runs, so that a check that did not run cannot count. */
export function forgetResults(): void {
  fs.rmSync(FOLDER, { recursive: true, force: true });
}

/** The result of one check, if it ran. */
export function resultOf(check: string): Result | undefined {
  const file = path.join(FOLDER, `${check}.json`);
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) as Result : undefined;
}

/** `N passed, N failed`, and how many were skipped, if any were. */
export function summary(results: readonly Result[]): string {
  const sum = (key: keyof Result) => results.reduce((total, result) => total + (result[key] ?? 0), 0);
  return `${sum('passed')} passed, ${sum('failed')} failed${sum('skipped') ? `, ${sum('skipped')} skipped` : ''}`;
}
