import type { CfnResource } from 'aws-cdk-lib';
import { App, Aspects, CfnDeletionPolicy, RemovalPolicies, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as appscaling from 'aws-cdk-lib/aws-applicationautoscaling';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { CanaryFunctionProps } from '../../src';
import { CanaryFunction } from '../../src';
import { resourcesBelow } from '../../src/private/app/resources-below';
import type { LateChange } from '../late-changes';
import { describeLateChanges, expectHarmless, expectTakenOut, problemsAtSynthesis, problemsWithInjector } from '../late-changes';
import { handlerIn, newStack } from '../messaging/fixtures';

/** A canary 'Billing' of a function 'Handler' with all that it can have. */
function make(stack: Stack, props: Partial<CanaryFunctionProps> = {}): CanaryFunction {
  return new CanaryFunction(stack, 'Billing', {
    handler: handlerIn(stack, { reservedConcurrentExecutions: 20 }),
    preHook: handlerIn(stack, {}, 'Before'),
    postHook: handlerIn(stack, {}, 'After'),
    provisionedConcurrency: { minCapacity: 2, maxCapacity: 10, utilizationTarget: 0.6 },
    ...props,
  });
}

const RESOURCES = {
  version: (canary: CanaryFunction) => canary.version.node.defaultChild as CfnResource,
  alias: (canary: CanaryFunction) => canary.alias.node.defaultChild as CfnResource,
  group: (canary: CanaryFunction) => canary.deploymentGroup.node.defaultChild as CfnResource,
  application: (canary: CanaryFunction) => canary.deploymentGroup.application.node.defaultChild as CfnResource,
  role: (canary: CanaryFunction) => canary.deploymentGroup.role.node.defaultChild as CfnResource,
  report: (canary: CanaryFunction) => canary.node.findChild('PostHookPolicy').node.defaultChild as CfnResource,
  invocation: (canary: CanaryFunction) => resourcesBelow(canary.deploymentGroup.role, 'AWS::IAM::Policy')[0]!,
  target: (canary: CanaryFunction) => resourcesBelow(canary, 'AWS::ApplicationAutoScaling::ScalableTarget')[0]!,
  policy: (canary: CanaryFunction) => resourcesBelow(canary, 'AWS::ApplicationAutoScaling::ScalingPolicy')[0]!,
};

const UPDATE = 'UpdatePolicy.CodeDeployLambdaAliasUpdate';

/** Everything that the pattern derives: where it is, another value for it, and what the error advises. */
const DERIVED: LateChange<keyof typeof RESOURCES>[] = [
  ['version', 'Properties.FunctionName', 'other', 'give another handler'],
  ['version', 'Properties.ProvisionedConcurrencyConfig', { ProvisionedConcurrentExecutions: 1 }, 'state provisionedConcurrency'],
  ['version', 'DeletionPolicy', 'Retain', 'state versionRemovalPolicy'],
  ['version', 'UpdateReplacePolicy', 'Snapshot', 'state versionRemovalPolicy'],
  ['alias', 'Properties.Name', 'other', 'state aliasName'],
  ['alias', 'Properties.FunctionName', 'other', 'give another handler'],
  ['alias', 'Properties.FunctionVersion', '1', 'by hand, as the runbook says'],
  ['alias', 'Properties.RoutingConfig', { AdditionalVersionWeights: [] }, 'state deploymentConfig'],
  ['alias', 'Properties.ProvisionedConcurrencyConfig', { ProvisionedConcurrentExecutions: 1 }, 'state provisionedConcurrency'],
  ['alias', UPDATE, undefined, 'state deploymentConfig'],
  ['alias', `${UPDATE}.ApplicationName`, 'other', 'state deploymentConfig'],
  ['alias', `${UPDATE}.DeploymentGroupName`, 'other', 'state deploymentConfig'],
  ['alias', `${UPDATE}.BeforeAllowTrafficHook`, 'other', 'state preHook'],
  ['alias', `${UPDATE}.AfterAllowTrafficHook`, 'other', 'state postHook'],
  ['group', 'Properties.ApplicationName', 'other', 'state deploymentConfig'],
  ['group', 'Properties.ServiceRoleArn', 'other', 'change what that role may do'],
  ['group', 'Properties.DeploymentConfigName', 'CodeDeployDefault.LambdaAllAtOnce', 'state deploymentConfig'],
  ['group', 'Properties.DeploymentStyle', { DeploymentOption: 'WITHOUT_TRAFFIC_CONTROL', DeploymentType: 'IN_PLACE' }, 'Lambda knows no other'],
  ['group', 'Properties.AlarmConfiguration', undefined, 'by the prop alarms'],
  ['group', 'Properties.AlarmConfiguration.Alarms', [{ Name: 'other' }], 'by the prop alarms'],
  ['group', 'Properties.AlarmConfiguration.Enabled', false, 'state ignoreAlarms'],
  ['group', 'Properties.AlarmConfiguration.IgnorePollAlarmFailure', true, 'must stop'],
  ['group', 'Properties.AutoRollbackConfiguration.Enabled', false, 'state ignoreAlarms'],
  ['group', 'Properties.AutoRollbackConfiguration.Events', ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_REQUEST'], 'state ignoreAlarms'],
  ['group', 'Properties.AutoRollbackConfiguration.Events', ['DEPLOYMENT_STOP_ON_ALARM', 'DEPLOYMENT_STOP_ON_REQUEST'], 'state ignoreAlarms'],
  ['group', 'Properties.AutoRollbackConfiguration.Events', ['DEPLOYMENT_STOP_ON_ALARM', 'DEPLOYMENT_FAILURE'], 'state ignoreAlarms'],
  ['application', 'Properties.ComputePlatform', 'Server', 'deploys a Lambda function'],
  ['role', 'Properties.ManagedPolicyArns', [], 'CodeDeploy needs this policy'],
  ['role', 'Properties.AssumeRolePolicyDocument.Statement', [], 'CodeDeploy takes this role'],
  ['report', 'Properties.PolicyDocument.Statement', [], 'lets a deployment wait for an hour'],
  ['report', 'Properties.Roles', ['other'], 'lets a deployment wait for an hour'],
  ['invocation', 'Properties.PolicyDocument.Statement', [], 'CodeDeploy invokes the hooks as this role'],
  ['target', 'Properties.MinCapacity', 1, 'state provisionedConcurrency.minCapacity'],
  ['target', 'Properties.MaxCapacity', 100, 'state provisionedConcurrency.maxCapacity'],
  ['target', 'Properties.ResourceId', 'function:other:live', 'an alias of its own'],
  ['target', 'Properties.ScalableDimension', 'ecs:service:DesiredCount', 'scales in nothing else'],
  ['target', 'Properties.ServiceNamespace', 'ecs', 'is of Lambda'],
  ['policy', 'Properties.TargetTrackingScalingPolicyConfiguration.TargetValue', 0.9, 'state provisionedConcurrency.utilizationTarget'],
];

describeLateChanges(make, RESOURCES, DERIVED);

describe.each(DERIVED.filter(([, at, other]) => other !== undefined && at.startsWith('Properties.') && !/ProvisionedConcurrencyConfig|RoutingConfig|IgnorePoll/.test(at)))(
  'of the %s %s',
  (...change) => {
    test('taken out', () => expectTakenOut(make, RESOURCES[change[0]], change));
  },
);

test('the error names the construct, the value, what it should be, and how to say it', () => {
  const stack = newStack();
  RESOURCES.target(make(stack)).addPropertyOverride('MaxCapacity', 15);
  expect(problemsAtSynthesis(stack)).toEqual([
    '[Stack/Billing] MaxCapacity of \'Stack/Billing/Alias/AliasScaling/Target/Resource\' was changed to 15, but must be 10: state provisionedConcurrency.maxCapacity of the CanaryFunction',
  ]);
});

describe('an injector of the CDK\'s own constructs', () => {
  const problemsWith = (id: string, more: object) => problemsWithInjector(id, more, make)
    .map((problem) => /^\[Stack\/Billing\] (\S+) of /.exec(problem)?.[1]);
  const GROUP = codedeploy.LambdaDeploymentGroup.PROPERTY_INJECTION_ID;

  test.each<[string, string, object, string]>([
    ['the name of the alias', lambda.Alias.PROPERTY_INJECTION_ID, { aliasName: 'other' }, 'Name'],
    ['the provisioned concurrency of the alias', lambda.Alias.PROPERTY_INJECTION_ID, { provisionedConcurrentExecutions: 1 }, 'ProvisionedConcurrencyConfig'],
    ['the provisioned concurrency of the version', lambda.Version.PROPERTY_INJECTION_ID, { provisionedConcurrentExecutions: 1 }, 'ProvisionedConcurrencyConfig'],
    ['the deployment configuration', GROUP, { deploymentConfig: codedeploy.LambdaDeploymentConfig.ALL_AT_ONCE }, 'DeploymentConfigName'],
    ['the alarms', GROUP, { alarms: [] }, 'AlarmConfiguration.Alarms'],
    ['whether alarms are ignored', GROUP, { ignoreAlarmConfiguration: true }, 'AlarmConfiguration.Enabled'],
    ['whether alarms must be seen', GROUP, { ignorePollAlarmsFailure: true }, 'AlarmConfiguration.IgnorePollAlarmFailure'],
    ['the rollback', GROUP, { autoRollback: { failedDeployment: true, stoppedDeployment: false } }, 'AutoRollbackConfiguration.Events'],
    ['the hook before', GROUP, { preHook: undefined }, 'UpdatePolicy.CodeDeployLambdaAliasUpdate.BeforeAllowTrafficHook'],
    ['the hook after', GROUP, { postHook: undefined }, 'UpdatePolicy.CodeDeployLambdaAliasUpdate.AfterAllowTrafficHook'],
    ['the least that scales', appscaling.ScalableTarget.PROPERTY_INJECTION_ID, { minCapacity: 1 }, 'MinCapacity'],
    ['the most that scales', appscaling.ScalableTarget.PROPERTY_INJECTION_ID, { maxCapacity: 19 }, 'MaxCapacity'],
    ['whom the role trusts', iam.Role.PROPERTY_INJECTION_ID, { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') }, 'AssumeRolePolicyDocument.Statement'],
  ])('changes %s', (_, id, more, at) => {
    expect(problemsWith(id, more)).toContain(at);
  });
});

describe('what may change', () => {
  test.each<[string, (canary: CanaryFunction, stack: Stack) => void]>([
    ['an alarm is added to the group', ({ deploymentGroup }, stack) => deploymentGroup.addAlarm(handlerIn(stack, {}, 'Other').metricErrors().createAlarm(stack, 'Given', { threshold: 1, evaluationPeriods: 1 }))],
    ['the role may do more', ({ deploymentGroup }) => deploymentGroup.role.addManagedPolicy(iam.ManagedPolicy.fromAwsManagedPolicyName('ReadOnlyAccess'))],
    ['the scaling gets a schedule', ({ scaling }) => scaling!.scaleOnSchedule('Evening', { schedule: appscaling.Schedule.cron({ hour: '20' }), minCapacity: 1 })],
    ['versions are deleted with everything else of a stack for tests', (_, stack) => RemovalPolicies.of(stack).destroy()],
    ['the alias gets a description', ({ alias }) => (alias.node.defaultChild as CfnResource).addPropertyOverride('Description', 'what callers invoke')],
  ])('%s', (_, change) => expectHarmless(make, change));

  test('a group gets a hook that the canary has not', () => {
    const stack = newStack();
    const { deploymentGroup } = make(stack, { preHook: undefined });
    deploymentGroup.addPreHook(handlerIn(stack, {}, 'Later'));
    expect(problemsAtSynthesis(stack)).toEqual([]);
  });

  test('all at once, an alarm is added and stops deployments', () => {
    const stack = newStack();
    const { deploymentGroup } = make(stack, { deploymentConfig: codedeploy.LambdaDeploymentConfig.ALL_AT_ONCE });
    deploymentGroup.addAlarm(cloudwatch.Alarm.fromAlarmName(stack, 'Given', 'given'));
    expect(problemsAtSynthesis(stack)).toEqual([]);
  });

  test.each([true, false])('a role that somebody else makes is left alone (preventSynthesis: %s)', (preventSynthesis) => {
    const stack = newStack();
    iam.Role.customizeRoles(stack, { preventSynthesis, usePrecreatedRoles: { 'Stack/Billing/DeploymentGroup/ServiceRole': 'codedeploy-role' } });
    make(stack);
    expect(problemsAtSynthesis(stack).filter((problem) => problem.includes('Billing'))).toEqual([]);
  });
});

describe.each<[RemovalPolicy, CfnDeletionPolicy, CfnDeletionPolicy]>([
  [RemovalPolicy.DESTROY, CfnDeletionPolicy.DELETE, CfnDeletionPolicy.DELETE],
  [RemovalPolicy.RETAIN, CfnDeletionPolicy.RETAIN, CfnDeletionPolicy.RETAIN],
  [RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE, CfnDeletionPolicy.RETAIN],
])('versions with the removal policy %s', (versionRemovalPolicy, deletion, replacement) => {
  test('have it', () => {
    const stack = newStack();
    const { cfnOptions } = make(stack, { versionRemovalPolicy }).version.node.defaultChild as CfnResource;
    expect([cfnOptions.deletionPolicy, cfnOptions.updateReplacePolicy]).toEqual([deletion, replacement]);
    expect(problemsAtSynthesis(stack)).toEqual([]);
  });
});

describe('what the reserved concurrency became', () => {
  const problemsWith = (change: (fn: lambda.CfnFunction, stack: Stack) => void) => {
    const stack = newStack();
    const { handler } = make(stack);
    change(handler.node.defaultChild as lambda.CfnFunction, stack);
    return problemsAtSynthesis(stack);
  };

  test.each<[string, (fn: lambda.CfnFunction, stack: Stack) => void]>([
    ['by an override', (fn) => fn.addPropertyOverride('ReservedConcurrentExecutions', 9)],
    ['by an aspect', (fn, stack) => Aspects.of(stack).add({
      visit: (node) => {
        if (node === fn) {
          fn.reservedConcurrentExecutions = 9;
        }
      },
    })],
  ])('%s', (_, change) => {
    expect(problemsWith(change)).toEqual([
      '[Stack/Billing] provisionedConcurrency.maxCapacity is 10, but must be at most the reserved concurrency of handler \'Stack/Handler\' (9): raise that or lower maxCapacity',
    ]);
  });

  test('must do for all aliases of the function together, and is reported by the one that is too many', () => {
    expect(problemsWith((fn, stack) => {
      const { handler } = stack.node.findChild('Billing') as CanaryFunction;
      new CanaryFunction(stack, 'Test', { handler, aliasName: 'test', provisionedConcurrency: { maxCapacity: 10 } });
      fn.addPropertyOverride('ReservedConcurrentExecutions', 19);
    })).toEqual([
      '[Stack/Test] provisionedConcurrency.maxCapacity is 10, 20 together with other aliases, but must be at most the reserved concurrency of handler \'Stack/Handler\' (19): raise that or lower maxCapacity',
    ]);
  });

  test('may be anything without provisioned concurrency', () => {
    const stack = newStack();
    make(stack, { provisionedConcurrency: undefined, handler: handlerIn(stack, { reservedConcurrentExecutions: 0 }, 'Paused') });
    expect(problemsAtSynthesis(stack)).toEqual([]);
  });
});

describe('the alarms of the deployment group', () => {
  const alarmsIn = (stack: Stack, count: number) => Array.from({ length: count }, (_, index) => cloudwatch.Alarm.fromAlarmName(stack, `Given${index}`, `given-${index}`));

  test('are at most ten, those that are added included', () => {
    const problemsWith = (count: number) => {
      const stack = newStack();
      const { deploymentGroup } = make(stack);
      alarmsIn(stack, count).forEach((alarm) => deploymentGroup.addAlarm(alarm));
      return problemsAtSynthesis(stack);
    };
    expect(problemsWith(7)).toEqual([]);
    expect(problemsWith(8)).toEqual([expect.stringMatching(
      /^\[Stack\/Billing\] the deployment group has 11 alarms \('Stack\/Billing\/NewVersionErrorsAlarm'.*'Stack\/Given0'.*'Stack\/Given7'\), but CodeDeploy takes 10: leave some out, or make one alarm on an expression of several metrics$/,
    )]);
  });

  test('are added once', () => {
    const stack = newStack();
    const { deploymentGroup } = make(stack);
    const [alarm] = alarmsIn(stack, 1) as [cloudwatch.IAlarm];
    deploymentGroup.addAlarm(alarm);
    deploymentGroup.addAlarm(alarm);
    expect(problemsAtSynthesis(stack)).toEqual(['[Stack/Billing] the deployment group has \'Stack/Given0\' more than once, but CodeDeploy takes each alarm once: leave the others out']);
  });

  test.each([
    ['arn:aws:cloudwatch:us-east-1:111122223333:alarm:orders', 'region us-east-1 rather than eu-west-1'],
    ['arn:aws:cloudwatch:eu-west-1:444455556666:alarm:orders', 'account 444455556666 rather than 111122223333'],
  ])('are in this account and region: %s', (arn, where) => {
    const stack = new Stack(new App(), 'Stack', { env: { account: '111122223333', region: 'eu-west-1' } });
    make(stack).deploymentGroup.addAlarm(cloudwatch.Alarm.fromAlarmArn(stack, 'Given', arn));
    expect(problemsAtSynthesis(stack)).toEqual([
      `[Stack/Billing] rollback alarm 'Stack/Given' is in ${where}, but CodeDeploy finds only alarms of the account and region of the deployment group: give alarms of that account and region`,
    ]);
  });

  test('are those of its resource, whoever added them', () => {
    const stack = newStack();
    const canary = make(stack);
    const { newVersionErrors, newVersionErrorRate, newVersionDuration } = canary.alarms;
    const own = [newVersionErrors, newVersionErrorRate, newVersionDuration].map((alarm) => ({ Name: alarm!.alarmName }));
    const added = Array.from({ length: 8 }, (_, index) => ({ Name: `added-${index}` }));
    RESOURCES.group(canary).addPropertyOverride('AlarmConfiguration.Alarms', [...own, ...added]);
    expect(problemsAtSynthesis(stack)).toEqual([expect.stringMatching(/the deployment group has 11 alarms \('Stack\/Billing\/NewVersionErrorsAlarm', .*'added-0', .*'added-7'\), but/)]);
  });

  test('are missed once where somebody takes them out', () => {
    const stack = newStack();
    RESOURCES.group(make(stack)).addPropertyDeletionOverride('AlarmConfiguration');
    expect(problemsAtSynthesis(stack).filter((problem) => !/(Alarms|Enabled) of .* was taken out/.test(problem))).toEqual([]);
  });
});

describe('a deployment configuration that is changed afterwards', () => {
  test('from all at once to steps, needs alarms', () => {
    const stack = newStack();
    const deploymentConfig = new codedeploy.LambdaDeploymentConfig(stack, 'Config', { trafficRouting: codedeploy.TrafficRouting.allAtOnce() });
    make(stack, { deploymentConfig });
    (deploymentConfig.node.defaultChild as codedeploy.CfnDeploymentConfig).trafficRoutingConfig = { type: 'TimeBasedCanary', timeBasedCanary: { canaryInterval: 5, canaryPercentage: 10 } };
    expect(problemsAtSynthesis(stack)).toEqual([expect.stringMatching(/^\[Stack\/Billing\] alarms\.newVersionErrors, .* so that nothing would stop a version that fails/)]);
  });

  test('to a shorter shift, is warned of', () => {
    const stack = newStack();
    const { handler } = make(stack);
    (handler.node.defaultChild as lambda.CfnFunction).timeout = 181;
    expect(problemsAtSynthesis(stack)).toEqual([]);
    Annotations.fromStack(stack).hasWarning('/Stack/Billing', Match.stringLikeRegexp('may run for 181 seconds, but traffic goes to both versions for 300 seconds'));
  });
});
