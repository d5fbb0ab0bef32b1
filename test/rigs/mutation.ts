import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import type { Mutant } from './mutants';
import { mutate } from './mutants';
import type { SuiteResult, SuiteTask } from './mutation-suite';
import { parse, ROOT, sourceFiles } from './structs';
import { record } from '../../scripts/results';
import { SURVIVORS } from '../acknowledged-findings';

const HELP = `Removes or changes each default in src, one at a time, and runs the unit tests: each must turn a test red.

  npm run mutation                  all of src; the score, and what survived; fails unless every survivor is acknowledged
  npm run mutation -- --only <text> only mutants whose name contains the text
  npm run mutation -- --list        the mutants, and nothing is run`;

/** These would notice any change of a template, so they say nothing about whether a default has a test of its own. */
const NOT_FINE_GRAINED = ['all-patterns.test.ts', 'rigs/', 'integ/', 'proof/'];

const WORKERS = Math.max(1, Math.min(os.availableParallelism(), 4));

async function main(): Promise<number> {
  const { values: { help, list, only } } = parseArgs({ options: { help: { type: 'boolean' }, list: { type: 'boolean' }, only: { type: 'string' } } });
  if (help) {
    console.log(HELP);
    return 0;
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mutation-'));
  // Node would end at once; instead Jest is stopped, and the end of Jest ends the rest.
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => stop.abort());
  }
  try {
    copyProject(folder);
    const mutants = mutateSources(folder).filter(({ name }) => name.includes(only ?? ''));
    if (list) {
      mutants.forEach(({ name }) => console.log(name));
      return 0;
    }
    const { tests, killedBy } = await runTests(folder, mutants, stop.signal);
    return report(mutants, killedBy, tests, only === undefined);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** A copy, so that the working tree is never touched; what is not changed is linked. */
function copyProject(folder: string): void {
  for (const entry of fs.readdirSync(ROOT, { withFileTypes: true }).filter(({ name }) => name !== '.git' && name !== '.build')) {
    const [from, to] = [path.join(ROOT, entry.name), path.join(folder, entry.name)];
    if (entry.isDirectory() && entry.name !== 'src' && entry.name !== 'test') {
      fs.symlinkSync(from, to);
    } else {
      fs.cpSync(from, to, { recursive: true });
    }
  }
}

function mutateSources(folder: string): Mutant[] {
  const all: Mutant[] = [];
  for (const file of sourceFiles(path.join(folder, 'src'))) {
    const { text, mutants } = mutate(parse(file), path.relative(folder, file), all.length);
    fs.writeFileSync(file, text);
    all.push(...mutants);
  }
  return all;
}

/** Has Jest run one suite for each worker, with a share of the mutants. */
async function runTests(folder: string, mutants: readonly Mutant[], stop: AbortSignal): Promise<SuiteResult> {
  const tests = path.join(folder, 'test');
  const testFiles = sourceFiles(tests).filter((file) => file.endsWith('.test.ts') && !NOT_FINE_GRAINED.some((name) => path.relative(tests, file).startsWith(name)));
  const suites = Array.from({ length: WORKERS }, (_, index): { name: string; task: SuiteTask } => ({
    name: `mutants-${index}.test.ts`,
    task: {
      testFiles,
      mutants: mutants.filter((__, position) => position % WORKERS === index).map(({ id }) => id),
      resultFile: path.join(folder, `result-${index}.json`),
    },
  }));
  for (const { name, task } of suites) {
    fs.writeFileSync(path.join(tests, name), `import { runSuite } from './rigs/mutation-suite';\nrunSuite(${JSON.stringify(task)});\n`);
  }
  const code = await runJest(folder, suites.map(({ name }) => name), stop);
  if (stop.aborted) {
    throw new Error('interrupted');
  }
  if (code !== 0) {
    throw new Error('the unit tests must pass before anything can be said: run npm run unit; what Jest said is above');
  }
  const results = suites.map(({ task }) => JSON.parse(fs.readFileSync(task.resultFile, 'utf8')) as SuiteResult);
  const counts = new Set(results.map((result) => result.tests));
  if (counts.size !== 1 || counts.has(0)) {
    throw new Error(`the workers ran different numbers of unit tests, or none: ${[...counts].join(', ')}`);
  }
  return { tests: results[0]?.tests ?? 0, killedBy: Object.assign({}, ...results.map((result) => result.killedBy)) as SuiteResult['killedBy'] };
}

function runJest(folder: string, suites: readonly string[], stop: AbortSignal): Promise<number> {
  const config = JSON.parse(fs.readFileSync(path.join(folder, 'jest.config.json'), 'utf8')) as object;
  const options = { ...config, rootDir: folder, cacheDirectory: path.join(folder, '.jest'), testMatch: suites.map((name) => path.join(folder, 'test', name)) };
  const jest = spawn(process.execPath, [
    path.join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js'), '--ci', '--silent', `--maxWorkers=${WORKERS}`, '--config', JSON.stringify(options),
  ], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  // The whole group: busy workers would not notice for minutes that Jest is gone.
  stop.addEventListener('abort', () => {
    if (jest.pid !== undefined) {
      process.kill(-jest.pid, 'SIGKILL');
    }
  });
  let output = '';
  jest.stdout.on('data', (data: Buffer) => output += data.toString());
  jest.stderr.on('data', (data: Buffer) => output += data.toString());
  return new Promise((resolve) => jest.on('close', (code) => {
    if (code !== 0 && !stop.aborted) {
      console.error(output.split('\n').slice(0, 60).join('\n'));
    }
    resolve(code ?? 1);
  }));
}

function report(mutants: readonly Mutant[], killedBy: SuiteResult['killedBy'], tests: number, complete: boolean): number {
  const survivors = mutants.filter(({ id }) => killedBy[id] === undefined).map(({ name }) => name);
  const acknowledged = survivors.filter((name) => SURVIVORS.some(({ mutant }) => mutant === name));
  const unacknowledged = survivors.filter((name) => !acknowledged.includes(name));
  const stale = complete ? SURVIVORS.map(({ mutant }) => mutant).filter((name) => !survivors.includes(name)) : [];
  const killed = mutants.length - survivors.length;
  unacknowledged.forEach((name) => console.log(`SURVIVED      ${name}`));
  acknowledged.forEach((name) => console.log(`acknowledged  ${name}`));
  stale.forEach((name) => console.log(`acknowledged, but it does not survive: ${name}`));
  console.log(`${tests} unit tests, ${mutants.length} mutants: ${killed} killed, ${acknowledged.length} acknowledged, ${unacknowledged.length} survived; ` +
    `score ${(100 * killed / Math.max(1, mutants.length - acknowledged.length)).toFixed(1)} %`);
  // An acknowledged one is neither: nothing was killed, and nothing failed.
  record('mutation', { passed: killed, failed: unacknowledged.length + stale.length });
  return mutants.length > 0 && unacknowledged.length + stale.length === 0 ? 0 : 1;
}

main().then((code) => {
  process.exitCode = code;
}, (error: unknown) => {
  console.error(`mutation: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
