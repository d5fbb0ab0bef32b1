import type { Stack } from 'aws-cdk-lib';
import { Duration, NestedStack, RemovalPolicy } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { CanaryFunctionProps } from '../../src';
import { CanaryFunction, QueueFedFunction } from '../../src';
import { attribute, handlerIn, newStack, ref, resourceOf, resourcesOf } from '../messaging/fixtures';

/** A stack with one canary, 'Billing', of a function 'Handler' with a timeout of 10 seconds. */
function make(props: Partial<CanaryFunctionProps> | ((stack: Stack) => Partial<CanaryFunctionProps>) = {}) {
  const stack = newStack();
  const handler = handlerIn(stack);
  const canary = new CanaryFunction(stack, 'Billing', { handler, ...(typeof props === 'function' ? props(stack) : props) });
  return { stack, handler, canary };
}

const GROUP = 'AWS::CodeDeploy::DeploymentGroup';

describe('the alias', () => {
  test('is called live', () => {
    Template.fromStack(make().stack).hasResourceProperties('AWS::Lambda::Alias', { Name: 'live', FunctionName: ref('Handler') });
  });

  test('points to the version of today', () => {
    const { stack } = make();
    const [version = ''] = Object.keys(resourcesOf(stack, 'AWS::Lambda::Version'));
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Alias', { FunctionVersion: { 'Fn::GetAtt': [version, 'Version'] } });
  });

  test('is moved by CodeDeploy', () => {
    const { UpdatePolicy } = resourceOf(make().stack, 'AWS::Lambda::Alias') as unknown as { UpdatePolicy: object };
    expect(UpdatePolicy).toEqual({
      CodeDeployLambdaAliasUpdate: {
        ApplicationName: { Ref: expect.stringMatching(/^BillingDeploymentGroupApplication/) },
        DeploymentGroupName: { Ref: expect.stringMatching(/^BillingDeploymentGroup/) },
      },
    });
  });

  test('waits for the right of CodeDeploy to call the hooks', () => {
    const { stack } = make((scope) => ({ preHook: handlerIn(scope, {}, 'Before') }));
    expect(resourceOf(stack, 'AWS::Lambda::Alias').DependsOn).toContainEqual(expect.stringMatching(/^BillingDeploymentGroupServiceRoleDefaultPolicy[0-9A-F]{8}$/));
  });

  test('has no provisioned concurrency', () => {
    const { stack, canary } = make();
    expect(canary.scaling).toBeUndefined();
    Template.fromStack(stack).resourceCountIs('AWS::ApplicationAutoScaling::ScalableTarget', 0);
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Alias', { ProvisionedConcurrencyConfig: Match.absent() });
  });

  test('can be the handler of another pattern', () => {
    const { stack, canary } = make();
    const consumer = new QueueFedFunction(stack, 'Orders', { handler: canary.alias });
    const template = Template.fromStack(stack);
    const { FunctionName } = resourceOf(stack, 'AWS::Lambda::EventSourceMapping').Properties;
    expect(JSON.stringify(FunctionName)).toMatch(/\{"Ref":"BillingAlias[0-9A-F]{8}"\}.*:live/);
    // The timeout of the function behind it counts.
    template.hasResourceProperties('AWS::SQS::Queue', { VisibilityTimeout: 60 });
    expect(consumer.allAlarms).toHaveLength(6);
  });

  test('keeps its id, and those of group and alarms, when the code changes', () => {
    const idsFor = (code: string) => {
      const stack = newStack();
      new CanaryFunction(stack, 'Billing', { handler: handlerIn(stack, { code: lambda.Code.fromInline(code) }) });
      return Object.keys(Template.fromStack(stack).toJSON().Resources as object);
    };
    const [before, after] = [idsFor('1'), idsFor('2')];
    expect(after.filter((id) => !before.includes(id))).toEqual([expect.stringMatching(/^HandlerCurrentVersion/)]);
    expect(before.length).toBe(after.length);
  });
});

describe('a plain function that becomes a canary', () => {
  const templateWith = (change: (stack: Stack, handler: lambda.Function) => lambda.IFunction) => {
    const stack = newStack();
    const handler = handlerIn(stack);
    new QueueFedFunction(stack, 'Orders', { handler: change(stack, handler) });
    return Template.fromStack(stack).toJSON() as { Resources: Record<string, { Type: string; Properties: object }> };
  };
  const before = templateWith((_, handler) => handler);
  const made = templateWith((stack, handler) => {
    new CanaryFunction(stack, 'Billing', { handler });
    return handler;
  });
  const moved = templateWith((stack, handler) => new CanaryFunction(stack, 'Billing', { handler }).alias);

  const ids = Object.keys(before.Resources);

  test('stays as it is, and so does whoever invokes it', () => {
    expect(Object.fromEntries(ids.map((id) => [id, made.Resources[id]]))).toEqual(before.Resources);
  });

  test('keeps what feeds it when that moves to the alias', () => {
    const changed = ids.filter((id) => JSON.stringify(moved.Resources[id]) !== JSON.stringify(before.Resources[id]));
    expect(changed.map((id) => before.Resources[id]!.Type)).toEqual(['AWS::Lambda::EventSourceMapping']);
    const [mapping] = changed;
    const propertiesIn = ({ Resources }: typeof before) => ({ ...Resources[mapping!]!.Properties, FunctionName: undefined });
    expect(propertiesIn(moved)).toEqual(propertiesIn(before));
  });
});

