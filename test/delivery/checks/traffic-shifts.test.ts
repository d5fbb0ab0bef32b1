import type { Changeable, Resources } from './check-defects';
import { checkDefects, found, problemsIn } from './check-defects';

const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:on-call';

const alarm = (metric: string, dimensions: Record<string, unknown>): Changeable => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    Namespace: 'AWS/Lambda',
    MetricName: metric,
    Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 0,
    Statistic: 'Sum',
    TreatMissingData: 'notBreaching',
    AlarmActions: [TOPIC],
  },
});

const RESOURCE = { 'Fn::Sub': '${Handler}:live' };

/** A function whose new versions get their traffic step by step, and a state machine, too. */
const clean = (): Resources => ({
  Handler: { Type: 'AWS::Lambda::Function', Properties: { Timeout: 30, ReservedConcurrentExecutions: 10, Role: 'arn:aws:iam::111122223333:role/Handler' } },
  Hook: { Type: 'AWS::Lambda::Function', Properties: { Timeout: 30, Role: 'arn:aws:iam::111122223333:role/Handler' } },
  Version: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Handler' } } },
  Alias: {
    Type: 'AWS::Lambda::Alias',
    Properties: {
      FunctionName: { Ref: 'Handler' }, FunctionVersion: { 'Fn::GetAtt': ['Version', 'Version'] }, Name: 'live', ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 4 },
    },
    UpdatePolicy: {
      CodeDeployLambdaAliasUpdate: { ApplicationName: { Ref: 'Application' }, DeploymentGroupName: { Ref: 'Group' }, BeforeAllowTrafficHook: { Ref: 'Hook' }, AfterAllowTrafficHook: { Ref: 'Hook' } },
    },
  },
  Tested: {
    Type: 'AWS::Lambda::Alias',
    Properties: {
      FunctionName: { Ref: 'Handler' }, FunctionVersion: { 'Fn::GetAtt': ['Version', 'Version'] }, Name: 'tested', ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 6 },
    },
  },
  Application: { Type: 'AWS::CodeDeploy::Application', Properties: { ComputePlatform: 'Lambda' } },
  Group: {
    Type: 'AWS::CodeDeploy::DeploymentGroup',
    Properties: {
      ApplicationName: { Ref: 'Application' },
      DeploymentConfigName: 'CodeDeployDefault.LambdaCanary10Percent5Minutes',
      AlarmConfiguration: { Enabled: true, Alarms: [{ Name: { Ref: 'NewVersionErrors' } }, { Name: { Ref: 'AliasErrors' } }] },
    },
  },
  NewVersionErrors: alarm('Errors', { FunctionName: { Ref: 'Handler' }, Resource: RESOURCE, ExecutedVersion: { 'Fn::GetAtt': ['Version', 'Version'] } }),
  AliasErrors: alarm('Errors', { FunctionName: { Ref: 'Handler' }, Resource: RESOURCE }),
  MachineAlias: {
    Type: 'AWS::StepFunctions::StateMachineAlias',
    Properties: {
      DeploymentPreference: { StateMachineVersionArn: 'arn:aws:states:eu-west-1:111122223333:stateMachine:machine:1', Type: 'CANARY', Percentage: 10, Interval: 10, Alarms: [{ Ref: 'AliasErrors' }] },
    },
  },
});

const group = ({ Group }: Resources): Changeable => Group!.Properties;
const config = (resources: Resources, routing: object): void => {
  resources.Config = { Type: 'AWS::CodeDeploy::DeploymentConfig', Properties: { ComputePlatform: 'Lambda', TrafficRoutingConfig: routing } };
  group(resources).DeploymentConfigName = { Ref: 'Config' };
};
const preference = ({ MachineAlias }: Resources): Changeable => MachineAlias!.Properties.DeploymentPreference;
const withoutAlarms = (resources: Resources): void => { delete group(resources).AlarmConfiguration; };

