import { Duration, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { AlarmRoutes } from './alarm-routes';
import type { AlarmOptions } from '../../alarms/alarm-options';
import type { AlarmSeverity } from '../../alarms/alarms';
import type { Problems } from '../checks/problems';

export interface PatternAlarmProps {
  /** Makes the metric for a given length of datapoint. */
  readonly metric: (period: Duration) => cloudwatch.IMetric;
  /** The alarm fires above this. Undefined: cannot be known, and there is no alarm. */
  readonly threshold: number | undefined;
  readonly evaluationPeriods: number;
  /** Undefined: for a machine that acts by itself; people do not hear it. */
  readonly severity?: AlarmSeverity;
  /** What it means that the alarm fires. */
  readonly meaning: string;
  /** What to do first. */
  readonly firstStep: string;
  /** Where the rest is written. */
  readonly runbook: string;
}

/**
 * Makes one alarm of a pattern, in the form that all of them have, and enters it where `Alarms.of` finds it. Makes nothing if it is switched off, or
 * its threshold cannot be known.
 */
export function addPatternAlarm(scope: Construct, id: string, props: PatternAlarmProps, options: AlarmOptions = {}): cloudwatch.Alarm[] {
  if (options.enabled === false || props.threshold === undefined) {
    return [];
  }
  const alarm = new cloudwatch.Alarm(scope, id, {
    metric: props.metric(options.period ?? Duration.minutes(1)),
    threshold: props.threshold,
    comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
    evaluationPeriods: options.evaluationPeriods ?? props.evaluationPeriods,
    datapointsToAlarm: options.datapointsToAlarm,
    // A queue or a function at rest reports nothing; that is no reason to ring, and none to hang in INSUFFICIENT_DATA either.
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    alarmDescription: `${props.meaning} First: ${props.firstStep} Runbook: ${props.runbook}`,
  });
  if (props.severity !== undefined) {
    AlarmRoutes.of(alarm).addAlarm(alarm, props.severity);
  }
  return [alarm];
}

/** The lengths of a datapoint, below a minute, that alarms take (20 seconds, newer, is not known to every supported aws-cdk-lib). https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
const SHORT_PERIODS = [10, 30];

/**
 * Notes what is wrong with the tuning of one alarm.
 *
 * @param prop its name in the props of the pattern
 * @param defaultPeriods its `evaluationPeriods` where they are not stated
 */
export function checkAlarmOptions(problems: Problems, prop: string, options: AlarmOptions = {}, defaultPeriods: number): void {
  const { evaluationPeriods, datapointsToAlarm } = options;
  const seconds = checkPeriod(problems, prop, options.period);
  problems.requireWholeNumber(`${prop}.evaluationPeriods`, evaluationPeriods, 1, MOST_PERIODS, 'leave it out for the default');
  const periods = evaluationPeriods ?? defaultPeriods;
  const most = Token.isUnresolved(periods) ? MOST_PERIODS : periods;
  const limit = evaluationPeriods === undefined ? `evaluationPeriods, which is ${defaultPeriods} unless stated` : 'evaluationPeriods';
  problems.requireWholeNumber(`${prop}.datapointsToAlarm`, datapointsToAlarm, 1, most, `it cannot be more than ${limit}; leave it out for all of them`);
  if (seconds !== undefined && evaluationPeriods !== undefined && evaluationPeriods <= MOST_PERIODS) {
    const longest = seconds < SECONDS_AN_HOUR ? SECONDS_A_DAY : 7 * SECONDS_A_DAY;
    if (seconds * evaluationPeriods > longest) {
      problems.add(
        `${prop}.evaluationPeriods is ${evaluationPeriods} with a period of ${seconds} seconds, but together they must be at most ${longest} seconds: ` +
        `lower evaluationPeriods to ${Math.floor(longest / seconds)} or fewer, or shorten period`,
      );
    }
  }
}

/** An alarm looks back for a day at most, or for a week by periods of an hour or more. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
const SECONDS_AN_HOUR = 3600;
const SECONDS_A_DAY = 86_400;
/** As many minutes as a day has. */
const MOST_PERIODS = 1440;

/** Gives the seconds of a period that is stated and right. */
function checkPeriod(problems: Problems, prop: string, period: Duration | undefined): number | undefined {
  if (period?.isUnresolved()) {
    problems.add(`${prop}.period is a token, but must be known: state it in seconds or minutes, or leave it out for 1 minute`);
    return undefined;
  }
  const seconds = period?.toSeconds({ integral: false });
  if (seconds !== undefined && !SHORT_PERIODS.includes(seconds) && !(seconds > 0 && seconds % 60 === 0)) {
    problems.add(`${prop}.period is ${seconds} seconds, but must be ${SHORT_PERIODS.join(', ')}, or a multiple of 60: leave it out for 1 minute`);
    return undefined;
  }
  return seconds;
}
