import { setTimeout as sleep } from 'node:timers/promises';
import type { Aws } from './replay/aws';
import { isAwsError } from './replay/aws';
import { read } from './replay/describe';
import { namedStore } from './replay/named-store';
import type { Options } from './replay/options';
import { optionsOf } from './replay/options';
import type { Outcome } from './replay/outcome';
import type { Clock } from './replay/pace';
import { paceOf } from './replay/pace';
import type { Progress } from './replay/progress';
import { openProgress } from './replay/progress';
import { json, line, text } from './replay/report';
import type { Run } from './replay/run';
import { removeDone, replay } from './replay/run';
import type { Item } from './replay/select';
import { select } from './replay/select';
import { stackStores } from './replay/stack-stores';
import type { Store } from './replay/store';
import { isSameFunction } from './replay/store';
import type { Io, Subcommand } from './subcommand';
import { CLEAN, FAILED, FOUND } from './subcommand';
import { UnreadableError } from '../../src/delivery/template/assembly';

const HELP = `Usage: cdk-serverless-patterns-cli replay [options] <stack | s3://bucket/prefix>

Lists what lies in failure stores and, with --yes, replays it: batches of Kinesis
and DynamoDB streams and asynchronous invocations are invoked again, records of
Firehose are put again. Credentials and region are those of the AWS SDK.

Of a stack, these are the on-failure buckets of its event source mappings and
functions, and the error prefixes of its Firehose streams.

Options:
  --yes                     replays; without it, nothing is invoked, put or deleted
  --function <name>         of a stack: only what is for this function;
                            of s3://: the function that is invoked (name or ARN)
  --recorded-for <name>     of s3://: takes what was for this function, because
                            --function has taken its place
  --delivery-stream <name>  the same as --function, for Firehose
  --prefix <prefix>         only objects whose keys go on so behind the store's prefix
  --since, --until <time>   only objects that were stored then: 2026-11-30,
                            2026-11-30T08:00Z, or an age: 90m, 12h, 7d
  --limit <n>               at most so many objects, the oldest first
  --rate <n>                calls in a second, one after the other (default 1)
  --max-attempts <n>        how often a record is put into Firehose (default 3)
  --bisect                  halves a batch that fails as a whole
  --state <file>            keeps the progress, so that the next run goes on from
                            there (default replay-<source>.jsonl)
  --delete                  deletes each object that has been replayed
  --format <format>         text (default) or json
  --help                    prints this

Exit status: 0 nothing is left to be replayed, 1 something is, 2 something could
not be read or AWS refused.
`;

/** So many objects are read at once to list them. */
const READ_AT_ONCE = 8;

const NOTICES: Readonly<Record<NonNullable<Outcome['form']>, string>> = {
  'stream-batch': 'order is lost: records of the same keys that came later have been processed already, so that handlers must compare versions',
  'async-invocation': 'asynchronous invocations are invoked synchronously, so that their failure is seen here and not set aside again',
  'firehose-records': 'what Firehose accepts is not delivered yet: what fails again is set aside again, as another object',
};

/** What tests replace. */
export interface Surroundings {
  readonly aws: () => Promise<Aws>;
  readonly clock: Clock;
  readonly isInterrupted: () => boolean;
}

export const REPLAY: Subcommand = {
  summary: 'lists and replays what lies in failure stores',
  help: HELP,
  run: async (args, io) => {
    let interrupted = false;
    if (args.includes('--yes')) {
      process.once('SIGINT', () => {
        interrupted = true;
        io.err('interrupted: the call under way is finished first; once more ends it\n');
      });
    }
    return runReplay(args, io, {
      // A file of its own in the package, so that the other commands do not load it.
      aws: async () => (await import('./replay/aws-clients.js')).awsClients(),
      clock: { now: () => Date.now(), sleep: (milliseconds) => sleep(milliseconds) },
      isInterrupted: () => interrupted,
    });
  },
};

