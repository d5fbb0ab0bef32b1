import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileOf, INTEG } from './tests';

const ROOT = join(INTEG, '..');

/**
 * Deploys tests with integ-runner, one after the other, deletes them, and answers whether all passed. Ends it when this process ends.
 *
 * Its snapshots are not ours: it finds none, so that with `--force` every test is deployed as it is, and what it writes is removed.
 */
export async function runIntegRunner(tests: readonly string[], region: string, environment: NodeJS.ProcessEnv): Promise<boolean> {
  const args = [
    ...tests.map((test) => basename(fileOf(test))),
    '--directory', 'integ',
    '--language', 'typescript',
    '--app', `${process.execPath} --import ${require.resolve('tsx')} {filePath}`,
    '--parallel-regions', region,
    '--max-workers', '1',
    '--no-update-workflow',
    '--force',
    '--update-on-failed',
  ];
  const child = spawn(process.execPath, [require.resolve('@aws-cdk/integ-runner/bin/integ-runner'), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...environment,
      AWS_REGION: region,
      AWS_EC2_METADATA_DISABLED: 'true', // the look-up of instance credentials costs seconds where there are none
      TSX_TSCONFIG_PATH: join(ROOT, 'tsconfig.dev.json'),
      JSII_DEPRECATED: 'quiet', // what the CDK modules use of each other is not ours to change
    },
  });
  const end = () => {
    child.kill();
    removeTraces(tests);
  };
  process.once('exit', end);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code ?? 1));
    }) === 0;
  } finally {
    process.off('exit', end);
    removeTraces(tests);
  }
}

function removeTraces(tests: readonly string[]): void {
  for (const test of tests) {
    const snapshot = `${basename(fileOf(test))}.snapshot`;
    [snapshot, `cdk-integ.out.${snapshot}`].forEach((name) => rmSync(join(INTEG, name), { recursive: true, force: true }));
  }
}
