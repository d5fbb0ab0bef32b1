import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmulator } from '../emulator/emulator';
import { record, summary } from '../scripts/results';
import { requireAccount } from './support/aws-account';
import { leftOutOf } from './support/left-out';
import { booksOf, outcomeOf } from './support/outcome';
import { DEFAULT_SEED } from './support/seed';

const HELP = `Deploys the integration tests and lets them account for every message.

  npm run integ -- [test …] [options]       on the local emulator
  npm run integ:aws -- [test …] [options]   in an AWS account, at its cost; what was made is deleted afterwards

  test           only the test of this name, or those whose names contain it, such as queue-fed-function
  --update       write the snapshots beside the tests anew, after the tests passed
  --seed N       another plan of faults than the usual one (${DEFAULT_SEED}); snapshots are then neither compared nor written
  --account N    with integ:aws: the account that the tests may use; must be the one that the credentials are for
  --help         this text
`;

const ROOT = join(__dirname, '..');

/** The emulator's waits are this part of the real ones: tests that ask every 5 seconds ask every second. */
const WAIT_SCALE = 0.2;

/** How many tests run side by side on the emulator. They wait most of the time, and share nothing but the account. */
const LANES = 3;

/** What the names of tests end with that need IAM enforced. */
const PERMISSIONS = '-permissions.ts';

interface Counts {
  readonly passed: number;
  readonly failed: number;
}

interface Options {
  readonly tests: readonly string[];
  readonly update: boolean;
  readonly seed?: string | undefined;
  readonly aws: boolean;
  readonly account?: string | undefined;
}

/** Where tests are deployed. */
interface Target {
  readonly env: NodeJS.ProcessEnv;
  readonly region: string;
  /** Whether stacks go with the whole target, and need not be deleted. */
  readonly disposable: boolean;
}

async function main(): Promise<void> {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  const options = readOptions();
  if (options === 'help') {
    console.log(HELP);
    return;
  }
  const counts = await (options.aws ? runOnAws(options) : runOnEmulator(options)).catch((error: Error) => {
    console.error(`\ninteg: ${error.message}`);
    return { passed: 0, failed: 1 };
  });
  if (counts.failed > 0) {
    console.error(`\n${howToRepeat(options)}`);
  }
  record('integ', counts);
  console.log(`\n${summary([{ ...counts, skipped: 0 }])}`);
  process.exitCode = counts.failed > 0 ? 1 : 0;
}

/** Whatever has failed, the same seed gives the same plans. */
function howToRepeat({ aws, account, seed, tests }: Options): string {
  const command = aws ? `npm run integ:aws -- --account ${account}` : 'npm run integ --';
  return `Failed with seed ${seed ?? DEFAULT_SEED}. To repeat: ${command} ${tests.map(testName).join(' ')}${seed ? ` --seed ${seed}` : ''}`;
}

function readOptions(): Options | 'help' {
  const { values: { help, ...values }, positionals } = parse();
  if (help) {
    return 'help';
  }
  if (values.seed !== undefined && !/^\d{1,9}$/.test(values.seed)) {
    throw new Usage(`--seed must be a whole number of at most 9 digits, got '${values.seed}'`);
  }
  if (values.seed !== undefined && values.update) {
    throw new Usage('--seed and --update exclude each other: snapshots are made with the usual seed');
  }
  if (values.account !== undefined && !values.aws) {
    throw new Usage('--account is for npm run integ:aws');
  }
  return { ...values, tests: findTests(positionals) };
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        update: { type: 'boolean', default: false },
        seed: { type: 'string' },
        aws: { type: 'boolean', default: false },
        account: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new Usage((error as Error).message);
  }
}

/** Wrong use of the command. */
class Usage extends Error {}

function findTests(names: readonly string[]): string[] {
  const all = readdirSync(__dirname).filter((file) => /^integ\..*\.ts$/.test(file));
  const named = (name: string) => all.includes(`integ.${name}.ts`) ? [`integ.${name}.ts`] : all.filter((file) => testName(file).includes(name));
  const found = names.length === 0 ? all : [...new Set(names.flatMap(named))];
  if (found.length === 0) {
    throw new Usage(`no test is named like '${names.join('\', \'')}'; there are: ${all.map(testName).join(', ')}`);
  }
  return found;
}

function snapshotOf(file: string): string {
  return join(__dirname, `${file}.snapshot`);
}

function testName(file: string): string {
  return file.replace(/^integ\.|\.ts$/g, '');
}

/** Tests of permissions need IAM enforced; the others do without, because not all that they call is known to the emulator's IAM. */
async function runOnEmulator(options: Options): Promise<Counts> {
  const [permissions, others] = [true, false].map((enforced) => options.tests.filter((test) => test.endsWith(PERMISSIONS) === enforced));
  const counts = [await runOnOneEmulator({ ...options, tests: others! }, false), await runOnOneEmulator({ ...options, tests: permissions! }, true)];
  return { passed: counts[0]!.passed + counts[1]!.passed, failed: counts[0]!.failed + counts[1]!.failed };
}

async function runOnOneEmulator(options: Options, enforceIam: boolean): Promise<Counts> {
  if (options.tests.length === 0) {
    return { passed: 0, failed: 0 };
  }
  const emulator = await startEmulator({ enforceIam, stepFunctionsWaitScale: WAIT_SCALE });
  const onSignal = () => void emulator.stop().then(() => process.exit(130));
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    await emulator.bootstrap();
    return await runTests(options, { env: emulator.childEnv(), region: emulator.env.AWS_REGION!, disposable: true });
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    await emulator.stop();
  }
}

