import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Result } from './results';
import { forgetResults, record, resultOf, summary } from './results';

const ROOT = path.join(__dirname, '..');
const BUILD = path.join(ROOT, '.build');
const PYTHON = process.env.EMULATOR_PYTHON ?? path.join(ROOT, '.emulator', 'venv', 'bin', 'python');

/** One check of `npm test`. Its command counts for one, unless it records a count of its own or `count` reads it from what it wrote. */
interface Check {
  readonly name: string;
  readonly command: string[];
  readonly count?: () => Partial<Result>;
}

const CHECKS: Check[] = [
  { name: 'types', command: ['node_modules/.bin/tsc', '-p', 'tsconfig.strict.json'] },
  { name: 'lint', command: ['node_modules/.bin/eslint', '--ext', '.ts', '--max-warnings', '0', 'src', 'runtime', 'test', 'integ', 'emulator', 'examples', 'benchmark', 'scripts', 'rosetta'] },
  { name: 'generated', command: tsx('scripts/check-generated.ts') },
  { name: 'unit', ...jest('unit', []) },
  { name: 'opinions', ...jest('opinions', ['--config', 'test/opinions/jest.config.json']) },
  // Compiles the library with jsii, which the API and the snippets are checked against.
  { name: 'jsii', command: tsx('scripts/compile.ts') },
  { name: 'api', command: tsx('scripts/check-api.ts') },
  { name: 'snippets', command: tsx('rosetta/check.ts') },
  { name: 'upgrade', command: tsx('test/rigs/upgrade.ts') },
  {
    name: 'supplements',
    // More processes than this machine may have cores, because the tests mostly wait. A file's tests share its fixtures, so they stay together.
    command: [PYTHON, '-m', 'pytest', '-q', '-n', '4', '--dist', 'loadfile', 'emulator', `--junit-xml=${path.join(BUILD, 'supplements.xml')}`],
    count: () => countOfJunit(path.join(BUILD, 'supplements.xml')),
  },
  { name: 'emulator', ...jest('emulator', ['--config', 'emulator/jest.config.json', '--runInBand']) },
  { name: 'integ', command: tsx('integ/run.ts') },
];

function tsx(script: string): string[] {
  return [process.execPath, '--import', 'tsx', script];
}

function jest(name: string, args: string[]): Pick<Check, 'command' | 'count'> {
  const file = path.join(BUILD, `${name}.json`);
  return {
    command: ['node_modules/.bin/jest', '--ci', '--json', `--outputFile=${file}`, ...args],
    count: () => {
      const report = JSON.parse(fs.readFileSync(file, 'utf8'));
      // A suite that does not even load has no failed test, but has failed.
      const broken = report.numRuntimeErrorTestSuites as number;
      return { passed: report.numPassedTests, failed: report.numFailedTests + broken, skipped: report.numPendingTests + report.numTodoTests };
    },
  };
}

function countOfJunit(file: string): Partial<Result> {
  const suite = /<testsuite [^>]*>/.exec(fs.readFileSync(file, 'utf8'))?.[0] ?? '';
  const attribute = (name: string) => Number(new RegExp(` ${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const [failed, skipped] = [attribute('failures') + attribute('errors'), attribute('skipped')];
  return { passed: attribute('tests') - failed - skipped, failed, skipped };
}

/** The check that runs now, to be ended with this process. */
let running: ChildProcess | undefined;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // The check cleans up after itself; its end is waited for, so that nothing is left running when this process is gone.
    running?.once('close', () => process.exit(130));
    running?.kill(signal);
  });
}

/** Runs a command with its output in a file; gives what it could not start for, or whether it succeeded. */
function execute([command = '', ...args]: readonly string[], log: string): Promise<Error | boolean> {
  const output = fs.openSync(log, 'w');
  running = spawn(command, args, { cwd: ROOT, stdio: ['ignore', output, output], env: { ...process.env, ESLINT_USE_FLAT_CONFIG: 'false' } });
  fs.closeSync(output);
  return new Promise((resolve) => {
    running?.once('error', resolve);
    running?.once('close', (code) => resolve(code === 0));
  });
}

async function run(check: Check): Promise<Result> {
  const log = path.join(BUILD, 'logs', `${check.name}.log`);
  const started = Date.now();
  process.stdout.write(`${check.name.padEnd(12)} `);
  const ended = await execute(check.command, log);
  const succeeded = ended === true;
  let counted: Partial<Result> | undefined;
  try {
    counted = check.count?.() ?? resultOf(check.name);
  } catch {
    // What it should have written is not there: it counts as the one failure that it is.
  }
  const result = { passed: succeeded ? 1 : 0, failed: succeeded ? 0 : 1, skipped: 0, ...counted };
  if (!succeeded && result.failed === 0) {
    result.failed = 1;
  }
  record(check.name, result);
  console.log(`${summary([result])} (${Math.round((Date.now() - started) / 1000)} s)`);
  if (result.failed > 0) {
    console.log(ended instanceof Error ? String(ended) : fs.readFileSync(log, 'utf8').trimEnd().split('\n').slice(-80).join('\n'));
    console.log(`whole output: ${path.relative(ROOT, log)}`);
  }
  return result;
}

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => !CHECKS.some((check) => check.name === name));
  if (unknown.length > 0) {
    console.error(`no check '${unknown.join(', ')}'; there are: ${CHECKS.map((check) => check.name).join(', ')}`);
    process.exit(2);
  }
  fs.mkdirSync(path.join(BUILD, 'logs'), { recursive: true });
  forgetResults();
  const results: Result[] = [];
  for (const check of CHECKS.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
    results.push(await run(check));
  }
  console.log(summary(results));
  process.exit(results.some((result) => result.failed > 0) ? 1 : 0);
}

void main();
