import type { Circumstances } from '../results';

/** The name under which all checks together are measured, two at a time, as CI runs them. */
export const TOGETHER = '.ci/run';

/** `full`: nothing is carried over. `change`: everything passed before, and then one source file was changed. */
export type Mode = 'full' | 'change';

/** What a check took, and what it found. */
export interface Measurement {
  readonly check: string;
  readonly mode: Mode;
  /** How many of each pattern there were. */
  readonly times: number;
  readonly wallSeconds: number;
  /** User and system time of all processes, servers and their workers included. */
  readonly cpuSeconds: number;
  readonly passed: number;
  readonly failed: number;
  readonly carriedOver: number;
}

/** What `projection.json` holds. */
export interface Projection {
  readonly where: Circumstances;
  /** The file that was changed. */
  readonly changed?: string;
  readonly measurements: readonly Measurement[];
}

/** What was measured before, with what was measured now in its place. */
export function merge(before: Projection | undefined, now: Projection): Projection {
  const key = ({ check, mode, times }: Measurement) => `${check} ${mode} ${times}`;
  const measured = new Map([...before?.measurements ?? [], ...now.measurements].map((measurement) => [key(measurement), measurement]));
  const changed = now.changed ?? before?.changed;
  return { where: now.where, ...(changed === undefined ? {} : { changed }), measurements: [...measured.values()] };
}

/**
 * The table of the README, in Markdown, for today's patterns and for the largest multiple that was measured.
 *
 * @param order the checks in the order of the rows
 */
export function projectionTable({ where, changed, measurements }: Projection, order: readonly string[]): string {
  const times = Math.max(1, ...measurements.map((measurement) => measurement.times));
  const of = (check: string, mode: Mode, count: number) => measurements.find((one) => (
    one.check === check && one.mode === mode && one.times === count
  ));
  const columns = (check: string): Columns => [of(check, 'full', 1), of(check, 'full', times), of(check, 'change', times)];
  const isMeasured = (check: string) => columns(check).some((one) => one !== undefined);
  const single = order.filter((check) => check !== TOGETHER && isMeasured(check));
  const sum = (mode: Mode, count: number) => total(single.map((check) => of(check, mode, count)));
  const rows = [
    ...single.map((check) => row(check, columns(check))),
    ...(single.length > 0 ? [row('**one after the other**', [sum('full', 1), sum('full', times), sum('change', times)])] : []),
    ...(isMeasured(TOGETHER) ? [row('**as CI runs them**', columns(TOGETHER))] : []),
  ];
  const cpu = ['today, CPU s', `×${times}, CPU s`, 'ratio', `×${times} after a change, CPU s`];
  return [
    `Measured on ${where.date}: ${where.cores} cores (${where.processor}), ${where.memoryGb} GB of memory, Node.js ${where.node}, ` +
      `load ${where.loadBefore} before.${changed ? ` The change was one statement in \`${changed}\`.` : ''}`,
    table(['check', ...cpu, 'wall s', 'passed', 'failed', 'carried over'], rows),
  ].join('\n\n');
}

type Columns = readonly [today: Measurement | undefined, full: Measurement | undefined, change: Measurement | undefined];

function row(name: string, columns: Columns): string[] {
  const [today, full, change] = columns;
  const seconds = (one: Measurement | undefined) => one ? one.cpuSeconds.toFixed(0) : '–';
  const each = (value: (one: Measurement) => string) => columns.map((one) => one ? value(one) : '–').join(' / ');
  return [
    name,
    seconds(today),
    seconds(full),
    today && full && today !== full ? (full.cpuSeconds / today.cpuSeconds).toFixed(1) : '–',
    seconds(change),
    each(({ wallSeconds }) => wallSeconds.toFixed(0)),
    each(({ passed }) => String(passed)),
    each(({ failed }) => String(failed)),
    each(({ carriedOver }) => String(carriedOver)),
  ];
}

/** The sum over checks; undefined unless each of them was measured, because sums of different checks are not to be compared. */
function total(measured: readonly (Measurement | undefined)[]): Measurement | undefined {
  const all = measured.filter((one) => one !== undefined);
  const [first] = all;
  if (first === undefined || all.length < measured.length) {
    return undefined;
  }
  const sum = (value: (one: Measurement) => number) => all.reduce((subtotal, one) => subtotal + value(one), 0);
  return {
    ...first,
    wallSeconds: sum(({ wallSeconds }) => wallSeconds),
    cpuSeconds: sum(({ cpuSeconds }) => cpuSeconds),
    passed: sum(({ passed }) => passed),
    failed: sum(({ failed }) => failed),
    carriedOver: sum(({ carriedOver }) => carriedOver),
  };
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  return [columns, columns.map((_, index) => index === 0 ? ':--' : '--:'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
