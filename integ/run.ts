import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { deploymentInputs } from './runner/deployment-inputs';
import { runIntegRunner } from './runner/integ-runner';
import { recordOnAws } from './runner/on-aws';
import { differences, readSnapshot, templatesOf, writeSnapshot } from './runner/snapshot';
import type { SynthesizedTest } from './runner/synth';
import { synthesizeAll } from './runner/synth';
import type { TestBed } from './runner/test-bed';
import { inLanes, withTestBed } from './runner/test-bed';
import { allTests, enforcesIam, testsNamed } from './runner/tests';
import { Proofs } from '../scripts/proofs';
import type { Unit } from '../scripts/proofs';
import type { Result } from '../scripts/results';
import { record, summary } from '../scripts/results';
import { requireAccount } from './support/aws-account';
import { leftOutOf } from './support/left-out';
import { booksOf, endEventSources, outcomeOf } from './support/outcome';
import { DEFAULT_SEED } from './support/seed';

const HELP = `Deploys the integration tests and lets them account for every message.

  npm run integ -- [test …] [options]       on the local emulator
  npm run integ:aws -- [test …] [options]   in an AWS account, at its cost; what was made is deleted afterwards

  test           only the test of this name, or those whose names contain it, such as queue-fed-function.
  --update       write the snapshots of the tests anew, after the tests passed
  --no-deploy    only compare the templates with their snapshots or, with --update, write these; nothing is deployed, and nothing shown
  --seed N       another plan of faults than the usual one (${DEFAULT_SEED}); snapshots are then neither compared nor written
  --account N    with integ:aws: the account that the tests may use; must be the one that the credentials are for
  --help         this text
`;

const SNAPSHOTS = join(__dirname, 'snapshots');

/**
 * How many tests run side by side, with IAM enforced and without. They wait most of the time, and share nothing but the account; with more of them, functions start too
 * slowly for the drills in which minutes last a second.
 */
const LANES = { enforced: 2, other: 3 };

/** How long a test may take; on a quiet machine each takes less than two minutes. One that waits in vain has failed, and the others go on. */
const TIME_LIMIT_MINUTES = 12;

interface Options {
  /** The tests to run; all, when none was named. */
  readonly tests: readonly string[];
  readonly named: boolean;
  readonly update: boolean;
  readonly deploy: boolean;
  readonly seed?: string | undefined;
  readonly aws: boolean;
  readonly account?: string | undefined;
}

interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly carriedOver: number;
  /** The tests that failed. */
  readonly failures: readonly string[];
}

async function main(): Promise<void> {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  const options = readOptions();
  if (options === 'help') {
    console.log(HELP);
    return;
  }
  const { failures, ...counts } = await run(options).catch((error: Error): Outcome => {
    console.error(`\ninteg: ${error.message}`);
    return { passed: 0, failed: 1, carriedOver: 0, failures: options.tests };
  });
  if (counts.failed > 0) {
    console.error(`\n${howToRepeat(options, failures)}`);
  }
  const result: Result = { ...counts, skipped: 0 };
  record('integ', result);
  console.log(`\n${summary([result])}`);
  // A deployment that was late may still be waiting.
  process.exit(counts.failed > 0 ? 1 : 0);
}

/** Whatever has failed, the same seed gives the same plans. */
function howToRepeat({ aws, account, seed }: Options, tests: readonly string[]): string {
  const command = aws ? `npm run integ:aws -- --account ${account}` : 'npm run integ --';
  return `Failed with seed ${seed ?? DEFAULT_SEED}. To repeat: ${command} ${tests.join(' ')}${seed ? ` --seed ${seed}` : ''}`;
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
  if (values['no-deploy'] && values.aws) {
    throw new Usage('--no-deploy is for the local emulator');
  }
  if (values.account !== undefined && !values.aws) {
    throw new Usage('--account is for npm run integ:aws');
  }
  const { 'no-deploy': noDeploy, ...rest } = values;
  return { ...rest, deploy: !noDeploy, tests: findTests(positionals), named: positionals.length > 0 };
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        'update': { type: 'boolean', default: false },
        'no-deploy': { type: 'boolean', default: false },
        'seed': { type: 'string' },
        'aws': { type: 'boolean', default: false },
        'account': { type: 'string' },
        'help': { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new Usage((error as Error).message);
  }
}

/** Wrong use of the command. */
class Usage extends Error {}

function findTests(names: readonly string[]): string[] {
  const found = names.length === 0 ? allTests() : testsNamed(names);
  if (found.length === 0) {
    throw new Usage(`no test is named like '${names.join('\', \'')}'; there are: ${allTests().join(', ')}`);
  }
  return found;
}

async function run(options: Options): Promise<Outcome> {
  if (options.seed !== undefined) {
    process.env.LEDGER_SEED = options.seed; // the plans are made at synthesis
  }
  const region = options.aws ? (await requireAccount(options.account)).region : undefined;
  const tests = await synthesizeAll(options.tests);
  // Without a change of their own, tests are compared first: a difference is found in seconds, before anything is deployed.
  const different = options.update || options.seed !== undefined ? [] : differentFromSnapshot(tests, options);
  if (different.length > 0) {
    const command = `npm run integ -- ${different.join(' ')} --update`;
    console.error(`\nThe templates differ from their snapshots, see above. If that is what you want: ${command}`);
    return { passed: 0, failed: different.length, carriedOver: 0, failures: different };
  }
  const compared = { passed: tests.length, failed: 0, carriedOver: 0, failures: [] };
  const outcome = !options.deploy ? compared : await (region === undefined ? runOnEmulator(tests, options) : runOnAws(tests, options, region));
  if (options.update && outcome.failed === 0) {
    tests.forEach((test) => writeSnapshot(join(SNAPSHOTS, test.name), templatesOf(test)));
    orphans(options).forEach((name) => rmSync(join(SNAPSHOTS, name), { recursive: true }));
  }
  return outcome;
}

