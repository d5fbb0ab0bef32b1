import type { Duration } from 'aws-cdk-lib';
import { Token } from 'aws-cdk-lib';
import type { AlarmOptions } from '../../alarms/alarm-options';
import type { Problems } from '../checks/problems';

/** What users may state of an alarm, whatever its threshold is. */
export interface AnyAlarmOptions extends AlarmOptions {
  readonly threshold?: number | Duration;
}

/** What the threshold of an alarm is: how it is stated, and what its metric reports. */
export enum ThresholdUnit {
  /** A number of things. */
  COUNT,
  /** Stated in percent; the metric reports percent. */
  PERCENT,
  /** Stated in percent; the metric reports a fraction of 1. */
  FRACTION,
  /** Stated as a duration; the metric reports seconds. */
  SECONDS,
  /** Stated as a duration; the metric reports milliseconds. */
  MILLISECONDS,
}

/** On which side of its threshold an alarm fires. */
export type Comparison = 'above' | 'below';

/** What a period without data counts as, in CloudWatch's terms. */
export type MissingData = 'notBreaching' | 'breaching';

/** What limits the tuning of one alarm. */
export interface TuningLimits {
  readonly unit: ThresholdUnit;
  /** Undefined: above. */
  readonly comparison?: Comparison | undefined;
  /** Undefined: not breaching. */
  readonly missingData?: MissingData | undefined;
  /** Its `evaluationPeriods` where none are stated. */
  readonly evaluationPeriods: number;
  /** What the metric cannot exceed, in its own unit, so that an alarm with a threshold as high could never fire; and why. */
  readonly ceiling?: { readonly value: number; readonly why: string } | undefined;
}

/** An alarm looks back for a day at most, or for a week by periods of an hour or more. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
const SECONDS_AN_HOUR = 3600;
const SECONDS_A_DAY = 86_400;
/** As many minutes as a day has. */
const MOST_PERIODS = 1440;

/** How many periods of this length an alarm may look at. */
export function mostPeriods(periodSeconds: number): number {
  return Math.floor((periodSeconds < SECONDS_AN_HOUR ? SECONDS_A_DAY : 7 * SECONDS_A_DAY) / periodSeconds);
}

/**
 * Notes what is wrong with the tuning of one alarm.
 *
 * @param prop its name in the props of the pattern
 */
export function checkTuning(problems: Problems, prop: string, options: AnyAlarmOptions, limits: TuningLimits): void {
  const { evaluationPeriods, datapointsToAlarm } = options;
  const seconds = checkPeriod(problems, prop, options.period);
  problems.checkBound(`${prop}.evaluationPeriods`, evaluationPeriods, { unit: 'number', min: 1, max: MOST_PERIODS, fix: 'leave it out for the default' });
  const periods = evaluationPeriods ?? limits.evaluationPeriods;
  const most = Token.isUnresolved(periods) ? MOST_PERIODS : periods;
  const limit = evaluationPeriods === undefined ? `evaluationPeriods, which is ${periods} unless stated` : 'evaluationPeriods';
  const fix = `it cannot be more than ${limit}; leave it out for the default`;
  problems.checkBound(`${prop}.datapointsToAlarm`, datapointsToAlarm, { unit: 'number', min: 1, max: most, fix });
  if (seconds !== undefined && evaluationPeriods !== undefined && evaluationPeriods <= MOST_PERIODS && evaluationPeriods > mostPeriods(seconds)) {
    problems.add(
      `${prop}.evaluationPeriods is ${evaluationPeriods} with a period of ${seconds} seconds, but together they must be at most ${seconds < SECONDS_AN_HOUR ? SECONDS_A_DAY : 7 * SECONDS_A_DAY} seconds: ` +
      `lower evaluationPeriods to ${mostPeriods(seconds)} or fewer, or shorten period`,
    );
  }
  checkThreshold(problems, `${prop}.threshold`, options.threshold, limits);
}

