import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './structs';
import { endOf } from '../../scripts/child';
import { resultOf, summary } from '../../scripts/results';

const HELP = `Runs checks again and again on a machine that is kept busy, to find those that pass or fail by luck.

  npm run repeat -- [check …] [options]

  check       as npm test takes them (default: those that run something on the emulator, and the unit tests)
  --times N   how often (default: 10)
  --load N    so many processes that only compute run beside them (default: 8)
  --help      this text

Nothing is carried over. Every failure is printed as it comes; the last lines say how often each check failed.`;

/** What waits for something that another process does. */
const DEFAULT_CHECKS = ['integ', 'supplements', 'emulator', 'unit', 'demo'];

async function main(): Promise<number> {
  const { values: { help, times, load }, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: 'boolean' }, times: { type: 'string', default: '10' }, load: { type: 'string', default: '8' } },
  });
  if (help) {
    console.log(HELP);
    return 0;
  }
  if (![times, load].every((value) => /^\d{1,3}$/.test(value))) {
    console.error('--times and --load must be whole numbers of at most three digits');
    return 2;
  }
  const checks = positionals.length > 0 ? positionals : DEFAULT_CHECKS;
  const busy = Array.from({ length: Number(load) }, () => spawn(process.execPath, ['-e', 'for (;;) {}'], { stdio: 'ignore' }));
  const stop = () => busy.forEach((child: ChildProcess) => child.kill('SIGKILL'));
  process.once('exit', stop);
  const failures = new Map(checks.map((check) => [check, 0]));
  for (let time = 1; time <= Number(times); time += 1) {
    console.log(`\n${time} of ${times}, at a load of ${load}`);
    const code = await runOnce(checks);
    const failed = checks.filter((check) => (resultOf(check)?.failed ?? 1) > 0);
    failed.forEach((check) => failures.set(check, failures.get(check)! + 1));
    if (code > 1) {
      return code;
    }
  }
  stop();
  console.log(`\n${[...failures].map(([check, count]) => `${check}: failed ${count} of ${times} times`).join('\n')}`);
  const failed = [...failures.values()].filter((count) => count > 0).length;
  console.log(summary([{ passed: failures.size - failed, failed }]));
  return failed > 0 ? 1 : 0;
}

function runOnce(checks: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [path.join(ROOT, 'scripts', 'run.js'), 'test', ...checks], { cwd: ROOT, stdio: 'inherit', env: { ...process.env, CI_FULL: '1' } });
  return endOf(child);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => process.exit(130));
}
main().then((code) => process.exit(code), (error: Error) => {
  console.error(`repeat: ${error.message}`);
  process.exit(2);
});
