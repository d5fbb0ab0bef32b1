import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureChecks } from './checks/measure';
import { endChildrenWithThisProcess } from './children';
import { measureOnEmulator } from './deliveries';
import { figures } from './figures';
import { measureImport } from './import-cost';
import { plot } from './plot';
import type { Results } from './results';
import { circumstances } from './results';
import { measureSupplements } from './supplements';
import type { Plan, SynthCase } from './synth';
import { measureSynth, OTHER_PATTERNS, QUEUE_FED_FUNCTION } from './synth';
import { FLOOR, NEWER, packLibrary, prepare } from './workspace';
import { runCommand } from '../scripts/command-line';

const HELP = `Measures the patterns beside plain L2 code, QueueFedFunction also beside AWS Solutions Constructs, and the local emulator with its supplements
beside the emulator alone. Measures what the checks of templates take, for apps of several sizes.

  npm run benchmark -- [options]

  --only PART   measure one part: synth, patterns, import, size, emulator, supplements or checks
  --pattern P   of the part patterns, measure this pattern only, such as EventRouter; can be given several times. The figures of the others stay
  --rounds N    of the parts synth and patterns, run each way at most N times, on a machine that is busy
  --quick       small apps and few runs, to see that everything works; prints the figures and keeps nothing
  --help        this text

A run that is not quick takes about half an hour, best on a machine that does nothing else, and writes results.json, results.svg and the tables of
README.md in benchmark/.
`;

/** Puts the 10 poison messages into 7 of the 10 first batches; 6.7 are to be expected of chance. */
const SEED = 4;

const PARTS = ['synth', 'patterns', 'import', 'size', 'emulator', 'supplements', 'checks'] as const;
type Part = typeof PARTS[number];

/** What needs no package as it is published. */
const WITHOUT_LIBRARY = new Set<Part>(['supplements', 'checks']);

interface Options {
  readonly parts: readonly Part[];
  /** Of the part `patterns`. All, if it is empty. */
  readonly patterns: readonly string[];
  readonly mostRounds: number;
  readonly quick: boolean;
  readonly help: boolean;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      pattern: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string', default: '31' },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const only = PARTS.find((part) => part === values.only);
  if (values.only !== undefined && only === undefined) {
    throw new Error(`--only must be one of ${PARTS.join(', ')}, got '${values.only}'`);
  }
  const unknown = values.pattern.find((name) => !OTHER_PATTERNS.some(({ pattern }) => pattern === name));
  if (unknown !== undefined) {
    throw new Error(`--pattern must be one of ${OTHER_PATTERNS.map(({ pattern }) => pattern).join(', ')}, got '${unknown}'`);
  }
  if (values.pattern.length > 0 && only !== 'patterns') {
    throw new Error('--pattern needs --only patterns');
  }
  const mostRounds = Number(values.rounds);
  if (!/^[1-9]\d*$/.test(values.rounds)) {
    throw new Error(`--rounds must be a whole number from 1, got '${values.rounds}'`);
  }
  return { parts: only ? [only] : PARTS, patterns: values.pattern, mostRounds, quick: values.quick, help: values.help };
}

function tell(line: string): void {
  console.error(`  ${line}`);
}

async function measure(options: Options): Promise<Results> {
  const { parts, quick } = options;
  const ofLibrary = parts.some((part) => !WITHOUT_LIBRARY.has(part));
  const results: { -readonly [Name in keyof Results]: Results[Name] } = ofLibrary ? await measureLibrary(options) : {};
  if (parts.includes('checks')) {
    const where = circumstances();
    console.error('checks of templates …');
    results.checks = { ...where, cases: await measureChecks(quick ? [500, 2000] : [2000, 10_000, 50_000], quick ? 2 : 9) };
  }
  if (parts.includes('supplements')) {
    const where = circumstances();
    console.error('supplements …');
    results.supplements = { ...where, ...await measureSupplements(quick ? { messages: 500, rounds: 2 } : { messages: 5000, rounds: 15 }, tell) };
  }
  return results;
}

