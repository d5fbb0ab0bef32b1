import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { endOf } from '../../scripts/child';
import { filesIn, hashOf } from '../../scripts/closure';
import type { TestOutcome } from '../../scripts/junit';
import { testCasesIn } from '../../scripts/junit';
import type { Unit } from '../../scripts/proofs';
import { Proofs } from '../../scripts/proofs';
import type { Result } from '../../scripts/results';
import { record } from '../../scripts/results';
import { emulatorPython } from '../python';

/**
 * Runs the tests of the supplements that no ledger vouches for. They all run on the emulator with all supplements, so each depends on everything of it, and on itself.
 */
const ROOT = path.join(__dirname, '..', '..');
const REPORT = path.join(ROOT, '.build', 'supplements.xml');

/** What is no test file, but what they all run on. */
function bed(): string[] {
  const isTest = (file: string) => /\/test_\w+\.py$/.test(file) || file.endsWith('.test.ts');
  return filesIn('emulator', 'runtime/src').filter((file) => !isTest(file) && !file.endsWith('.md'));
}

export interface SupplementTest extends Unit {
  readonly file: string;
}

/** The tests of the supplements, by file. */
export function supplementTests(): SupplementTest[] {
  return filesIn('emulator/test').filter((file) => /\/test_\w+\.py$/.test(file))
    .map((file) => ({ id: path.basename(file), file, inputs: hashOf([file, ...bed(), ...readBy(file)]) }));
}

/**
 * Runs these tests, but for those that the ledger vouches for; gives what pytest counted.
 *
 * @param complete whether they are all that there are
 */
export async function runSupplementTests(tests: readonly SupplementTest[], complete: boolean): Promise<Result> {
  const proofs = Proofs.of('supplements');
  const { run } = proofs.plan(tests);
  const counts = { passed: 0, failed: 0, skipped: 0 };
  if (run.length > 0) {
    const code = await pytest(run.map(({ file }) => file));
    const cases = testCasesIn(REPORT);
    for (const unit of run) {
      const own = cases.filter(({ file }) => file === unit.id);
      const count = (wanted: TestOutcome) => own.filter(({ outcome }) => outcome === wanted).length;
      const failed = own.length === 0 ? 1 : count('failed');
      failed > 0 ? proofs.failed(unit) : proofs.passed(unit, count('passed'), count('skipped'));
      counts.passed += count('passed');
      counts.failed += failed;
      counts.skipped += count('skipped');
    }
    if (code !== 0 && counts.failed === 0) {
      counts.failed = 1;
    }
  }
  return { ...counts, carriedOver: proofs.save(complete) };
}

async function main(): Promise<void> {
  const result = await runSupplementTests(supplementTests(), true);
  record('supplements', result);
  process.exitCode = result.failed > 0 ? 1 : 0;
}

/** What tests read beside the emulator and themselves. */
const READ_BY: Readonly<Record<string, readonly string[]>> = {
  'test_documentation.py': ['docs/test-bed.md'],
  'test_python_job.py': ['examples/worker-python'],
  'test_python_worker.py': ['examples/worker-python'],
};

function readBy(file: string): string[] {
  return READ_BY[path.basename(file)]?.flatMap((name) => filesIn(name)) ?? [];
}

/** More than this machine may have cores, because the tests mostly wait. */
const MOST_PROCESSES = 4;

/** A file's tests share its fixtures, so they stay together. */
function pytest(files: readonly string[]): Promise<number> {
  fs.mkdirSync(path.dirname(REPORT), { recursive: true });
  fs.rmSync(REPORT, { force: true });
  const processes = String(Math.min(MOST_PROCESSES, files.length));
  const args = ['-m', 'pytest', '-q', '-n', processes, '--dist', 'loadfile', `--junit-xml=${REPORT}`, ...files];
  const child = spawn(emulatorPython(), args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => child.kill(signal));
  }
  return endOf(child);
}

if (require.main === module) {
  main().catch((error: unknown) => {
    console.error(`supplements: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  });
}
