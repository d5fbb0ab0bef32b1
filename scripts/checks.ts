import * as fs from 'node:fs';
import * as path from 'node:path';
import { closureOf, filesIn, hashOf } from './closure';
import type { TestOutcome } from './junit';
import { testCasesIn } from './junit';
import type { Result } from './results';
import { JEST_SET_UP } from './unit-tests';
import { emulatorPython } from '../emulator/python';

const ROOT = path.join(__dirname, '..');
export const BUILD = path.join(ROOT, '.build');

/** What a check is told of the run. */
export interface Selection {
  /** The pattern that the run is about, by the name of its files, such as `queue-fed-function`. */
  readonly pattern?: string | undefined;
}

/** One check. Its command counts for one, unless it records a count of its own or `count` reads it from what it wrote. */
export interface Check {
  readonly name: string;
  /** The command; undefined where the check has nothing to say of the selection. */
  readonly command: (selection: Selection) => readonly string[] | undefined;
  readonly count?: () => Partial<Result>;
  /**
   * A hash of everything that its outcome depends on, if the check is carried over as a whole.
   *
   * @default - it always runs; what of it is carried over, it says itself
   */
  readonly inputs?: () => string;
  /** Checks that must have ended before. */
  readonly after?: readonly string[];
}

/** How a check runs, and how it is counted. */
type Runnable = Pick<Check, 'command' | 'count'>;

/** All TypeScript that is not generated. */
const SOURCES = ['src', 'runtime', 'cli', 'test', 'integ', 'emulator', 'examples', 'benchmark', 'scripts', 'rosetta'];

/** What jsii reads. */
const LIBRARY = ['src', 'README.md', 'package.json', 'tsconfig.json', 'scripts/compile.ts'];

const OPINIONS = 'test/opinions';
const DYNAMODB_OPINION = `${OPINIONS}/test_dynamodb_expressions.py`;

/** The checks of `npm test`, in the order in which they begin. What takes longest begins first, and mostly waits. */
export const TEST_CHECKS: readonly Check[] = [
  { name: 'integ', command: ({ pattern }) => tsx('integ/run.ts', ...(pattern ? [pattern] : [])) },
  { name: 'jsii', command: whole(tsx('scripts/compile.ts')) },
  { name: 'api', command: whole(tsx('scripts/check-api.ts')), after: ['jsii'], inputs: () => hashOf(filesIn(...LIBRARY, 'API.md', 'scripts/check-api.ts')) },
  { name: 'generated', command: whole(tsx('scripts/check-generated.ts')), inputs: () => hashOf(generated()) },
  { name: 'types', command: always(bin('tsc'), '-p', 'tsconfig.strict.json'), inputs: () => hashOf(typescript(), fs.readFileSync(path.join(ROOT, 'tsconfig.strict.json'), 'utf8')) },
  {
    name: 'lint',
    command: always(bin('eslint'), '--ext', '.ts', '--max-warnings', '0', ...SOURCES),
    inputs: () => hashOf([...typescript(), path.join(ROOT, '.eslintrc.json')]),
  },
  { name: 'unit', command: ({ pattern }) => tsx('scripts/unit-tests.ts', ...(pattern ? ['--pattern', pattern] : [])) },
  {
    name: 'opinions',
    ...jest('opinions', '--config', 'test/opinions/jest.config.json'),
    inputs: () => hashOf(judgedByJest()),
  },
  { name: 'opinions-python', ...pytest('opinions-python', '-n', '2', '--dist', 'loadfile', OPINIONS, `--ignore=${DYNAMODB_OPINION}`), inputs: () => hashOf(judgedByPython()) },
  { name: 'upgrade', command: always(...tsx('test/rigs/upgrade.ts')), inputs: () => hashOf(closureOf(filesIn('test/rigs/upgrade.ts'))) },
  { name: 'snippets', command: ({ pattern }) => tsx('rosetta/check.ts', ...(pattern ? [`docs/${pattern}.md`] : [])), after: ['jsii'] },
  {
    name: 'twins',
    command: whole(tsx('rosetta/twins.ts', '--check')),
    after: ['jsii'],
    inputs: () => hashOf(filesIn(...LIBRARY, 'rosetta', 'test/rigs/docs.ts', 'docs', 'CONTRIBUTING.md')),
  },
  { name: 'supplements', command: whole(tsx('emulator/test/supplements.ts')) },
  {
    name: 'emulator',
    ...onlyFor(({ pattern }) => pattern === undefined, jest('emulator', '--config', 'emulator/jest.config.json', '--runInBand')),
    inputs: () => hashOf(filesIn('emulator', 'cli', 'src/delivery', 'runtime/src')),
  },
];

