import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

export const ROOT = path.join(__dirname, '..');
export const ASSEMBLY = path.join(ROOT, '.jsii');

/**
 * Compiles the library if the assembly is older than what it is made from. It holds README.md and the doc comments, and what names are in other
 * languages; jsii-rosetta reads all of it from there.
 */
export function compileAssemblyIfStale(): void {
  const sources = fs.readdirSync(path.join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).map((file) => path.join('src', file));
  const read = ['README.md', 'package.json', ...sources];
  const newest = Math.max(...read.map((file) => fs.statSync(path.join(ROOT, file)).mtimeMs));
  if (!fs.existsSync(ASSEMBLY) || fs.statSync(ASSEMBLY).mtimeMs < newest) {
    const failure = runNode('--import', 'tsx', path.join(ROOT, 'scripts', 'compile.ts'));
    if (failure) {
      throw new Error(`the library does not compile:\n${failure}`);
    }
  }
}

/** Runs a program of this project; gives its output if it fails. */
export function runNode(...args: readonly string[]): string | undefined {
  const result = spawnSync(process.execPath, args, {
    cwd: ROOT, encoding: 'utf8', env: { ...process.env, JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '20' },
  });
  return result.status === 0 ? undefined : `${result.stdout}${result.stderr}`;
}
