import { Deployer } from './deploy';
import type { Emulator, TimeScales } from '../../emulator/emulator';
import { startEmulator } from '../../emulator/emulator';

/**
 * The time of the test beds. What only waits is shortened by the same factor, so that a test whose waits follow each other on AWS finds them in the same order here: a failed
 * message for its next attempt, an assertion for its next question, a workflow for its next state. The minutes of alarms are shorter still: a second. What works takes as
 * long as it takes, and its time limits are those of AWS.
 */
export const TIME_SCALES: Required<TimeScales> = {
  queueRetryScale: 0.2,
  stepFunctionsWaitScale: 0.2,
  lambdaRetryBaseSeconds: 0.05,
  cloudWatchTimeScale: 1 / 60,
};

/** An emulator with what deploys to it. */
export interface TestBed {
  readonly emulator: Emulator;
  readonly deployer: Deployer;
}

/**
 * Gives the work a test bed, and ends it afterwards.
 *
 * The first one also gives this process its environment, without which AWS clients would look for settings of the user's.
 */
export async function withTestBed<T>(enforceIam: boolean, work: (bed: TestBed) => Promise<T>): Promise<T> {
  const emulator = await startEmulator({ enforceIam, ...TIME_SCALES });
  const onSignal = () => void emulator.stop().then(() => process.exit(130));
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  takeOver(emulator.childEnv());
  const deployer = new Deployer(emulator);
  try {
    await deployer.bootstrap();
    return await work({ emulator, deployer });
  } finally {
    deployer.close();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    await emulator.stop();
  }
}

function takeOver(environment: NodeJS.ProcessEnv): void {
  Object.keys(process.env).filter((name) => !(name in environment)).forEach((name) => delete process.env[name]);
  Object.assign(process.env, environment);
}

/** Does the work of each item, of so many at a time. */
export async function inLanes<Item, T>(lanes: number, items: readonly Item[], work: (item: Item) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  const waiting = items.entries();
  const lane = async () => {
    for (const [index, item] of waiting) {
      results[index] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane));
  return results;
}
