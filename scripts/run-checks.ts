import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import type { Check } from './checks';
import { BUILD, FURTHER_CHECKS, TEST_CHECKS } from './checks';
import type { Run, Unit } from './proofs';
import { endRun, nextRun, Proofs } from './proofs';
import type { Result } from './results';
import { forgetResults, NOTHING, record, resultOf, summary, total } from './results';

const ROOT = path.join(__dirname, '..');
const ALL = [...TEST_CHECKS, ...FURTHER_CHECKS];

const HELP = `Runs checks, and says what each has found.

  npm test                        the checks of every change
  npm test -- <check> …           these checks: ${ALL.map(({ name }) => name).join(', ')}
  npm run pattern -- <name>       what concerns one pattern, such as queue-fed-function; everything of it really runs
  .ci/run                         all checks

  CI_FULL=1                       carries nothing over: what passed before with the same inputs runs too`;

/** Two checks at a time: one that mostly waits, and one that computes. More would only make the tests of each other late. */
const LANES = 2;

/** How long a check may take. On a quiet machine, with nothing carried over, none takes half of it; one that hangs must not take the others' results with it. */
const TIME_LIMIT_MINUTES = 60;

/** The checks that run now, to be ended with this process. */
const running = new Set<ChildProcess>();

process.on('exit', () => running.forEach((child) => child.kill()));

let stopping = false;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    stopping = true;
    // A check cleans up after itself; its end is waited for, so that nothing is left running when this process is gone.
    const ends = [...running].map((child) => new Promise((resolve) => child.once('close', resolve)));
    running.forEach((child) => child.kill(signal));
    void Promise.all(ends).then(() => process.exit(130));
  });
}

interface Ending {
  /** Why the command could not start, or was stopped. */
  readonly error?: Error;
  readonly succeeded: boolean;
}

/** Runs a command with its output in a file. */
function execute([command = '', ...args]: readonly string[], log: string, env: NodeJS.ProcessEnv): Promise<Ending> {
  if (stopping) {
    return new Promise(() => undefined);
  }
  const output = fs.openSync(log, 'w');
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', output, output], env: { ...process.env, ESLINT_USE_FLAT_CONFIG: 'false', ...env } });
  fs.closeSync(output);
  running.add(child);
  let late: Error | undefined;
  const limit = setTimeout(() => {
    late = new Error(`it did not end within ${TIME_LIMIT_MINUTES} minutes`);
    child.kill();
  }, TIME_LIMIT_MINUTES * 60_000);
  return new Promise<Ending>((resolve) => {
    child.once('error', (error) => resolve({ error, succeeded: false }));
    child.once('close', (code) => resolve(late ? { error: late, succeeded: false } : { succeeded: code === 0 }));
  }).finally(() => {
    clearTimeout(limit);
    running.delete(child);
  });
}

/** Runs a check, or carries it over. */
async function run(check: Check, command: readonly string[], plan: Plan): Promise<Result> {
  const started = Date.now();
  const proofs = Proofs.of(check.name);
  const unit: Unit | undefined = check.inputs && plan.run && { id: check.name, inputs: check.inputs() };
  const carriesOver = unit && proofs.plan([unit]).carriedOver.length > 0;
  const { result, failure } = carriesOver
    ? { result: { ...NOTHING, carriedOver: proofs.save(true) }, failure: undefined }
    : await runNow(check, command, plan);
  if (unit && !carriesOver) {
    result.failed > 0 ? proofs.failed(unit) : proofs.passed(unit, result.passed, result.skipped);
    proofs.save(true);
  }
  record(check.name, result);
  const carried = result.carriedOver ? `, ${result.carriedOver} carried over` : '';
  console.log(`${check.name.padEnd(12)} ${summary([result])}${carried} (${Math.round((Date.now() - started) / 1000)} s)`);
  if (failure) {
    console.log(failure);
  }
  return result;
}

/** A check about which something cannot be told fails alone. */
function failedAlone({ name }: Check, error: Error): Result {
  const result = { ...NOTHING, failed: 1 };
  record(name, result);
  console.log(`${name.padEnd(12)} ${summary([result])}\n${error.stack ?? error.message}`);
  return result;
}