test('a canary in a nested stack can be the handler in its parent', () => {
  const parent = newStack();
  const nested = new NestedStack(parent, 'Nested');
  const canary = new CanaryFunction(nested, 'Billing', { handler: handlerIn(nested) });
  new QueueFedFunction(parent, 'Orders', { handler: canary.alias });
  const { FunctionName } = resourceOf(parent, 'AWS::Lambda::EventSourceMapping').Properties;
  expect(JSON.stringify(FunctionName)).toMatch(/NestedNestedStack.*Outputs\..*BillingAlias/);
});

test('versions have the key of their function\'s environment', () => {
  const keyed = () => {
    const stack = newStack();
    const environmentEncryption = new kms.Key(stack, 'Key');
    const handler = handlerIn(stack, { environment: { NAME: 'value' }, environmentEncryption });
    return { stack, handler };
  };
  const [plain, { stack, handler }] = [keyed(), keyed()];
  new CanaryFunction(stack, 'Billing', { handler });
  Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', { KmsKeyArn: attribute('Key', 'Arn') });
  // A version is published from the function as it is then, and runs as its role: nothing more is granted.
  expect(resourceOf(stack, 'AWS::KMS::Key')).toEqual(resourceOf(plain.stack, 'AWS::KMS::Key'));
});

describe('a version', () => {
  test('is kept when a newer one takes its place, and goes when its deployment failed', () => {
    const { DeletionPolicy, UpdateReplacePolicy } = resourceOf(make().stack, 'AWS::Lambda::Version');
    expect({ DeletionPolicy, UpdateReplacePolicy }).toEqual({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
  });

  test('may go', () => {
    expect(resourceOf(make({ versionRemovalPolicy: RemovalPolicy.DESTROY }).stack, 'AWS::Lambda::Version').DeletionPolicy).toBe('Delete');
  });
});

describe('a deployment', () => {
  test('gives the new version 10 % for 5 minutes', () => {
    Template.fromStack(make().stack).hasResourceProperties(GROUP, { DeploymentConfigName: 'CodeDeployDefault.LambdaCanary10Percent5Minutes' });
  });

  test('can be of any style', () => {
    const { stack } = make({ deploymentConfig: codedeploy.LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_1MINUTE });
    Template.fromStack(stack).hasResourceProperties(GROUP, { DeploymentConfigName: 'CodeDeployDefault.LambdaLinear10PercentEvery1Minute' });
  });

  test('can be of a style of one\'s own', () => {
    const { stack } = make((scope) => ({
      deploymentConfig: new codedeploy.LambdaDeploymentConfig(scope, 'Quick', {
        trafficRouting: codedeploy.TrafficRouting.timeBasedCanary({ interval: Duration.minutes(1), percentage: 50 }),
      }),
    }));
    Template.fromStack(stack).hasResourceProperties(GROUP, { DeploymentConfigName: ref('Quick'), AlarmConfiguration: { Enabled: true } });
  });

  test('is rolled back when it fails, when it is stopped and when an alarm fires', () => {
    Template.fromStack(make().stack).hasResourceProperties(GROUP, {
      AutoRollbackConfiguration: { Enabled: true, Events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_REQUEST', 'DEPLOYMENT_STOP_ON_ALARM'] },
    });
  });

  test('is stopped by the alarms on the new version and by no others', () => {
    Template.fromStack(make().stack).hasResourceProperties(GROUP, {
      AlarmConfiguration: {
        Enabled: true,
        Alarms: ['NewVersionErrorsAlarm', 'NewVersionErrorRateAlarm', 'NewVersionDurationAlarm'].map((id) => ({ Name: ref(`Billing${id}`) })),
      },
    });
  });

  test('is stopped by alarms that are given, too', () => {
    const { stack } = make((scope) => ({ rollbackAlarms: [handlerIn(scope, {}, 'Other').metricErrors().createAlarm(scope, 'Given', { threshold: 1, evaluationPeriods: 1 })] }));
    const { Alarms } = resourceOf(stack, GROUP).Properties.AlarmConfiguration as { Alarms: object[] };
    expect(Alarms).toHaveLength(4);
    expect(Alarms).toContainEqual({ Name: { Ref: expect.stringMatching(/^Given/) } });
  });

  test('goes on whatever alarms fire, if so stated', () => {
    Template.fromStack(make({ ignoreAlarms: true }).stack).hasResourceProperties(GROUP, { AlarmConfiguration: { Enabled: false } });
  });

  test('all at once has nothing that an alarm could stop', () => {
    const { stack, canary } = make({ deploymentConfig: codedeploy.LambdaDeploymentConfig.ALL_AT_ONCE });
    Template.fromStack(stack).hasResourceProperties(GROUP, {
      // Left out, the alarms of an earlier deployment would stay.
      AlarmConfiguration: { Enabled: false, Alarms: Match.absent() },
      AutoRollbackConfiguration: { Events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_REQUEST'] },
    });
    expect(canary.allAlarms.map(({ node }) => node.id)).toEqual(['ErrorsAlarm', 'DurationAlarm']);
  });

  test('all at once is rolled back by an alarm that is added later', () => {
    const { stack, canary } = make({ deploymentConfig: codedeploy.LambdaDeploymentConfig.ALL_AT_ONCE });
    canary.deploymentGroup.addAlarm(handlerIn(stack, {}, 'Other').metricErrors().createAlarm(stack, 'Given', { threshold: 1, evaluationPeriods: 1 }));
    Template.fromStack(stack).hasResourceProperties(GROUP, {
      AlarmConfiguration: { Enabled: true },
      AutoRollbackConfiguration: { Events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_REQUEST', 'DEPLOYMENT_STOP_ON_ALARM'] },
    });
  });

  test('calls the hooks, which may report', () => {
    const { stack } = make((scope) => ({ preHook: handlerIn(scope, {}, 'Before'), postHook: handlerIn(scope, {}, 'After') }));
    const { UpdatePolicy } = resourceOf(stack, 'AWS::Lambda::Alias') as unknown as { UpdatePolicy: { CodeDeployLambdaAliasUpdate: object } };
    expect(UpdatePolicy.CodeDeployLambdaAliasUpdate).toMatchObject({
      BeforeAllowTrafficHook: { Ref: expect.stringMatching(/^Before/) },
      AfterAllowTrafficHook: { Ref: expect.stringMatching(/^After/) },
    });
    const template = Template.fromStack(stack);
    for (const hook of ['Before', 'After']) {
      template.hasResourceProperties('AWS::IAM::Policy', {
        Roles: [ref(`${hook}ServiceRole`)],
        PolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'codedeploy:PutLifecycleEventHookExecutionStatus', Resource: groupArn() }] },
      });
      template.hasResourceProperties('AWS::IAM::Policy', {
        Roles: [ref('BillingDeploymentGroupServiceRole')],
        PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: 'lambda:InvokeFunction', Resource: [attribute(hook), { 'Fn::Join': ['', [attribute(hook), ':*']] }] })]) },
      });
    }
  });
});

