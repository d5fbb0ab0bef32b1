/* eslint-disable no-console -- this is what a person runs and reads */
import type { Options } from './demo/options';
import { HELP, readOptions, UsageError } from './demo/options';
import { Demo } from './demo/run';

// The SDK would write a note on Node.js versions into the progress view.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

async function runDemo(options: Options): Promise<number> {
  const demo = new Demo(options);
  let interrupted = false;
  for (const [signal, code] of [['SIGHUP', 129], ['SIGINT', 130], ['SIGTERM', 143]] as const) {
    process.on(signal, () => {
      interrupted = true;
      // With --keep, an interrupt is how a run ends.
      void demo.stop().then(() => {
        console.error('order desk: stopped, nothing is left running');
        process.exit(demo.exitCode ?? code);
      });
    });
  }
  try {
    const code = await demo.run();
    return code;
  } catch (error) {
    if (interrupted) {
      // What still ran has failed because it was interrupted: not worth a word. The signal's listener ends the process.
      await new Promise<never>(() => undefined);
    }
    throw error;
  }
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    console.log(HELP.trimEnd());
    return 0;
  }
  return runDemo(options);
}

main().then((code) => process.exit(code), (error: Error) => {
  const usage = error instanceof UsageError;
  console.error(`order desk: ${error.message}${usage ? ' (--help lists the options)' : ''}`);
  process.exit(usage ? 2 : 1);
});
