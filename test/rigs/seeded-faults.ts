import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import type { Fault } from './seeded-faults/faults';
import { FAULTS } from './seeded-faults/faults';
import type { Outcome, Task } from './seeded-faults/in-the-copy';
import { ROOT } from './structs';
import { endOf } from '../../scripts/child';
import { runCommand } from '../../scripts/command-line';
import { record } from '../../scripts/results';

/**
 * Whether what CI runs, with all that it carries over, finds what a whole run would find.
 *
 * In a copy of the project whose ledger says that everything has passed, one fault is seeded at a time. The cheap run must find it by a
 * unit that runs because its inputs have changed, not because the run happens to repeat it. A whole run runs that unit too. It could find
 * more only by a unit whose inputs are incomplete, so that it is carried over though the fault is in what it depends on: `--full` runs
 * those as well, and none may fail.
 *
 * No unit test looks whether the faults still fit the sources, because each fault would be found by that test.
 */
const HELP = `Seeds faults, one at a time, and says which check finds each although all that has not changed is carried over.

  npm run seeded-faults                 all faults; fails unless each is found
  npm run seeded-faults -- --full       runs what is carried over too, in which nothing may fail; takes hours
  npm run seeded-faults -- --deployed   the faults that name an integ test: deployed with the fault it must fail, and without it pass
  npm run seeded-faults -- --only <id>  faults whose id or file contains the text
  npm run seeded-faults -- --list       the faults, and nothing is run`;

const COPY = path.join(ROOT, '.build', 'seeded-faults');
const LEDGER = path.join(COPY, '.ci', 'proofs');
const LOGS = path.join(ROOT, '.build', 'logs', 'seeded-faults');

/** What the copy shares with the project. */
const LINKED = ['node_modules', '.emulator/venv'];

interface Options {
  readonly help: boolean;
  readonly list: boolean;
  readonly full: boolean;
  readonly deployed: boolean;
  readonly only: string;
}

interface Row extends Outcome {
  readonly fault: Fault;
  readonly seconds: number;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      list: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      deployed: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
    },
  });
  return values;
}

async function main({ list, full, deployed, only }: Options): Promise<void> {
  const faults = FAULTS.filter(({ id, file, integ }) => `${id} ${file}`.includes(only) && (integ !== undefined || !deployed));
  const outdated = FAULTS.filter((fault) => occurrences(fault) !== 1);
  if (outdated.length > 0 || faults.length === 0) {
    throw new Error(faults.length === 0 ? `no fault has '${only}' in its id or file` : outdated.map((fault) => (
      `${fault.id}: its text occurs ${occurrences(fault)} times in ${fault.file}, not once: adapt the fault to what the file has become`
    )).join('\n'));
  }
  if (list) {
    faults.forEach(({ id, file, breaks }) => console.log(`${id}\n  ${file}: ${breaks}`));
    return;
  }
  copyProject();
  fs.rmSync(LOGS, { recursive: true, force: true });
  fs.mkdirSync(LOGS, { recursive: true });
  if (deployed) {
    await deployWithFaults(faults);
    return;
  }
  await inTheCopy({ do: 'vouch' }, 'ledger');
  const files = fs.readdirSync(LEDGER).map((name) => path.join(LEDGER, name));
  const vouched = files.map((file) => ({ file, text: fs.readFileSync(file, 'utf8') }));
  const rows: Row[] = [];
  for (const fault of faults) {
    vouched.forEach(({ file, text }) => fs.writeFileSync(file, text));
    const row = await seed(fault, full);
    rows.push(row);
    console.log(lineOf(row));
  }
  report(rows, full);
}

function occurrences({ file, text }: Fault): number {
  return fs.readFileSync(path.join(ROOT, file), 'utf8').split(text).length - 1;
}

/** Made anew each time, always in one place, so that Jest finds again what it compiled. */
function copyProject(): void {
  fs.rmSync(COPY, { recursive: true, force: true });
  const left = ['.git', '.build', '.emulator', 'node_modules', 'lib', 'dist'];
  for (const name of fs.readdirSync(ROOT).filter((entry) => !left.includes(entry))) {
    fs.cpSync(path.join(ROOT, name), path.join(COPY, name), { recursive: true, filter: (file) => !/\/(__pycache__|cdk\.out)$/.test(file) });
  }
  fs.rmSync(LEDGER, { recursive: true, force: true });
  for (const name of LINKED) {
    fs.mkdirSync(path.dirname(path.join(COPY, name)), { recursive: true });
    fs.symlinkSync(fs.realpathSync(path.join(ROOT, name)), path.join(COPY, name));
  }
}

async function seed(fault: Fault, full: boolean): Promise<Row> {
  const started = Date.now();
  const outcome = await withFault(fault, () => inTheCopy({ do: 'run', fault: fault.file, full }, fault.id));
  return { ...outcome, fault, seconds: (Date.now() - started) / 1000 };
}