async function runOnAws(options: Options): Promise<Counts> {
  const { region } = await requireAccount(options.account);
  console.log(`account ${options.account}, region ${region}`);
  return runTests(options, { env: process.env, region, disposable: false });
}

async function runTests(options: Options, target: Target): Promise<Counts> {
  // Without a change of their own, tests are compared first: a difference is found in seconds, before anything is deployed.
  if (!options.update && options.seed === undefined && await integRunner(options, target, []) !== 0) {
    const command = `npm run integ -- ${options.tests.map(testName).join(' ')} --update`;
    console.error(`\nThe templates differ from their snapshots, see above. If that is what you want: ${command}`);
    return { passed: 0, failed: options.tests.length };
  }
  const settleSnapshots = options.update ? () => removeAssets(options.tests) : keepSnapshots(options.tests);
  const settle = () => {
    settleSnapshots();
    options.tests.forEach((test) => rmSync(join(__dirname, `cdk-integ.out.${test}.snapshot`), { recursive: true, force: true }));
  };
  process.once('exit', settle); // for the case that the run is interrupted
  const flags = ['--force', '--update-on-failed', ...target.disposable ? ['--no-clean'] : []];
  const codes = await Promise.all(lanes(options.tests, target).map((tests) => integRunner({ ...options, tests }, target, flags)));
  process.off('exit', settle);
  settle();
  return report(options, target, Math.max(...codes));
}

/** The tests in as many parts as run side by side. integ-runner itself runs tests side by side only in different regions. */
function lanes(tests: readonly string[], target: Target): string[][] {
  const count = Math.min(target.disposable ? LANES : 1, tests.length);
  return Array.from({ length: count }, (_, lane) => tests.filter((_test, index) => index % count === lane));
}

/** Runs integ-runner; gives its exit code. Ends it when this process ends. */
function integRunner(options: Options, target: Target, flags: readonly string[]): Promise<number> {
  const args = [
    ...options.tests,
    '--directory', 'integ',
    '--language', 'typescript',
    '--app', `${process.execPath} --import ${require.resolve('tsx')} {filePath}`,
    '--parallel-regions', target.region,
    '--max-workers', '1',
    '--no-update-workflow',
    ...flags,
  ];
  const child = spawn(process.execPath, [require.resolve('@aws-cdk/integ-runner/bin/integ-runner'), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...target.env,
      AWS_REGION: target.region,
      AWS_EC2_METADATA_DISABLED: 'true', // the look-up of instance credentials costs seconds where there are none
      TSX_TSCONFIG_PATH: join(ROOT, 'tsconfig.dev.json'),
      JSII_DEPRECATED: 'quiet', // what the CDK modules use of each other is not ours to change
      CDK_DISABLE_STACK_TRACE: '1', // snapshots hold no paths of the machine that wrote them
      ...(options.seed === undefined ? {} : { LEDGER_SEED: options.seed }),
    },
  });
  const endToo = () => child.kill();
  process.once('exit', endToo);
  return new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  }).finally(() => process.removeListener('exit', endToo));
}

/** Snapshots are compared by their templates; the code of the assertions is integ-tests' own and large. */
function removeAssets(tests: readonly string[]): void {
  for (const snapshot of tests.map(snapshotOf).filter(existsSync)) {
    readdirSync(snapshot).filter((name) => name.startsWith('asset.')).forEach((name) => rmSync(join(snapshot, name), { recursive: true }));
  }
}

/** integ-runner writes a snapshot after each run. Gives what puts the old ones back. */
function keepSnapshots(tests: readonly string[]): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'snapshots-'));
  const snapshots = tests.map(snapshotOf);
  snapshots.filter(existsSync).forEach((snapshot) => cpSync(snapshot, join(folder, basename(snapshot)), { recursive: true }));
  return () => {
    for (const snapshot of snapshots) {
      rmSync(snapshot, { recursive: true, force: true });
      if (existsSync(join(folder, basename(snapshot)))) {
        cpSync(join(folder, basename(snapshot)), snapshot, { recursive: true });
      }
    }
    rmSync(folder, { recursive: true });
  };
}

async function report(options: Options, target: Target, code: number): Promise<Counts> {
  // On AWS the stacks are gone, and with them the single assertions; integ-runner has said what became of each test.
  const outcome = target.disposable ? await outcomeOf(target.env) : { passed: code === 0 ? options.tests.length : 0, failures: [] };
  // A run without a single assertion has shown nothing.
  const failed = outcome.failures.length || (code === 0 && outcome.passed > 0 ? 0 : 1);
  const leftOut = target.disposable ? options.tests.map(snapshotOf).filter(existsSync).flatMap(leftOutOf) : [];
  if (leftOut.length > 0) {
    console.log(`\nLeft out, because the emulator does not have it:\n  ${leftOut.join('\n  ')}`);
  }
  if (failed > 0) {
    outcome.failures.forEach((failure) => console.error(`\n${failure}`));
    if (target.disposable) {
      console.error('\nThe books as they are now:');
      const books = Object.entries(await booksOf(target.env));
      books.forEach(([run, text]) => console.error(`  ${run}: ${text}`));
      if (books.length === 0) {
        console.error('  there are none: no ledger is deployed');
      }
    }
  }
  return { passed: outcome.passed, failed };
}

main().catch((error: Error) => {
  console.error(`integ: ${error.message}${error instanceof Usage ? ' (--help lists the options)' : ''}`);
  process.exit(error instanceof Usage ? 2 : 1);
});