async function runNow(check: Check, command: readonly string[], plan: Plan): Promise<{ result: Result; failure?: string }> {
  const log = path.join(BUILD, 'logs', `${check.name}.log`);
  const { error, succeeded } = await execute(command, log, plan.env);
  let counted: Partial<Result> | undefined;
  try {
    counted = check.count?.() ?? resultOf(check.name);
  } catch {
    // What it should have written is not there: it counts as the one failure that it is.
  }
  const result = { ...NOTHING, passed: succeeded ? 1 : 0, failed: succeeded ? 0 : 1, ...counted };
  const failed = succeeded ? result.failed : Math.max(1, result.failed);
  const output = () => [...error ? [error.message] : [], ...fs.readFileSync(log, 'utf8').trimEnd().split('\n').slice(-80)].join('\n');
  return { result: { ...result, failed }, ...(failed > 0 ? { failure: `${output()}\nwhole output: ${path.relative(ROOT, log)}` } : {}) };
}

interface Plan {
  readonly checks: readonly { readonly check: Check; readonly command: readonly string[] }[];
  /** The run that the ledger of proofs counts; undefined when nothing is carried over and nothing is written. */
  readonly run?: Run;
  /** Whether the ledger is to know that this run has been. */
  readonly counts: boolean;
  readonly env: NodeJS.ProcessEnv;
}

class Usage extends Error {}

function readPlan(): Plan | 'help' {
  const { values: { help, pattern }, positionals } = parseArgs({ allowPositionals: true, options: { help: { type: 'boolean', short: 'h' }, pattern: { type: 'boolean' } } });
  if (help) {
    return 'help';
  }
  if (pattern) {
    return planOfPattern(positionals);
  }
  const unknown = positionals.filter((name) => !ALL.some((check) => check.name === name));
  if (unknown.length > 0) {
    throw new Usage(`no check '${unknown.join(', ')}'; there are: ${ALL.map(({ name }) => name).join(', ')}`);
  }
  const wanted = positionals.length === 0 ? TEST_CHECKS : ALL.filter(({ name }) => positionals.includes(name));
  // What `.ci/run` adds belongs to the run that `npm test` began.
  const next = nextRun(process.env.CI_FULL === '1');
  const current = wanted.every((check) => FURTHER_CHECKS.includes(check)) ? { ...next, number: Math.max(1, next.number - 1) } : next;
  process.env.PROOFS_RUN = JSON.stringify(current);
  return { checks: withCommands(wanted, {}), run: current, counts: positionals.length === 0, env: {} };
}

function planOfPattern([name, ...more]: readonly string[]): Plan {
  const patterns = fs.readdirSync(path.join(ROOT, 'test', 'patterns')).filter((file) => file.endsWith('.test.ts')).map((file) => path.basename(file, '.test.ts'));
  if (name === undefined || more.length > 0 || !patterns.includes(name)) {
    throw new Usage(`name one pattern: ${patterns.join(', ')}`);
  }
  delete process.env.PROOFS_RUN;
  return { checks: withCommands(ALL, { pattern: name }), counts: false, env: { PATTERN: name } };
}

function withCommands(checks: readonly Check[], selection: { readonly pattern?: string }): Plan['checks'] {
  return checks.flatMap((check) => {
    const command = check.command(selection);
    return command ? [{ check, command }] : [];
  });
}

/** Runs the checks in lanes, each when those that it comes after have ended. */
async function runAll(plan: Plan): Promise<Result[]> {
  const results: Result[] = [];
  const waiting = [...plan.checks];
  const pending = new Set(waiting.map(({ check }) => check.name));
  const active = new Set<Promise<void>>();
  while (pending.size > 0) {
    const next = active.size < LANES ? waiting.findIndex(({ check }) => !(check.after ?? []).some((name) => pending.has(name))) : -1;
    const [item] = next < 0 ? [] : waiting.splice(next, 1);
    if (item) {
      const ending: Promise<void> = run(item.check, item.command, plan).catch((error: Error) => failedAlone(item.check, error)).then((result) => {
        results.push(result);
        pending.delete(item.check.name);
        active.delete(ending);
      });
      active.add(ending);
    } else {
      await Promise.race(active);
    }
  }
  return results;
}

async function main(): Promise<number> {
  const plan = readPlan();
  if (plan === 'help') {
    console.log(HELP);
    return 0;
  }
  fs.mkdirSync(path.join(BUILD, 'logs'), { recursive: true });
  forgetResults(...plan.checks.map(({ check }) => check.name));
  const results = await runAll(plan);
  if (plan.run && plan.counts) {
    endRun(plan.run);
  }
  const carriedOver = total(results, 'carriedOver');
  if (carriedOver > 0) {
    console.log(`${carriedOver} carried over: they passed before with the same inputs (.ci/proofs), and CI_FULL=1 runs them too`);
  }
  console.log(summary(results));
  return results.some((result) => result.failed > 0) ? 1 : 0;
}

main().then((code) => process.exit(code), (error: Error) => {
  console.error(error instanceof Usage ? error.message : error);
  process.exit(2);
});
