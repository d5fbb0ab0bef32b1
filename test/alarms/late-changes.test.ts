import type { CfnResource, Stack } from 'aws-cdk-lib';
import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { QueueFedFunction } from '../../src';
import type { LateChange } from '../late-changes';
import { describeLateChanges, problemsAtSynthesis, problemsWithInjector } from '../late-changes';
import { handlerIn, newStack } from '../messaging/fixtures';

const make = (stack: Stack) => new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack), alarms: { handlerErrors: { evaluationPeriods: 5, datapointsToAlarm: 4 } } });

const resourceOf = (alarm: cloudwatch.Alarm | undefined) => alarm!.node.defaultChild as CfnResource;

/** An alarm on a metric, one on an expression of metrics, and one on a percentile: all are made by the same table. */
const RESOURCES = {
  messageAge: ({ alarms }: QueueFedFunction) => resourceOf(alarms.messageAge),
  moreDeadLetters: ({ alarms }: QueueFedFunction) => resourceOf(alarms.moreDeadLetters),
};

const changes: LateChange<keyof typeof RESOURCES>[] = [
  ['messageAge', 'Properties.Threshold', 1_000_000, 'by the prop alarms.messageAge'],
  ['messageAge', 'Properties.ComparisonOperator', 'LessThanThreshold', 'by the prop alarms.messageAge'],
  ['messageAge', 'Properties.TreatMissingData', 'ignore', 'by the prop alarms.messageAge'],
  ['messageAge', 'Properties.EvaluationPeriods', 0, 'by the prop alarms.messageAge'],
  ['messageAge', 'Properties.Period', 3600, 'by the prop alarms.messageAge'],
  ['messageAge', 'Properties.Namespace', 'AWS/SNS', 'on this metric'],
  ['messageAge', 'Properties.MetricName', 'NumberOfMessagesSent', 'on this metric'],
  ['messageAge', 'Properties.Dimensions', undefined, 'on this metric'],
  ['messageAge', 'Properties.Statistic', 'Minimum', 'on this metric'],
  ['messageAge', 'Properties.ExtendedStatistic', 'p99', 'on this metric'],
  ['moreDeadLetters', 'Properties.Metrics', [], 'on this metric'],
];

describeLateChanges(make, RESOURCES, changes);

// They stand below the handler, which other patterns may share.
test.each([['DatapointsToAlarm', 1], ['ExtendedStatistic', 'p50']])('%s of an alarm on the handler', (property, value) => {
  const stack = newStack();
  const { alarms } = make(stack);
  const alarm = property === 'DatapointsToAlarm' ? alarms.handlerErrors : alarms.handlerDuration;
  resourceOf(alarm).addPropertyOverride(property, value);
  expect(problemsAtSynthesis(stack)).toEqual([expect.stringContaining(`${property} of '${alarm!.node.path}/Resource' was changed to ${JSON.stringify(value)}, but must be `)]);
});

test.each<[string, object, string]>([
  ['the threshold', { threshold: 12 }, 'Threshold'],
  ['the comparison', { comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD }, 'ComparisonOperator'],
  ['missing data', { treatMissingData: cloudwatch.TreatMissingData.IGNORE }, 'TreatMissingData'],
])('an injector of the CDK\'s alarms changes %s', (_, more, property) => {
  expect(problemsWithInjector(cloudwatch.Alarm.PROPERTY_INJECTION_ID, more, make)).toHaveLength(6);
  expect(problemsWithInjector(cloudwatch.Alarm.PROPERTY_INJECTION_ID, more, make)[0]).toContain(`] ${property} of '`);
});

test('an injector of the CDK\'s alarms changes the metric', () => {
  const metric = new cloudwatch.Metric({ namespace: 'AWS/SNS', metricName: 'NumberOfMessagesPublished' });
  const problems = problemsWithInjector(cloudwatch.Alarm.PROPERTY_INJECTION_ID, { metric }, make);
  expect(problems).toHaveLength(6);
  expect(problems[0]).toMatch(/metric of '.+' was changed by a property injector to NumberOfMessagesPublished, but must be \w+: the alarm is on this metric; make another alarm on yours$/);
});

test.each<[string, (alarm: CfnResource) => void]>([
  ['it acts', (alarm) => alarm.addPropertyOverride('ActionsEnabled', false)],
  ['on whom it acts', (alarm) => alarm.addPropertyOverride('AlarmActions', ['arn:aws:sns:eu-west-1:111122223333:team'])],
  ['what it says', (alarm) => alarm.addPropertyOverride('AlarmDescription', 'ours')],
  ['how far it looks back', (alarm) => alarm.addPropertyOverride('EvaluationPeriods', 60)],
])('whether or %s may change', (_, change) => {
  const stack = newStack();
  change(resourceOf(make(stack).alarms.messageAge));
  expect(problemsAtSynthesis(stack)).toEqual([]);
});

test('an alarm on a handler looks back further for each pattern that has it', () => {
  const stack = newStack();
  const handler = handlerIn(stack);
  new QueueFedFunction(stack, 'Orders', { handler });
  new QueueFedFunction(stack, 'Invoices', { handler, visibilityTimeout: Duration.hours(1) });
  expect(problemsAtSynthesis(stack)).toEqual([]);
});