checkDefects(clean, {
  shiftWithoutAlarms: {
    breaks: {
      'a deployment group without alarms': withoutAlarms,
      'an empty list of alarms': (resources) => { group(resources).AlarmConfiguration.Alarms = []; },
      'a linear shift without alarms': (resources) => { withoutAlarms(resources); group(resources).DeploymentConfigName = 'CodeDeployDefault.LambdaLinear10PercentEvery1Minute'; },
      'a configuration of the app': (resources) => { withoutAlarms(resources); config(resources, { Type: 'TimeBasedCanary', TimeBasedCanary: { CanaryInterval: 5, CanaryPercentage: 10 } }); },
      'a group by its name': (resources) => {
        withoutAlarms(resources);
        group(resources).DeploymentGroupName = 'handler';
        resources.Alias!.UpdatePolicy.CodeDeployLambdaAliasUpdate.DeploymentGroupName = 'handler';
      },
      'a state machine without alarms': (resources) => { delete preference(resources).Alarms; },
      'a linear shift of a state machine': (resources) => { delete preference(resources).Alarms; preference(resources).Type = 'LINEAR'; },
    },
    keeps: {
      'all at once': (resources) => { withoutAlarms(resources); group(resources).DeploymentConfigName = 'CodeDeployDefault.LambdaAllAtOnce'; },
      'all at once by a configuration of the app': (resources) => { withoutAlarms(resources); config(resources, { Type: 'AllAtOnce' }); },
      'a configuration of another app': (resources) => { withoutAlarms(resources); group(resources).DeploymentConfigName = 'ours'; },
      'alarms that only the deployment knows': (resources) => { group(resources).AlarmConfiguration = { Ref: 'Alarms' }; },
      'a group that shifts no alias': (resources) => { withoutAlarms(resources); delete resources.Alias!.UpdatePolicy; },
      'a state machine at once': (resources) => { delete preference(resources).Alarms; preference(resources).Type = 'ALL_AT_ONCE'; },
      'a state machine without a preference': ({ MachineAlias }) => { MachineAlias!.Properties = { RoutingConfiguration: [] }; },
    },
  },
  shiftAlarmsDisabled: { breaks: { 'disabled alarms': (resources) => { group(resources).AlarmConfiguration.Enabled = false; } } },
  shiftAlarmNamedByArn: {
    breaks: {
      'the ARN of an alarm': (resources) => { preference(resources).Alarms = [{ 'Fn::GetAtt': ['AliasErrors', 'Arn'] }]; },
      'the ARN of an alarm in a group': (resources) => { group(resources).AlarmConfiguration.Alarms[1].Name = { 'Fn::GetAtt': ['AliasErrors', 'Arn'] }; },
    },
  },
  shiftAlarmsOfAliasOnly: {
    breaks: { 'an alarm on the alias alone': (resources) => { group(resources).AlarmConfiguration.Alarms.shift(); } },
    keeps: {
      'an alarm of another app': (resources) => { group(resources).AlarmConfiguration.Alarms[0].Name = 'other'; },
      'alarms that have nothing to do with the function': (resources) => {
        group(resources).AlarmConfiguration.Alarms.shift();
        resources.AliasErrors!.Properties.Dimensions = [{ Name: 'FunctionName', Value: { Ref: 'Hook' } }];
      },
      'alarms on other metrics': (resources) => {
        group(resources).AlarmConfiguration.Alarms.shift();
        Object.assign(resources.AliasErrors!.Properties, { Namespace: 'Shop' });
      },
      'a metric that only the deployment knows': (resources) => { group(resources).AlarmConfiguration.Alarms.shift(); resources.AliasErrors!.Properties.Dimensions = { Ref: 'Dimensions' }; },
      'metrics that only the deployment knows': (resources) => {
        group(resources).AlarmConfiguration.Alarms.shift();
        resources.AliasErrors!.Properties = { Metrics: { Ref: 'Metrics' }, AlarmActions: [TOPIC] };
        resources.More = alarm('Errors', { FunctionName: { Ref: 'Handler' } });
        group(resources).AlarmConfiguration.Alarms.push({ Name: { Ref: 'More' } });
      },
    },
  },
  shiftShorterThanTimeout: {
    breaks: {
      'a timeout as long as the shift': ({ Handler }) => { Handler!.Properties.Timeout = 181; },
      'a linear shift of the app': (resources) => { config(resources, { Type: 'TimeBasedLinear', TimeBasedLinear: { LinearInterval: 1, LinearPercentage: 40 } }); },
    },
    keeps: { 'a linear shift that is just long enough': (resources) => { config(resources, { Type: 'TimeBasedLinear', TimeBasedLinear: { LinearInterval: 1, LinearPercentage: 30 } }); } },
  },
  rollbackAlarmsRepeated: { breaks: { 'an alarm twice': (resources) => { group(resources).AlarmConfiguration.Alarms.push({ Name: { Ref: 'AliasErrors' } }); } } },
  rollbackAlarmsTooMany: {
    breaks: { 'eleven alarms': (resources) => { group(resources).AlarmConfiguration.Alarms.push(...Array.from({ length: 9 }, (_, index) => ({ Name: `alarm${index}` }))); } },
    keeps: { 'ten alarms': (resources) => { group(resources).AlarmConfiguration.Alarms.push(...Array.from({ length: 8 }, (_, index) => ({ Name: `alarm${index}` }))); } },
  },
  compositeRollbackAlarm: {
    breaks: {
      'a composite alarm': (resources) => {
        resources.Composite = { Type: 'AWS::CloudWatch::CompositeAlarm', Properties: { AlarmRule: 'TRUE', AlarmActions: [TOPIC] } };
        group(resources).AlarmConfiguration.Alarms.push({ Name: { Ref: 'Composite' } });
      },
    },
  },
  hookRefused: {
    breaks: {
      'a durable function before': ({ Hook }) => { Hook!.Properties.DurableConfig = { ExecutionTimeout: 60 }; },
      'a function with tenants after': ({ Alias, Hook }) => { Hook!.Properties.TenancyConfig = {}; delete Alias!.UpdatePolicy.CodeDeployLambdaAliasUpdate.BeforeAllowTrafficHook; },
    },
    keeps: { 'a function of another app': ({ Alias }) => { Alias!.UpdatePolicy.CodeDeployLambdaAliasUpdate.BeforeAllowTrafficHook = 'hook'; } },
  },
  provisionedConcurrencyAboveReserved: {
    breaks: {
      'more than is reserved': ({ Tested }) => { Tested!.Properties.ProvisionedConcurrencyConfig.ProvisionedConcurrentExecutions = 7; },
      'a paused function': ({ Handler }) => { Handler!.Properties.ReservedConcurrentExecutions = 0; },
    },
    keeps: {
      'one that only the deployment knows': ({ Tested }) => { Tested!.Properties.ProvisionedConcurrencyConfig.ProvisionedConcurrentExecutions = { Ref: 'Count' }; },
      'none': ({ Tested }) => { delete Tested!.Properties.ProvisionedConcurrencyConfig; },
    },
  },
  provisionedConcurrencyWithSnapStart: { breaks: { SnapStart: ({ Handler }) => { Handler!.Properties.SnapStart = { ApplyOn: 'PublishedVersions' }; } }, keeps: { none: ({ Handler }) => { Handler!.Properties.SnapStart = { ApplyOn: 'None' }; } } },
  provisionedConcurrencyWithTenantIsolation: { breaks: { 'tenant isolation': ({ Handler }) => { Handler!.Properties.TenancyConfig = { TenantIsolationMode: 'PER_TENANT' }; } } },
});

