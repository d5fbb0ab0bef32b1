// A program that owns an emulator and ends in the way its argument says; the test looks at what it leaves.
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmulator } from '../emulator';
import { withBusyWorker } from './processes';

async function main(): Promise<void> {
  const emulator = await startEmulator();
  const state = await withBusyWorker(emulator);
  console.log(JSON.stringify({ pid: emulator.pid, state }));
  switch (process.argv[2]) {
    case 'throws':
      throw new Error('on purpose');
    case 'exits':
      process.exit(3);
    default:
      await sleep(600_000);
  }
}

void main();
