import type { CfnResource } from 'aws-cdk-lib';
import { Annotations, CfnDeletionPolicy, FeatureFlags, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import { LAMBDA_RECOGNIZE_VERSION_PROPS } from 'aws-cdk-lib/cx-api';
import type { IConstruct } from 'constructs';
import type { CanaryFunction, CanaryFunctionProps } from './canary-function';
import {
  aliasesCalled, aliasNameOf, alarmsElsewhere, COMBINE, deploymentConfigOf, exclusions, fitInto, MOST_ROLLBACK_ALARMS, versionRemovalPolicyOf,
} from './canary-function.rules';
import { resourcesOfFunctionInValidation } from './private/function-resources';
import { unpublishedChanges, unversionedCode } from './private/published-version';
import { HOOK_POLICIES } from './private/release-hook';
import { listed } from '../private/alarms/alarm-table';
import { resourcesIn } from '../private/app/references';
import { definitionOf, renderedResource } from '../private/app/rendered-resource';
import { resourcesBelow } from '../private/app/resources-below';
import type { DerivedValue } from '../private/checks/derived-values';
import { byProp, changedValues, hasAll, valuesIn } from '../private/checks/derived-values';
import { allowsAll } from '../private/iam/policy-statements';
import { madeRole, trustValues } from '../private/iam/role-promises';

/** Errors for everything that breaks what a canary guarantees; adds warnings. */
export function checkAtSynthesis(canary: CanaryFunction, props: CanaryFunctionProps): string[] {
  warnAtSynthesis(canary, props);
  return [
    ...changedValues(derivedValues(canary, props)),
    ...unpublishedChanges(canary.version),
    ...otherAliases(canary, props),
    ...groupAlarmProblems(canary),
    ...concurrencyProblems(canary, props),
    ...(props.provisionedConcurrency ? exclusions(resource(canary.handler)) : []),
  ];
}

function derivedValues(canary: CanaryFunction, props: CanaryFunctionProps): DerivedValue[] {
  return [
    ...versionValues(canary, props),
    ...aliasValues(canary, props),
    ...groupValues(canary, props),
    ...roleValues(canary.deploymentGroup.role),
    ...hookValues(canary, props),
    ...scalingValues(canary, props),
  ];
}

const stated = byProp('CanaryFunction');

function versionValues({ version, handler }: CanaryFunction, props: CanaryFunctionProps): DerivedValue[] {
  const { deletion, replacement } = removalAttributes(versionRemovalPolicyOf(props));
  const orDeleted = (found: unknown, value: unknown) => found === value || found === CfnDeletionPolicy.DELETE;
  return valuesIn(resource(version), {
    'Properties.FunctionName': [handler.functionName, 'give another handler'],
    'Properties.ProvisionedConcurrencyConfig': [undefined, stated('provisionedConcurrency')],
    'DeletionPolicy': [deletion, stated('versionRemovalPolicy'), orDeleted],
    'UpdateReplacePolicy': [replacement, stated('versionRemovalPolicy'), orDeleted],
  });
}

const BY_CODEDEPLOY = `CodeDeploy alone moves the alias; ${stated('deploymentConfig')}`;

function aliasValues({ alias, version, handler, deploymentGroup }: CanaryFunction, props: CanaryFunctionProps): DerivedValue[] {
  const { preHook, postHook } = props;
  const update = 'UpdatePolicy.CodeDeployLambdaAliasUpdate';
  return valuesIn(resource(alias), {
    'Properties.Name': [aliasNameOf(props), stated('aliasName')],
    'Properties.FunctionName': [handler.functionName, 'give another handler'],
    'Properties.FunctionVersion': [version.version, 'point the alias to another version by hand, as the runbook says'],
    'Properties.RoutingConfig': [undefined, BY_CODEDEPLOY],
    'Properties.ProvisionedConcurrencyConfig': [undefined, stated('provisionedConcurrency')],
    [`${update}.ApplicationName`]: [deploymentGroup.application.applicationName, BY_CODEDEPLOY],
    [`${update}.DeploymentGroupName`]: [deploymentGroup.deploymentGroupName, BY_CODEDEPLOY],
    ...(preHook ? { [`${update}.BeforeAllowTrafficHook`]: [preHook.functionName, stated('preHook')] } : {}),
    ...(postHook ? { [`${update}.AfterAllowTrafficHook`]: [postHook.functionName, stated('postHook')] } : {}),
  });
}

function groupValues({ deploymentGroup, alarms }: CanaryFunction, props: CanaryFunctionProps): DerivedValue[] {
  const { newVersionErrors, newVersionErrorRate, newVersionDuration } = alarms;
  const { application, role } = deploymentGroup;
  const group = resource(deploymentGroup);
  const stopping = [...listed({ newVersionErrors, newVersionErrorRate, newVersionDuration }), ...props.rollbackAlarms ?? []];
  const hasAlarms = listIn(group, 'AlarmConfiguration', 'Alarms').length > 0;
  const rollback = `${stated('ignoreAlarms')} for a deployment that alarms must not stop`;
  return [
    ...valuesIn(group, {
      'Properties.ApplicationName': [application.applicationName, BY_CODEDEPLOY],
      'Properties.ServiceRoleArn': [role.roleArn, 'change what that role may do'],
      'Properties.DeploymentConfigName': [deploymentConfigOf(props).deploymentConfigName, stated('deploymentConfig')],
      'Properties.DeploymentStyle': [{ DeploymentOption: 'WITH_TRAFFIC_CONTROL', DeploymentType: 'BLUE_GREEN' }, 'Lambda knows no other'],
      'Properties.AlarmConfiguration.Alarms': [
        stopping.map(({ alarmName }) => ({ Name: alarmName })),
        'switch alarms off by the prop alarms, and add some by rollbackAlarms or deploymentGroup.addAlarm',
        hasAll,
      ],
      'Properties.AlarmConfiguration.Enabled': [hasAlarms && props.ignoreAlarms !== true, stated('ignoreAlarms')],
      'Properties.AlarmConfiguration.IgnorePollAlarmFailure': [undefined, 'a deployment whose alarms cannot be seen must stop', (found) => found !== true],
      'Properties.AutoRollbackConfiguration.Enabled': [true, rollback],
      'Properties.AutoRollbackConfiguration.Events': [
        ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_REQUEST', ...(hasAlarms ? ['DEPLOYMENT_STOP_ON_ALARM'] : [])], rollback, hasAll,
      ],
    }),
    ...valuesIn(resource(application), { 'Properties.ComputePlatform': ['Lambda', 'the application deploys a Lambda function'] }),
  ];
}

function roleValues(role: iam.IRole): DerivedValue[] {
  const made = madeRole(role);
  const managed = iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSCodeDeployRoleForLambdaLimited');
  return made === undefined ? [] : [
    ...valuesIn(made, { 'Properties.ManagedPolicyArns': [[managed.managedPolicyArn], 'CodeDeploy needs this policy; add others to it', hasAll] }),
    ...trustValues(made, 'codedeploy.amazonaws.com', 'CodeDeploy'),
  ];
}

/** The permissions of CodeDeploy to invoke the hooks, and of the hooks to report. */
function hookValues(canary: CanaryFunction, { preHook, postHook }: CanaryFunctionProps): DerivedValue[] {
  const { deploymentGroup } = canary;
  const hooks = [preHook, postHook].filter((hook) => hook !== undefined);
  const reports = reporters(canary, { preHook, postHook }).flatMap(({ policy, role }) => valuesIn(policy, {
    'Properties.PolicyDocument.Statement': [[{ Action: REPORT, Effect: 'Allow', Resource: deploymentGroup.deploymentGroupArn }], MUST_REPORT, hasAll],
    'Properties.Roles': [[role.roleName], MUST_REPORT, hasAll],
  }));
  const invocation = { Action: 'lambda:InvokeFunction', Effect: 'Allow', Resource: hooks.map(({ functionArn }) => functionArn) };
  const invocations = hooks.length === 0 ? [] : resourcesBelow(deploymentGroup.role, 'AWS::IAM::Policy').flatMap((policy) => valuesIn(policy, {
    'Properties.PolicyDocument.Statement': [invocation, 'CodeDeploy invokes the hooks as this role', allowsAll],
  }));
  return [...reports, ...invocations];
}

const REPORT = 'codedeploy:PutLifecycleEventHookExecutionStatus';

const MUST_REPORT = 'a hook that may not report lets a deployment wait for an hour';

function scalingValues({ alias }: CanaryFunction, props: CanaryFunctionProps): DerivedValue[] {
  const { provisionedConcurrency: options } = props;
  const [target] = resourcesBelow(alias, 'AWS::ApplicationAutoScaling::ScalableTarget');
  const [policy] = resourcesBelow(alias, 'AWS::ApplicationAutoScaling::ScalingPolicy');
  // Taken from the alias, as in the CDK, so that the target depends on the alias.
  const functionName = Fn.select(6, Fn.split(':', alias.functionArn));
  return !options || !target || !policy ? [] : [
    ...valuesIn(target, {
      'Properties.MinCapacity': [options.minCapacity ?? 1, stated('provisionedConcurrency.minCapacity')],
      'Properties.MaxCapacity': [options.maxCapacity, stated('provisionedConcurrency.maxCapacity')],
      'Properties.ResourceId': [`function:${functionName}:${aliasNameOf(props)}`, 'give an alias of its own to what else is scaled'],
      'Properties.ScalableDimension': ['lambda:function:ProvisionedConcurrency', 'an alias scales in nothing else'],
      'Properties.ServiceNamespace': ['lambda', 'an alias is of Lambda'],
    }),
    ...valuesIn(policy, {
      'Properties.TargetTrackingScalingPolicyConfiguration.TargetValue': [options.utilizationTarget ?? 0.7, stated('provisionedConcurrency.utilizationTarget')],
    }),
  ];
}

function removalAttributes(policy: RemovalPolicy): { deletion: CfnDeletionPolicy; replacement: CfnDeletionPolicy } {
  switch (policy) {
    case RemovalPolicy.DESTROY:
      return { deletion: CfnDeletionPolicy.DELETE, replacement: CfnDeletionPolicy.DELETE };
    case RemovalPolicy.RETAIN:
      return { deletion: CfnDeletionPolicy.RETAIN, replacement: CfnDeletionPolicy.RETAIN };
    default:
      return { deletion: CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE, replacement: CfnDeletionPolicy.RETAIN };
  }
}

function otherAliases({ alias, handler }: CanaryFunction, props: CanaryFunctionProps): string[] {
  return aliasesCalled(aliasNameOf(props), handler, resourcesOfFunctionInValidation).filter((other) => other !== resource(alias)).map((other) => (
    `'${other.node.path}' makes another alias '${aliasNameOf(props)}' for handler '${handler.node.path}', which can have one of this name: use the alias of the CanaryFunction there, ` +
    'or state another aliasName'
  ));
}

/** Includes alarms that were added to the group later. */
function groupAlarmProblems(canary: CanaryFunction): string[] {
  const names = listIn(resource(canary.deploymentGroup), 'AlarmConfiguration', 'Alarms').map((alarm) => JSON.stringify((alarm as { Name?: unknown }).Name));
  const twice = [...new Set(names.filter((name, index) => names.indexOf(name) < index))];
  return [
    ...(names.length > MOST_ROLLBACK_ALARMS ? [`the deployment group has ${names.length} alarms (${names.join(', ')}), but CodeDeploy takes ${MOST_ROLLBACK_ALARMS}: ${COMBINE}`] : []),
    ...twice.map((name) => `the deployment group has the alarm ${name} more than once, but CodeDeploy takes each alarm once: leave the others out`),
    ...alarmsElsewhere(canary, alarmsOfGroup(canary)).map((text) => `the deployment group has ${text}`),
  ];
}

/** Includes alarms that were added later. The group has no public list of its alarms. */
function alarmsOfGroup({ deploymentGroup }: CanaryFunction): cloudwatch.IAlarm[] {
  // An array, or what newer versions of the CDK have in its place.
  return [...(deploymentGroup as unknown as { alarms?: Iterable<cloudwatch.IAlarm> }).alarms ?? []];
}

/** The check of the props again, with the reserved concurrency as it is now and with all aliases of the function. */
function concurrencyProblems({ handler, alias }: CanaryFunction, { provisionedConcurrency: options }: CanaryFunctionProps): string[] {
  const { ReservedConcurrentExecutions: reserved } = renderedResource(resource(handler)).Properties;
  if (!options || typeof reserved !== 'number') {
    return [];
  }
  const targets = resourcesOfFunctionInValidation(resource(handler), 'AWS::Lambda::Alias')
    .flatMap((other) => resourcesBelow(other.node.scope!, 'AWS::ApplicationAutoScaling::ScalableTarget'))
    .map((target) => [target.node.path, renderedResource(target).Properties.MaxCapacity] as const);
  const sum = targets.reduce((total, [, most]) => total + (typeof most === 'number' ? most : 0), 0);
  const isFirst = targets[0]?.[0].startsWith(`${alias.node.path}/`);
  return sum > reserved && isFirst ? [
    `provisionedConcurrency.maxCapacity of all aliases of handler '${handler.node.path}' adds up to ${sum}, but must be at most its reserved concurrency (${reserved}): ${fitInto(reserved)}`,
  ] : [];
}

function warnAtSynthesis(canary: CanaryFunction, props: CanaryFunctionProps): void {
  const { handler, version } = canary;
  const annotations = Annotations.of(canary);
  const { CapacityProviderConfig, DurableConfig, ReservedConcurrentExecutions } = renderedResource(resource(handler)).Properties;
  if (props.provisionedConcurrency && CapacityProviderConfig !== undefined) {
    annotations.addWarningV2(
      'cdk-serverless-patterns:provisionedManagedInstances',
      `handler '${handler.node.path}' runs on Managed Instances, which keep environments ready by themselves: leave provisionedConcurrency out, and state the least and the most ` +
      'of them in currentVersionOptions of the function (minExecutionEnvironments, maxExecutionEnvironments)',
    );
  }
  if (DurableConfig !== undefined && versionRemovalPolicyOf(props) === RemovalPolicy.DESTROY) {
    annotations.addWarningV2(
      'cdk-serverless-patterns:durableVersionsDeleted',
      `handler '${handler.node.path}' is durable: its executions go on with the version that they began with, which is deleted when it is superseded: leave versionRemovalPolicy out`,
    );
  }
  if (ReservedConcurrentExecutions === 0) {
    annotations.addWarningV2(
      'cdk-serverless-patterns:handlerPaused',
      `the reserved concurrency of handler '${handler.node.path}' is 0, so nothing invokes it, and no alarm can stop a new version that fails: do not deploy another change of it as long as it is paused`,
    );
  }
  const code = unversionedCode(handler);
  if (code !== undefined) {
    annotations.addWarningV2(
      'cdk-serverless-patterns:codeWithoutVersion',
      `handler '${handler.node.path}' takes its code from ${code}, which names no version of it: what is put there later is no change for CloudFormation, so it is not deployed. ` +
      'Give each release a tag or a key of its own, or state the digest or the version of the object',
    );
  }
  if (FeatureFlags.of(handler).isEnabled(LAMBDA_RECOGNIZE_VERSION_PROPS) === false) {
    annotations.addWarningV2(
      'cdk-serverless-patterns:versionPropsNotRecognized',
      `the feature flag '${LAMBDA_RECOGNIZE_VERSION_PROPS}' is off, so a change of the tags or of the reserved concurrency of handler '${handler.node.path}' alone makes a version ` +
      'that Lambda refuses to publish, and the deployment fails: set the flag to true in cdk.json',
    );
  }
  for (const other of resourcesOfFunctionInValidation(resource(handler), 'AWS::Lambda::Version').filter((found) => found !== resource(version))) {
    annotations.addWarningV2(
      'cdk-serverless-patterns:versionMadeElsewhere',
      `'${other.node.path}' makes a version of handler '${handler.node.path}' too, and Lambda publishes no second version of the same code, so a deployment of both fails: ` +
      'use version of the CanaryFunction, or currentVersion of the function',
    );
  }
  const settings = resourcesOfFunctionInValidation(resource(handler), 'AWS::Lambda::EventInvokeConfig');
  if (settings.length > 0 && settings.every((setting) => !isForAlias(setting, canary, props))) {
    annotations.addWarningV2(
      'cdk-serverless-patterns:asyncSettingsOfOthers',
      `the settings for asynchronous invocations of handler '${handler.node.path}' (${settings.map(({ node }) => node.path).join(', ')}) do not hold for its alias, which callers invoke: ` +
      'state them with alias.configureAsyncInvoke of the CanaryFunction',
    );
  }
  for (const alarm of alarmsOfGroup(canary).filter(isComposite)) {
    annotations.addWarningV2(
      'cdk-serverless-patterns:compositeRollbackAlarm',
      `'${alarm.node.path}' is a composite alarm, and CodeDeploy documents alarms on metrics only: try whether it stops a deployment, or give the alarms that it is composed of`,
    );
  }
}

/**
 * The policies beside the group, with their roles. A role that may not be changed here has none, nor has one in the report of
 * `iam.Role.customizeRoles`.
 */
function reporters(canary: CanaryFunction, hooks: Pick<CanaryFunctionProps, 'preHook' | 'postHook'>): { policy: CfnResource; role: iam.IRole }[] {
  return (['preHook', 'postHook'] as const).flatMap((prop) => {
    const policy = canary.node.tryFindChild(HOOK_POLICIES[prop]);
    const role = hooks[prop]?.role;
    return policy && role ? [{ policy: resource(policy), role }] : [];
  });
}

function isForAlias(setting: CfnResource, { alias }: CanaryFunction, props: CanaryFunctionProps): boolean {
  const { Qualifier } = renderedResource(setting).Properties;
  const refersToIt = resourcesIn(definitionOf(setting), setting).includes(resource(alias));
  return refersToIt || JSON.stringify(Qualifier) === JSON.stringify(Stack.of(setting).resolve(aliasNameOf(props)));
}

function isComposite(alarm: cloudwatch.IAlarm): boolean {
  return resourcesBelow(alarm, 'AWS::CloudWatch::CompositeAlarm').length > 0;
}

function listIn(of: CfnResource, property: string, key: string): unknown[] {
  const list = (renderedResource(of).Properties[property] as Record<string, unknown> | undefined)?.[key];
  return Array.isArray(list) ? list : [];
}

function resource(construct: IConstruct): CfnResource {
  return construct.node.defaultChild as CfnResource;
}
