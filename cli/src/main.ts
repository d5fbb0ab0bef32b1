import { CHECK } from './check';
import { MAP } from './map';
import { UnwritableError } from './output';
import { REPLAY } from './replay';
import type { Io, Subcommand } from './subcommand';
import { CLEAN, FAILED, UsageError } from './subcommand';
import { UnreadableError } from '../../src/delivery/template/assembly';
import { version } from '../package.json';

const NAME = 'cdk-serverless-patterns-cli';

const SUBCOMMANDS: ReadonlyMap<string, Subcommand> = new Map([
  ['check', CHECK],
  ['map', MAP],
  ['replay', REPLAY],
]);

const HELP = `Usage: ${NAME} <command> [options]

Commands:
${[...SUBCOMMANDS].map(([name, { summary }]) => `  ${name.padEnd(8)} ${summary}`).join('\n')}

Options:
  --help     what a command does, and its options
  --version  the version of this tool
`;

/** Runs the tool. @returns its exit status */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const [name, ...args] = argv;
  if (name === '--version') {
    io.out(`${version}\n`);
    return CLEAN;
  }
  if (name === undefined || name === '--help' || name === '-h') {
    (name === undefined ? io.err : io.out)(HELP);
    return name === undefined ? FAILED : CLEAN;
  }
  const subcommand = SUBCOMMANDS.get(name);
  if (subcommand === undefined) {
    io.err(`${NAME}: there is no command '${name}' (--help lists the commands)\n`);
    return FAILED;
  }
  if (args.includes('--help') || args.includes('-h')) {
    io.out(subcommand.help);
    return CLEAN;
  }
  try {
    return await subcommand.run(args, io);
  } catch (error) {
    if (error instanceof UsageError) {
      io.err(`${NAME} ${name}: ${error.message} (--help lists the options)\n`);
      return FAILED;
    }
    if (error instanceof UnreadableError || error instanceof UnwritableError) {
      io.err(`${NAME} ${name}: ${error.message}\n`);
      return FAILED;
    }
    throw error;
  }
}
