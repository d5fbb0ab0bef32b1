import { Duration, TimeZone } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as sns from 'aws-cdk-lib/aws-sns';
import { cron, make, rate } from './scheduled-fixtures';
import { Alarms, AlarmSeverity } from '../../src';
import { resourceOf, resourcesOf } from '../messaging/fixtures';

const ALARM = 'AWS::CloudWatch::Alarm';
const PAGE = 'https://github.com/cdkserverlesspatterns/cdk-serverless-patterns/blob/v0.0.0/docs/runbooks/scheduled-function.md';

const ofGroup = (MetricName: string) => ({
  Namespace: 'AWS/Scheduler', MetricName, Statistic: 'Sum', Dimensions: [{ Name: 'ScheduleGroup', Value: { Ref: expect.stringMatching(/^NightlyScheduleGroup/) as unknown } }],
});

const ALARMS = [
  {
    prop: 'targetErrors',
    metric: ofGroup('TargetErrorCount'),
    severity: AlarmSeverity.WARNING,
    description: 'Scheduler failed to send a run of Stack/Nightly to its queue, and tries again. ' +
      `First: see whether the queue exists, and whether the role of the schedule may send to it and use its key. Runbook: ${PAGE}#target-errors`,
  },
  {
    prop: 'droppedRuns',
    metric: ofGroup('InvocationDroppedCount'),
    severity: AlarmSeverity.CRITICAL,
    description: 'Scheduler gave up a run of Stack/Nightly, which does not take place. ' +
      `First: repair the queue or the role of the schedule; then see whether the run must be made up for. Runbook: ${PAGE}#dropped-runs`,
  },
  {
    prop: 'runsSetAside',
    metric: ofGroup('InvocationsSentToDeadLetterCount'),
    severity: AlarmSeverity.CRITICAL,
    description: 'Another run of Stack/Nightly could not be delivered and went to the dead-letter queue of its schedule. ' +
      `First: see whether the cause is the known one. Runbook: ${PAGE}#runs-set-aside`,
  },
  {
    prop: 'runsNotSetAside',
    metric: ofGroup('InvocationsFailedToBeSentToDeadLetterCount'),
    severity: AlarmSeverity.CRITICAL,
    description: 'A run of Stack/Nightly could neither be delivered nor moved to the dead-letter queue of its schedule. ' +
      `First: note the time, and see whether the role of the schedule may send to that queue and use its key. Runbook: ${PAGE}#runs-not-set-aside`,
  },
  {
    prop: 'scheduleDeadLetters',
    metric: {
      Namespace: 'AWS/SQS',
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Statistic: 'Maximum',
      Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [expect.stringMatching(/^NightlyScheduleDeadLetterQueue/) as unknown, 'QueueName'] } }],
    },
    severity: AlarmSeverity.CRITICAL,
    description: 'Runs of Stack/Nightly could not be delivered and are in the dead-letter queue of its schedule. ' +
      `First: read the attribute ERROR_CODE of one of them; send those that must still take place to the queue by hand, after the repair. Runbook: ${PAGE}#schedule-dead-letters`,
  },
] as const;

const idOf = (prop: string) => `Nightly${prop.charAt(0).toUpperCase()}${prop.slice(1)}Alarm`;
const TUNED = { threshold: 5, period: Duration.minutes(2), evaluationPeriods: 3, datapointsToAlarm: 2 };

describe.each(ALARMS)('the alarm $prop', ({ prop, metric, severity, description }) => {
  test('watches its metric, and fires above its threshold in one period', () => {
    const { stack, nightly } = make();
    const { Properties } = resourceOf(stack, ALARM, idOf(prop));
    expect(Properties).toMatchObject({ ...metric, Period: 60, Threshold: 0, EvaluationPeriods: 1, ComparisonOperator: 'GreaterThanThreshold', TreatMissingData: 'notBreaching', AlarmDescription: description });
    expect(stack.getLogicalId(nightly.alarms[prop]!.node.defaultChild as never)).toMatch(new RegExp(`^${idOf(prop)}`));
  });

  test('has its severity', () => {
    const { stack } = make();
    Alarms.of(stack).notifyOf(severity, new SnsAction(new sns.Topic(stack, 'OnCall')));
    expect(resourceOf(stack, ALARM, idOf(prop)).Properties.AlarmActions).toEqual([{ Ref: expect.stringMatching(/^OnCall/) as unknown }]);
  });

  test('can be tuned', () => {
    const { stack } = make({ alarms: { [prop]: TUNED } });
    expect(resourceOf(stack, ALARM, idOf(prop)).Properties).toMatchObject({ Threshold: 5, Period: 120, EvaluationPeriods: 3, DatapointsToAlarm: 2 });
  });

  test('can be switched off', () => {
    const { stack, nightly } = make({ alarms: { [prop]: { enabled: false } } });
    expect(Object.keys(resourcesOf(stack, ALARM)).filter((id) => id.startsWith(idOf(prop)))).toEqual([]);
    expect(nightly.alarms[prop]).toBeUndefined();
  });

  test('is checked', () => {
    expect(() => make({ alarms: { [prop]: { threshold: -1 } } })).toThrow(`alarms.${prop}.threshold is -1, but must be 0 or more`);
  });
});

