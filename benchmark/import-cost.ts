import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plainEnvironment, runChild } from './children';
import type { Spread } from './statistics';
import { spreadOf } from './statistics';
import type { Bench } from './workspace';

/** What one `require` takes. On a busy machine the CPU time is the better figure. */
export interface RequireCost {
  readonly wallMs: Spread;
  readonly cpuMs: Spread;
}

export interface ImportCost {
  /** Requiring the library when all modules of the CDK that it loads are loaded already. */
  readonly own: RequireCost;
  /** Requiring the library and all that it needs, in a fresh process. */
  readonly whole: RequireCost;
  /** Requiring what the plain L2 code needs, in a fresh process. */
  readonly plain: RequireCost;
  /** Requiring AWS Solutions Constructs' pattern and all that it needs, in a fresh process. */
  readonly solutions: RequireCost;
  readonly ownFiles: number;
}

interface Probe {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly files: string[];
}

const LIBRARY = 'cdk-serverless-patterns';

/** Measures what `require` of the library takes, in one fresh process for each value. */
export async function measureImport(bench: Bench, rounds: number): Promise<ImportCost> {
  const probe = async (...args: string[]) => {
    const { report } = await runChild(process.execPath, ['apps/import-probe.js', ...args], { cwd: bench.folder, env: plainEnvironment() });
    return JSON.parse(report) as Probe;
  };
  const { files } = await probe(LIBRARY);
  const others = files.filter((file) => !file.includes(join('node_modules', LIBRARY)));
  const list = join(bench.folder, 'loaded-before.json');
  writeFileSync(list, JSON.stringify(others));

  const own: Probe[] = [];
  const whole: Probe[] = [];
  const plain: Probe[] = [];
  const solutions: Probe[] = [];
  for (let round = 0; round < rounds; round++) {
    own.push(await probe(LIBRARY, list));
    whole.push(await probe(LIBRARY));
    plain.push(await probe('./plain-l2'));
    solutions.push(await probe('@aws-solutions-constructs/aws-sqs-lambda'));
  }
  return { own: costOf(own), whole: costOf(whole), plain: costOf(plain), solutions: costOf(solutions), ownFiles: files.length - others.length };
}

function costOf(probes: readonly Probe[]): RequireCost {
  return { wallMs: spreadOf(probes.map(({ wallMs }) => wallMs)), cpuMs: spreadOf(probes.map(({ cpuMs }) => cpuMs)) };
}
