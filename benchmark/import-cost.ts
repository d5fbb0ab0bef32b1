import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plainEnvironment, runChild } from './children';
import type { Spread } from './statistics';
import { spreadOf } from './statistics';
import type { Bench } from './workspace';

export interface ImportCost {
  /** Requiring the library when all modules of the CDK that it loads are loaded already. */
  readonly ownMs: Spread;
  /** Requiring the library and all that it needs, in a fresh process. */
  readonly wholeMs: Spread;
  /** Requiring what the plain L2 code needs, in a fresh process. */
  readonly plainMs: Spread;
  /** Requiring AWS Solutions Constructs' pattern and all that it needs, in a fresh process. */
  readonly solutionsMs: Spread;
  readonly cdkFiles: number;
  readonly ownFiles: number;
}

const LIBRARY = 'cdk-serverless-patterns';

/** Measures what `require` of the library takes, in one fresh process for each value. */
export async function measureImport(bench: Bench, rounds: number): Promise<ImportCost> {
  const probe = async (...args: string[]) => {
    const { report } = await runChild(process.execPath, ['apps/import-probe.js', ...args], { cwd: bench.folder, env: plainEnvironment() });
    return JSON.parse(report) as { ms: number; files: string[] };
  };
  const { files } = await probe(LIBRARY);
  const others = files.filter((file) => !file.includes(join('node_modules', LIBRARY)));
  const list = join(bench.folder, 'loaded-before.json');
  writeFileSync(list, JSON.stringify(others));

  const own: number[] = [];
  const whole: number[] = [];
  const plain: number[] = [];
  const solutions: number[] = [];
  for (let round = 0; round < rounds; round++) {
    own.push((await probe(LIBRARY, list)).ms);
    whole.push((await probe(LIBRARY)).ms);
    plain.push((await probe('./plain-l2')).ms);
    solutions.push((await probe('@aws-solutions-constructs/aws-sqs-lambda')).ms);
  }
  return {
    ownMs: spreadOf(own),
    wholeMs: spreadOf(whole),
    plainMs: spreadOf(plain),
    solutionsMs: spreadOf(solutions),
    cdkFiles: others.length,
    ownFiles: files.length - others.length,
  };
}