/** A stated threshold as the alarm compares it with its metric. */
export function thresholdOf(threshold: number | Duration, unit: ThresholdUnit): number {
  if (typeof threshold === 'number') {
    return unit === ThresholdUnit.FRACTION ? threshold / 100 : threshold;
  }
  switch (unit) {
    case ThresholdUnit.SECONDS:
      return threshold.toSeconds({ integral: false });
    case ThresholdUnit.MILLISECONDS:
      return threshold.toMilliseconds({ integral: false });
    default:
      throw new Error(`threshold is ${threshold.toHumanString()}, but must be a number: this alarm is not on a time`);
  }
}

/**
 * Notes a period that CloudWatch or the metrics do not have: SQS, SNS, EventBridge, Lambda, Step Functions and API Gateway report once a minute, so an alarm on shorter
 * periods would find most of them empty.
 */
function checkPeriod(problems: Problems, prop: string, period: Duration | undefined): number | undefined {
  if (period?.isUnresolved()) {
    problems.add(`${prop}.period is a token, but must be known: state it in minutes, or leave it out for 1 minute`);
    return undefined;
  }
  const seconds = period?.toSeconds({ integral: false });
  if (seconds !== undefined && !(seconds > 0 && seconds % 60 === 0)) {
    problems.add(`${prop}.period is ${seconds} seconds, but must be a multiple of 60, because its metric is reported once a minute: leave it out for 1 minute`);
    return undefined;
  }
  return seconds;
}

function checkThreshold(problems: Problems, prop: string, threshold: number | Duration | undefined, limits: TuningLimits): void {
  const { unit, comparison, ceiling } = limits;
  if (threshold === undefined) {
    return;
  }
  if (isNeverBelow(threshold, limits)) {
    problems.add(`${prop} is 0, but must be more, because the alarm fires below it and could never fire: leave it out for the default`);
    return;
  }
  if (typeof threshold !== 'number') {
    checkTime(problems, prop, threshold, unit, ceiling);
  } else if (Token.isUnresolved(threshold)) {
    if (unit === ThresholdUnit.FRACTION) {
      problems.add(`${prop} is a token, but must be known, because CloudWatch needs it as a fraction: state it, or leave it out for the default`);
    }
  } else if (unit === ThresholdUnit.COUNT) {
    if (!(threshold >= 0)) {
      problems.add(`${prop} is ${threshold}, but must be 0 or more, because the alarm fires ${comparison ?? 'above'} it: leave it out for the default`);
    }
  } else if (!(threshold >= 0 && threshold < 100)) {
    problems.add(`${prop} is ${threshold}, but must be a percentage from 0 to below 100: leave it out for the default`);
  }
}

/** Nothing is below 0. But what is missing may be breaching, and with a threshold of 0 only that is. */
function isNeverBelow(threshold: number | Duration, { comparison, missingData }: TuningLimits): boolean {
  const isZero = typeof threshold === 'number' ? threshold === 0 : !threshold.isUnresolved() && threshold.toMilliseconds({ integral: false }) === 0;
  return isZero && comparison === 'below' && missingData !== 'breaching';
}

function checkTime(problems: Problems, prop: string, threshold: Duration, unit: ThresholdUnit, ceiling: TuningLimits['ceiling']): void {
  const [label, plural, stated] = unit === ThresholdUnit.SECONDS ? ['seconds', 'seconds', 'Duration.seconds'] : ['millis', 'milliseconds', 'Duration.millis'];
  if (threshold.isUnresolved()) {
    if (threshold.unitLabel() !== label) {
      problems.add(`${prop} is a token in ${threshold.unitLabel()}, which cannot be converted to ${plural}: state it with ${stated}`);
    }
    return;
  }
  const value = thresholdOf(threshold, unit);
  if (ceiling && !(value < ceiling.value)) {
    problems.add(`${prop} is ${value} ${plural}, but must be less than ${ceiling.value}, or the alarm could never fire: ${ceiling.why}; leave it out for the default`);
  }
}