test('a value of a template is called by its property', () => {
  const resources = clean();
  resources.Handler!.Properties.ReservedConcurrentExecutions = 9;
  expect(problemsIn([{ stack: 'S', template: { Resources: resources } }]).map(({ what, fix }) => [what, fix])).toEqual([[
    'ProvisionedConcurrencyConfig.ProvisionedConcurrentExecutions is 6, 10 together with other aliases, but must be at most the reserved concurrency of handler \'S/Handler\' (9)',
    'raise that or lower ProvisionedConcurrencyConfig.ProvisionedConcurrentExecutions',
  ]]);
});

test('alarms and hooks of another region are not found by CodeDeploy', () => {
  const { Handler, Version, Alias, Application, Group, NewVersionErrors, AliasErrors, ...rest } = clean();
  Group!.Properties.AlarmConfiguration.Alarms.push({ Name: 'away' });
  rest.Hook!.Properties.FunctionName = 'hook';
  Object.assign(Alias!.UpdatePolicy.CodeDeployLambdaAliasUpdate, { BeforeAllowTrafficHook: 'hook', AfterAllowTrafficHook: 'hook' });
  const Away = { ...alarm('Errors', { FunctionName: 'other' }) };
  Away.Properties = { ...Away.Properties, AlarmName: 'away', AlarmActions: [TOPIC.replace('eu-west-1', 'us-east-1')] };
  const problems = problemsIn([
    { stack: 'Here', region: 'eu-west-1', template: { Resources: { Handler, Version, Alias, Application, Group, NewVersionErrors, AliasErrors } } },
    { stack: 'Away', region: 'us-east-1', template: { Resources: { Away, Hook: rest.Hook } } },
  ]);
  expect(problems.map(({ id, at }) => `${id} at ${at.logicalId}`)).toEqual(['preHookElsewhere at Group', 'postHookElsewhere at Group', 'rollbackAlarmsElsewhere at Group']);
});

test.each<[string, object | undefined, number, string[]]>([
  ['none is as if it were 0', undefined, 10, []],
  ['none is as if it were 0, so that one more is too much', undefined, 11, ['provisionedConcurrencyAboveReserved at Tested']],
  ['one that only the deployment knows is as if it were 0', { ProvisionedConcurrentExecutions: { Ref: 'Count' } }, 11, ['provisionedConcurrencyAboveReserved at Tested']],
])('provisioned concurrency of another alias: %s', (_, ProvisionedConcurrencyConfig, ProvisionedConcurrentExecutions, expected) => {
  const resources = clean();
  Object.assign(resources.Alias!.Properties, { ProvisionedConcurrencyConfig });
  resources.Tested!.Properties.ProvisionedConcurrencyConfig = { ProvisionedConcurrentExecutions };
  expect(found(resources)).toEqual(expected);
});

test('no alias is of two functions', () => {
  const resources = clean();
  resources.Tested!.Properties.FunctionName = { Ref: 'Hook' };
  resources.Handler!.Properties.ReservedConcurrentExecutions = 4;
  resources.Hook!.Properties.ReservedConcurrentExecutions = 6;
  expect(found(resources)).toEqual([]);
});
