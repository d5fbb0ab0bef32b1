import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Measurement, Mode } from './figures';
import { TOGETHER } from './figures';
import { commit, environmentOf } from './project';
import { FURTHER_CHECKS, TEST_CHECKS } from '../../scripts/checks';
import type { Result } from '../../scripts/results';
import { NOTHING, total } from '../../scripts/results';

const MEASURE = path.join(__dirname, 'measure.py');

/** Does nothing, but is neither a comment nor gone when the file is compiled. */
const HARMLESS = 'void undefined;';

/** The checks in an order in which each comes after those that it needs. */
export const CHECKS: readonly string[] = [...TEST_CHECKS, ...FURTHER_CHECKS]
  .map(({ name, after = [] }) => ({ name, after }))
  .sort((a, b) => a.after.length - b.after.length)
  .map(({ name }) => name);

/** One check in a copy of the project, or all of them as CI runs them; how much it took, and what it found. */
export async function measureCheck(folder: string, check: string, mode: Mode): Promise<Omit<Measurement, 'times'>> {
  const report = path.join(folder, '.build', `measured-${path.basename(check)}.json`);
  const results = path.join(folder, '.build', 'results');
  fs.rmSync(report, { force: true });
  fs.rmSync(check === TOGETHER ? results : path.join(results, `${check}.json`), { recursive: true, force: true });
  const command = check === TOGETHER ? ['.ci/run'] : [process.execPath, '--import', 'tsx', 'scripts/run-checks.ts', check];
  await run(folder, ['python3', MEASURE, report, ...command], { ...environmentOf(folder), ...(mode === 'full' ? { CI_FULL: '1' } : {}) });
  const { wallSeconds, cpuSeconds } = JSON.parse(fs.readFileSync(report, 'utf8')) as { wallSeconds: number; cpuSeconds: number };
  const { passed, failed, carriedOver } = found(results, check);
  return { check, mode, wallSeconds, cpuSeconds, passed, failed, carriedOver };
}

/** Makes the copy be as on the first commit after a run of everything: the ledger is committed, and one source file has been changed. */
export function change(folder: string, file: string): void {
  const ledger = path.join(folder, '.ci', 'proofs');
  const runs = path.join(ledger, 'runs.json');
  const last = fs.existsSync(runs) ? (JSON.parse(fs.readFileSync(runs, 'utf8')) as { run: number }).run : 0;
  fs.mkdirSync(ledger, { recursive: true });
  fs.writeFileSync(runs, `${JSON.stringify({ run: last + 1 })}\n`);
  fs.appendFileSync(path.join(folder, file), `\n${HARMLESS}\n`);
  commit(folder, `Change ${file}`);
}

/** A check that did not even write what it found has failed. */
function found(folder: string, check: string): Result {
  const files = fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => check === TOGETHER || name === `${check}.json`) : [];
  const results = files.map((name) => ({ ...NOTHING, ...JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8')) as Partial<Result> }));
  const sum = (key: keyof Result) => total(results, key);
  return results.length === 0
    ? { ...NOTHING, failed: 1 }
    : { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped'), carriedOver: sum('carriedOver') };
}

/** Runs a command to its end, whatever that is. Its output is kept. */
async function run(folder: string, [command = '', ...args]: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const output = fs.openSync(path.join(folder, '.build', 'measured.log'), 'a');
  const child = spawn(command, args, { cwd: folder, env, stdio: ['ignore', output, output] });
  fs.closeSync(output);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  let interrupted = false;
  const stop = () => {
    interrupted = true;
    child.kill('SIGTERM');
  };
  signals.forEach((signal) => process.on(signal, stop));
  try {
    await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
  } finally {
    signals.forEach((signal) => process.off(signal, stop));
  }
  if (interrupted) {
    throw new Error('interrupted');
  }
}
