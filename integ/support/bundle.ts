import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';

const ROOT = join(__dirname, '..', '..');

/** What this process has bundled, by its entry: the tests have most handlers in common. */
const bundled = new Map<string, string>();

/**
 * Bundles a TypeScript handler at synthesis. The AWS SDK is left to the runtime. The same source gives the same bytes, and so the same asset hash, on every
 * machine.
 *
 * @param entry the absolute path of a module that exports `handler`
 */
export function bundle(entry: string): lambda.Code {
  return lambda.Code.fromAsset(bundledFolder(entry));
}

/** As `bundle`; the folder of `index.js`. */
export function bundledFolder(entry: string): string {
  const folder = bundled.get(entry) ?? writeBundle(entry);
  bundled.set(entry, folder);
  return folder;
}

function writeBundle(entry: string): string {
  const { outputFiles: [output] } = buildSync({
    entryPoints: [entry],
    absWorkingDir: ROOT,
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    external: ['@aws-sdk/*'],
    legalComments: 'none',
    logLevel: 'warning',
  });
  const folder = join(ROOT, '.build', 'handlers', relative(ROOT, entry).replace(/\.ts$/, '').replace(/\W+/g, '-'));
  writeAtOnce(folder, 'index.js', output!.text);
  return folder;
}

/** Another synthesis may read the same folder at this moment, so it must never see half a file. */
function writeAtOnce(folder: string, name: string, text: string): void {
  const file = join(folder, name);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) {
    return;
  }
  mkdirSync(folder, { recursive: true });
  const draft = `${folder}.${process.pid}`;
  writeFileSync(draft, text);
  renameSync(draft, file);
}
