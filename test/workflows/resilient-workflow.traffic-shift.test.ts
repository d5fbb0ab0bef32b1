import type { CfnResource } from 'aws-cdk-lib';
import { App, Duration, Lazy, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { invoke, make, MACHINE } from './fixtures';
import type { ResilientWorkflowProps, WorkflowTrafficShift } from '../../src';
import { Alarms, ResilientWorkflow, WorkflowShiftType } from '../../src';
import { describeLateChanges } from '../late-changes';
import { newStack, resourceOf, resourcesOf } from '../messaging/fixtures';

const VERSION = 'AWS::StepFunctions::StateMachineVersion';
const ALIAS = 'AWS::StepFunctions::StateMachineAlias';
const RULE = 'AWS::Events::Rule';
const ALARM = 'AWS::CloudWatch::Alarm';

const shifted = (trafficShift: WorkflowTrafficShift = {}, props: Partial<ResilientWorkflowProps> = {}) => make({ ...props, trafficShift });
const idsOf = (stack: Stack, type: string, part: string) => Object.keys(resourcesOf(stack, type)).filter((id) => id.includes(part));
const preferenceOf = (stack: Stack) => (resourceOf(stack, ALIAS).Properties as { DeploymentPreference: object }).DeploymentPreference;

/** The problems of a workflow, one line each. */
function problemsOf(trafficShift: WorkflowTrafficShift | undefined, alarms: ResilientWorkflowProps['alarms'] = {}): string[] {
  try {
    make({ ...trafficShift && { trafficShift }, alarms });
  } catch (error) {
    return (error as Error).message.split('\n  - ').slice(1);
  }
  return [];
}

describe('without trafficShift', () => {
  test('there is neither version nor alias', () => {
    const { stack, order } = make();
    expect(Object.keys({ ...resourcesOf(stack, VERSION), ...resourcesOf(stack, ALIAS) })).toEqual([]);
    expect(order.alias).toBeUndefined();
    expect(order.alarms.newVersionFailed).toBeUndefined();
  });

  test('the alarm on the new version cannot be tuned, but switched off', () => {
    expect(problemsOf(undefined, { newVersionFailed: {} })).toEqual(['alarms.newVersionFailed is set, but there is no trafficShift: leave it out, or state trafficShift']);
    expect(problemsOf(undefined, { newVersionFailed: { enabled: false } })).toEqual([]);
  });
});

describe('with trafficShift', () => {
  test('the newest revision is published as a version', () => {
    const { stack } = shifted();
    const [machine] = Object.keys(resourcesOf(stack, MACHINE)) as [string];
    expect(resourceOf(stack, VERSION).Properties).toEqual({ StateMachineArn: { Ref: machine }, StateMachineRevisionId: { 'Fn::GetAtt': [machine, 'StateMachineRevisionId'] } });
  });

  test('an alias gives a tenth of the executions to it for ten minutes, and takes them back when its alarm fires', () => {
    const { stack } = shifted();
    const [version] = Object.keys(resourcesOf(stack, VERSION));
    const [alarm] = idsOf(stack, ALARM, 'NewVersionFailed');
    expect(resourceOf(stack, ALIAS).Properties).toEqual({
      Name: 'live',
      DeploymentPreference: { Type: 'CANARY', Percentage: 10, Interval: 10, StateMachineVersionArn: { 'Fn::GetAtt': [version, 'Arn'] }, Alarms: [{ Ref: alarm }] },
    });
  });

  test('it is shifted to as is stated', () => {
    const { stack } = make((inStack) => ({
      trafficShift: {
        aliasName: 'PROD',
        type: WorkflowShiftType.LINEAR,
        percentage: 25,
        interval: Duration.hours(1),
        rollbackAlarms: [cloudwatch.Alarm.fromAlarmArn(inStack, 'Latency', 'arn:aws:cloudwatch:us-east-1:111122223333:alarm:latency')],
      },
    }));
    const [alarm] = idsOf(stack, ALARM, 'NewVersionFailed');
    expect(resourceOf(stack, ALIAS).Properties).toMatchObject({ Name: 'PROD', DeploymentPreference: { Type: 'LINEAR', Percentage: 25, Interval: 60, Alarms: [{ Ref: alarm }, 'latency'] } });
  });

  test('the alarm counts executions of this version that failed, and nothing else', () => {
    const { stack, order } = shifted();
    const [version] = Object.keys(resourcesOf(stack, VERSION));
    const [rule] = idsOf(stack, RULE, 'Version') as [string];
    expect(resourcesOf(stack, RULE)[rule]).toEqual({
      Type: RULE,
      Properties: {
        Description: 'Counts the executions of a new version that failed.',
        EventPattern: {
          'source': ['aws.states'],
          'detail-type': ['Step Functions Execution Status Change'],
          'detail': { status: ['FAILED', 'TIMED_OUT'], stateMachineVersionArn: [{ 'Fn::GetAtt': [version, 'Arn'] }] },
        },
        State: 'ENABLED',
      },
    });
    const [alarm] = idsOf(stack, ALARM, 'NewVersionFailed') as [string];
    expect(resourcesOf(stack, ALARM)[alarm]!.Properties).toEqual({
      Namespace: 'AWS/Events',
      MetricName: 'TriggeredRules',
      Dimensions: [{ Name: 'RuleName', Value: { Ref: rule } }],
      Statistic: 'Sum',
      Period: 60,
      Threshold: 0,
      EvaluationPeriods: 1,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
      AlarmDescription: 'Executions of the version of Stack/Order that a deployment moves to fail. First: read the error of one of them; new executions go back to the old version by themselves. ' +
        'Runbook: https://github.com/cdkserverlesspatterns/cdk-serverless-patterns/blob/v0.0.0/docs/runbooks/resilient-workflow.md#new-version-failed',
    });
    expect(order.allAlarms).toContain(order.alarms.newVersionFailed);
  });

  test('nobody is notified of it: the deployment fails', () => {
    const { stack } = shifted();
    Alarms.of(stack).notify(new SnsAction(new sns.Topic(stack, 'OnCall')));
    const [alarm] = idsOf(stack, ALARM, 'NewVersionFailed') as [string];
    expect(resourcesOf(stack, ALARM)[alarm]!.Properties).not.toHaveProperty('AlarmActions');
  });

  test('the alarm can be tuned, and switched off if another takes the version back', () => {
    const { stack } = shifted({}, { alarms: { newVersionFailed: { threshold: 3 } } });
    expect(resourcesOf(stack, ALARM)[idsOf(stack, ALARM, 'NewVersionFailed')[0]!]!.Properties).toMatchObject({ Threshold: 3 });
    expect(problemsOf({}, { newVersionFailed: { threshold: -1 } })).toEqual([expect.stringContaining('alarms.newVersionFailed.threshold is -1')]);

    const { stack: other } = make((inStack) => ({
      trafficShift: { rollbackAlarms: [cloudwatch.Alarm.fromAlarmArn(inStack, 'Latency', 'arn:aws:cloudwatch:us-east-1:111122223333:alarm:latency')] },
      alarms: { newVersionFailed: { enabled: false } },
    }));
    expect(idsOf(other, ALARM, 'NewVersionFailed')).toEqual([]);
    expect(preferenceOf(other)).toMatchObject({ Alarms: ['latency'] });
  });

  test('what belongs to a version has other ids with other states, and the same with the same', () => {
    const idsWith = (comment: string) => {
      const { stack } = make((inStack) => ({ definition: invoke(inStack, 'Work', { comment }), trafficShift: {} }));
      return [...idsOf(stack, VERSION, ''), ...idsOf(stack, RULE, 'Version'), ...idsOf(stack, ALARM, 'NewVersion')];
    };
    const [one, again, two] = [idsWith('one'), idsWith('one'), idsWith('two')];
    expect(again).toEqual(one);
    expect(one).toEqual([
      expect.stringMatching(/^OrderVersion[0-9a-f]{8}Version[0-9A-F]{8}$/), expect.stringMatching(/^OrderVersion[0-9a-f]{8}Rule[0-9A-F]{8}$/),
      expect.stringMatching(/^OrderVersion[0-9a-f]{8}NewVersionFailedAlarm[0-9A-F]{8}$/),
    ]);
    expect(two.filter((id) => one.includes(id))).toEqual([]);
  });

  test('who may start executions by the alias may start them by IAM, which knows the state machine only', () => {
    const { stack, order } = shifted();
    const role = new iam.Role(stack, 'Caller', { assumedBy: new iam.AccountRootPrincipal() });
    order.alias!.grantStartExecution(role);
    const [machine] = Object.keys(resourcesOf(stack, MACHINE));
    expect(resourceOf(stack, 'AWS::IAM::Policy', 'CallerDefaultPolicy').Properties).toMatchObject({
      PolicyDocument: { Statement: [{ Action: 'states:StartExecution', Effect: 'Allow', Resource: { Ref: machine } }] },
    });
    expect(stack.resolve(order.alias!.stateMachineArn)).toEqual({ 'Fn::GetAtt': [Object.keys(resourcesOf(stack, ALIAS))[0], 'Arn'] });
    expect(stack.resolve(order.alias!.metricFailed().dimensions)).toEqual({ StateMachineArn: { Ref: machine } });
  });
});

describe('the shift', () => {
  test.each([
    ['percentage', 0], ['percentage', 100], ['percentage', 1.5],
  ])('has no %s of %d', (_, percentage) => {
    expect(problemsOf({ percentage })).toEqual([`trafficShift.percentage is ${percentage}, but must be a whole number from 1 to 99: leave it out for 10 percent`]);
  });

  test.each([Duration.minutes(2), Duration.minutes(2101), Duration.seconds(200)])('has no interval of %s', (interval) => {
    expect(problemsOf({ interval })).toEqual([
      `trafficShift.interval is ${interval.toMinutes({ integral: false })} minutes, but must be from 3 to 2100 whole minutes: leave it out for 10 minutes`,
    ]);
  });

  test.each([{ percentage: 1 }, { percentage: 99 }, { interval: Duration.minutes(3) }, { interval: Duration.minutes(2100) }])('may have %j', (trafficShift) => {
    expect(problemsOf(trafficShift)).toEqual([]);
  });

  test.each(['', '12', 'a b', 'a'.repeat(81)])('has no alias \'%s\'', (aliasName) => {
    expect(problemsOf({ aliasName })).toEqual([
      `trafficShift.aliasName is '${aliasName}', but must have 1 to 80 letters, digits, hyphens, underscores and dots, and not digits only: leave it out for 'live'`,
    ]);
  });

  test.each(['v1.2_3-x', 'a'.repeat(80), Lazy.string({ produce: () => 'live' })])('may have the alias \'%s\'', (aliasName) => expect(problemsOf({ aliasName })).toEqual([]));

  test('is watched by an alarm', () => {
    expect(problemsOf({}, { newVersionFailed: { enabled: false } })).toEqual([
      'alarms.newVersionFailed is switched off, and trafficShift.rollbackAlarms has no alarm, so nothing would take a version back that fails: ' +
      'leave the alarm on, state others, or leave out trafficShift',
    ]);
  });

  test('is watched by 100 alarms at most', () => {
    const stack = newStack();
    const alarms = (count: number) => Array.from({ length: count }, (_, index) => cloudwatch.Alarm.fromAlarmArn(stack, `${count}-${index}`, `arn:aws:cloudwatch:us-east-1:111122223333:alarm:${index}`));
    expect(problemsOf({ rollbackAlarms: alarms(99) })).toEqual([]);
    expect(problemsOf({ rollbackAlarms: alarms(100) })).toEqual([
      'trafficShift.rollbackAlarms has 100 alarms, but an alias watches 100 at most, with alarms.newVersionFailed: compose some of them',
    ]);
    expect(problemsOf({ rollbackAlarms: alarms(101) }, { newVersionFailed: { enabled: false } })).toHaveLength(1);
  });

  test.each(['eu-west-1:111122223333', 'us-east-1:444455556666'])('is watched by no alarm of %s', (place) => {
    const stack = new Stack(new App(), 'Stack', { env: { account: '111122223333', region: 'us-east-1' } });
    const alarm = (id: string, where: string) => cloudwatch.Alarm.fromAlarmArn(stack, id, `arn:aws:cloudwatch:${where}:alarm:other`);
    const watchedBy = (id: string, rollbackAlarm: cloudwatch.IAlarm) => () => new ResilientWorkflow(stack, id, {
      definition: new sfn.Pass(stack, `${id}Work`), trafficShift: { rollbackAlarms: [rollbackAlarm] },
    });
    expect(watchedBy('Here', alarm('Near', 'us-east-1:111122223333'))).not.toThrow();
    expect(watchedBy('There', alarm('Elsewhere', place))).toThrow(
      '\n  - alarm \'Stack/Elsewhere\' in trafficShift.rollbackAlarms is in another account or region, where CloudFormation does not look for it, and takes it for OK: ' +
      'give an alarm that is made where the workflow is',
    );
  });
});

const below = (id: string) => ({ node }: ResilientWorkflow) => node.children.find((child) => child.node.id.startsWith('Version'))!.node.findChild(id);
const RESOURCES = {
  version: (order: ResilientWorkflow) => below('Version')(order) as CfnResource,
  rule: (order: ResilientWorkflow) => below('Rule')(order).node.defaultChild as CfnResource,
  alias: ({ node }: ResilientWorkflow) => node.findChild('Alias') as CfnResource,
};
const COUNTED = 'the alarm on the new version counts its events';
const STATED = 'state trafficShift of the ResilientWorkflow';

describeLateChanges((stack) => new ResilientWorkflow(stack, 'Order', { definition: new sfn.Pass(stack, 'Work'), trafficShift: {} }), RESOURCES, [
  ['version', 'Properties.StateMachineArn', 'arn:aws:states:us-east-1:111122223333:stateMachine:other', 'the alias moves executions of this workflow'],
  ['version', 'Properties.StateMachineRevisionId', 'other', 'each deployment of other states publishes a version'],
  ['rule', 'Properties.EventPattern', { source: ['other'] }, COUNTED],
  ['rule', 'Properties.State', 'DISABLED', COUNTED],
  ['rule', 'Properties.EventBusName', 'other', 'Step Functions sends its events to the default event bus'],
  ['alias', 'Properties.DeploymentPreference.StateMachineVersionArn', 'other', 'a deployment moves executions to the newest version'],
  ['alias', 'Properties.DeploymentPreference.Type', 'ALL_AT_ONCE', STATED],
  ['alias', 'Properties.DeploymentPreference.Percentage', 50, STATED],
  ['alias', 'Properties.DeploymentPreference.Interval', 1, STATED],
  ['alias', 'Properties.DeploymentPreference.Alarms', [], `${STATED} with other rollbackAlarms`],
  ['alias', 'Properties.RoutingConfiguration', [{ StateMachineVersionArn: 'other', Weight: 100 }], 'with it CloudFormation shifts nothing'],
]);
