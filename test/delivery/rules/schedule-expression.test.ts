import type { RuleCases } from './check-rules';
import { checkRules } from './check-rules';
import { findings } from '../../../src/delivery/rules/rule';
import type { ScheduleExpressionFacts } from '../../../src/delivery/rules/schedule-expression';
import { hasDaylightSaving, isCron, runsOf, SCHEDULE_EXPRESSION_RULES } from '../../../src/delivery/rules/schedule-expression';

const DAY = 86_400;
const BERLIN = 'Europe/Berlin';

const cron = (fields: string, timeZone?: string) => ({ expression: `cron(${fields})`, timeZone });
const rate = (text: string) => ({ expression: `rate(${text})` });

const CASES: RuleCases<Partial<ScheduleExpressionFacts>> = {
  scheduleExpressionForm: {
    breaks: [
      rate('5 seconds'), rate('1 week'), rate('0 minutes'), rate('1.5 hours'), rate('hour'), cron('0 4 * * ?'), cron('0 0 4 * * ? *'),
      { expression: 'at(2026-12-01)' }, { expression: 'every day' }, { expression: '' },
    ],
    keeps: [rate('1 minute'), rate('5 minutes'), rate('1 hour'), rate('2 days'), cron('0 4 * * ? *'), { expression: 'at(2026-12-01T04:00:00)' }, { expression: ' rate( 1 hour ) ' }],
  },
  scheduleCronDayFields: {
    breaks: [cron('0 4 1 * MON *'), cron('0 4 * * * *'), cron('0 4 * * MON *'), cron('0 4 1 * * *')],
    keeps: [cron('0 4 1 * ? *'), cron('0 4 ? * MON *'), cron('0 4 L * ? *')],
  },
  scheduleSkippedByDaylightSaving: {
    breaks: [
      cron('0 2 * * ? *', BERLIN), cron('59 2 * * ? *', BERLIN), cron('30 1,2,12 ? * SUN *', BERLIN), cron('15 1 * * ? *', 'Europe/London'), cron('30 2 * * ? *', 'America/New_York'),
      cron('15 2 * * ? *', 'Australia/Lord_Howe'), cron('0/10 2 * * ? *', BERLIN),
    ],
    keeps: [
      cron('59 1 * * ? *', BERLIN), cron('0 3 * * ? *', BERLIN), cron('30 2 * * ? *', 'Europe/London'), cron('30 2 * * ? *', 'Asia/Tokyo'), cron('30 2 * * ? *', 'Etc/UTC'), cron('30 2 * * ? *'),
      cron('45 2 * * ? *', 'Australia/Lord_Howe'), cron('0 2 * * ? *', 'Atlantis/Capital'),
      // The next run follows within the hour.
      cron('0 * * * ? *', BERLIN), cron('0/10 * * * ? *', BERLIN),
    ],
  },
};

checkRules({
  rules: () => SCHEDULE_EXPRESSION_RULES,
  facts: (different = {}): ScheduleExpressionFacts => ({ name: 'schedule \'S\'', expression: 'cron(30 4 * * ? *)', timeZone: BERLIN, ...different }),
  unknown: { name: 'schedule' },
  cases: CASES,
  warnings: ['scheduleSkippedByDaylightSaving'],
});

test('a run that does not take place is named with its local time', () => {
  const [found] = findings(SCHEDULE_EXPRESSION_RULES, { name: 'schedule \'S\'', ...cron('5 2,14 * * ? *', BERLIN) });
  expect(found?.what).toBe('schedule \'S\' runs at 02:05 in Europe/Berlin, a time that does not exist on the day on which clocks are put forward there, so that run does not take place');
});

test('one on the hour, too', () => {
  const [found] = findings(SCHEDULE_EXPRESSION_RULES, { name: 'schedule \'S\'', ...cron('0 2 * * ? *', BERLIN) });
  expect(found?.what).toContain(' runs at 02:00 in Europe/Berlin');
});

test.each([
  ['rate(1 minute)', 60, 60],
  ['rate(5 minutes)', 300, 300],
  ['rate(2 hours)', 7200, 7200],
  ['rate(3 days)', 3 * DAY, 3 * DAY],
  ['cron(* * * * ? *)', 60, 60],
  ['cron(0/15 * * * ? *)', 900, 900],
  ['cron(10/20 * * * ? *)', 1200, 1200],
  ['cron(10-50/20 * * * ? *)', 1200, 1200],
  ['cron(0 8-18 * * ? *)', 3600, 14 * 3600],
  ['cron(0 8-18/5 * * ? *)', 5 * 3600, 14 * 3600],
  ['cron(30 4 * * ? *)', DAY, DAY],
  ['cron(0 4,16,5 * * ? *)', 3600, 12 * 3600],
  ['cron(0 9 ? * MON-FRI *)', DAY, 3 * DAY],
  ['cron(0 9 ? * 2-6 *)', DAY, 3 * DAY],
  ['cron(0 9 ? * sun *)', 7 * DAY, 7 * DAY],
  ['cron(0 9 ? * SAT *)', 7 * DAY, 7 * DAY],
  ['cron(0 0 1 * ? *)', 28 * DAY, 31 * DAY],
  ['cron(0 0 1 JAN,DEC ? *)', 31 * DAY, 335 * DAY],
  ['cron(0 0 29 2 ? *)', 1461 * DAY, 1461 * DAY],
])('the runs of %s are %d to %d seconds apart', (expression, shortestSeconds, longestSeconds) => {
  expect(runsOf(expression)).toMatchObject({ shortestSeconds, longestSeconds });
});

test.each([
  undefined, '', 'rate(0 minutes)', 'at(2026-12-01T04:00:00)', 'cron(0 0 L * ? *)', 'cron(0 0 15W * ? *)', 'cron(0 0 ? * 6#3 *)', 'cron(0 0 1 * ? 2026)', 'cron(60 0 1 * ? *)', 'cron(0 24 1 * ? *)',
  'cron(0 0 32 * ? *)', 'cron(0 0 1 13 ? *)', 'cron(0 0 ? * 8 *)', 'cron(0/0 0 * * ? *)', 'cron(0/x 0 * * ? *)', 'cron(x 0 * * ? *)', 'cron(1- 0 * * ? *)', 'cron(0 0 30 2 ? *)',
])('the runs of %s are not known to recur', (expression) => {
  expect(runsOf(expression)).toBeUndefined();
});

test('the times of the day are those of a cron expression', () => {
  expect(runsOf('cron(0,30 4,16 * * ? *)')?.minutesOfDay).toEqual([240, 270, 960, 990]);
  expect(runsOf('rate(1 hour)')?.minutesOfDay).toEqual([]);
});

test.each([[BERLIN, true], ['Australia/Sydney', true], ['Etc/UTC', false], ['Asia/Kolkata', false], ['Atlantis/Capital', false], [undefined, false]])('whether clocks change in %s: %s', (zone, expected) => {
  expect(hasDaylightSaving(zone)).toBe(expected);
});

test.each([['cron(30 4 * * ? *)', true], ['rate(1 hour)', false], [undefined, false]])('whether %s is a cron expression: %s', (expression, expected) => {
  expect(isCron(expression)).toBe(expected);
});
