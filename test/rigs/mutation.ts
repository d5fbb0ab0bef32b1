import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import type { Mutant } from './mutants';
import { mutate } from './mutants';
import type { Killers, SourceUnit, Subject, SurvivorUnit } from './mutation-plan';
import { mergeKillers, sourceUnits, suitesOf, survivorUnits } from './mutation-plan';
import type { SuiteResult, SuiteTask } from './mutation-suite';
import { parse, ROOT, sourceFiles } from './structs';
import { closureOf } from '../../scripts/closure';
import { Proofs } from '../../scripts/proofs';
import { record } from '../../scripts/results';
import { SURVIVORS } from '../acknowledged-findings';

const HELP = `Removes or changes each default in src, one at a time, and runs the unit tests: each must turn a test red.

  npm run mutation                  all of src; the score, and what survived; fails unless every survivor is acknowledged
  npm run mutation -- --only <text> only mutants whose name contains the text
  npm run mutation -- --update      all of src; writes which test killed which mutant, to be tried first the next time
  npm run mutation -- --list        the mutants, and nothing is run`;

/**
 * These would notice any change of a template, so they say nothing about whether a default has a test of its own; or they take long and look for crashes alone; or they
 * run the sources in another process, where no mutant is known.
 */
const NOT_FINE_GRAINED = [
  'patterns', 'rooms', 'rigs/', 'integ/', 'scripts/', 'opinions/', 'proof/', 'benchmark/', 'cli/bin', 'cli/map-bin', 'cli/hostile', 'delivery/checks/linear',
  'delivery/own-apps',
];

/** What each outcome depends on, besides the sources and the tests: how mutants are made, how tests are run for them, and the packages. */
const RIG = [
  ...closureOf(['mutants.ts', 'mutation-plan.ts', 'mutation-suite.ts', 'structs.ts'].map((file) => path.join(__dirname, file))),
  ...['package-lock.json', 'jest.config.json', 'tsconfig.dev.json', 'tsconfig.json', 'test/jest-setup.ts', 'test/rigs/mutation.ts']
    .map((file) => path.join(ROOT, file)),
];

const KILLERS = path.join(__dirname, 'killers.json');

/** What is changed, what reads it, and what loads it by a path of its own: behind a link it would load the original. */
const COPIED = ['src', 'test', 'cli'];

/** Always the same folder, so that what Jest has compiled and kept fits the next run. */
const FOLDER = path.join(ROOT, '.build', 'mutation');
const CACHE = path.join(ROOT, '.build', 'mutation-cache');

/** The ids of each file's mutants begin at a multiple of this, so that a new mutant changes no other file. */
const MUTANTS_PER_FILE = 1000;

/** Whose process is using the folder: two runs at once would overwrite each other's copy. */
const PROCESS = path.join(ROOT, '.build', 'mutation.pid');

const WORKERS = Math.max(1, Math.min(os.availableParallelism(), 4));

async function main(): Promise<number> {
  const { values: { help, list, only, update } } = parseArgs({
    options: { help: { type: 'boolean' }, list: { type: 'boolean' }, only: { type: 'string' }, update: { type: 'boolean' } },
  });
  if (help) {
    console.log(HELP);
    return 0;
  }
  if (only !== undefined && update) {
    throw new Error('--update is for all mutants, --only for some: leave one of them out');
  }
  if (list) {
    const names = mutateSources(ROOT, () => {}).flatMap(({ mutants }) => mutants).map(({ name }) => name);
    names.filter((name) => name.includes(only ?? '')).forEach((name) => console.log(name));
    return 0;
  }
  takeFolder();
  // Node would end at once; instead Jest is stopped, and the end of Jest ends the rest.
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => stop.abort());
  }
  try {
    copyProject(FOLDER);
    const sources = mutateSources(FOLDER, (file, text) => fs.writeFileSync(file, text))
      .map(({ file, mutants }) => ({ file, mutants: mutants.filter(({ name }) => name.includes(only ?? '')) }));
    const acknowledged = new Set(SURVIVORS.map(({ mutant }) => mutant));
    const subject = { root: ROOT, sources, testFiles: fineGrainedTests(), acknowledged, rig: RIG };
    return only === undefined ? await proveAll(subject, update ?? false, stop.signal) : await proveSome(subject, stop.signal);
  } finally {
    fs.rmSync(FOLDER, { recursive: true, force: true });
    fs.rmSync(PROCESS, { force: true });
  }
}

