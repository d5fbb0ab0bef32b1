import { parseArgs } from 'node:util';
import { UsageError } from '../subcommand';
import type { Selection } from './select';

const OPTIONS = {
  'yes': { type: 'boolean', default: false },
  'function': { type: 'string' },
  'recorded-for': { type: 'string' },
  'delivery-stream': { type: 'string' },
  'prefix': { type: 'string', default: '' },
  'since': { type: 'string' },
  'until': { type: 'string' },
  'limit': { type: 'string' },
  'rate': { type: 'string', default: '1' },
  'max-attempts': { type: 'string', default: '3' },
  'bisect': { type: 'boolean', default: false },
  'state': { type: 'string' },
  'delete': { type: 'boolean', default: false },
  'format': { type: 'string', default: 'text' },
} as const;

export interface Options {
  /** A stack or the URL of a store. */
  readonly source: string;
  readonly isUrl: boolean;
  /** Whether it is replayed, or only listed. */
  readonly yes: boolean;
  readonly functionName?: string | undefined;
  readonly recordedFor?: string | undefined;
  readonly deliveryStream?: string | undefined;
  readonly selection: Selection;
  /** Calls in a second. */
  readonly rate: number;
  readonly maxPuts: number;
  readonly bisect: boolean;
  readonly state: string;
  readonly remove: boolean;
  readonly format: 'text' | 'json';
}

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

export function optionsOf(args: readonly string[], now: Date): Options {
  const { values, positionals: [source, ...more] } = parsedArgs(args);
  if (source === undefined || more.length > 0) {
    throw new UsageError(`say what to replay: a stack, or s3://<bucket>/<prefix>${more.length > 0 ? `; not more than one, such as '${more[0]}'` : ''}`);
  }
  const isUrl = source.startsWith('s3://');
  const [functionName, recordedFor, deliveryStream] = [values.function, values['recorded-for'], values['delivery-stream']];
  if (recordedFor !== undefined && (functionName === undefined || !isUrl)) {
    throw new UsageError(`--recorded-for '${recordedFor}' is for a store that is named by s3://, with --function, which takes its place`);
  }
  if (isUrl && values.yes && functionName === undefined && deliveryStream === undefined) {
    throw new UsageError('say who takes what lies there: --function, or --delivery-stream for records of Firehose');
  }
  const { format } = values;
  if (format !== 'text' && format !== 'json') {
    throw new UsageError(`--format is text or json, not '${format}'`);
  }
  return {
    source,
    isUrl,
    yes: values.yes,
    functionName,
    recordedFor,
    deliveryStream,
    selection: {
      prefix: values.prefix,
      since: timeOf('since', values.since, now),
      until: timeOf('until', values.until, now),
      limit: values.limit === undefined ? undefined : countOf('limit', values.limit),
    },
    rate: rateOf(values.rate),
    maxPuts: countOf('max-attempts', values['max-attempts']),
    bisect: values.bisect,
    state: values.state ?? `replay-${source.replace(/^s3:\/\//, '').replace(/[^A-Za-z0-9.]+/g, '-').replace(/-$/, '')}.jsonl`,
    remove: values.delete,
    format,
  };
}

function parsedArgs(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function rateOf(given: string): number {
  const rate = Number(given);
  if (!(rate > 0 && rate <= 1_000)) {
    throw new UsageError(`--rate is how many calls in a second, above 0 and at most 1000, not '${given}'`);
  }
  return rate;
}

function countOf(option: string, given: string): number {
  if (!/^[1-9]\d{0,8}$/.test(given)) {
    throw new UsageError(`--${option} is a whole number from 1, not '${given}'`);
  }
  return Number(given);
}

/** A time, or how long ago it was. */
function timeOf(option: string, given: string | undefined, now: Date): Date | undefined {
  if (given === undefined) {
    return undefined;
  }
  const [, count, unit = ''] = /^(\d+)([mhd])$/.exec(given) ?? [];
  const time = count === undefined
    ? new Date(/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(given) ? given : NaN)
    : new Date(now.getTime() - Number(count) * (UNITS[unit] ?? 0));
  if (Number.isNaN(time.getTime())) {
    throw new UsageError(`--${option} is a day such as 2026-11-30, a time with its zone such as 2026-11-30T08:00Z, or an age such as 90m, 12h or 7d, not '${given}'`);
  }
  return time;
}
