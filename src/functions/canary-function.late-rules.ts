import type { CfnResource } from 'aws-cdk-lib';
import { Annotations, CfnDeletionPolicy, FeatureFlags, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import { LAMBDA_RECOGNIZE_VERSION_PROPS } from 'aws-cdk-lib/cx-api';
import type { IConstruct } from 'constructs';
import type { CanaryFunction, CanaryFunctionProps } from './canary-function';
import { alarmFacts, aliasNameOf, deploymentConfigOf, functionAliasFacts, trafficShiftFacts, versionRemovalPolicyOf } from './canary-function.rules';
import { resourcesOfFunctionInValidation } from './private/function-resources';
import { unpublishedChanges, unversionedCode } from './private/published-version';
import { HOOK_POLICIES } from './private/release-hook';
import type { FunctionAliasFacts } from '../delivery/rules/function-alias';
import { FUNCTION_ALIAS_RULES } from '../delivery/rules/function-alias';
import type { RollbackAlarmFacts } from '../delivery/rules/traffic-shift';
import { TRAFFIC_SHIFT_RULES } from '../delivery/rules/traffic-shift';
import { listed } from '../private/alarms/alarm-table';
import { resourcesIn } from '../private/app/references';
import { definitionOf, renderedResource } from '../private/app/rendered-resource';
import { resourcesBelow } from '../private/app/resources-below';
import type { DerivedValue } from '../private/checks/derived-values';
import { byProp, changedValues, hasAll, valuesIn } from '../private/checks/derived-values';
import { reportFindings } from '../private/checks/problems';
import { allowsAll } from '../private/iam/policy-statements';
import { madeRole, trustValues } from '../private/iam/role-promises';

/** Errors for everything that breaks what a canary guarantees; adds warnings. */
export function checkAtSynthesis(canary: CanaryFunction, props: CanaryFunctionProps): string[] {
  const aliasFacts = completeAliasFacts(canary, props);
  const broken = [
    ...reportFindings(canary, FUNCTION_ALIAS_RULES, aliasFacts),
    ...reportFindings(canary, TRAFFIC_SHIFT_RULES, trafficShiftFacts(canary, props, alarmsOfGroup(canary))),
  ];
  warnOfHandler(canary, aliasFacts.handler);
  const changed = changedValues(derivedValues(canary, props));
  return [...changed.length > 0 ? changed : broken, ...unpublishedChanges(canary.version)];
}

function warnOfHandler(canary: CanaryFunction, { path, reservedConcurrency }: FunctionAliasFacts['handler']): void {
  if (reservedConcurrency === 0) {
    Annotations.of(canary).addWarningV2(
      'cdk-serverless-patterns:handlerPaused',
      `the reserved concurrency of handler '${path}' is 0, so nothing invokes it, and no alarm can stop a new version that fails: do not deploy another change of it as long as it is paused`,
    );
  }
  if (FeatureFlags.of(canary.handler).isEnabled(LAMBDA_RECOGNIZE_VERSION_PROPS) === false) {
    Annotations.of(canary).addWarningV2(
      'cdk-serverless-patterns:versionPropsNotRecognized',
      `the feature flag '${LAMBDA_RECOGNIZE_VERSION_PROPS}' is off, so a change of the tags or of the reserved concurrency of handler '${path}' alone makes a version ` +
      'that Lambda refuses to publish, and the deployment fails: set the flag to true in cdk.json',
    );
  }
}

// Values that must still be what was derived.

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

// What the rules are told.

/** With what only a complete app tells. */
function completeAliasFacts(canary: CanaryFunction, props: CanaryFunctionProps): FunctionAliasFacts {
  const facts = functionAliasFacts(canary, props, resourcesOfFunctionInValidation);
  const ofFunction = (type: string) => resourcesOfFunctionInValidation(resource(canary.handler), type);
  return {
    handler: { ...facts.handler, codeWithoutVersion: unversionedCode(canary.handler) },
    versions: { ...facts.versions, others: ofFunction('AWS::Lambda::Version').filter((version) => version !== resource(canary.version)).map(({ node }) => node.path) },
    alias: {
      ...facts.alias,
      asyncSettings: ofFunction('AWS::Lambda::EventInvokeConfig').map((setting) => ({ path: setting.node.path, ofAlias: isForAlias(setting, canary, props) })),
    },
  };
}

function isForAlias(setting: CfnResource, { alias }: CanaryFunction, props: CanaryFunctionProps): boolean {
  const { Qualifier } = renderedResource(setting).Properties;
  const refersToIt = resourcesIn(definitionOf(setting), setting).includes(resource(alias));
  return refersToIt || JSON.stringify(Qualifier) === JSON.stringify(Stack.of(setting).resolve(aliasNameOf(props)));
}

/** Includes alarms that were added later, to the group or to its resource. */
function alarmsOfGroup({ deploymentGroup }: CanaryFunction): RollbackAlarmFacts[] {
  // The group has no public list of its alarms. An array, or what newer versions of the CDK have in its place.
  const alarms = [...(deploymentGroup as unknown as { alarms?: Iterable<cloudwatch.IAlarm> }).alarms ?? []];
  const byName = new Map(alarms.map((alarm) => [nameIn(Stack.of(deploymentGroup).resolve(alarm.alarmName)), alarm]));
  return listIn(resource(deploymentGroup), 'AlarmConfiguration', 'Alarms').map((entry) => {
    const name = nameIn((entry as { Name?: unknown }).Name);
    const alarm = byName.get(name);
    return alarm ? { ...alarmFacts(alarm), name, composite: resourcesBelow(alarm, 'AWS::CloudWatch::CompositeAlarm').length > 0 } : { path: name, name };
  });
}

function nameIn(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

// Reading resources.

function listIn(of: CfnResource, property: string, key: string): unknown[] {
  const list = (renderedResource(of).Properties[property] as Record<string, unknown> | undefined)?.[key];
  return Array.isArray(list) ? list : [];
}

function resource(construct: IConstruct): CfnResource {
  return construct.node.defaultChild as CfnResource;
}