describe('the alarm missedRuns', () => {
  const heartbeatOf = (props: Parameters<typeof make>[0]) => resourceOf(make(props).stack, ALARM, 'NightlyMissedRunsAlarm').Properties;
  const windowOf = (props: Parameters<typeof make>[0]) => {
    const { Period, EvaluationPeriods } = heartbeatOf(props);
    return [Period, EvaluationPeriods] as unknown[];
  };

  test('fires when there is no attempt, which is when nothing is reported', () => {
    expect(heartbeatOf({})).toMatchObject({
      ...ofGroup('InvocationAttemptCount'),
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
      AlarmDescription: 'The schedule of Stack/Nightly has not run for longer than it should. ' +
        `First: look at the state and the expression of the schedule; right after the first deployment, wait for the first run. Runbook: ${PAGE}#missed-runs`,
    });
    expect(heartbeatOf({})).not.toHaveProperty('DatapointsToAlarm');
  });

  test('is made after the schedule, before whose first run it would fire', () => {
    expect(resourceOf(make().stack, ALARM, 'NightlyMissedRunsAlarm').DependsOn).toContainEqual(expect.stringMatching(/^NightlySchedule[0-9A-F]{8}$/));
  });

  test('is critical', () => {
    const { stack } = make();
    Alarms.of(stack).notifyOf(AlarmSeverity.CRITICAL, new SnsAction(new sns.Topic(stack, 'OnCall')));
    expect(resourceOf(stack, ALARM, 'NightlyMissedRunsAlarm').Properties.AlarmActions).toHaveLength(1);
  });

  test.each([
    ['every minute', rate(Duration.minutes(1)), [360, 1]],
    ['every half an hour', rate(Duration.minutes(30)), [2100, 1]],
    ['every hour', rate(Duration.hours(1)), [3960, 1]],
    ['every 12 hours', rate(Duration.hours(12)), [47_520, 1]],
    ['every day', rate(Duration.days(1)), [47_520, 2]],
    ['every day by a cron expression', cron({ minute: '0', hour: '9' }), [47_520, 2]],
    ['every day where clocks are put back', cron({ minute: '0', hour: '9', timeZone: TimeZone.EUROPE_BERLIN }), [49_320, 2]],
    ['every hour where clocks are put back', cron({ minute: '0', timeZone: TimeZone.EUROPE_BERLIN }), [7560, 1]],
    ['on working days', cron({ minute: '0', hour: '9', weekDay: 'MON-FRI' }), [71_280, 4]],
    ['every six days', rate(Duration.days(6)), [81_480, 7]],
  ])('waits a tenth longer than the longest time between two runs, with a run %s', (_, schedule, expected) => {
    expect(windowOf({ schedule })).toEqual(expected);
  });

  test('waits for the end of the window too', () => {
    expect(windowOf({ flexibleWindow: Duration.minutes(30) })).toEqual([5760, 1]);
  });

  test('looks back for a week at most', () => {
    const stated = { schedule: rate(Duration.minutes(9160)), flexibleWindow: Duration.minutes(3) };
    expect(windowOf(stated)).toEqual([86_400, 7]);
    expect(make({ ...stated, schedule: rate(Duration.minutes(9161)) }).nightly.alarms.missedRuns).toBeUndefined();
  });

  test.each([
    ['every week', rate(Duration.days(7))],
    ['every month', cron({ minute: '0', hour: '0', day: '1' })],
    ['at the last day of the month', cron({ minute: '0', hour: '0', day: 'L' })],
    ['once', scheduler.ScheduleExpression.at(new Date(Date.UTC(2030, 1, 1)))],
  ])('is not there with a run %s, and cannot be tuned then', (_, schedule) => {
    expect(make({ schedule }).nightly.alarms.missedRuns).toBeUndefined();
    expect(() => make({ schedule, alarms: { missedRuns: { evaluationPeriods: 2 } } })).toThrow('alarms.missedRuns is set, but the schedule runs once only, or the time between its runs is not known here');
    expect(() => make({ schedule, alarms: { missedRuns: { enabled: false } } })).not.toThrow();
  });

  test('is not there while the schedule is disabled, tuned or not', () => {
    expect(make({ enabled: false, alarms: { missedRuns: { evaluationPeriods: 2 } } }).nightly.alarms.missedRuns).toBeUndefined();
  });

  test('is there for a schedule that is said to be enabled', () => {
    expect(make({ enabled: true }).nightly.alarms.missedRuns).toBeDefined();
  });

  test('looks at as many periods of a stated length as it takes', () => {
    expect(windowOf({ alarms: { missedRuns: { period: Duration.minutes(10) } } })).toEqual([600, 7]);
  });

  test('looks at as many periods as are stated', () => {
    expect(windowOf({ alarms: { missedRuns: { evaluationPeriods: 3 } } })).toEqual([3960, 3]);
    expect(heartbeatOf({ alarms: { missedRuns: { evaluationPeriods: 3, datapointsToAlarm: 2 } } }).DatapointsToAlarm).toBe(2);
  });

  test('can be switched off', () => {
    expect(make({ alarms: { missedRuns: { enabled: false } } }).nightly.alarms.missedRuns).toBeUndefined();
  });

  test('is checked', () => {
    expect(() => make({ alarms: { missedRuns: { period: Duration.seconds(90) } } })).toThrow('alarms.missedRuns.period is 90 seconds, but must be a multiple of 60');
  });
});

test('the alarms of the queue and the handler are among them', () => {
  const { nightly } = make();
  expect(Object.keys(nightly.alarms)).toEqual([
    'missedRuns', 'targetErrors', 'droppedRuns', 'runsSetAside', 'runsNotSetAside', 'scheduleDeadLetters', 'deadLetters', 'moreDeadLetters', 'messageAge', 'handlerErrors', 'handlerThrottles', 'handlerDuration',
  ]);
  expect(nightly.allAlarms).toEqual(Object.values(nightly.alarms));
  expect(nightly.alarms.deadLetters).toBe(nightly.consumer.alarms.deadLetters);
});

test('those of the queue can be tuned here', () => {
  const { stack } = make({ alarms: { deadLetters: { threshold: 3 } } });
  expect(resourceOf(stack, ALARM, 'NightlyConsumerDeadLettersAlarm').Properties.Threshold).toBe(3);
});
