import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Exchange } from './mapping-exchanges';
import { ROOT } from '../rigs/structs';

/** What a template gave, or the error that it ended with. */
export interface Rendered {
  readonly text?: string;
  readonly status?: number | null;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly error?: string;
}

const BUILD = path.join(ROOT, '.build', 'velocity');
const JARS = path.join(BUILD, 'jars');
const POM = path.join(__dirname, 'pom.xml');

/** What this machine lacks to run Apache Velocity, if anything. */
export function missingForVelocity(): string | undefined {
  const runs = (command: string, args: readonly string[]) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;
  if (!runs('javac', ['-version'])) {
    return 'a JDK';
  }
  return areJarsThere() || runs('mvn', ['--version']) ? undefined : 'Maven';
}

/** Renders by Apache Velocity 1.7, in one process for all. */
export function renderByVelocity(exchanges: readonly Exchange[]): Rendered[] {
  fetchJars();
  return renderIn('java', ['-cp', path.join(JARS, '*'), path.join(__dirname, 'MappingTemplates.java')], exchanges);
}

/** Renders by the engine that the emulator uses, in one process for all. */
export function renderByEmulator(python: string, exchanges: readonly Exchange[]): Rendered[] {
  return renderIn(python, [path.join(__dirname, 'mapping_templates.py')], exchanges);
}

function renderIn(command: string, args: readonly string[], exchanges: readonly Exchange[]): Rendered[] {
  fs.mkdirSync(BUILD, { recursive: true });
  const [input, output] = [path.join(BUILD, 'exchanges.json'), path.join(BUILD, 'rendered.json')];
  fs.writeFileSync(input, JSON.stringify(exchanges));
  fs.rmSync(output, { force: true });
  run(command, [...args, input, output]);
  return JSON.parse(fs.readFileSync(output, 'utf8')) as Rendered[];
}

function areJarsThere(): boolean {
  const stamp = path.join(JARS, '.stamp');
  return fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === hashOfPom();
}

function hashOfPom(): string {
  return createHash('sha256').update(fs.readFileSync(POM)).digest('hex');
}

function fetchJars(): void {
  if (!areJarsThere()) {
    fs.rmSync(JARS, { recursive: true, force: true });
    const repository = path.join(BUILD, 'maven');
    run('mvn', [
      '--batch-mode', '--quiet', `--file=${POM}`, `-Dmaven.repo.local=${repository}`, 'dependency:copy-dependencies', `-DoutputDirectory=${JARS}`,
    ]);
    fs.writeFileSync(path.join(JARS, '.stamp'), hashOfPom());
  }
}

function run(command: string, args: readonly string[]): void {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) {
    throw new Error(`${command} failed: ${error?.message ?? `${stdout}${stderr}`.trim().split('\n').slice(-15).join('\n')}`);
  }
}