/** Does the work while the copy has the fault. */
async function withFault<T>(fault: Fault, work: () => Promise<T>): Promise<T> {
  const file = path.join(COPY, fault.file);
  const text = fs.readFileSync(file, 'utf8');
  // By a function, because a replacement that is a text may not have dollar signs.
  fs.writeFileSync(file, text.replace(fault.text, () => fault.replacement));
  try {
    return await work();
  } finally {
    fs.writeFileSync(file, text);
  }
}

/** Whether the integ tests notice the faults by what is deployed: a difference from the snapshot, which would stop them before, is passed over. */
async function deployWithFaults(faults: readonly Fault[]): Promise<void> {
  let [found, failed] = [0, 0];
  const say = (name: string, isRight: boolean, text: string) => {
    isRight ? found += 1 : failed += 1;
    console.log(`${name.padEnd(40)} ${text}`);
  };
  for (const test of new Set(faults.flatMap(({ integ }) => integ ?? []))) {
    const failures = await failuresOf(test, `integ-${test}`);
    say('no fault', failures === 0, `integ ${test} ${failures === 0 ? 'passes' : 'FAILS'}`);
  }
  for (const fault of faults) {
    const failures = await withFault(fault, () => failuresOf(fault.integ!, `integ-${fault.id}`));
    say(fault.id, failures > 0, failures > 0 ? `integ ${fault.integ} fails, ${failures} times` : `NOT FOUND by integ ${fault.integ}: ${fault.breaks}`);
  }
  record('seeded-faults', { passed: found, failed });
  process.exitCode = failed > 0 ? 1 : 0;
}

/** How many assertions fail when one integ test is deployed as the copy is now. */
async function failuresOf(test: string, name: string): Promise<number> {
  const result = path.join(COPY, '.build', 'results', 'integ.json');
  fs.rmSync(result, { force: true });
  await runScript(path.join(LOGS, `${name}.log`), 'integ/run.ts', test, '--update');
  return (JSON.parse(fs.readFileSync(result, 'utf8')) as { failed: number }).failed;
}

/** Has the copy's own scripts do something, with their output in a log. */
async function inTheCopy(task: Task, name: string): Promise<Outcome> {
  const [log, answer] = [path.join(LOGS, `${name}.log`), path.join(LOGS, `${name}.json`)];
  const code = await runScript(log, 'test/rigs/seeded-faults/in-the-copy.ts', JSON.stringify(task), answer);
  if (code !== 0) {
    throw new Error(`${name}: ${fs.readFileSync(log, 'utf8').trimEnd().split('\n').slice(-20).join('\n')}`);
  }
  return JSON.parse(fs.readFileSync(answer, 'utf8')) as Outcome;
}

async function runScript(log: string, script: string, ...args: readonly string[]): Promise<number> {
  const output = fs.openSync(log, 'w');
  const child = spawn(process.execPath, ['--import', 'tsx', path.join(COPY, script), ...args], {
    cwd: COPY, stdio: ['ignore', output, output], env: { ...process.env, TSX_TSCONFIG_PATH: path.join(COPY, 'tsconfig.dev.json') },
  });
  fs.closeSync(output);
  return endOf(child);
}

function lineOf({ fault, caughtBy, counts, incomplete, seconds, cpuSeconds }: Row): string {
  const found = caughtBy ? `${caughtBy.check} ${caughtBy.units.join(', ')}` : 'NOT FOUND';
  const ran = counts.filter(({ changed }) => changed > 0)
    .map(({ check, ...count }) => `${check} ${count.ran} of ${count.changed} changed of ${count.all}`);
  const cost = `${Math.round(seconds)} s${cpuSeconds === undefined ? '' : `, ${Math.round(cpuSeconds)} s CPU`}`;
  return [
    `${fault.id.padEnd(40)} ${found} (ran ${ran.join(', ') || 'nothing'}; ${cost})`,
    ...incomplete.map((unit) => `  INCOMPLETE INPUTS: ${unit} fails, though none of its inputs has changed`),
  ].join('\n');
}

function report(rows: readonly Row[], full: boolean): void {
  const missed = rows.filter(({ caughtBy }) => !caughtBy);
  const incomplete = rows.reduce((sum, row) => sum + row.incomplete.length, 0);
  const found = rows.length - missed.length;
  const total = (pick: (row: Row) => number) => Math.round(rows.reduce((sum, row) => sum + pick(row), 0));
  missed.forEach(({ fault }) => console.log(`NOT FOUND ${fault.id}, ${fault.file}: ${fault.breaks}`));
  console.log([
    `${rows.length} faults: ${found} found by what ran for its changed inputs, ${missed.length} not found`,
    ...full ? [`${incomplete} units with incomplete inputs`] : [],
    `${total(({ seconds }) => seconds)} s, ${total(({ cpuSeconds = 0 }) => cpuSeconds)} s CPU`,
  ].join('; '));
  record('seeded-faults', { passed: found, failed: missed.length + incomplete });
  process.exitCode = missed.length + incomplete > 0 ? 1 : 0;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => process.exit(130));
}
runCommand(HELP, readOptions, main);
