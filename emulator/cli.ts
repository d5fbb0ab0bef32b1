import { parseArgs } from 'node:util';
import { startEmulator } from './emulator';
import { runCommand } from '../scripts/command-line';

const HELP = `Keeps a local AWS emulator up until Ctrl-C, bootstrapped for the CDK toolkit.

  npm run emulator -- [options]

  --port N        listen on this port (default: a free one)
  --enforce-iam   check every request against IAM; functions run as their roles
  --plain         leave out the supplements: what the emulator does alone
  --help          this text
`;

interface Options {
  readonly port?: number;
  readonly enforceIam: boolean;
  readonly plain: boolean;
  readonly help: boolean;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      'port': { type: 'string' },
      'enforce-iam': { type: 'boolean', default: false },
      'plain': { type: 'boolean', default: false },
      'help': { type: 'boolean', short: 'h', default: false },
    },
  });
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(/^\d+$/.test(values.port!) && port >= 1 && port <= 65535)) {
    throw new Error(`--port must be a number from 1 to 65535, got '${values.port}'`);
  }
  return { enforceIam: values['enforce-iam'], plain: values.plain, help: values.help, ...(port === undefined ? {} : { port }) };
}

async function keepUp(options: Options): Promise<void> {
  const emulator = await startEmulator(options);
  let stopping = false;
  const stop = async () => {
    if (!stopping) {
      stopping = true;
      await emulator.stop();
      process.exit(0);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, stop);
  }
  await emulator.bootstrap();
  const exports = Object.entries(emulator.env).map(([name, value]) => `export ${name}=${value}`);
  console.log([...exports, `# log: ${emulator.logFile}`, '# Ctrl-C stops it'].join('\n'));
  // The server ending by itself is the only other way out.
  await emulator.ended;
  if (!stopping) {
    throw new Error(`the emulator ended by itself; see ${emulator.logFile}`);
  }
}

runCommand(HELP, readOptions, keepUp);
