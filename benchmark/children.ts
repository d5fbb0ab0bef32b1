import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

export interface ChildResult {
  readonly stdout: string;
  /** What the child wrote to descriptor 3. */
  readonly report: string;
  readonly wallMs: number;
}

export interface ChildOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

const running = new Set<ChildProcess>();

/** Ends what was started, however this process ends. Called once, first. */
export function endChildrenWithThisProcess(): void {
  process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));
  for (const [signal, number] of [['SIGINT', 2], ['SIGTERM', 15], ['SIGHUP', 1]] as const) {
    process.on(signal, () => process.exit(128 + number));
  }
}

/**
 * Runs a program to its end.
 *
 * @throws Error with the end of its output when it fails
 */
export async function runChild(command: string, args: readonly string[], options: ChildOptions = {}): Promise<ChildResult> {
  const start = process.hrtime.bigint();
  const child = spawn(command, args, { cwd: options.cwd, env: options.env ?? process.env, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  running.add(child);
  const output = { stdout: '', stderr: '', report: '' };
  child.stdout!.on('data', (chunk) => output.stdout += chunk);
  child.stderr!.on('data', (chunk) => output.stderr += chunk);
  (child.stdio[3] as Readable).on('data', (chunk) => output.report += chunk);
  let wallMs = NaN;
  child.once('exit', () => wallMs = Number(process.hrtime.bigint() - start) / 1e6);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => running.delete(child));
  if (code !== 0) {
    const tail = `${output.stdout}\n${output.stderr}`.trim().split('\n').slice(-15).join('\n');
    throw new Error(`${command} ${args.join(' ')} failed (${code}):\n${tail}`);
  }
  return { stdout: output.stdout, report: output.report, wallMs };
}

/** The environment of a measured process: nothing of the user's that changes what the CDK or Node.js does. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS|CDK|NODE|JSII|TSX|npm)_/.test(name)));
}