function takeFolder(): void {
  const owner = fs.existsSync(PROCESS) ? Number(fs.readFileSync(PROCESS, 'utf8')) : 0;
  if (owner > 0 && isRunning(owner)) {
    const file = path.relative(ROOT, PROCESS);
    throw new Error(`process ${owner} runs the mutants of this folder: wait for its end (or remove ${file}, if it is another program)`);
  }
  fs.rmSync(FOLDER, { recursive: true, force: true });
  fs.mkdirSync(FOLDER, { recursive: true });
  fs.writeFileSync(PROCESS, String(process.pid));
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** What the run of some units found. */
interface Outcome {
  readonly runs: number;
  /** For mutants by name the test that killed them, if one did; acknowledged ones included. */
  readonly killers: Killers;
}

/** Runs what the ledger does not vouch for, and keeps what it found. */
async function proveAll(subject: Subject, update: boolean, stop: AbortSignal): Promise<number> {
  const known = JSON.parse(fs.readFileSync(KILLERS, 'utf8')) as Killers;
  const proofs = Proofs.of('mutation');
  const { run, carriedOver } = proofs.plan<SourceUnit | SurvivorUnit>([...sourceUnits(subject, known), ...survivorUnits(subject)]);
  const outcome = await runTests(subject, run, stop);
  const names = subject.sources.flatMap(({ mutants }) => mutants).map(({ name }) => name).filter((name) => !subject.acknowledged.has(name));
  const killers = mergeKillers(known, outcome.killers, names);
  // What is proven now depends on the killers that were found now.
  const proven = new Map(sourceUnits(subject, killers).map((unit) => [unit.id, unit]));
  for (const unit of run) {
    const isKilled = ({ name }: { name: string }) => outcome.killers[name] !== undefined;
    const passed = unit.kind === 'source' ? unit.mutants.every(isKilled) : !unit.mutants.some(isKilled);
    if (passed) {
      proofs.passed(proven.get(unit.id) ?? unit, unit.kind === 'source' ? unit.mutants.length : 0);
    } else {
      proofs.failed(unit);
    }
  }
  if (update || process.env.PROOFS_RUN !== undefined) {
    fs.writeFileSync(KILLERS, `${JSON.stringify(killers, undefined, 2)}\n`);
  }
  const { killed, failed } = report(subject, run, carriedOver, outcome, true);
  record('mutation', { passed: killed, failed, carriedOver: proofs.save(true) });
  return names.length > 0 && failed === 0 ? 0 : 1;
}

/** Runs all of these mutants, and keeps nothing. */
async function proveSome(subject: Subject, stop: AbortSignal): Promise<number> {
  const units = [...sourceUnits(subject, JSON.parse(fs.readFileSync(KILLERS, 'utf8')) as Killers), ...survivorUnits(subject)];
  const { killed, failed } = report(subject, units, [], await runTests(subject, units, stop), false);
  record('mutation', { passed: killed, failed });
  return units.length > 0 && failed === 0 ? 0 : 1;
}

/** A copy, so that the working tree is never touched; what is not changed is linked. */
function copyProject(folder: string): void {
  for (const entry of fs.readdirSync(ROOT, { withFileTypes: true }).filter(({ name }) => name !== '.git' && name !== '.build')) {
    const [from, to] = [path.join(ROOT, entry.name), path.join(folder, entry.name)];
    if (entry.isDirectory() && !COPIED.includes(entry.name)) {
      fs.symlinkSync(from, to);
    } else {
      fs.cpSync(from, to, { recursive: true });
    }
  }
}

function mutateSources(root: string, write: (file: string, text: string) => void): { file: string; mutants: readonly Mutant[] }[] {
  return sourceFiles(path.join(root, 'src')).map((file, index) => {
    const name = path.relative(root, file);
    const { text, mutants } = mutate(parse(file), name, index * MUTANTS_PER_FILE);
    write(file, text);
    return { file: name, mutants };
  }).filter(({ mutants }) => mutants.length > 0);
}

function fineGrainedTests(): string[] {
  const tests = path.join(ROOT, 'test');
  return sourceFiles(tests)
    .map((file) => path.relative(tests, file))
    .filter((file) => file.endsWith('.test.ts') && !NOT_FINE_GRAINED.some((name) => file.startsWith(name)));
}

/** Has Jest run the units in a few suites. */
async function runTests(subject: Subject, units: readonly (SourceUnit | SurvivorUnit)[], stop: AbortSignal): Promise<Outcome> {
  const tests = path.join(FOLDER, 'test');
  const suites = suitesOf(units, WORKERS).map((task, index) => ({ name: `mutants-${index}`, task }));
  if (suites.length === 0) {
    return { runs: 0, killers: {} };
  }
  for (const { name, task } of suites) {
    fs.writeFileSync(path.join(tests, `${name}.task.json`), JSON.stringify(task satisfies SuiteTask));
    // The same text each time, so that it is compiled once.
    const files = [`${name}.task.json`, `${name}.result.json`].map((file) => `\`\${__dirname}/${file}\``);
    const text = `import { runSuite } from './rigs/mutation-suite';\nrunSuite(${files.join(', ')});\n`;
    fs.writeFileSync(path.join(tests, `${name}.test.ts`), text);
  }
  const code = await runJest(suites.map(({ name }) => path.join(tests, `${name}.test.ts`)), stop);
  if (stop.aborted) {
    throw new Error('interrupted');
  }
  if (code !== 0) {
    throw new Error('the unit tests must pass before anything can be said: run npm run unit; what Jest said is above');
  }
  const results = suites.map(({ name }) => JSON.parse(fs.readFileSync(path.join(tests, `${name}.result.json`), 'utf8')) as SuiteResult);
  const killedBy = Object.assign({}, ...results.map((result) => result.killedBy)) as SuiteResult['killedBy'];
  return {
    runs: results.reduce((sum, { runs }) => sum + runs, 0),
    killers: Object.fromEntries(subject.sources.flatMap(({ mutants }) => mutants).map(({ id, name }) => [name, killedBy[id]])),
  };
}

function runJest(suites: readonly string[], stop: AbortSignal): Promise<number> {
  const config = JSON.parse(fs.readFileSync(path.join(FOLDER, 'jest.config.json'), 'utf8')) as object;
  // Tests leave things in the memory of their process; a process that has much is replaced before its next suite.
  const options = { ...config, rootDir: FOLDER, cacheDirectory: CACHE, testMatch: suites, workerIdleMemoryLimit: '1GB' };
  const command = path.join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
  const args = [command, '--ci', '--silent', `--maxWorkers=${WORKERS}`, '--config', JSON.stringify(options)];
  const jest = spawn(process.execPath, args, { cwd: FOLDER, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
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

/** Prints what was found; gives how many mutants were killed now, and how much failed. */
function report(
  subject: Subject,
  run: readonly (SourceUnit | SurvivorUnit)[],
  carriedOver: readonly (SourceUnit | SurvivorUnit)[],
  { runs, killers }: Outcome,
  complete: boolean,
): { killed: number; failed: number } {
  const namesOf = (units: readonly (SourceUnit | SurvivorUnit)[]) => units
    .filter((unit) => unit.kind === 'source')
    .flatMap(({ mutants }) => mutants.map(({ name }) => name));
  const all = new Set(subject.sources.flatMap(({ mutants }) => mutants).map(({ name }) => name));
  const survived = namesOf(run).filter((name) => killers[name] === undefined);
  const killed = namesOf(run).length - survived.length;
  const vouchedFor = namesOf(carriedOver).length;
  const acknowledged = [...subject.acknowledged].filter((name) => all.has(name) && killers[name] === undefined);
  const killedAfterAll = [...subject.acknowledged].filter((name) => all.has(name) && killers[name] !== undefined);
  const gone = [...subject.acknowledged].filter((name) => complete && !all.has(name));
  survived.forEach((name) => console.log(`SURVIVED      ${name}`));
  acknowledged.forEach((name) => console.log(`acknowledged  ${name}`));
  killedAfterAll.forEach((name) => console.log(`acknowledged, but it does not survive: ${name}`));
  gone.forEach((name) => console.log(`acknowledged, but there is no such mutant: ${name}`));
  const score = (100 * (killed + vouchedFor) / Math.max(1, all.size - acknowledged.length)).toFixed(1);
  console.log(`${all.size} mutants: ${killed} killed, ${vouchedFor} carried over, ${acknowledged.length} acknowledged, ` +
    `${survived.length} survived; score ${score} %; ${runs} runs of a test`);
  // An acknowledged one is neither: nothing was killed, and nothing failed.
  return { killed, failed: survived.length + killedAfterAll.length + gone.length };
}

main().then((code) => {
  process.exitCode = code;
}, (error: unknown) => {
  console.error(`mutation: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
