import { Duration } from 'aws-cdk-lib';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { make } from './messages-fixtures';
import { rate } from './scheduled-fixtures';
import { resourceOf, resourcesOf } from '../messaging/fixtures';

const ALARM = 'AWS::CloudWatch::Alarm';
const ALWAYS = ['targetErrors', 'droppedRuns', 'runsSetAside', 'runsNotSetAside', 'scheduleDeadLetters'] as const;
const schedule = rate(Duration.hours(1));
const idOf = (prop: string) => `Reminders${prop.charAt(0).toUpperCase()}${prop.slice(1)}Alarm`;

test.each([
  ['targetErrors', 'TargetErrorCount', 'Scheduler failed to send a run of Stack/Reminders to its queue, and tries again. '],
  ['droppedRuns', 'InvocationDroppedCount', 'Scheduler gave up a run of Stack/Reminders, which does not take place. '],
  ['runsSetAside', 'InvocationsSentToDeadLetterCount', 'Another run of Stack/Reminders could not be delivered'],
  ['runsNotSetAside', 'InvocationsFailedToBeSentToDeadLetterCount', 'A run of Stack/Reminders could neither be delivered nor moved'],
])('the alarm %s is on the schedules of the group, those that are created at run time too', (prop, MetricName, text) => {
  expect(resourceOf(make().stack, ALARM, idOf(prop)).Properties).toMatchObject({
    MetricName,
    Dimensions: [{ Name: 'ScheduleGroup', Value: { Ref: expect.stringMatching(/^RemindersScheduleGroup/) as unknown } }],
    AlarmDescription: expect.stringContaining(text) as unknown,
  });
});

test('the alarm scheduleDeadLetters is on the dead-letter queue of the schedule', () => {
  expect(resourceOf(make().stack, ALARM, idOf('scheduleDeadLetters')).Properties).toMatchObject({
    MetricName: 'ApproximateNumberOfMessagesVisible',
    Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [expect.stringMatching(/^RemindersScheduleDeadLetterQueue/) as unknown, 'QueueName'] } }],
  });
});

describe.each(ALWAYS)('the alarm %s', (prop) => {
  test('can be tuned', () => {
    expect(resourceOf(make({ alarms: { [prop]: { threshold: 5 } } }).stack, ALARM, idOf(prop)).Properties.Threshold).toBe(5);
  });

  test('can be switched off', () => {
    expect(make({ alarms: { [prop]: { enabled: false } } }).reminders.alarms[prop]).toBeUndefined();
  });
});

describe('the alarm missedRuns', () => {
  test('is on the own schedule of the construct, and made after it', () => {
    const alarm = resourceOf(make({ schedule }).stack, ALARM, idOf('missedRuns'));
    expect(alarm.Properties).toMatchObject({ MetricName: 'InvocationAttemptCount', Threshold: 1, Period: 3960, EvaluationPeriods: 1, TreatMissingData: 'breaching' });
    expect(alarm.DependsOn).toContainEqual(expect.stringMatching(/^RemindersSchedule[0-9A-F]{8}$/));
  });

  test('can be tuned, and is checked', () => {
    const { stack } = make({ schedule, alarms: { missedRuns: { period: Duration.minutes(10) } } });
    expect(resourceOf(stack, ALARM, idOf('missedRuns')).Properties).toMatchObject({ Period: 600, EvaluationPeriods: 7 });
    expect(() => make({ schedule, alarms: { missedRuns: { period: Duration.seconds(90) } } })).toThrow('alarms.missedRuns.period is 90 seconds, but must be a multiple of 60');
  });

  test.each([
    ['without a schedule', {}],
    ['while it is disabled', { schedule, enabled: false }],
    ['for one that runs once', { schedule: scheduler.ScheduleExpression.at(new Date(Date.UTC(2030, 1, 1))) }],
    ['when it is switched off', { schedule, alarms: { missedRuns: { enabled: false } } }],
  ])('is not there %s', (_, props) => {
    const { stack, reminders } = make(props);
    expect(reminders.alarms.missedRuns).toBeUndefined();
    expect(Object.keys(resourcesOf(stack, ALARM))).toHaveLength(5);
  });
});

test('all alarms are listed', () => {
  expect(Object.keys(make({ schedule }).reminders.alarms)).toEqual(['missedRuns', ...ALWAYS]);
  const { reminders } = make();
  expect(Object.keys(reminders.alarms)).toEqual(ALWAYS);
  expect(reminders.allAlarms.map(({ node }) => node.path)).toEqual(ALWAYS.map((name) => reminders.alarms[name]!.node.path));
});
