import * as fs from 'node:fs';
import * as path from 'node:path';
import { parseArgs } from 'node:util';

export const DEFAULT_REPORT = path.join(__dirname, '..', 'report.html');

export const HELP = `Deploys the order desk to a local AWS emulator, hands in order files with faults, and accounts for every order at every station.

  npm run demo -- [options]

  --messages N    how many orders, 1 to 20,000, in files of 100 (default 600)
  --poison N      how many of them always fail at a station until the repair, as a number or as a share such as 2% (default 2%)
  --seed N        another plan of faults; the same seed gives the same plan (default 1)
  --keep          leave emulator and stack up at the end, until Ctrl-C
  --report FILE   where to write the report (default examples/order-desk/report.html)
  --example NAME  another demo: warehouse, which has none of the other options
  --help          this text

Ends with 0 if the books balance, with 1 if they do not or something failed, with 2 for a wrong option.
`;

/** A wrong option: one line says which, and what would be right. */
export class UsageError extends Error {}

export interface Options {
  readonly messages: number;
  readonly poison: number;
  readonly seed: number;
  readonly keep: boolean;
  readonly report: string;
  readonly help: boolean;
}

export function readOptions(args: readonly string[]): Options {
  const values = parse(args);
  const messages = wholeNumber('--messages', values.messages ?? '600', 1, 20_000);
  return {
    messages,
    poison: readPoison(values.poison ?? '2%', messages),
    seed: wholeNumber('--seed', values.seed ?? '1', 0, 2 ** 32 - 1),
    keep: values.keep ?? false,
    report: readReport(values.report),
    help: values.help ?? false,
  };
}

/** The command that does the same run again. */
export function commandFor({ messages, poison, seed }: Options): string {
  return `npm run demo -- --messages ${messages} --poison ${poison} --seed ${seed}`;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        messages: { type: 'string' },
        poison: { type: 'string' },
        seed: { type: 'string' },
        report: { type: 'string' },
        keep: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    // Node's own text goes on with advice on quoting; its first sentence says what is wrong.
    throw new UsageError((error as Error).message.split(/\.\s|\n/)[0]);
  }
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new UsageError(`${name} must be a whole number from ${least} to ${most}, got '${text}'`);
  }
  return value;
}

function readPoison(text: string, messages: number): number {
  const share = /^(\d+(?:\.\d+)?)%$/.exec(text);
  if (!share) {
    if (!/^\d+$/.test(text)) {
      throw new UsageError(`--poison must be a number of orders or a share such as 2%, got '${text}'`);
    }
    return wholeNumber('--poison', text, 0, messages);
  }
  const percent = Number(share[1]);
  if (percent > 100) {
    throw new UsageError(`--poison must be a share from 0% to 100%, got '${text}'`);
  }
  return Math.round(messages * percent / 100);
}

function readReport(text: string | undefined): string {
  if (text === '') {
    throw new UsageError('--report must name a file, got nothing');
  }
  if (text !== undefined && fs.existsSync(text) && fs.statSync(text).isDirectory()) {
    throw new UsageError(`--report must name a file, got the folder '${text}'`);
  }
  return text === undefined ? DEFAULT_REPORT : path.resolve(text);
}