export async function runReplay(args: readonly string[], io: Io, surroundings: Surroundings): Promise<number> {
  const options = optionsOf(args, new Date(surroundings.clock.now()));
  const progress = openProgress(options.state);
  try {
    return await listOrReplay(options, args, progress, io, { ...surroundings, aws: await surroundings.aws() });
  } catch (error) {
    if (isAwsError(error)) {
      io.err(`cdk-serverless-patterns-cli replay: ${error.message}\n`);
      return FAILED;
    }
    throw error;
  }
}

async function listOrReplay(
  options: Options, args: readonly string[], progress: Progress, io: Io, { aws, clock, isInterrupted }: Omit<Surroundings, 'aws'> & { readonly aws: Aws },
): Promise<number> {
  const { source, yes, selection, maxPuts, bisect, remove, format } = options;
  const stores = await storesOf(options, aws);
  const selected = await select(stores, selection, aws, progress);
  const now = new Date(clock.now());
  const pace = paceOf(options.rate, clock);
  let run: Run;
  if (yes) {
    const noticed = new Set<string>();
    run = await replay(selected.items, {
      aws,
      progress,
      pace,
      maxPuts,
      bisect,
      remove,
      isInterrupted,
      onRead: ({ form }) => {
        if (form !== undefined && !noticed.has(form)) {
          noticed.add(form);
          io.err(`${NOTICES[form]}\n`);
        }
      },
      onOutcome: (outcome) => {
        if (format === 'text') {
          io.out(`${line(outcome, now)}\n`);
        }
      },
    });
    if (remove && run.stopped === undefined) {
      await removeDone(selected.done, { aws, isInterrupted });
    }
  } else {
    run = { outcomes: await listed(selected.items, aws, progress) };
  }
  const command = yes || selected.items.length === 0 ? undefined : commandOf(args, options);
  const report = { source, stores, selected, progressFile: progress.file, yes, command, ...run };
  io.out(format === 'json' ? json(report) : text(report, now));
  if (run.stopped !== undefined) {
    io.err(`cdk-serverless-patterns-cli replay: ${run.stopped}; the same command goes on from there, by ${progress.file}\n`);
    return isInterrupted() ? FOUND : FAILED;
  }
  return selected.beyondLimit === 0 && run.outcomes.every(({ status }) => status === 'replayed') ? CLEAN : FOUND;
}

async function storesOf({ source, isUrl, functionName, deliveryStream, recordedFor }: Options, aws: Aws): Promise<Store[]> {
  if (isUrl) {
    return [namedStore(source, { functionName, deliveryStream, recordedFor })];
  }
  const found = await stackStores(source, aws);
  const isMeant = ({ form, name = '' }: Store) => (
    form === 'firehose-records' ? name === deliveryStream : functionName !== undefined && isSameFunction(functionName, name)
  );
  const stores = functionName === undefined && deliveryStream === undefined ? found : found.filter(isMeant);
  if (stores.length === 0) {
    throw new UnreadableError(source, found.length === 0
      ? 'it has no failure store: no event source mapping or function in it has a bucket as its on-failure destination, and no Firehose stream delivers to S3'
      : `it has failure stores of ${[...new Set(found.map(({ name }) => name))].join(', ')}, and none of ${functionName ?? deliveryStream}`);
  }
  return stores;
}

/** Reads all to say what it is; some at a time. */
async function listed(items: readonly Item[], aws: Aws, progress: Progress): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const open = items.entries();
  await Promise.all(Array.from({ length: READ_AT_ONCE }, async () => {
    for (const [index, item] of open) {
      outcomes[index] = (await read(item, aws, progress)).outcome;
    }
  }));
  return outcomes;
}

function commandOf(args: readonly string[], { isUrl, functionName, deliveryStream }: Options): string {
  const missing = isUrl && functionName === undefined && deliveryStream === undefined ? ['--function', '<name>'] : [];
  return ['npx cdk-serverless-patterns-cli replay', ...args.map((arg) => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`)), ...missing, '--yes'].join(' ');
}
