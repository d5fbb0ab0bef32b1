import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { AlarmRoutes } from './alarm-routes';
import type { AlarmOptions } from '../alarms/alarm-options';
import type { AlarmSeverity } from '../alarms/alarms';

export interface PatternAlarmProps {
  /** Makes the metric for a given length of datapoint. */
  readonly metric: (period: Duration) => cloudwatch.IMetric;
  /** The alarm fires above this. */
  readonly threshold: number;
  readonly evaluationPeriods: number;
  readonly severity: AlarmSeverity;
  /** What it means that the alarm fires. */
  readonly meaning: string;
  /** What to do first. */
  readonly firstStep: string;
  /** Where the rest is written. */
  readonly runbook: string;
}

/**
 * Makes one alarm of a pattern, in the form that all of them have, and enters it where `Alarms.of` finds it. Makes nothing if it is switched off.
 */
export function addPatternAlarm(scope: Construct, id: string, props: PatternAlarmProps, options: AlarmOptions = {}): cloudwatch.Alarm[] {
  if (options.enabled === false) {
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
  AlarmRoutes.of(alarm).addAlarm(alarm, props.severity);
  return [alarm];
}
