import { Aspects, CfnResource, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { CountAlarmOptions } from '../../../src';
import { AlarmSeverity } from '../../../src/alarms/alarms';
import type { AlarmRow } from '../../../src/private/alarms/alarm-table';
import { AlarmTable } from '../../../src/private/alarms/alarm-table';
import { ThresholdUnit } from '../../../src/private/alarms/tuning';

const ROW: AlarmRow<object> = {
  id: 'Alarm',
  metric: (_, period) => new cloudwatch.Metric({ namespace: 'Shop', metricName: 'Beats', period }),
  unit: ThresholdUnit.COUNT,
  threshold: 5,
  datapoints: 3,
  severity: AlarmSeverity.CRITICAL,
  meaning: () => 'The heart has stopped.',
  firstStep: 'listen.',
  runbook: { page: 'heart', section: 'beats' },
};

function stackWith(row: Partial<AlarmRow<object>>, options?: CountAlarmOptions): Stack {
  const stack = new Stack();
  new AlarmTable({ beats: { ...ROW, ...row } }).add(stack, {}, options && { beats: options });
  return stack;
}

test.each<[string, Partial<AlarmRow<object>>, string, string]>([
  ['by itself, above its threshold, and not when its metric is missing', {}, 'GreaterThanThreshold', 'notBreaching'],
  ['below its threshold', { comparison: 'below' }, 'LessThanThreshold', 'notBreaching'],
  ['when its metric is missing', { missingData: 'breaching' }, 'GreaterThanThreshold', 'breaching'],
  ['as a heartbeat, only when its metric is missing', { comparison: 'below', threshold: 0, missingData: 'breaching' }, 'LessThanThreshold', 'breaching'],
])('an alarm fires %s', (_, row, ComparisonOperator, TreatMissingData) => {
  Template.fromStack(stackWith(row)).hasResourceProperties('AWS::CloudWatch::Alarm', {
    Threshold: row.threshold ?? 5, ComparisonOperator, TreatMissingData, EvaluationPeriods: 3, DatapointsToAlarm: Match.absent(),
  });
});

test.each<[string, Partial<AlarmRow<object>>, string, string]>([
  ['ComparisonOperator', { comparison: 'below' }, 'GreaterThanThreshold', 'LessThanThreshold'],
  ['TreatMissingData', { missingData: 'breaching' }, 'notBreaching', 'breaching'],
])('%s is not changed behind its back', (property, row, changed, promised) => {
  const stack = stackWith(row);
  Aspects.of(stack).add({
    visit: (node) => CfnResource.isCfnResource(node) && node.cfnResourceType === 'AWS::CloudWatch::Alarm' && node.addPropertyOverride(property, changed),
  });
  expect(() => Template.fromStack(stack)).toThrow(
    `${property} of 'Default/Alarm/Resource' was changed to "${changed}", but must be "${promised}": tune the alarm by the prop alarms.beats`,
  );
});

test('the tuning of an alarm is checked against its side', () => {
  const table = new AlarmTable({ beats: { ...ROW, comparison: 'below' } });
  const noted: string[] = [];
  const problems = { add: (text: string) => noted.push(text), checkBound: () => undefined };
  table.check(problems as never, {}, { beats: { threshold: 0 } });
  expect(noted).toEqual([expect.stringContaining('fires below it and could never fire')]);
  new AlarmTable({ beats: { ...ROW, comparison: 'below', missingData: 'breaching' } }).check(problems as never, {}, { beats: { threshold: 0 } });
  expect(noted).toHaveLength(1);
});
