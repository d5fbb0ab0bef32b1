import type { Rule } from './rule';

/** What is known of when a schedule of EventBridge Scheduler runs. */
export interface ScheduleExpressionFacts {
  /** What texts call it by, such as `schedule 'Shop/Schedule'`. */
  readonly name: string;
  readonly expression?: string | undefined;
  /** By its IANA name. Undefined: UTC, or not known. */
  readonly timeZone?: string | undefined;
}

const PAGE = 'https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html';

const RATE = /^\s*rate\(\s*(\d+)\s+(minute|hour|day)s?\s*\)\s*$/;
const CRON = /^\s*cron\(\s*(\S+(?:\s+\S+){5})\s*\)\s*$/;
const AT = /^\s*at\(\s*\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\s*\)\s*$/;

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
const UNIT_SECONDS = { minute: MINUTE, hour: HOUR, day: DAY };

/**
 * What is true of an expression that Scheduler takes, and whose runs all take place.
 */
export const SCHEDULE_EXPRESSION_RULES: readonly Rule<ScheduleExpressionFacts>[] = [
  {
    id: 'scheduleExpressionForm',
    severity: 'error',
    why: 'Scheduler refuses other expressions when the stack is deployed.',
    source: PAGE,
    finding: ({ name, expression }) => (
      expression === undefined || isRate(expression) || isCron(expression) || AT.test(expression) ? undefined
        : {
          what: `${name} has the expression '${expression}', which Scheduler does not know`,
          fix: 'use rate(value minutes), in minutes, hours or days with a value of at least 1, cron(minutes hours day-of-month month day-of-week year), or at(yyyy-mm-ddThh:mm:ss)',
        }
    ),
  },
  {
    id: 'scheduleCronDayFields',
    severity: 'error',
    why: 'A cron expression says on which days it runs by the day of the month or by the day of the week, with a ? in place of the other.',
    source: PAGE,
    finding: ({ name, expression }) => {
      const [, , dayOfMonth, , dayOfWeek] = cronFields(expression) ?? [];
      return dayOfMonth === undefined || dayOfMonth === '?' || dayOfWeek === '?' ? undefined
        : {
          what: `${name} has the expression '${expression}' with both a day of the month (${dayOfMonth}) and a day of the week (${dayOfWeek}), which Scheduler refuses`,
          fix: 'put ? in place of one of the two',
        };
    },
  },
  {
    id: 'scheduleSkippedByDaylightSaving',
    severity: 'warning',
    why: 'Scheduler skips a run whose local time does not exist on the day on which clocks are put forward.',
    source: PAGE,
    finding: ({ name, expression, timeZone }) => {
      const runs = runsOf(expression);
      const skipped = runs && timeZone !== undefined && runs.longestSeconds > HOUR ? skippedAmong(runs.minutesOfDay, timeZone) : undefined;
      return skipped === undefined ? undefined
        : {
          what: `${name} runs at ${clock(skipped)} in ${timeZone}, a time that does not exist on the day on which clocks are put forward there, so that run does not take place`,
          fix: 'choose another time of the day, or the time zone Etc/UTC',
        };
    },
  },
];

/** How far apart the runs of a schedule are, in local time. */
export interface Runs {
  readonly shortestSeconds: number;
  readonly longestSeconds: number;
  /** The local times of the day of a cron expression, in minutes. */
  readonly minutesOfDay: readonly number[];
}

/** When a recurring schedule runs. Undefined: once only, or not known. */
export function runsOf(expression: string | undefined): Runs | undefined {
  const [, value, unit] = RATE.exec(expression ?? '') ?? [];
  if (value !== undefined && unit !== undefined) {
    const seconds = Number(value) * UNIT_SECONDS[unit as keyof typeof UNIT_SECONDS];
    return seconds > 0 ? { shortestSeconds: seconds, longestSeconds: seconds, minutesOfDay: [] } : undefined;
  }
  const fields = cronFields(expression);
  return fields && cronRuns(fields);
}

/** Whether the clocks of a zone are ever put forward. Not known of a zone: no. */
export function hasDaylightSaving(timeZone: string | undefined): boolean {
  return timeZone !== undefined && skippedTimes(timeZone).length > 0;
}

/** Whether the runs are those of a cron expression, which are not equally far apart. */
export function isCron(expression: string | undefined): boolean {
  return CRON.test(expression ?? '');
}

function isRate(expression: string): boolean {
  return RATE.test(expression) && runsOf(expression) !== undefined;
}