/** What `.ci/run` adds: other toolchains, other versions, and the strength of the tests. */
export const FURTHER_CHECKS: readonly Check[] = [
  { name: 'mutation', command: ({ pattern }) => tsx('test/rigs/mutation.ts', ...(pattern ? ['--only', `/${pattern}`] : [])) },
  // Builds the engine once, which takes minutes.
  {
    name: 'opinions-dynamodb',
    ...onlyFor(({ pattern }) => pattern === undefined || usesDynamoDb(pattern), pytest('opinions-dynamodb', DYNAMODB_OPINION)),
    inputs: () => hashOf(judgedByPython()),
  },
  { name: 'languages', command: whole(tsx('examples/languages/check.ts')) },
  { name: 'newest', command: whole(tsx('test/rigs/newest.ts')) },
  {
    name: 'demo',
    command: whole(tsx('examples/order-desk/demo.ts', '--messages', '300', '--report', '.build/demo-report.html')),
    inputs: () => hashOf(closureOf(filesIn('examples/order-desk'))),
  },
  {
    name: 'demo-warehouse',
    command: whole(tsx('examples/warehouse/demo.ts')),
    inputs: () => hashOf(closureOf(filesIn('examples/warehouse', 'examples/worker-python'))),
  },
];

/** What the second opinions in TypeScript load and read. */
function judgedByJest(): string[] {
  const tests = filesIn(OPINIONS).filter((file) => file.endsWith('.test.ts'));
  return [...closureOf(tests), ...filesIn(`${OPINIONS}/jest.config.json`, ...JEST_SET_UP)];
}

/** What those in Python read: the forms, which a script in TypeScript writes for them, the snapshots of the integ tests, and the pages. */
function judgedByPython(): string[] {
  const judges = filesIn(OPINIONS).filter((file) => file.endsWith('.py'));
  return [...closureOf(filesIn(`${OPINIONS}/dump-templates.ts`)), ...judges, ...filesIn('emulator/supplements', 'emulator/requirements.txt', 'integ/snapshots'), ...pages()];
}

/** The pages that are not generated from others. */
function pages(): string[] {
  return filesIn('docs').filter((file) => !file.startsWith(path.join(ROOT, 'docs', 'languages', path.sep)));
}

/** Whether a pattern makes requests to DynamoDB, by what its sources import. */
function usesDynamoDb(pattern: string): boolean {
  const sources = closureOf(filesIn(`test/patterns/${pattern}.ts`)).filter((file) => file.startsWith(path.join(ROOT, 'src', path.sep)));
  return sources.some((file) => fs.readFileSync(file, 'utf8').includes('aws-cdk-lib/aws-dynamodb'));
}

function typescript(): string[] {
  return [path.join(ROOT, '.projenrc.ts'), ...filesIn(...SOURCES).filter((file) => file.endsWith('.ts'))];
}

function generated(): string[] {
  const { files } = JSON.parse(fs.readFileSync(path.join(ROOT, '.projen', 'files.json'), 'utf8')) as { files: string[] };
  return filesIn('.projenrc.ts', 'scripts/check-generated.ts', ...files);
}

/** A command that is the same for one pattern as for all. */
function always(...command: readonly string[]): Check['command'] {
  return () => command;
}

/** A check that has something to say of some selections alone. */
function onlyFor(concerns: (selection: Selection) => boolean, check: Runnable): Runnable {
  return { ...check, command: (selection) => concerns(selection) ? check.command(selection) : undefined };
}

/** A command that says nothing of a single pattern. */
function whole(command: readonly string[]): Check['command'] {
  return ({ pattern }) => pattern === undefined ? command : undefined;
}

function bin(name: string): string {
  return path.join('node_modules', '.bin', name);
}

function tsx(script: string, ...args: readonly string[]): string[] {
  return [process.execPath, '--import', 'tsx', script, ...args];
}

/** Jest with a configuration of its own. It asks the registry, which has one pattern alone where the run is about one. */
function jest(name: string, ...args: readonly string[]): Runnable {
  const file = path.join(BUILD, `${name}.json`);
  return {
    command: always(bin('jest'), '--ci', '--json', `--outputFile=${file}`, ...args),
    count: () => {
      const report = JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, number>;
      // A suite that does not even load has no failed test, but has failed.
      const { numPassedTests: passed = 0, numFailedTests = 0, numRuntimeErrorTestSuites: broken = 0, numPendingTests = 0, numTodoTests = 0 } = report;
      return { passed, failed: numFailedTests + broken, skipped: numPendingTests + numTodoTests };
    },
  };
}

function pytest(name: string, ...args: readonly string[]): Runnable {
  const report = path.join(BUILD, `${name}.xml`);
  return {
    command: always(emulatorPython(), '-m', 'pytest', '-q', ...args, `--junit-xml=${report}`),
    count: () => {
      const cases = testCasesIn(report);
      const count = (wanted: TestOutcome) => cases.filter(({ outcome }) => outcome === wanted).length;
      return { passed: count('passed'), failed: count('failed'), skipped: count('skipped') };
    },
  };
}
