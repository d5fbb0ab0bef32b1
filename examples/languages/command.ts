import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';

const LINES_OF_OUTPUT_TO_SHOW = 25;

const running = new Set<ChildProcess>();

/** A command that could not be started, or ended with an error; the message holds the end of what it printed. */
export class CommandError extends Error {}

export interface CommandOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether `command` is a line for the shell. */
  readonly shell?: boolean;
}

/** Runs a command to its end and gives what it printed on its standard output. It ends with this process, however that ends. */
export function run(command: string, args: readonly string[], options: CommandOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    // In a process group of its own, so that what it starts can be ended with it.
    const child = spawn(command, args, {
      cwd: options.cwd, env: { ...process.env, ...options.env }, shell: options.shell ?? false, detached: true, stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    const stdout: Buffer[] = [];
    const all: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => { stdout.push(chunk); all.push(chunk); });
    child.stderr.on('data', (chunk: Buffer) => all.push(chunk));
    child.on('error', (error: NodeJS.ErrnoException) => {
      running.delete(child);
      reject(new CommandError(error.code === 'ENOENT' ? `${command} was not found` : error.message));
    });
    child.on('close', (code, signal) => {
      running.delete(child);
      if (code === 0) {
        resolve(Buffer.concat(stdout).toString());
      } else {
        const output = Buffer.concat(all).toString().trimEnd().split('\n').slice(-LINES_OF_OUTPUT_TO_SHOW).join('\n');
        reject(new CommandError(`${[command, ...args].join(' ')}: ${signal ?? `exit code ${code}`}\n${output}`));
      }
    });
  });
}

/** Whether a command can be run at all and ends without an error. */
export async function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  try {
    await run(command, args, { cwd: __dirname });
    return true;
  } catch {
    return false;
  }
}

function endAll(): void {
  for (const { pid } of running) {
    try {
      process.kill(-(pid ?? NaN), 'SIGKILL');
    } catch {
      // It ended meanwhile.
    }
  }
}

process.on('exit', endAll);
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]] as const) {
  process.on(signal, () => process.exit(code));
}
