#!/usr/bin/env node
// Starts every command of package.json. Plain Node, no packages: on a fresh clone there are none yet, and this is what installs them.
'use strict';
const { spawn, spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const ROOT = path.join(__dirname, '..');
const VENV = path.join(ROOT, '.emulator', 'venv');

/** What each command runs once set-up is done, and whether it needs the emulator's Python packages. */
const COMMANDS = {
  'test': { script: 'scripts/run-checks.ts', emulator: true },
  'pattern': { script: 'scripts/run-checks.ts', args: ['--pattern'], emulator: true },
  'unit': { script: 'node_modules/jest/bin/jest.js' },
  'snippets': { script: 'rosetta/check.ts' },
  'twins': { script: 'rosetta/twins.ts' },
  'demo': { script: 'examples/demo.ts', emulator: true },
  'emulator': { script: 'emulator/cli.ts', emulator: true },
  'integ': { script: 'integ/run.ts', emulator: true },
  'integ:aws': { script: 'integ/run.ts', args: ['--aws'] },
  'languages': { script: 'examples/languages/check.ts' },
  'mutation': { script: 'test/rigs/mutation.ts' },
  'seeded-faults': { script: 'test/rigs/seeded-faults.ts', emulator: true },
  'newest': { script: 'test/rigs/newest.ts' },
  'repeat': { script: 'test/rigs/repeat.ts', emulator: true },
  'upgrade': { script: 'test/rigs/upgrade.ts' },
  'wild': { script: 'test/rigs/wild.ts' },
  'proof': { script: 'test/proof/generate.ts' },
  'rules': { script: 'test/delivery/write-catalogue.ts' },
  'benchmark': { script: 'benchmark/run.ts', emulator: true },
  'projection': { script: 'benchmark/projection/run.ts', emulator: true },
};

function fail(message) {
  console.error(`cdk-serverless-patterns: ${message}`);
  process.exit(1);
}

function requireNode() {
  if (Number(process.versions.node.split('.')[0]) < 20) {
    fail(`Node.js 20 or newer is needed, this is ${process.versions.node}`);
  }
}

/** The emulator's pinned packages are made for this version and newer ones. */
function requirePython() {
  const { stdout, error } = spawnSync('python3', ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], { encoding: 'utf8' });
  const [major = 0, minor = 0] = (stdout ?? '').trim().split('.').map(Number);
  if (error || major < 3 || (major === 3 && minor < 11)) {
    fail(`Python 3.11 or newer is needed as python3, ${error ? 'and was not found' : `this is ${stdout.trim()}`}`);
  }
}

function hashOf(...texts) {
  return createHash('sha256').update(texts.join('\0')).digest('hex');
}

function isStamped(stamp, hash) {
  return fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === hash;
}

/** Runs a step of the set-up with its output kept for the case that it fails. */
function setUp(what, command, args, hint) {
  console.error(`set-up: ${what} …`);
  const result = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' });
  if (result.error?.code === 'ENOENT') {
    fail(`${command} is needed and was not found: ${hint}`);
  }
  if (result.status !== 0) {
    const output = `${result.stdout ?? ''}${result.stderr ?? ''}`.trim();
    const network = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|Temporary failure in name resolution|NewConnectionError|Max retries exceeded|No matching distribution/i.test(output);
    if (network) {
      fail(`${what} failed: the package registry cannot be reached, and set-up needs it once`);
    }
    console.error(output.split('\n').slice(-15).join('\n'));
    fail(`${what} failed: ${hint}`);
  }
}

function installPackages() {
  const stamp = path.join(ROOT, 'node_modules', '.cdk-serverless-patterns');
  const hash = hashOf(fs.readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8'), process.versions.modules);
  if (!isStamped(stamp, hash)) {
    setUp('installing npm packages', 'npm', ['ci', '--no-audit', '--no-fund'], 'it comes with Node.js');
    fs.writeFileSync(stamp, hash);
  }
}

function installEmulator() {
  if (process.env.EMULATOR_PYTHON) {
    return;
  }
  const requirements = path.join(ROOT, 'emulator', 'requirements.txt');
  const stamp = path.join(VENV, '.cdk-serverless-patterns');
  const hash = hashOf(fs.readFileSync(requirements, 'utf8'));
  if (!isStamped(stamp, hash)) {
    requirePython();
    fs.rmSync(VENV, { recursive: true, force: true });
    setUp('making a Python environment for the local emulator', 'python3', ['-m', 'venv', VENV], 'install the venv module of Python 3 (python3-venv)');
    setUp('installing the local emulator', path.join(VENV, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements], 'see the lines above');
    fs.writeFileSync(stamp, hash);
  }
}

function main() {
  requireNode();
  const [name = '', ...rest] = process.argv.slice(2);
  const command = COMMANDS[name];
  if (!command) {
    fail(`no command '${name}'; there are: ${Object.keys(COMMANDS).join(', ')}`);
  }
  installPackages();
  if (command.emulator) {
    installEmulator();
  }
  const runner = command.script.endsWith('.ts') ? ['--import', require.resolve('tsx')] : [];
  const child = spawn(process.execPath, [...runner, path.join(ROOT, command.script), ...(command.args ?? []), ...rest], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, TSX_TSCONFIG_PATH: path.join(ROOT, 'tsconfig.dev.json'), JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '20' },
  });
  // The terminal sends Ctrl-C to the child too; what is left to do here is to wait for its clean-up. A signal to this process alone is passed on.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}

main();
