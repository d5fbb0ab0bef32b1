import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { ROOT } from './structs';
import { endOf } from '../../scripts/child';
import { filesIn, hashOf } from '../../scripts/closure';
import type { Unit } from '../../scripts/proofs';
import { Proofs } from '../../scripts/proofs';
import type { Result } from '../../scripts/results';
import { NOTHING, record, summary, total } from '../../scripts/results';
import type { TestFile } from '../../scripts/unit-tests';
import { runTestFiles, unitTestFiles } from '../../scripts/unit-tests';

/** The newest libraries that users may have; raised by hand, so that a red check has one cause. */
const NEWEST = { 'aws-cdk-lib': '2.276.0', 'constructs': '10.8.1' };
const VERSIONS = JSON.stringify(NEWEST);

interface JestConfig {
  readonly setupFiles: readonly string[];
  readonly moduleNameMapper: object;
}

const FOLDER = path.join(ROOT, '.build', 'newest');

/**
 * Compiles the sources against the newest aws-cdk-lib and runs the unit tests with it, the pinned trees and templates included: an upgrade of the CDK must not
 * change them. The checks on patterns run with the validation of templates that this CDK has built in; elsewhere it is off, because it makes each synth several
 * times as long.
 */
async function main(): Promise<void> {
  const all = unitTestFiles();
  const ofPatterns = all.filter(({ id }) => id.startsWith('patterns/')).map((unit) => ({ ...unit, inputs: hashOf([], unit.inputs, VERSIONS) }));
  // What the library makes is the patterns' to show, on each change. The other tests say once more on which CDK they pass: on a change of their own, and in turn.
  const others = all.filter(({ id }) => !id.startsWith('patterns/')).map((unit) => ({ ...unit, inputs: hashOf([unit.file], VERSIONS) }));
  const results = [
    await compile(),
    await runTests('newest-unit', others, { CDK_VALIDATION: 'false' }),
    await runTests('newest-patterns', ofPatterns, { CDK_VALIDATION: 'true' }),
  ];
  const [passed, failed, skipped, carriedOver] = (['passed', 'failed', 'skipped', 'carriedOver'] as const).map((key) => total(results, key));
  record('newest', { passed: passed!, failed: failed!, skipped: skipped!, carriedOver: carriedOver! });
  console.log(`newest: ${summary(results)}, ${carriedOver} carried over`);
  process.exitCode = failed! > 0 || results.some((result) => result.passed + result.carriedOver === 0) ? 1 : 0;
}

async function install(): Promise<void> {
  if (Object.entries(NEWEST).every(([name, version]) => installed(name) === version)) {
    return;
  }
  console.log(`newest: installing ${Object.entries(NEWEST).map(([name, version]) => `${name} ${version}`).join(' and ')} …`);
  fs.mkdirSync(FOLDER, { recursive: true });
  fs.writeFileSync(path.join(FOLDER, 'package.json'), JSON.stringify({ private: true, dependencies: NEWEST }));
  const code = await run('npm', ['install', '--prefix', FOLDER, '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error']);
  if (code !== 0) {
    throw new Error('the newest aws-cdk-lib could not be installed; the network is needed for it once');
  }
}

function installed(name: string): string | undefined {
  const file = path.join(FOLDER, 'node_modules', name, 'package.json');
  return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, 'utf8')) as { version: string }).version : undefined;
}

/** Type-checks src against the newest declarations. */
async function compile(): Promise<Result> {
  const proofs = Proofs.of('newest-types');
  const unit: Unit = { id: 'src', inputs: hashOf(filesIn('src', 'tsconfig.strict.json'), VERSIONS) };
  const { run: [now] } = proofs.plan([unit]);
  const compiled = now && await compileNow();
  if (now) {
    compiled ? proofs.passed(unit, 1) : proofs.failed(unit);
  }
  return { ...NOTHING, passed: compiled ? 1 : 0, failed: compiled === false ? 1 : 0, carriedOver: proofs.save(true) };
}

async function compileNow(): Promise<boolean> {
  await install();
  const modules = './node_modules';
  const paths = Object.fromEntries(Object.keys(NEWEST).flatMap((name) => [[name, [`${modules}/${name}`]], [`${name}/*`, [`${modules}/${name}/*`]]]));
  const config = path.join(FOLDER, 'tsconfig.json');
  fs.writeFileSync(config, JSON.stringify({
    extends: '../../tsconfig.strict.json',
    compilerOptions: { rootDir: '../..', paths, typeRoots: ['../../node_modules/@types'] },
    include: ['../../src/**/*.ts'],
  }));
  return await run(process.execPath, [require.resolve('typescript/bin/tsc'), '--noEmit', '-p', config]) === 0;
}

/** Runs Jest with every import of the CDK, by whomever, led to the newest. */
async function runTests(check: string, files: readonly TestFile[], env: NodeJS.ProcessEnv): Promise<Result> {
  console.log(`${check} …`);
  const config = JSON.parse(fs.readFileSync(path.join(ROOT, 'jest.config.json'), 'utf8')) as JestConfig;
  const led = Object.fromEntries(Object.keys(NEWEST).map((name) => [`^${name}($|/.*)`, `${FOLDER}/node_modules/${name}$1`]));
  const newestConfig = {
    ...config,
    rootDir: ROOT,
    setupFiles: [...config.setupFiles, path.join(__dirname, 'newest-setup.ts')],
    moduleNameMapper: { ...config.moduleNameMapper, ...led },
  };
  await install();
  return runTestFiles({ check, files, complete: true, args: ['--silent', '--config', JSON.stringify(newestConfig)], env: { ...env, NEWEST: VERSIONS } });
}

/** Runs a command in the project with its output shown; stops it when this process is stopped. */
function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } });
  return endOf(child);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => process.exit(130));
}
main().catch((error: unknown) => {
  console.error(`newest: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