describe('provisioned concurrency', () => {
  test('follows its use, on the alias', () => {
    const { stack, canary } = make({ provisionedConcurrency: { maxCapacity: 20 } });
    expect(canary.scaling).toBeDefined();
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', {
      MinCapacity: 1,
      MaxCapacity: 20,
      ScalableDimension: 'lambda:function:ProvisionedConcurrency',
      ResourceId: { 'Fn::Join': ['', ['function:', { 'Fn::Select': [6, { 'Fn::Split': [':', ref('BillingAlias')] }] }, ':live']] },
    });
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration: { TargetValue: 0.7, PredefinedMetricSpecification: { PredefinedMetricType: 'LambdaProvisionedConcurrencyUtilization' } },
    });
  });

  test('takes its own limits', () => {
    const template = Template.fromStack(make({ provisionedConcurrency: { minCapacity: 5, maxCapacity: 20, utilizationTarget: 0.5 } }).stack);
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { MinCapacity: 5 });
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', { TargetTrackingScalingPolicyConfiguration: { TargetValue: 0.5 } });
  });
});

test('groups, applications and versions have no names of their own', () => {
  const names = ['ApplicationName', 'DeploymentGroupName'];
  const { stack } = make();
  expect(names.filter((name) => resourceOf(stack, 'AWS::CodeDeploy::Application').Properties[name] !== undefined)).toEqual([]);
  expect(resourceOf(stack, GROUP).Properties.DeploymentGroupName).toBeUndefined();
});

function groupArn(): object {
  return {
    'Fn::Join': ['', [
      'arn:', { Ref: 'AWS::Partition' }, ':codedeploy:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':deploymentgroup:',
      ref('BillingDeploymentGroupApplication'), '/', ref('BillingDeploymentGroup'),
    ]],
  };
}
