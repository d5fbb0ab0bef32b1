import * as fs from 'node:fs';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { MOST } from './duplicate';
import type { Measurement, Mode, Projection } from './figures';
import { merge, projectionTable, TOGETHER } from './figures';
import { change, CHECKS, measureCheck } from './measure';
import { hasProject, makeProject } from './project';
import { runCommand } from '../../scripts/command-line';
import { circumstances } from '../results';

const HELP = `Says what CI would cost with more patterns: copies the project, gives each pattern copies under other names, measures the checks.

  npm run projection -- [options]

  --full            the checks with nothing carried over, in a new copy
  --change FILE     the checks after everything has passed and this source file was changed, such as src/messaging/queue-fed-function.ts;
                    in the copy that --full was measured in, which may have been in an earlier run
  --prepare         only make the copy
  --patterns N      how many of each pattern, the original included: 1 to ${MOST}, where 1 measures today's project; ${MOST} unless stated
  --checks A,B      only these checks, of ${CHECKS.join(', ')}
  --together        all checks at once with .ci/run, as CI runs them, instead of each by itself
  --reuse           with --full: the copy that is there, if it has as many patterns
  --folder DIR      where the copy is; .build/projection/times-N unless stated
  --help            this text

What is measured is kept in benchmark/projection.json with what was measured before, and makes the table in benchmark/README.md.
Needs Linux, because the CPU time of servers and their workers is counted as only Linux can. With six of each pattern it takes hours.
`;

const ROOT = path.join(__dirname, '..', '..');
const KEPT = path.join(__dirname, '..', 'projection.json');

/** The rows of the table. */
const ROWS = [...CHECKS, TOGETHER];

interface Options {
  readonly full: boolean;
  readonly change: string | undefined;
  readonly prepare: boolean;
  readonly times: number;
  readonly checks: readonly string[];
  readonly reuse: boolean;
  readonly folder: string;
  readonly help: boolean;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      full: { type: 'boolean', default: false },
      change: { type: 'string' },
      prepare: { type: 'boolean', default: false },
      patterns: { type: 'string', default: String(MOST) },
      checks: { type: 'string' },
      together: { type: 'boolean', default: false },
      reuse: { type: 'boolean', default: false },
      folder: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const times = Number(values.patterns);
  if (!Number.isInteger(times) || times < 1 || times > MOST) {
    throw new Error(`--patterns must be a whole number from 1 to ${MOST}, got '${values.patterns}'`);
  }
  const named = values.checks?.split(',');
  const unknown = named?.filter((name) => !CHECKS.includes(name)) ?? [];
  if (unknown.length > 0) {
    throw new Error(`--checks has ${unknown.join(', ')}; there are: ${CHECKS.join(', ')}`);
  }
  if (values.together && named) {
    throw new Error('--checks and --together exclude each other: together means all');
  }
  if (values.change !== undefined && !/^src\/.+\.ts$/.test(values.change)) {
    throw new Error(`--change must be a file in src, such as src/messaging/queue-fed-function.ts, got '${values.change}'`);
  }
  if (!values.help && [values.full, values.change !== undefined, values.prepare].every((mode) => !mode)) {
    throw new Error('say what to do: --full, --change FILE, both, or --prepare');
  }
  return {
    full: values.full,
    change: values.change,
    prepare: values.prepare,
    times,
    checks: values.together ? [TOGETHER] : CHECKS.filter((name) => named?.includes(name) ?? true),
    reuse: values.reuse,
    folder: path.resolve(values.folder ?? path.join(ROOT, '.build', 'projection', `times-${times}`)),
    help: values.help,
  };
}

async function main(options: Options): Promise<void> {
  const { full, times, folder, checks, reuse } = options;
  if ((full || options.prepare) && !(reuse && hasProject(folder, times))) {
    console.error(`a copy of the project with ${times} of each pattern in ${path.relative(process.cwd(), folder)} …`);
    makeProject(folder, times, checks.includes('integ') || checks.includes(TOGETHER));
  } else if (!hasProject(folder, times)) {
    throw new Error(`there is no copy with ${times} of each pattern in ${folder}: measure it with --full first`);
  }
  if (full) {
    await measure(options, 'full');
  }
  if (options.change !== undefined) {
    change(folder, options.change);
    await measure(options, 'change');
  }
}

/** Measures the checks and keeps each when it has ended, so that nothing is lost when a later one is interrupted. */
async function measure({ folder, times, checks, change: changed }: Options, mode: Mode): Promise<void> {
  const where = circumstances();
  for (const check of checks) {
    const measurement = { ...await measureCheck(folder, check, mode), times };
    console.error(`  ${line(measurement)}`);
    keep({ where, ...(mode === 'change' && changed !== undefined ? { changed } : {}), measurements: [measurement] });
  }
  console.log(`\n${projectionTable(kept() ?? { where, measurements: [] }, ROWS)}\n`);
}

function line({ check, mode, times, wallSeconds, cpuSeconds, passed, failed, carriedOver }: Measurement): string {
  const found = `${passed} passed, ${failed} failed, ${carriedOver} carried over`;
  return `${check.padEnd(12)} ×${times} ${mode}: ${cpuSeconds.toFixed(1)} s CPU, ${wallSeconds.toFixed(1)} s, ${found}`;
}

function kept(): Projection | undefined {
  return fs.existsSync(KEPT) ? JSON.parse(fs.readFileSync(KEPT, 'utf8')) as Projection : undefined;
}

/** Keeps what was measured: the raw figures, and the table in the README. */
function keep(measured: Projection): void {
  const projection = merge(kept(), measured);
  fs.writeFileSync(KEPT, `${JSON.stringify(projection, undefined, 2)}\n`);
  const readme = path.join(__dirname, '..', 'README.md');
  const [start, end] = ['<!-- projection -->', '<!-- /projection -->'];
  const text = fs.readFileSync(readme, 'utf8');
  if (!text.includes(start) || !text.includes(end)) {
    throw new Error(`benchmark/README.md has lost the place of its table, between ${start} and ${end}`);
  }
  const [before, after] = [text.slice(0, text.indexOf(start) + start.length), text.slice(text.indexOf(end))];
  fs.writeFileSync(readme, `${before}\n\n${projectionTable(projection, ROWS)}\n\n${after}`);
}

runCommand(HELP, readOptions, main);
