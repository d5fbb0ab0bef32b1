import { Duration } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as sns from 'aws-cdk-lib/aws-sns';
import { invoke, make } from './fixtures';
import { Alarms, AlarmSeverity } from '../../src';
import { resourceOf, resourcesOf } from '../messaging/fixtures';

const ALARM = 'AWS::CloudWatch::Alarm';
const PAGE = 'https://github.com/cdkserverlesspatterns/cdk-serverless-patterns/blob/v0.0.0/docs/runbooks/resilient-workflow.md';

const refTo = (id: string) => ({ Ref: expect.stringMatching(new RegExp(`^${id}[0-9A-F]{8}$`)) as unknown });
const ofMachine = (MetricName: string) => ({ Namespace: 'AWS/States', MetricName, Statistic: 'Sum', Dimensions: [{ Name: 'StateMachineArn', Value: refTo('OrderStateMachine') }] });
const ofRule = (MetricName: string) => ({ Namespace: 'AWS/Events', MetricName, Statistic: 'Sum', Dimensions: [{ Name: 'RuleName', Value: refTo('OrderFailureRule') }] });
const ofQueue = (queue: string) => ({
  Namespace: 'AWS/SQS',
  MetricName: 'ApproximateNumberOfMessagesVisible',
  Statistic: 'Maximum',
  Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [expect.stringMatching(new RegExp(`^${queue}[0-9A-F]{8}$`)) as unknown, 'QueueName'] } }],
});

const ALARMS = [
  {
    prop: 'failed',
    metric: ofMachine('ExecutionsFailed'),
    severity: AlarmSeverity.WARNING,
    description: `Executions of Stack/Order failed. First: open the newest failed execution and read the error of the state that failed. Runbook: ${PAGE}#failed-executions`,
  },
  {
    prop: 'timedOut',
    metric: ofMachine('ExecutionsTimedOut'),
    severity: AlarmSeverity.CRITICAL,
    description: 'Executions of Stack/Order reached their timeout, where nothing is caught and nothing is undone. ' +
      `First: open one and see which state took the time. Runbook: ${PAGE}#timed-out-executions`,
  },
  {
    prop: 'aborted',
    metric: ofMachine('ExecutionsAborted'),
    severity: AlarmSeverity.WARNING,
    description: `Executions of Stack/Order were stopped by somebody, and nothing is undone. First: find in CloudTrail who called StopExecution. Runbook: ${PAGE}#aborted-executions`,
  },
  {
    prop: 'throttled',
    metric: ofMachine('ExecutionThrottled'),
    periods: 5,
    severity: AlarmSeverity.WARNING,
    description: 'State transitions of Stack/Order are throttled, so executions take longer. ' +
      `First: compare the quota of state transitions of the account with those of all state machines. Runbook: ${PAGE}#throttled-executions`,
  },
  {
    prop: 'deadLetters',
    metric: ofQueue('OrderDeadLetterQueue'),
    severity: AlarmSeverity.CRITICAL,
    description: 'Executions of Stack/Order did not succeed; their ends are in its dead-letter queue. ' +
      `First: read one of them, and the execution that it names; redrive or start executions only after the repair. Runbook: ${PAGE}#dead-letters`,
  },
  {
    prop: 'moreDeadLetters',
    metric: { Metrics: expect.arrayContaining([expect.objectContaining({ Expression: 'DIFF(visible + FILL(inFlight, 0))' })]) as unknown },
    severity: AlarmSeverity.CRITICAL,
    description: 'More executions of Stack/Order did not succeed within the last period. ' +
      `First: see whether the cause is the known one; if it is new, stop whoever starts executions before more follow. Runbook: ${PAGE}#more-dead-letters`,
  },
  {
    prop: 'failedInvocations',
    metric: ofRule('FailedInvocations'),
    severity: AlarmSeverity.CRITICAL,
    description: 'Ends of executions of Stack/Order could not be delivered to its dead-letter queue. ' +
      `First: see whether the queue exists, and whether its policy and its key let the rule in; what failed is in the dead-letter queue of the rule. Runbook: ${PAGE}#failed-invocations`,
  },
  {
    prop: 'failedToSendToDlq',
    metric: ofRule('InvocationsFailedToBeSentToDlq'),
    severity: AlarmSeverity.CRITICAL,
    description: 'Ends of executions of Stack/Order could neither be delivered nor moved to the dead-letter queue: they are lost as messages. ' +
      'First: note the time, repair the policy and the key of the dead-letter queue, and list the executions that failed since then: they keep their input. ' +
      `Runbook: ${PAGE}#failed-to-send-to-dlq`,
  },
  {
    prop: 'ruleDeadLetters',
    metric: ofQueue('OrderRuleDeadLetterQueue'),
    severity: AlarmSeverity.CRITICAL,
    description: 'Ends of executions of Stack/Order could not be delivered to its dead-letter queue and are in that of the rule. ' +
      `First: read the attribute ERROR_CODE of one of them; move them to the dead-letter queue after the repair. Runbook: ${PAGE}#rule-dead-letters`,
  },
  {
    prop: 'compensationsFailed',
    metric: {
      Metrics: [
        expect.objectContaining({ Expression: 'FILL(failed, 0) + FILL(timedOut, 0) + FILL(aborted, 0)', Label: 'Compensations that did not succeed' }),
        ...['ExecutionsFailed', 'ExecutionsTimedOut', 'ExecutionsAborted'].map((MetricName) => expect.objectContaining({
          MetricStat: {
            Metric: { Namespace: 'AWS/States', MetricName, Dimensions: [{ Name: 'StateMachineArn', Value: refTo('OrderCompensation') }] }, Period: 60, Stat: 'Sum',
          },
        }) as unknown),
      ],
    },
    severity: AlarmSeverity.CRITICAL,
    description: 'Compensations of Stack/Order failed, so that executions are half undone. ' +
      `First: open the newest execution of the compensation that failed, repair what its state calls, and redrive it: it goes on where it failed. Runbook: ${PAGE}#compensations-failed`,
  },
] as const;

