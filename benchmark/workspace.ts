import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { runChild } from './children';

export const ROOT = join(__dirname, '..');
const FOLDER = join(ROOT, '.build', 'benchmark');

/** What one comparison runs on. Pinned, because a result without its versions says nothing. */
export interface Bench {
  readonly name: string;
  readonly folder: string;
  readonly cdkVersion: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

const CONSTRUCTS = '10.5.1';

/** The newest Solutions Constructs wants this aws-cdk-lib or a newer one; from 2.262 on, templates are validated at each synth, which would hide the rest. */
export const NEWER: Bench = bench('newer', '2.260.0', { '@aws-solutions-constructs/aws-sqs-lambda': '2.104.0' });

/** The oldest aws-cdk-lib that this library supports. */
export const FLOOR: Bench = bench('floor', '2.250.0', {});

function bench(name: string, cdkVersion: string, more: Record<string, string>): Bench {
  return { name, folder: join(FOLDER, name), cdkVersion, dependencies: { 'aws-cdk-lib': cdkVersion, 'constructs': CONSTRUCTS, ...more } };
}

/** The tarball that would be published. */
export interface Package {
  readonly file: string;
  readonly packedBytes: number;
  readonly unpackedBytes: number;
  readonly files: number;
}

/** Compiles the library if its sources are newer, and packs it as it is published. */
export async function packLibrary(): Promise<Package> {
  mkdirSync(FOLDER, { recursive: true });
  const compiled = join(ROOT, '.jsii');
  if (!existsSync(compiled) || newest(join(ROOT, 'src')) > statSync(compiled).mtimeMs) {
    console.error('compiling the library …');
    await runChild(process.execPath, ['--import', 'tsx', join(ROOT, 'scripts', 'compile.ts')], { cwd: ROOT });
  }
  const { stdout } = await runChild('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', FOLDER], { cwd: ROOT });
  const [packed] = JSON.parse(stdout) as { filename: string; size: number; unpackedSize: number; entryCount: number }[];
  return { file: join(FOLDER, packed!.filename), packedBytes: packed!.size, unpackedBytes: packed!.unpackedSize, files: packed!.entryCount };
}

/** Makes a folder in which plain `node` runs the measured programs, with the packed library installed as a user has it. */
export async function prepare({ folder, dependencies }: Bench, library: Package): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const manifest = JSON.stringify({ private: true, dependencies }, undefined, 2);
  const stamp = join(folder, 'installed.json');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== manifest) {
    console.error(`installing ${Object.entries(dependencies).map((parts) => parts.join(' ')).join(', ')} …`);
    rmSync(join(folder, 'node_modules'), { recursive: true, force: true });
    writeFileSync(join(folder, 'package.json'), manifest);
    await runChild('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock'], { cwd: folder });
    writeFileSync(stamp, manifest);
  }
  const installed = join(folder, 'node_modules', 'cdk-serverless-patterns');
  rmSync(installed, { recursive: true, force: true });
  mkdirSync(installed);
  await runChild('tar', ['-xzf', library.file, '--strip-components=1', '-C', installed]);

  const apps = join(__dirname, 'apps');
  const sources = readdirSync(apps).filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'));
  await build({
    entryPoints: sources.map((file) => join(apps, file)),
    outdir: join(folder, 'apps'),
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
  });
}

/** Room for what a measured program writes; emptied for each. */
export function scratch(name: string): string {
  const folder = join(FOLDER, 'scratch', name);
  rmSync(folder, { recursive: true, force: true });
  return folder;
}

function newest(folder: string): number {
  return Math.max(...readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs));
}
