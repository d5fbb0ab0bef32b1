import type { ChildProcess } from 'node:child_process';

/** The exit code of a child process, when it has ended; 1 if a signal ended it. It does not outlive this process. */
export function endOf(child: ChildProcess): Promise<number> {
  const stop = () => child.kill();
  process.once('exit', stop);
  return new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  }).finally(() => process.off('exit', stop));
}
