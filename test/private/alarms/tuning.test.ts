import { CfnParameter, Duration, Stack, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { AnyAlarmOptions, TuningLimits } from '../../../src/private/alarms/tuning';
import { checkTuning, thresholdOf, ThresholdUnit } from '../../../src/private/alarms/tuning';
import { Problems } from '../../../src/private/checks/problems';

const LIMITS: TuningLimits = { unit: ThresholdUnit.COUNT, evaluationPeriods: 3 };

function problemsOf(options: AnyAlarmOptions, limits: Partial<TuningLimits> = {}): string[] {
  const problems = new Problems(new Construct(new Stack(), 'Scope'), 'Pattern');
  checkTuning(problems, 'alarms.errors', options, { ...LIMITS, ...limits });
  try {
    problems.throwIfAny();
    return [];
  } catch (error) {
    return (error as Error).message.split('\n  - ').slice(1);
  }
}

const token = () => new CfnParameter(new Stack(), 'Value', { type: 'Number' }).valueAsNumber;

describe('period', () => {
  test.each([60, 120, 3600])('takes %d seconds', (seconds) => {
    expect(problemsOf({ period: Duration.seconds(seconds) })).toEqual([]);
  });

  test.each([0, 0.5, 1, 10, 20, 30, 59, 61, 90])('takes no %d seconds', (seconds) => {
    expect(problemsOf({ period: Duration.millis(seconds * 1000) })).toEqual([
      `alarms.errors.period is ${seconds} seconds, but must be a multiple of 60, because its metric is reported once a minute: leave it out for 1 minute`,
    ]);
  });

  test('takes no token', () => {
    expect(problemsOf({ period: Duration.seconds(token()) })).toEqual([
      'alarms.errors.period is a token, but must be known: state it in minutes, or leave it out for 1 minute',
    ]);
  });
});

describe('evaluationPeriods and datapointsToAlarm', () => {
  test.each([1, 1440])('%d periods are taken', (evaluationPeriods) => {
    expect(problemsOf({ evaluationPeriods })).toEqual([]);
  });

  test.each([0, 1441, 1.5])('%d periods are not', (evaluationPeriods) => {
    expect(problemsOf({ evaluationPeriods })).toEqual([
      `alarms.errors.evaluationPeriods is ${evaluationPeriods}, but must be a whole number from 1 to 1440: leave it out for the default`,
    ]);
  });

  test.each([[60, 1440], [120, 720], [3540, 24], [3600, 168], [86_400, 7]])('look back for a day, by hours for a week: with a period of %d seconds at most %d', (seconds, most) => {
    const tuned = (evaluationPeriods: number) => problemsOf({ period: Duration.seconds(seconds), evaluationPeriods });
    expect(tuned(most)).toEqual([]);
    expect(tuned(most + 1)).toEqual([most === 1440 ? expect.stringContaining('from 1 to 1440') : (
      `alarms.errors.evaluationPeriods is ${most + 1} with a period of ${seconds} seconds, but together they must be at most ${seconds < 3600 ? 86_400 : 604_800} seconds: ` +
      `lower evaluationPeriods to ${most} or fewer, or shorten period`
    )]);
  });

  test('more datapoints than any number of periods are not taken where these are a token', () => {
    expect(problemsOf({ datapointsToAlarm: 1441, evaluationPeriods: Token.asNumber({ Ref: 'Periods' }) })).toEqual([
      'alarms.errors.datapointsToAlarm is 1441, but must be a whole number from 1 to 1440: it cannot be more than evaluationPeriods; leave it out for the default',
    ]);
  });

  test.each([[1, 4], [4, 4], [1440, Token.asNumber({ Ref: 'Periods' })]])('%d datapoints of %d are taken', (datapointsToAlarm, evaluationPeriods) => {
    expect(problemsOf({ evaluationPeriods, datapointsToAlarm })).toEqual([]);
  });

  test.each([0, 5])('%d datapoints of 4 are not', (datapointsToAlarm) => {
    expect(problemsOf({ evaluationPeriods: 4, datapointsToAlarm })).toEqual([
      `alarms.errors.datapointsToAlarm is ${datapointsToAlarm}, but must be a whole number from 1 to 4: it cannot be more than evaluationPeriods; leave it out for the default`,
    ]);
  });

  test('no more datapoints are taken than there are periods by default', () => {
    expect(problemsOf({ datapointsToAlarm: 3 })).toEqual([]);
    expect(problemsOf({ datapointsToAlarm: 4 })).toEqual([
      'alarms.errors.datapointsToAlarm is 4, but must be a whole number from 1 to 3: it cannot be more than evaluationPeriods, which is 3 unless stated; leave it out for the default',
    ]);
  });
});

describe('threshold', () => {
  const { COUNT, FRACTION, MILLISECONDS, PERCENT, SECONDS } = ThresholdUnit;

  test.each([
    [COUNT, [0, 0.5, 1000], [-1, NaN], 'must be 0 or more, because the alarm fires above it'],
    [PERCENT, [0, 99.9], [-1, 100], 'must be a percentage from 0 to below 100'],
    [FRACTION, [0, 99.9], [-0.1, 100], 'must be a percentage from 0 to below 100'],
  ])('of unit %d', (unit, good, bad, rule) => {
    good.forEach((threshold) => expect(problemsOf({ threshold }, { unit })).toEqual([]));
    bad.forEach((threshold) => expect(problemsOf({ threshold }, { unit })).toEqual([
      `alarms.errors.threshold is ${threshold}, but ${rule}: leave it out for the default`,
    ]));
  });

  test('may be a token, except where it has to be divided', () => {
    [COUNT, PERCENT].forEach((unit) => expect(problemsOf({ threshold: token() }, { unit })).toEqual([]));
    expect(problemsOf({ threshold: token() }, { unit: FRACTION })).toEqual([
      'alarms.errors.threshold is a token, but must be known, because CloudWatch needs it as a fraction: state it, or leave it out for the default',
    ]);
  });

  test.each([
    [SECONDS, 'seconds', Duration.seconds, 'minutes', Duration.minutes, 'Duration.seconds'],
    [MILLISECONDS, 'milliseconds', Duration.millis, 'seconds', Duration.seconds, 'Duration.millis'],
  ])('of unit %d is a token only in %s', (unit, plural, right, label, wrong, stated) => {
    expect(problemsOf({ threshold: right(token()) }, { unit })).toEqual([]);
    expect(problemsOf({ threshold: wrong(token()) }, { unit })).toEqual([
      `alarms.errors.threshold is a token in ${label}, which cannot be converted to ${plural}: state it with ${stated}`,
    ]);
  });

  test('must be one that the metric can exceed', () => {
    const limits = { unit: SECONDS, ceiling: { value: 60, why: 'nothing is older' } };
    expect(problemsOf({ threshold: Duration.seconds(59) }, limits)).toEqual([]);
    expect(problemsOf({ threshold: Duration.seconds(60) }, limits)).toEqual([
      'alarms.errors.threshold is 60 seconds, but must be less than 60, or the alarm could never fire: nothing is older; leave it out for the default',
    ]);
    expect(problemsOf({ threshold: Duration.seconds(1) }, { unit: MILLISECONDS, ceiling: { value: 1000, why: 'nothing takes longer' } })).toEqual([
      'alarms.errors.threshold is 1000 milliseconds, but must be less than 1000, or the alarm could never fire: nothing takes longer; leave it out for the default',
    ]);
  });

  test('of an alarm that fires below it is not 0, unless it fires when the metric is missing', () => {
    const below = { comparison: 'below' } as const;
    expect(problemsOf({ threshold: 1 }, below)).toEqual([]);
    expect(problemsOf({ threshold: 0 }, { ...below, missingData: 'breaching' })).toEqual([]);
    expect(problemsOf({ threshold: 0 }, { missingData: 'notBreaching' })).toEqual([]);
    const never = ['alarms.errors.threshold is 0, but must be more, because the alarm fires below it and could never fire: leave it out for the default'];
    expect(problemsOf({ threshold: 0 }, below)).toEqual(never);
    expect(problemsOf({ threshold: Duration.seconds(token()) }, { ...below, unit: SECONDS })).toEqual([]);
    expect(problemsOf({ threshold: Duration.millis(0) }, { ...below, unit: SECONDS })).toEqual(never);
    expect(problemsOf({ threshold: -1 }, { ...below, missingData: 'breaching' })).toEqual([
      'alarms.errors.threshold is -1, but must be 0 or more, because the alarm fires below it: leave it out for the default',
    ]);
  });

  test('is given to CloudWatch in the unit of the metric', () => {
    expect(thresholdOf(5, COUNT)).toBe(5);
    expect(thresholdOf(5, PERCENT)).toBe(5);
    expect(thresholdOf(5, FRACTION)).toBe(0.05);
    expect(thresholdOf(Duration.millis(1500), SECONDS)).toBe(1.5);
    expect(thresholdOf(Duration.millis(1500.5), MILLISECONDS)).toBe(1500.5);
    expect(() => thresholdOf(Duration.minutes(2), COUNT)).toThrow('threshold is 2 minutes, but must be a number: this alarm is not on a time');
  });
});

test('all that is wrong is noted', () => {
  expect(problemsOf({ period: Duration.seconds(1), evaluationPeriods: 0, datapointsToAlarm: 1.5, threshold: -1 })).toHaveLength(4);
});
