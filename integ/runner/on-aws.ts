import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { INTEG } from './tests';
import type { RunOnAws } from '../../test/proof/render';

/** Where the page on what is proven finds what passed on AWS. */
export const ON_AWS = join(INTEG, '..', 'test', 'proof', 'on-aws.json');

/** Records that tests have passed on AWS: of each test its last run. */
export function recordOnAws(tests: readonly string[], region: string, file = ON_AWS, now = new Date()): void {
  const { runs } = JSON.parse(readFileSync(file, 'utf8')) as { runs: RunOnAws[] };
  const passed = tests.map((test): RunOnAws => ({ test, date: now.toISOString().slice(0, 10), region, commit: commit() }));
  const kept = runs.filter(({ test }) => !tests.includes(test));
  const sorted = [...kept, ...passed].sort((one, other) => one.test.localeCompare(other.test));
  writeFileSync(file, `${JSON.stringify({ runs: sorted }, undefined, 2)}\n`);
}

/** The commit whose sources were deployed, marked if they had been changed since. */
function commit(): string {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: INTEG, encoding: 'utf8' }).stdout.trim();
  return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain') === '' ? '' : ' with changes'}`;
}
