import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { ROOT } from './structs';
import { record } from '../../scripts/results';

/** The newest libraries that users may have; raised by hand, so that a red check has one cause. */
const NEWEST = { 'aws-cdk-lib': '2.276.0', 'constructs': '10.8.1' };

interface JestConfig {
  readonly setupFiles: readonly string[];
  readonly moduleNameMapper: object;
}

const FOLDER = path.join(ROOT, '.build', 'newest');

/**
 * Compiles the sources against the newest aws-cdk-lib and runs all unit tests with it, the pinned trees and templates included: an upgrade of the CDK must not
 * change them. Then the checks on all patterns once more, with the validation of templates that this CDK has built in; elsewhere it is off, because it makes
 * each synth several times as long.
 */
async function main(): Promise<void> {
  await install();
  const compiled = await compile();
  const unit = await runTests('unit tests', [], { CDK_VALIDATION: 'false' });
  const validated = await runTests('all patterns, with the CDK\'s validation on', ['all-patterns'], { CDK_VALIDATION: 'true' });

  const sum = (key: 'passed' | 'failed' | 'skipped') => unit[key] + validated[key];
  record('newest', { passed: sum('passed') + (compiled ? 1 : 0), failed: sum('failed') + (compiled ? 0 : 1), skipped: sum('skipped') });
  console.log(`newest: compiled ${compiled ? 'yes' : 'NO'}; ${sum('passed')} tests passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
  process.exitCode = compiled && sum('failed') === 0 && unit.passed > 0 && validated.passed > 0 ? 0 : 1;
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
async function compile(): Promise<boolean> {
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

/** Runs Jest with every import of the CDK, by whomever, led to the newest. Gives what it counted. */
async function runTests(what: string, patterns: readonly string[], env: NodeJS.ProcessEnv): Promise<Record<'passed' | 'failed' | 'skipped', number>> {
  console.log(`newest: ${what} …`);
  const config = JSON.parse(fs.readFileSync(path.join(ROOT, 'jest.config.json'), 'utf8')) as JestConfig;
  const led = Object.fromEntries(Object.keys(NEWEST).map((name) => [`^${name}($|/.*)`, `${FOLDER}/node_modules/${name}$1`]));
  const newestConfig = {
    ...config,
    rootDir: ROOT,
    setupFiles: [...config.setupFiles, path.join(__dirname, 'newest-setup.ts')],
    moduleNameMapper: { ...config.moduleNameMapper, ...led },
  };
  const output = path.join(FOLDER, 'jest.json');
  fs.rmSync(output, { force: true });
  await run(process.execPath, [
    path.join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js'), '--ci', '--silent', '--json', `--outputFile=${output}`,
    '--config', JSON.stringify(newestConfig), ...patterns,
  ], { ...env, NEWEST: JSON.stringify(NEWEST) });
  if (!fs.existsSync(output)) {
    throw new Error(`Jest did not come to an end (${what})`);
  }
  const { numPassedTests: passed, numFailedTests, numPendingTests: skipped, numRuntimeErrorTestSuites } = JSON.parse(fs.readFileSync(output, 'utf8')) as Record<string, number>;
  return { passed: passed ?? 0, failed: (numFailedTests ?? 0) + (numRuntimeErrorTestSuites ?? 0), skipped: skipped ?? 0 };
}

/** Runs a command in the project with its output shown; stops it when this process is stopped. */
function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } });
  const stop = () => child.kill();
  process.once('exit', stop);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      process.off('exit', stop);
      resolve(code ?? 1);
    });
  });
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => process.exit(130));
}
main().catch((error: unknown) => {
  console.error(`newest: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