async function measureLibrary({ parts, patterns, mostRounds, quick }: Options): Promise<Results> {
  const library = await packLibrary();
  await prepare(NEWER, library);
  await prepare(FLOOR, library);
  const where = circumstances();
  const results: { -readonly [Name in keyof Results]: Results[Name] } = {};
  const limited = (plan: Plan) => plan.map(({ patterns: count, rounds }) => ({ patterns: count, rounds: Math.min(rounds, mostRounds) }));

  if (parts.includes('size')) {
    results.size = { ...where, packedBytes: library.packedBytes, unpackedBytes: library.unpackedBytes, files: library.files };
  }
  if (parts.includes('import')) {
    console.error('import …');
    results.import = { ...where, ...await measureImport(NEWER, quick ? 5 : 41) };
  }
  if (parts.includes('synth')) {
    console.error('synthesis …');
    const plan = quick
      ? [{ patterns: 1, rounds: 3 }, { patterns: 10, rounds: 3 }, { patterns: 30, rounds: 3 }]
      : [{ patterns: 1, rounds: 31 }, { patterns: 10, rounds: 31 }, { patterns: 100, rounds: 15 }, { patterns: 1000, rounds: 7 }];
    results.synth = {
      ...where,
      cases: [
        ...await measureSynth(NEWER, QUEUE_FED_FUNCTION, limited(plan), tell),
        ...await measureSynth(FLOOR, { ...QUEUE_FED_FUNCTION, others: [] }, limited(plan), tell),
      ],
    };
  }
  if (parts.includes('patterns')) {
    console.error('synthesis of the other patterns …');
    const plan = quick
      ? [{ patterns: 1, rounds: 3 }, { patterns: 12, rounds: 3 }]
      : [{ patterns: 1, rounds: 21 }, { patterns: 10, rounds: 15 }, { patterns: 100, rounds: 7 }];
    const cases: SynthCase[] = [];
    for (const comparison of OTHER_PATTERNS.filter(({ pattern }) => patterns.length === 0 || patterns.includes(pattern))) {
      cases.push(...await measureSynth(NEWER, comparison, limited(plan), tell));
    }
    results.patterns = { ...where, cases };
  }
  if (parts.includes('emulator')) {
    console.error('messages on the emulator (the slowest way takes three minutes) …');
    const throughput = quick ? { throughputMessages: 300, throughputRounds: 2 } : { throughputMessages: 2000, throughputRounds: 9 };
    results.emulator = { ...where, ...await measureOnEmulator(NEWER, { messages: 100, poison: 10, seed: SEED, ...throughput }, tell) };
  }
  return results;
}

/** Keeps the results beside this file: the raw figures, the picture, and the tables in the README. Parts that were not measured now stay as they were. */
function keep(measured: Results, { patterns: some }: Options): void {
  const file = join(__dirname, 'results.json');
  const before: Results = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) as Results : {};
  const apart = some.length > 0 && before.patterns && measured.patterns ? { patterns: withPatterns(before.patterns, measured.patterns) } : {};
  const results: Results = { ...before, ...measured, ...apart };
  writeFileSync(file, `${JSON.stringify(results, undefined, 2)}\n`);
  writeFileSync(join(__dirname, 'results.svg'), plot(results));
  const readme = join(__dirname, 'README.md');
  const [start, end] = ['<!-- figures -->', '<!-- /figures -->'];
  const text = readFileSync(readme, 'utf8');
  if (!text.includes(start) || !text.includes(end)) {
    throw new Error(`benchmark/README.md has lost the place of its tables, between ${start} and ${end}`);
  }
  writeFileSync(readme, `${text.slice(0, text.indexOf(start) + start.length)}\n\n${figures(results)}\n\n${text.slice(text.indexOf(end))}`);
}

/** The figures of all patterns, of which some were measured now, and apart from the others. */
function withPatterns({ cases, ...where }: NonNullable<Results['patterns']>, { cases: now, ...measured }: NonNullable<Results['patterns']>): NonNullable<Results['patterns']> {
  const ways = new Set(now.map(({ way }) => way));
  return { ...where, cases: [...cases.filter(({ way }) => !ways.has(way)), ...now.map((entry) => ({ ...entry, measured }))] };
}

async function main(options: Options): Promise<void> {
  endChildrenWithThisProcess();
  const measured = await measure(options);
  if (!options.quick) {
    keep(measured, options);
  }
  console.log(figures(measured));
}

runCommand(HELP, readOptions, main);