/** Says how; gives the names. */
function differentFromSnapshot(tests: readonly SynthesizedTest[], options: Options): string[] {
  const found = tests.map((test) => [test.name, differences(readSnapshot(join(SNAPSHOTS, test.name)), templatesOf(test))] as const)
    .filter(([, lines]) => lines.length > 0);
  found.forEach(([name, lines]) => console.error(`\n${name} differs from its snapshot:\n${lines.join('\n')}`));
  const gone = orphans(options);
  gone.forEach((name) => console.error(`\n${name}: there is a snapshot, but no test`));
  return [...found.map(([name]) => name), ...gone];
}

/** Snapshots without a test; only looked for when all tests run. */
function orphans({ named }: Options): string[] {
  return named || !existsSync(SNAPSHOTS) ? [] : readdirSync(SNAPSHOTS).filter((name) => !allTests().includes(name));
}

async function runOnEmulator(tests: readonly SynthesizedTest[], options: Options): Promise<Outcome> {
  const units = tests.map((test) => ({ ...test, id: test.name, inputs: deploymentInputs(test) }));
  const proofs = Proofs.of('integ');
  const { run: due, carriedOver } = options.named || options.seed !== undefined ? { run: units, carriedOver: [] } : proofs.plan(units);
  const beds = [true, false].map((enforced) => runOnOneEmulator(due.filter(({ name }) => enforcesIam(name) === enforced), enforced));
  const results = (await Promise.all(beds)).flat();

  for (const { unit, passed, failed } of results) {
    if (options.seed === undefined) {
      failed > 0 ? proofs.failed(unit) : proofs.passed(unit, passed);
    }
  }
  const proven = proofs.save(!options.named);
  if (carriedOver.length > 0) {
    console.log(`\nNot deployed again, because nothing has changed since they passed:\n  ${carriedOver.map(({ name }) => name).join('\n  ')}`);
  }
  const leftOut = tests.flatMap(({ assembly }) => leftOutOf(assembly));
  if (leftOut.length > 0) {
    console.log(`\nLeft out, because the emulator does not have it:\n  ${leftOut.join('\n  ')}`);
  }
  return {
    passed: results.reduce((sum, { passed }) => sum + passed, 0),
    failed: results.reduce((sum, { failed }) => sum + failed, 0),
    carriedOver: proven,
    failures: results.filter(({ failed }) => failed > 0).map(({ unit }) => unit.name),
  };
}

interface TestResult {
  readonly unit: SynthesizedTest & Unit;
  readonly passed: number;
  readonly failed: number;
}

async function runOnOneEmulator(units: readonly (SynthesizedTest & Unit)[], enforceIam: boolean): Promise<TestResult[]> {
  const lanes = enforceIam ? LANES.enforced : LANES.other;
  return units.length === 0 ? [] : withTestBed(enforceIam, (bed) => inLanes(lanes, units, (unit) => runTest(bed, unit)));
}

async function runTest({ deployer, emulator }: TestBed, unit: SynthesizedTest & Unit): Promise<TestResult> {
  const start = Date.now();
  const error = await withinTimeLimit(deployer.deploy(unit)).then(() => undefined, (problem: Error) => problem);
  const env = emulator.childEnv();
  const { passed, failures } = await outcomeOf(env, unit.stackNames);
  if (failures.length === 0 && (error !== undefined || passed === 0)) {
    // A test without a single assertion has shown nothing.
    failures.push(error?.message ?? 'it asserted nothing');
  }
  const time = `${Math.round((Date.now() - start) / 1000)} s`;
  if (failures.length === 0) {
    console.log(`passed  ${unit.name}  ${passed} assertions  ${time}`);
  } else {
    const books = Object.entries(await booksOf(env, unit.stackNames)).map(([name, text]) => `  ${name}: ${text}`);
    const known = books.length > 0 ? books : ['  there are none: no ledger is deployed'];
    console.error([`failed  ${unit.name}  ${time}`, ...failures, 'The books as they are now:', ...known].join('\n'));
  }
  await endEventSources(env, unit.stackNames).catch((problem: Error) => console.error(`${unit.name} goes on reading: ${problem.message}`));
  return { unit, passed, failed: failures.length };
}

/** What is late goes on until the test bed ends. */
async function withinTimeLimit(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it did not end within ${TIME_LIMIT_MINUTES} minutes`)), TIME_LIMIT_MINUTES * 60_000);
  });
  await Promise.race([work, limit]).finally(() => clearTimeout(timer));
}

async function runOnAws(tests: readonly SynthesizedTest[], { account }: Options, region: string): Promise<Outcome> {
  console.log(`account ${account}, region ${region}`);
  const names = tests.map(({ name }) => name);
  // The stacks are gone afterwards, and with them the single assertions; integ-runner has said what became of each test.
  const passed = await runIntegRunner(names, region, process.env);
  if (passed) {
    recordOnAws(names, region);
    console.log('recorded in test/proof/on-aws.json; npm run proof writes the page on what is proven anew');
  }
  return { passed: passed ? names.length : 0, failed: passed ? 0 : 1, carriedOver: 0, failures: passed ? [] : names };
}

main().catch((error: Error) => {
  console.error(`integ: ${error.message}${error instanceof Usage ? ' (--help lists the options)' : ''}`);
  process.exit(error instanceof Usage ? 2 : 1);
});
