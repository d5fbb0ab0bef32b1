import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { endOf } from './child';
import { closureOf, filesIn, hashOf } from './closure';
import type { Unit } from './proofs';
import { Proofs } from './proofs';
import type { Result } from './results';
import { record } from './results';

const ROOT = path.join(__dirname, '..');

export interface TestFile extends Unit {
  readonly file: string;
}

export interface JestRun {
  /** The name of the check, under which results and proofs are kept. */
  readonly check: string;
  readonly files: readonly TestFile[];
  /** Whether `files` are all that the check has. */
  readonly complete: boolean;
  /** Further arguments. */
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

interface JestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/** The unit tests, by file. */
export function unitTestFiles(pattern?: string): TestFile[] {
  return filesIn('test')
    .filter((file) => file.endsWith('.test.ts') && !file.includes(`${path.sep}opinions${path.sep}`))
    .filter((file) => pattern === undefined || path.basename(file).startsWith(pattern) || path.basename(file).startsWith('findings'))
    .map((file) => ({ id: path.relative(path.join(ROOT, 'test'), file), file, inputs: hashOf([...closureOf([file]), ...besides(file)]) }));
}

/** What Jest runs before and after the tests. */
export const JEST_SET_UP = ['test/jest-setup.ts', 'test/jest-global-setup.ts', 'test/jest-global-teardown.ts'];

/** What belongs to a test file though it does not import it: its snapshot, the page of the pattern that it checks, and the project's set-up. */
function besides(file: string): string[] {
  const snapshot = path.join(path.dirname(file), '__snapshots__', `${path.basename(file)}.snap`);
  const page = path.basename(path.dirname(file)) === 'patterns' ? `docs/${path.basename(file, '.test.ts')}.md` : undefined;
  return [...filesIn('jest.config.json', ...JEST_SET_UP, ...(page ? [page] : [])), ...(fs.existsSync(snapshot) ? [snapshot] : [])];
}

/** Runs the test files that no ledger vouches for, in one run of Jest; gives what it counted. */
export async function runTestFiles({ check, files, complete, args = [], env = {} }: JestRun): Promise<Result> {
  const proofs = Proofs.of(check);
  const { run } = proofs.plan(files);
  const counts = { passed: 0, failed: 0, skipped: 0 };
  if (run.length > 0) {
    const report = await runJest(check, [...args, '--runTestsByPath', ...run.map(({ file }) => file)], env);
    for (const unit of run) {
      const found = report.testResults.find(({ name }) => name === unit.file);
      const count = (...statuses: string[]) => found?.assertionResults.filter(({ status }) => statuses.includes(status)).length ?? 0;
      // A file that does not even load has no failed test, but has failed.
      const failed = Math.max(count('failed'), found?.status === 'passed' ? 0 : 1);
      const skipped = count('pending', 'todo', 'skipped');
      failed > 0 ? proofs.failed(unit) : proofs.passed(unit, count('passed'), skipped);
      counts.passed += count('passed');
      counts.failed += failed;
      counts.skipped += skipped;
    }
  }
  return { ...counts, carriedOver: proofs.save(complete) };
}

async function runJest(check: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<JestReport> {
  const output = path.join(ROOT, '.build', `${check}.json`);
  fs.mkdirSync(path.dirname(output), { recursive: true });
  fs.rmSync(output, { force: true });
  const jest = spawn(process.execPath, [path.join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js'), '--ci', '--json', `--outputFile=${output}`, ...args], {
    cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, ...env },
  });
  await endOf(jest);
  if (!fs.existsSync(output)) {
    throw new Error(`Jest did not come to an end (${check})`);
  }
  return JSON.parse(fs.readFileSync(output, 'utf8')) as JestReport;
}

async function main(): Promise<void> {
  const { values: { pattern } } = parseArgs({ options: { pattern: { type: 'string' } } });
  const result = await runTestFiles({ check: 'unit', files: unitTestFiles(pattern), complete: pattern === undefined });
  record('unit', result);
  process.exitCode = result.failed > 0 || result.passed + result.carriedOver === 0 ? 1 : 0;
}

if (require.main === module) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => process.exit(130));
  }
  main().catch((error: unknown) => {
    console.error(`unit: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  });
}