function cronFields(expression: string | undefined): string[] | undefined {
  return CRON.exec(expression ?? '')?.[1]?.split(/\s+/);
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

function cronRuns([minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = '', year = '']: readonly string[]): Runs | undefined {
  const [minutes, hours] = [valuesIn(minute, 0, 59), valuesIn(hour, 0, 23)];
  const days = valuesIn(dayOfMonth, 1, 31);
  const months = valuesIn(month, 1, 12, MONTHS);
  const weekdays = valuesIn(dayOfWeek, 1, 7, WEEKDAYS);
  if (!minutes || !hours || !days || !months || !weekdays || year !== '*') {
    return undefined;
  }
  const minutesOfDay = hours.flatMap((one) => minutes.map((other) => one * 60 + other));
  const runDays = daysOfYears().filter((day) => (
    days.includes(day.getUTCDate()) && months.includes(day.getUTCMonth() + 1) && weekdays.includes(day.getUTCDay() + 1)
  ));
  // From the last run of a day to the first of the next.
  const overNight = Math.min(...minutesOfDay) - Math.max(...minutesOfDay);
  const gaps = [
    ...differences(minutesOfDay).map((minutesApart) => minutesApart * MINUTE),
    ...differences(runDays.map((day) => day.getTime() / 1000)).map((secondsApart) => secondsApart + overNight * MINUTE),
  ];
  return gaps.length === 0 ? undefined : {
    shortestSeconds: gaps.reduce((a, b) => Math.min(a, b)),
    longestSeconds: gaps.reduce((a, b) => Math.max(a, b)),
    minutesOfDay,
  };
}

function differences(values: readonly number[]): number[] {
  return values.slice(1).map((value, index) => value - values[index]!);
}

/** Of two leap years and those that follow them, so that whatever recurs does so among them. */
function daysOfYears(): Date[] {
  const days: Date[] = [];
  for (let day = new Date(Date.UTC(2024, 0)); day.getUTCFullYear() < 2032; day = new Date(day.getTime() + DAY * 1000)) {
    days.push(day);
  }
  return days;
}

/** The values of one field, in their order. Undefined for forms that are not read here, such as `L`, `15W` and `6#3`. */
function valuesIn(field: string, least: number, most: number, names: readonly string[] = []): number[] | undefined {
  const numberOf = (text: string) => (names.includes(text.toUpperCase()) ? names.indexOf(text.toUpperCase()) + 1 : /^\d+$/.test(text) ? Number(text) : undefined);
  const found = new Set<number>();
  for (const part of field.split(',')) {
    const [range = '', step = '1'] = part.split('/');
    const [from, to] = range === '*' || range === '?' ? [least, most] : range.split('-').map(numberOf);
    const end = to ?? (part.includes('/') || range.includes('-') ? most : from);
    if (from === undefined || end === undefined || (range.includes('-') && to === undefined) || !/^[1-9]\d*$/.test(step)) {
      return undefined;
    }
    for (let value = from; value <= end; value += Number(step)) {
      found.add(value);
    }
  }
  return [...found].every((value) => value >= least && value <= most) ? [...found].sort((a, b) => a - b) : undefined;
}

/** A range of local times, in minutes of the day, from the first to before the second. */
type Skipped = readonly [from: number, to: number];

function skippedAmong(minutesOfDay: readonly number[], timeZone: string): number | undefined {
  const skipped = skippedTimes(timeZone);
  return minutesOfDay.find((minute) => skipped.some(([from, to]) => minute >= from && minute < to));
}

/** The local times that do not exist in a year, because clocks are put forward. None for a zone that is not known here. The rules of a zone change, but seldom, so one year stands for all. */
function skippedTimes(timeZone: string): Skipped[] {
  const offsetAt = offsetsIn(timeZone);
  if (!offsetAt) {
    return [];
  }
  const months = Array.from({ length: 13 }, (_, month) => Date.UTC(2026, month) / 60_000);
  return months.slice(1).flatMap((end, index): Skipped[] => {
    let [before, after] = [months[index] ?? end, end];
    const by = offsetAt(after) - offsetAt(before);
    if (by <= 0) {
      return [];
    }
    while (after - before > 1) {
      const middle = before + Math.ceil((after - before) / 2);
      offsetAt(middle) === offsetAt(end) ? after = middle : before = middle;
    }
    const from = (after + offsetAt(before)) % (24 * 60);
    return [[from, from + by]];
  });
}

/** What to add to a UTC time, in minutes since 1970, for the local time. */
function offsetsIn(timeZone: string): ((minute: number) => number) | undefined {
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' });
    return (minute) => {
      const parts = new Map(format.formatToParts(minute * 60_000).map(({ type, value }) => [type, Number(value)]));
      // Months are counted from 0 there.
      return Date.UTC(parts.get('year')!, parts.get('month')! - 1, parts.get('day'), parts.get('hour'), parts.get('minute')) / 60_000 - minute;
    };
  } catch {
    return undefined;
  }
}

function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}
