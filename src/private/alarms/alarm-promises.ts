import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { propertiesOf } from '../app/rendered-resource';
import type { DerivedValue } from '../checks/derived-values';
import { isEqual, valuesIn } from '../checks/derived-values';

/** What decides whether an alarm fires. */
export interface Firing {
  readonly threshold: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm?: number | undefined;
  readonly comparisonOperator: string;
  readonly treatMissingData: string;
}

export const ON_THIS_METRIC = 'the alarm is on this metric; make another alarm on yours';

/**
 * What an alarm of a pattern must still be when the app is complete: with another threshold or metric it could fire for nothing, or never.
 * Whether it acts (`ActionsEnabled`), and on whom, is for others to say.
 *
 * @param name by which the props of the pattern tune it
 */
export function alarmValues(name: string, alarm: cloudwatch.Alarm, firing: Firing): DerivedValue[] {
  const { threshold, evaluationPeriods, datapointsToAlarm, comparisonOperator, treatMissingData } = firing;
  const resource = alarm.node.defaultChild as cloudwatch.CfnAlarm;
  const { Namespace, MetricName, Dimensions, Metrics, Period, Statistic, ExtendedStatistic } = propertiesOf(resource);
  const tuned = `tune the alarm by the prop alarms.${name}`;
  return valuesIn(resource, {
    'Properties.Threshold': [threshold, tuned],
    'Properties.ComparisonOperator': [comparisonOperator, tuned],
    'Properties.TreatMissingData': [treatMissingData, tuned],
    // One on the errors of a handler looks back further when more patterns have that handler.
    'Properties.EvaluationPeriods': [evaluationPeriods, tuned, (found, value) => isEqual(found, value) || Number(found) >= Number(value)],
    'Properties.DatapointsToAlarm': [datapointsToAlarm, tuned, (found, value) => isEqual(found, value) || value === undefined],
    'Properties.Period': [Period, tuned],
    'Properties.Namespace': [Namespace, ON_THIS_METRIC],
    'Properties.MetricName': [MetricName, ON_THIS_METRIC],
    'Properties.Dimensions': [Dimensions, ON_THIS_METRIC],
    'Properties.Metrics': [Metrics, ON_THIS_METRIC],
    'Properties.Statistic': [Statistic, ON_THIS_METRIC],
    'Properties.ExtendedStatistic': [ExtendedStatistic, ON_THIS_METRIC],
  });
}
