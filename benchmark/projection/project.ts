import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { duplicate, isRecorded } from './duplicate';

const ROOT = path.join(__dirname, '..', '..');

/** What has passed in this project says nothing of the copy. */
const LEDGER = '.ci/proofs/';

/** How much a command may print. */
const OUTPUT = 2 ** 28;

/** Marks a copy that is complete. */
const STAMP = path.join('.build', 'projection.json');

/** Whether a folder has a complete copy of the project with so many of each pattern. */
export function hasProject(folder: string, times: number): boolean {
  const stamp = path.join(folder, STAMP);
  return fs.existsSync(stamp) && (JSON.parse(fs.readFileSync(stamp, 'utf8')) as { times: number }).times === times;
}

/**
 * Makes a copy of the project, as it is in the working tree, with so many of each pattern, as a git repository of its own.
 *
 * @param folder is emptied first
 * @param withIntegSnapshots whether to record those of the copies, which is of use to the integ tests alone
 */
export function makeProject(folder: string, times: number, withIntegSnapshots: boolean): void {
  const files = projectFiles();
  fs.rmSync(folder, { recursive: true, force: true });
  for (const file of files) {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.cpSync(path.join(ROOT, file), path.join(folder, file), { verbatimSymlinks: true });
  }
  linkPackages(folder);
  const written = duplicate(textsOf(files), times);
  for (const [file, text] of written) {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), file.endsWith('.ts') ? withLongLines(text) : text);
  }
  if (written.size > 0) {
    recordAnew(folder, [...written.keys()], withIntegSnapshots);
  }
  git(folder, 'init', '--quiet');
  commit(folder, `Have ${times} of each pattern`);
  fs.mkdirSync(path.join(folder, '.build'), { recursive: true });
  fs.writeFileSync(path.join(folder, STAMP), JSON.stringify({ times }));
}

/** Commits everything, the ledger included. The ledger draws by the commit what is repeated. */
export function commit(folder: string, subject: string): void {
  git(folder, 'add', '--all');
  const author = ['user.name=projection', 'user.email=projection@localhost', 'commit.gpgsign=false'].flatMap((setting) => ['-c', setting]);
  git(folder, ...author, 'commit', '--quiet', '--allow-empty', '-m', subject);
}

/** The environment of every command in a copy: nothing in it points at this project. */
export function environmentOf(folder: string): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(PROOFS_RUN|PATTERN|CI|CI_FULL|npm_.*)$/.test(name));
  return {
    ...Object.fromEntries(inherited),
    CI: 'true',
    TSX_TSCONFIG_PATH: path.join(folder, 'tsconfig.dev.json'),
    JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '20',
    ESLINT_USE_FLAT_CONFIG: 'false',
  };
}

/** What git tracks, or would. */
function projectFiles(): string[] {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const listed = execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', maxBuffer: OUTPUT });
  return [...new Set(listed.split('\0'))].filter((file) => file !== '' && !file.startsWith(LEDGER) && fs.existsSync(path.join(ROOT, file)));
}

/** What a copy of a pattern can concern. */
function textsOf(files: readonly string[]): Map<string, string> {
  const concerned = /^(src|test|integ|docs|rosetta)\/.*\.(ts|py|md|json|ts-fixture)$|^scripts\/closure\.ts$/;
  return new Map(files.filter((file) => concerned.test(file) && !isRecorded(file))
    .map((file) => [file, fs.readFileSync(path.join(ROOT, file), 'utf8')]));
}

/** The names of copies are longer than those of the originals, and so are the lines, which says nothing of the project. */
function withLongLines(code: string): string {
  return `/* eslint-disable @stylistic/max-len */\n${code}`;
}

/** The installed packages, which nobody changes in place: hard links where the file system has them, or else a link to the folder. */
function linkPackages(folder: string): void {
  const packages = path.join(ROOT, 'node_modules');
  const linked = path.join(folder, 'node_modules');
  if (spawnSync('cp', ['-al', `${fs.realpathSync(packages)}/`, linked]).status !== 0) {
    fs.rmSync(linked, { recursive: true, force: true });
    fs.symlinkSync(packages, linked);
  }
  const python = path.join(ROOT, '.emulator', 'venv');
  if (fs.existsSync(python)) {
    fs.mkdirSync(path.join(folder, '.emulator'));
    fs.symlinkSync(fs.realpathSync(python), path.join(folder, '.emulator', 'venv'));
  }
}

/** Records anew what is recorded from what the library makes. */
function recordAnew(folder: string, written: readonly string[], withIntegSnapshots: boolean): void {
  node(folder, '--import', 'tsx', 'scripts/compile.ts');
  node(folder, 'node_modules/jsii-docgen/bin/jsii-docgen', '--output', 'API.md');
  node(folder, '--import', 'tsx', 'test/proof/generate.ts');
  const usesSnapshots = (file: string) => /toMatchSnapshot|checkPattern\(/.test(fs.readFileSync(path.join(folder, file), 'utf8'));
  const withSnapshots = written.filter((file) => file.endsWith('.test.ts') && usesSnapshots(file));
  node(folder, 'node_modules/jest/bin/jest.js', '--ci', '--silent', '--updateSnapshot', '--runTestsByPath', ...withSnapshots);
  const releases = path.join(folder, 'test', 'releases');
  const versions = fs.readdirSync(releases).filter((name) => /^\d+\.\d+\.\d+$/.test(name));
  const last = versions.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
  if (last !== undefined) {
    // A version that was released is not written again while it is there.
    fs.rmSync(path.join(releases, last), { recursive: true });
    node(folder, '--import', 'tsx', 'test/rigs/upgrade.ts', '--record', last);
  }
  if (withIntegSnapshots) {
    recordIntegSnapshots(folder);
  }
}

/** The snapshots of the integ tests. */
function recordIntegSnapshots(folder: string): void {
  node(folder, '--import', 'tsx', 'integ/run.ts', '--update', '--no-deploy');
}

function node(folder: string, ...args: readonly string[]): void {
  console.error(`  ${path.basename(args.find((arg) => /\.[jt]s$|bin\//.test(arg)) ?? '')} …`);
  const options = { cwd: folder, encoding: 'utf8', env: environmentOf(folder), maxBuffer: OUTPUT } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, args, options);
  if (status !== 0) {
    const end = `${stdout}${stderr}`.trim().split('\n').slice(-60).join('\n');
    throw new Error(`${args.join(' ').slice(0, 300)} failed in ${path.relative(ROOT, folder)}:\n${end}`);
  }
}

function git(folder: string, ...args: readonly string[]): void {
  execFileSync('git', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
}
