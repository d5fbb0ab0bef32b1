import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plainEnvironment, runChild } from './children';
import type { Spread } from './statistics';
import { spreadOf } from './statistics';
import { OTHER_PATTERNS, QUEUE_FED_FUNCTION } from './synth';
import type { Bench } from './workspace';

/** What one `require` takes. On a busy machine the CPU time is the better figure. */
export interface RequireCost {
  readonly wallMs: Spread;
  readonly cpuMs: Spread;
}

/** Requiring the library and reading these patterns from it, when all modules of the CDK that they load are loaded already. */
export interface OwnCost extends RequireCost {
  readonly patterns: readonly string[];
  /** The library's own files that are loaded. */
  readonly files: number;
}

export interface ImportCost {
  /** Each pattern alone, and all of them in one process. */
  readonly own: readonly OwnCost[];
  /** Requiring the library for QueueFedFunction with all that this needs, in a fresh process. */
  readonly whole: RequireCost;
  /** Requiring what the plain L2 code needs, in a fresh process. */
  readonly plain: RequireCost;
  /** Requiring AWS Solutions Constructs' pattern and all that it needs, in a fresh process. */
  readonly solutions: RequireCost;
}

interface Probe {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly files: string[];
}

const LIBRARY = 'cdk-serverless-patterns';
const PATTERNS = [QUEUE_FED_FUNCTION, ...OTHER_PATTERNS].map(({ pattern }) => pattern);

/** Measures what `require` of the library takes, in one fresh process for each value. */
export async function measureImport(bench: Bench, rounds: number): Promise<ImportCost> {
  const probe = async (...args: string[]) => {
    const { report } = await runChild(process.execPath, ['apps/import-probe.js', ...args], { cwd: bench.folder, env: plainEnvironment() });
    return JSON.parse(report) as Probe;
  };
  const choices = await Promise.all([...PATTERNS.map((pattern) => [pattern]), PATTERNS].map(async (patterns, index) => {
    const names = patterns.join(',');
    const { files } = await probe(LIBRARY, names);
    const others = files.filter((file) => !file.includes(join('node_modules', LIBRARY)));
    const list = join(bench.folder, `loaded-before-${index}.json`);
    writeFileSync(list, JSON.stringify(others));
    return { patterns, names, list, files: files.length - others.length, probes: [] as Probe[] };
  }));

  const whole: Probe[] = [];
  const plain: Probe[] = [];
  const solutions: Probe[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const { names, list, probes } of choices) {
      probes.push(await probe(LIBRARY, names, list));
    }
    whole.push(await probe(LIBRARY, 'QueueFedFunction'));
    plain.push(await probe('./plain-l2', ''));
    solutions.push(await probe('@aws-solutions-constructs/aws-sqs-lambda', 'SqsToLambda'));
  }
  const own = choices.map(({ patterns, files, probes }) => ({ patterns, files, ...costOf(probes) }));
  return { own, whole: costOf(whole), plain: costOf(plain), solutions: costOf(solutions) };
}

function costOf(probes: readonly Probe[]): RequireCost {
  return { wallMs: spreadOf(probes.map(({ wallMs }) => wallMs)), cpuMs: spreadOf(probes.map(({ cpuMs }) => cpuMs)) };
}
