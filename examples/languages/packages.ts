import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { run } from './command';

const ROOT = path.join(__dirname, '..', '..');
const BUILD = path.join(ROOT, '.build', 'languages');

/** Kept from one packing to the next, as the other package managers keep their caches in the user's home. */
export const MAVEN_CACHE = path.join(BUILD, 'maven');

/** Some 150 kB are the rules of DeliveryChecks and what reads templates for them; each pattern adds about 20 kB, with its API and its own rules, and there are to be thirty. */
const LARGEST_PACKED_BYTES = 1_000_000;

/** All that the npm package may hold. */
const CONTENTS = [/^package\.json$/, /^\.jsii$/, /^(README|API)\.md$/, /^LICENSE$/, /^lib\/.+\.(js|d\.ts)$/, /^assets\/.+\.m?js$/];
const REQUIRED_CONTENTS = ['package.json', '.jsii', 'README.md', 'API.md', 'LICENSE', 'lib/index.js', 'lib/index.d.ts'];

/** The npm package, as `npm pack` makes it. */
export interface NpmPackage {
  readonly bytes: number;
  readonly files: readonly string[];
  /** Everything that is made from this very package is kept in this folder, so nothing made from another one is ever used. */
  readonly folder: string;
}

/** Compiles the library and makes its npm package. */
export async function npmPackage(): Promise<NpmPackage> {
  await run(process.execPath, ['--import', 'tsx', path.join(ROOT, 'scripts', 'compile.ts')], { cwd: ROOT });
  fs.mkdirSync(BUILD, { recursive: true });
  const [packed] = JSON.parse(await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', BUILD], { cwd: ROOT })) as
    { filename: string; size: number; files: { path: string }[] }[];
  if (!packed) {
    throw new Error('npm pack made no package');
  }
  const tarball = path.join(BUILD, packed.filename);
  const hash = createHash('sha256').update(fs.readFileSync(tarball)).update(versionOf('jsii-pacmak')).digest('hex').slice(0, 16);
  fs.rmSync(tarball);
  const folder = path.join(BUILD, hash);
  forgetOthers(folder);
  return { bytes: packed.size, files: packed.files.map((file) => file.path), folder };
}

/** Loads one class from an index, then all names as an ES module does; prints the files that the class needed, and the names with their kinds. */
const LOADING = `
  import { createRequire } from 'node:module';
  const [index] = process.argv.slice(1);
  const require = createRequire(index);
  require(index).QueueFedFunction;
  const files = Object.keys(require.cache);
  const names = Object.entries(await import(index)).map(([name, value]) => [name, typeof value]);
  console.log(JSON.stringify({ files, kinds: Object.fromEntries(names) }));
`;

/** What is wrong with the npm package: its size, a file that does not belong there, one that is missing, how it loads. */
export async function problemsOf(npm: NpmPackage): Promise<string[]> {
  return [
    ...await loadingProblems(),
    ...(npm.bytes > LARGEST_PACKED_BYTES ? [`has ${npm.bytes} bytes, more than ${LARGEST_PACKED_BYTES}`] : []),
    ...npm.files.filter((file) => !CONTENTS.some((content) => content.test(file))).map((file) => `has ${file}, which does not belong there`),
    ...REQUIRED_CONTENTS.filter((file) => !npm.files.includes(file)).map((file) => `lacks ${file}`),
  ];
}

async function loadingProblems(): Promise<string[]> {
  const lib = path.join(ROOT, 'lib');
  const { files, kinds } = JSON.parse(await run(process.execPath, ['--input-type=module', '-e', LOADING, path.join(lib, 'index.js')], { cwd: ROOT })) as
    { files: string[]; kinds: Record<string, string> };
  const { types } = JSON.parse(fs.readFileSync(path.join(ROOT, '.jsii'), 'utf8')) as { types: Record<string, { kind: string; name: string }> };
  const values = Object.values(types).filter(({ kind }) => kind !== 'interface');
  return [
    ...values.filter(({ kind, name }) => kinds[name] !== (kind === 'class' ? 'function' : 'object')).map(({ name }) => `has no ${name} for an ES module`),
    ...['jobs', 'storage', 'functions'].map((folder) => path.join(lib, folder, path.sep))
      .filter((folder) => files.some((file) => file.startsWith(folder)))
      .map((folder) => `loads ${path.relative(ROOT, folder)} for QueueFedFunction, which does not need it`),
  ];
}

/** The folder that the packages for a language are in. */
export function distFolder(npm: NpmPackage, target: string): string {
  return path.join(npm.folder, 'dist', target);
}

/** Makes the packages for these languages, or only their source code. Those that were made from the same npm package before are left as they are. */
export async function makePackages(npm: NpmPackage, targets: readonly string[], options: { codeOnly?: boolean } = {}): Promise<void> {
  const missing = targets.filter((target) => !fs.existsSync(distFolder(npm, target)));
  if (missing.length === 0) {
    return;
  }
  const unfinished = path.join(npm.folder, 'unfinished');
  fs.rmSync(unfinished, { recursive: true, force: true });
  await run(tool('jsii-pacmak'), [
    ...missing.flatMap((target) => ['--target', target]),
    ...(options.codeOnly ? ['--code-only'] : []),
    '--outdir', unfinished,
    '--rosetta-unknown-snippets', 'translate',
    '--maven-local-repository', MAVEN_CACHE,
    '--no-npmignore',
  ], { cwd: ROOT });
  fs.mkdirSync(path.join(npm.folder, 'dist'), { recursive: true });
  missing.forEach((target) => fs.renameSync(path.join(unfinished, target), distFolder(npm, target)));
}

function forgetOthers(folder: string): void {
  for (const name of fs.readdirSync(BUILD)) {
    const other = path.join(BUILD, name);
    if (other !== folder && other !== MAVEN_CACHE) {
      fs.rmSync(other, { recursive: true, force: true });
    }
  }
}

function tool(name: string): string {
  return path.join(ROOT, 'node_modules', '.bin', name);
}

function versionOf(name: string): string {
  return (JSON.parse(fs.readFileSync(path.join(ROOT, 'node_modules', name, 'package.json'), 'utf8')) as { version: string }).version;
}