/** With a compensation, so that there are all alarms. */
const makeWith = (alarms: object = {}) => make((stack) => ({ compensations: { Work: invoke(stack, 'Undo') }, alarms }));
const idOf = (prop: string) => `Order${prop.charAt(0).toUpperCase()}${prop.slice(1)}Alarm`;
const TUNED = { threshold: 5, period: Duration.minutes(2), evaluationPeriods: 3, datapointsToAlarm: 2 };

describe.each(ALARMS)('the alarm $prop', ({ prop, metric, severity, description, ...row }) => {
  test('watches its metric, and fires above its threshold', () => {
    const { stack, order } = makeWith();
    const { Properties } = resourceOf(stack, ALARM, idOf(prop));
    expect(Properties).toMatchObject({
      ...metric,
      ...'Namespace' in metric ? { Period: 60 } : {},
      Threshold: 0,
      EvaluationPeriods: 'periods' in row ? row.periods : 1,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
      AlarmDescription: description,
    });
    expect(stack.getLogicalId(order.alarms[prop]!.node.defaultChild as never)).toMatch(new RegExp(`^${idOf(prop)}`));
    expect(order.allAlarms.map(({ node }) => node.id)).toContain(idOf(prop).replace('Order', ''));
  });

  test('has its severity', () => {
    const { stack } = makeWith();
    Alarms.of(stack).notifyOf(severity, new SnsAction(new sns.Topic(stack, 'OnCall')));
    expect(resourceOf(stack, ALARM, idOf(prop)).Properties.AlarmActions).toEqual([{ Ref: expect.stringMatching(/^OnCall/) as unknown }]);
  });

  test('can be tuned', () => {
    const { stack } = makeWith({ [prop]: TUNED });
    const { Properties } = resourceOf(stack, ALARM, idOf(prop));
    expect(Properties).toMatchObject({ Threshold: 5, EvaluationPeriods: 3, DatapointsToAlarm: 2 });
    expect(JSON.stringify(Properties)).toContain('"Period":120');
  });

  test('can be switched off', () => {
    const { stack, order } = makeWith({ [prop]: { enabled: false } });
    expect(Object.keys(resourcesOf(stack, ALARM)).filter((id) => id.startsWith(idOf(prop)))).toEqual([]);
    expect(order.alarms[prop]).toBeUndefined();
  });

  test('is checked', () => {
    expect(() => makeWith({ [prop]: { threshold: -1 } })).toThrow(`alarms.${prop}.threshold is -1, but must be 0 or more`);
  });
});

describe('the alarm compensationsFailed without compensations', () => {
  test('is not made', () => {
    const { stack, order } = make();
    expect(order.alarms.compensationsFailed).toBeUndefined();
    expect(Object.keys(resourcesOf(stack, ALARM))).toHaveLength(9);
  });

  test('cannot be tuned', () => {
    expect(() => make({ alarms: { compensationsFailed: {} } })).toThrow(
      '\n  - alarms.compensationsFailed is set, but there are no compensations: leave it out, or state compensations',
    );
  });

  test('can be switched off', () => {
    expect(() => make({ alarms: { compensationsFailed: { enabled: false } } })).not.toThrow();
  });
});
