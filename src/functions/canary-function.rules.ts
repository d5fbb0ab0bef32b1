import type { CfnResource } from 'aws-cdk-lib';
import { Annotations, Arn, ArnFormat, CfnDeletionPolicy, FeatureFlags, Fn, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { LAMBDA_RECOGNIZE_VERSION_PROPS } from 'aws-cdk-lib/cx-api';
import type { Construct, IConstruct } from 'constructs';
import type { CanaryFunction, CanaryFunctionProps } from './canary-function';
import { ALIAS_ALARMS, SHIFT_ALARMS } from './canary-function.alarms';
import { resourcesBelow, resourcesOfFunction } from './private/function-resources';
import { unpublishedChanges, unversionedCode } from './private/published-version';
import { shiftSeconds } from './private/traffic-shift';
import { listed } from '../private/alarms/alarm-table';
import { differ } from '../private/app/environments';
import { referencedResources } from '../private/app/referenced-resources';
import { definitionOf, renderedResource } from '../private/app/rendered-resource';
import type { DerivedValue } from '../private/checks/derived-values';
import { changedValues, hasAll } from '../private/checks/derived-values';
import { Problems } from '../private/checks/problems';
import { functionResource, reservedConcurrency, timeoutSeconds } from '../private/lambda/handler-facts';

/** A metric is there after the invocation has ended, within a minute, and alarms on it are evaluated once a minute. */
const SECONDS_TO_ALARM = 120;

/** What CodeDeploy takes for one group. https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_AlarmConfiguration.html */
const MOST_ROLLBACK_ALARMS = 10;

const COMBINE = 'leave some out, or make one alarm on an expression of several metrics';

// What follows from the props.

export function aliasNameOf({ aliasName = 'live' }: CanaryFunctionProps): string {
  return aliasName;
}

export function deploymentConfigOf(props: CanaryFunctionProps): codedeploy.ILambdaDeploymentConfig {
  return props.deploymentConfig ?? codedeploy.LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES;
}

/** Then the deployment is over before an alarm can see anything of it. */
export function isAllAtOnce(props: CanaryFunctionProps): boolean {
  return shiftSeconds(deploymentConfigOf(props)) === 0;
}

/** RETAIN would keep the version of a deployment that failed as well, and Lambda publishes no second version of the same code. */
export function versionRemovalPolicyOf({ handler, versionRemovalPolicy }: CanaryFunctionProps): RemovalPolicy {
  return versionRemovalPolicy ?? versionOptionsOf(handler).removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
}

/** In seconds; undefined where it is a token. */
export function knownTimeout(handler: lambda.Function): number | undefined {
  const seconds = timeoutSeconds(handler);
  return Token.isUnresolved(seconds) ? undefined : seconds;
}

/** What the function states for its current version. The CDK has no public way to it. */
function versionOptionsOf(handler: lambda.Function): lambda.VersionOptions {
  return (handler as unknown as { currentVersionOptions?: lambda.VersionOptions }).currentVersionOptions ?? {};
}

// Before anything is made.

/** Throws for what is wrong with the props, all at once. */
export function checkProps(scope: Construct, props: CanaryFunctionProps): void {
  const problems = new Problems(scope, 'CanaryFunction');
  if (checkHandler(problems, scope, props.handler)) {
    checkVersions(problems, props);
    checkAliasName(problems, props);
  }
  checkProvisionedConcurrency(problems, props);
  checkHooks(problems, scope, props);
  checkTuning(problems, props);
  checkRollbackAlarms(problems, scope, props);
  problems.throwIfAny();
  warnOfProps(scope, props);
}

function checkHandler(problems: Problems, scope: Construct, handler: lambda.Function): boolean {
  const { node } = handler as lambda.IFunction;
  if (!('currentVersion' in handler)) {
    problems.add(`handler '${node.path}' publishes no versions, because it is imported, an alias or a version: give the lambda.Function itself, in the stack where it is made`);
    return false;
  }
  if (Stack.of(handler) !== Stack.of(scope)) {
    problems.add(
      `handler '${node.path}' is made in another stack (${Stack.of(handler).node.path}), from which a new version could not be handed over, because each is an export that the other stack still uses: ` +
      'make the CanaryFunction in the stack of the function, and hand its alias over',
    );
  }
  return true;
}

/** Several canaries of one function have one set of versions. */
function checkVersions(problems: Problems, props: CanaryFunctionProps): void {
  const { handler, versionRemovalPolicy } = props;
  const stated = versionOptionsOf(handler);
  if (versionRemovalPolicy !== undefined && stated.removalPolicy !== undefined && versionRemovalPolicy !== stated.removalPolicy) {
    problems.add(
      `versionRemovalPolicy is '${versionRemovalPolicy}', but currentVersionOptions of handler '${handler.node.path}' states '${stated.removalPolicy}': state it in one of them`,
    );
  }
  if (stated.provisionedConcurrentExecutions !== undefined) {
    problems.add(
      `handler '${handler.node.path}' has provisionedConcurrentExecutions (${stated.provisionedConcurrentExecutions}) in currentVersionOptions, which each version would keep and be charged for after it was superseded: ` +
      'take it out and state provisionedConcurrency here',
    );
  }
  const owner = versionOwnerOf(handler);
  if (owner && owner.removalPolicy !== versionRemovalPolicyOf(props)) {
    problems.add(
      `versionRemovalPolicy is '${versionRemovalPolicyOf(props)}', but '${owner.canary.node.path}' states '${owner.removalPolicy}' for the versions of handler '${handler.node.path}', ` +
      'of which there is one set for all aliases: state the same in both',
    );
  }
}

/** The canary that made the versions of a function first. On the version itself, where another copy of this library finds it too. */
interface VersionOwner {
  readonly canary: IConstruct;
  readonly removalPolicy: RemovalPolicy;
}

const OWNER = Symbol.for('cdk-serverless-patterns.versionOwner');

function versionOwnerOf(handler: lambda.Function): VersionOwner | undefined {
  const owner = (handler.node.tryFindChild('CurrentVersion') as { [OWNER]?: VersionOwner } | undefined)?.[OWNER];
  // A canary that was taken out of the tree has no say any more.
  return owner && owner.canary.node.scope?.node.tryFindChild(owner.canary.node.id) === owner.canary ? owner : undefined;
}

export function rememberVersionOwner(version: lambda.Version, canary: IConstruct, removalPolicy: RemovalPolicy): void {
  if (!versionOwnerOf(version.lambda as lambda.Function)) {
    (version as { [OWNER]?: VersionOwner })[OWNER] = { canary, removalPolicy };
  }
}

function checkAliasName(problems: Problems, props: CanaryFunctionProps): void {
  const { aliasName, handler } = props;
  if (aliasName !== undefined && !Token.isUnresolved(aliasName) && !/^(?!\d+$)[a-zA-Z0-9_-]{1,128}$/.test(aliasName)) {
    problems.add(`aliasName is '${aliasName}', but must have 1 to 128 letters, digits, hyphens and underscores, and not digits only: leave it out for 'live'`);
  }
  for (const other of aliasesCalled(aliasNameOf(props), handler)) {
    problems.add(
      `aliasName is '${aliasNameOf(props)}', but '${other.node.scope?.node.path}' makes an alias of this name for handler '${handler.node.path}' already: ` +
      'state another aliasName, or take that alias out',
    );
  }
}

/** Those that are made in this app, whoever makes them. */
function aliasesCalled(aliasName: string, handler: lambda.Function): CfnResource[] {
  const fn = functionResource(handler);
  const name = JSON.stringify(Stack.of(handler).resolve(aliasName));
  return fn ? resourcesOfFunction(fn, 'AWS::Lambda::Alias').filter((alias) => JSON.stringify(renderedResource(alias).Properties?.Name) === name) : [];
}

function checkProvisionedConcurrency(problems: Problems, { handler, provisionedConcurrency: options }: CanaryFunctionProps): void {
  if (!options) {
    return;
  }
  const { minCapacity = 1, maxCapacity, utilizationTarget } = options;
  problems.requireWholeNumber('provisionedConcurrency.minCapacity', minCapacity, 1, Infinity, 'leave it out for 1');
  problems.requireWholeNumber('provisionedConcurrency.maxCapacity', maxCapacity, 1, Infinity, 'state the most environments that may be kept ready');
  if (!Token.isUnresolved(minCapacity) && !Token.isUnresolved(maxCapacity) && minCapacity > maxCapacity) {
    problems.add(`provisionedConcurrency.minCapacity is ${minCapacity}, which is more than provisionedConcurrency.maxCapacity (${maxCapacity}): raise maxCapacity or lower minCapacity`);
  }
  if (utilizationTarget !== undefined && !Token.isUnresolved(utilizationTarget) && !(utilizationTarget >= 0.1 && utilizationTarget <= 0.9)) {
    problems.add(`provisionedConcurrency.utilizationTarget is ${utilizationTarget}, but must be from 0.1 to 0.9: leave it out for 0.7`);
  }
  const fn = functionResource(handler);
  const reserved = fn && reservedConcurrency(fn);
  if (reserved !== undefined && !Token.isUnresolved(maxCapacity) && maxCapacity > reserved) {
    problems.add(
      `provisionedConcurrency.maxCapacity is ${maxCapacity}, but must be at most the reserved concurrency of handler '${handler.node.path}' (${reserved}): ${fitInto(reserved)}`,
    );
  }
  for (const text of fn ? exclusions(fn) : []) {
    problems.add(text);
  }
}

function fitInto(reserved: number): string {
  return reserved === 0 ? 'take provisionedConcurrency out as long as the function is paused' : 'raise that or lower maxCapacity';
}

/**
 * What Lambda has no provisioned concurrency for.
 * https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html, https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation.html
 */
function exclusions(fn: CfnResource): string[] {
  const { SnapStart, TenancyConfig } = renderedResource(fn).Properties ?? {};
  const isSnapStarted = (SnapStart as { ApplyOn?: unknown } | undefined)?.ApplyOn === 'PublishedVersions';
  return [isSnapStarted && 'SnapStart', TenancyConfig !== undefined && 'tenant isolation'].filter((feature) => feature !== false).map((feature) => (
    `provisionedConcurrency is stated, but handler '${fn.node.scope?.node.path}' has ${feature}, and Lambda does not take both: leave one of them out`
  ));
}

/** CodeDeploy looks for a hook by its name, in its own account and region. */
function checkHooks(problems: Problems, scope: Construct, { preHook, postHook }: CanaryFunctionProps): void {
  for (const [prop, hook] of Object.entries({ preHook, postHook })) {
    const place = hook && elsewhere(scope, hook.functionArn, hook.env);
    if (hook && place) {
      problems.add(`${prop} '${hook.node.path}' is in ${place.there}, but CodeDeploy looks for it in that of this stack (${place.here}): give a function of this account and region`);
    }
  }
}

function checkTuning(problems: Problems, { handler, alarms }: CanaryFunctionProps): void {
  const timeout = { timeoutSeconds: knownTimeout(handler) };
  SHIFT_ALARMS.check(problems, timeout, alarms);
  ALIAS_ALARMS.check(problems, timeout, alarms);
}

function checkRollbackAlarms(problems: Problems, scope: Construct, props: CanaryFunctionProps): void {
  const { alarms = {}, rollbackAlarms = [] } = props;
  const durationIsKnown = alarms.newVersionDuration?.threshold !== undefined || knownTimeout(props.handler) !== undefined;
  const own = [alarms.newVersionErrors?.enabled, alarms.newVersionErrorRate?.enabled, durationIsKnown && alarms.newVersionDuration?.enabled]
    .filter((enabled) => enabled !== false && !isAllAtOnce(props)).length;
  if (own + rollbackAlarms.length === 0 && !isAllAtOnce(props)) {
    problems.add(
      'alarms.newVersionErrors, newVersionErrorRate and newVersionDuration are all off and rollbackAlarms is empty, so that nothing would stop a version that fails: ' +
      'leave one of them on, give rollbackAlarms, or state deploymentConfig: LambdaDeploymentConfig.ALL_AT_ONCE',
    );
  }
  if (own + rollbackAlarms.length > MOST_ROLLBACK_ALARMS) {
    problems.add(
      `rollbackAlarms has ${rollbackAlarms.length} alarms, which are ${own + rollbackAlarms.length} with those that are made here, but CodeDeploy takes ${MOST_ROLLBACK_ALARMS}: ${COMBINE}`,
    );
  }
  for (const text of alarmsElsewhere(scope, rollbackAlarms)) {
    problems.add(`rollbackAlarms has ${text}`);
  }
  for (const alarm of repeated(rollbackAlarms)) {
    problems.add(`rollbackAlarms has '${alarm.node.path}' more than once, but CodeDeploy takes each alarm once: leave the others out`);
  }
}

/** What is wrong with alarms that CodeDeploy does not find. */
function alarmsElsewhere(scope: Construct, alarms: readonly cloudwatch.IAlarm[]): string[] {
  return alarms.flatMap((alarm) => {
    const place = elsewhere(scope, alarm.alarmArn, alarm.env);
    return place ? [`'${alarm.node.path}' of ${place.there}, but CodeDeploy looks for it in that of this stack (${place.here}): give an alarm of this account and region`] : [];
  });
}

function repeated(alarms: readonly cloudwatch.IAlarm[]): cloudwatch.IAlarm[] {
  return alarms.filter((alarm, index) => alarms.findIndex(({ alarmName }) => alarmName === alarm.alarmName) < index);
}

/** The account or region of something, if it is known not to be that of the stack. What is imported says that it is in its stack's, whatever its ARN says. */
function elsewhere(scope: Construct, arn: string, env: { account: string; region: string }): { there: string; here: string } | undefined {
  const { account = env.account, region = env.region } = Token.isUnresolved(arn) ? {} : Arn.split(arn, ArnFormat.COLON_RESOURCE_NAME);
  const stack = Stack.of(scope);
  if (differ(region, stack.region)) {
    return { there: `region ${region}`, here: stack.region };
  }
  return differ(account, stack.account) ? { there: `account ${account}`, here: stack.account } : undefined;
}

function warnOfProps(scope: Construct, props: CanaryFunctionProps): void {
  const annotations = Annotations.of(scope);
  for (const hook of [props.preHook, props.postHook]) {
    if (hook && !hook.role) {
      annotations.addWarningV2(
        'cdk-serverless-patterns:hookRoleUnknown',
        `the role of hook '${hook.node.path}' is not known, so it cannot be allowed to report here: allow it codedeploy:PutLifecycleEventHookExecutionStatus on the deployment group, ` +
        'or import the function with its role (Function.fromFunctionAttributes)',
      );
    }
  }
  if (props.ignoreAlarms) {
    annotations.addWarningV2(
      'cdk-serverless-patterns:rollbackAlarmsIgnored',
      'ignoreAlarms is set, so nothing stops a version that fails: take it out again with the next deployment',
    );
  }
  const [timeout, shift] = [knownTimeout(props.handler), shiftSeconds(deploymentConfigOf(props))];
  if (shift && timeout !== undefined && timeout + SECONDS_TO_ALARM > shift) {
    annotations.addWarningV2(
      'cdk-serverless-patterns:shiftShorterThanTimeout',
      `handler '${props.handler.node.path}' may run for ${timeout} seconds, but traffic goes to both versions for ${shift} seconds, so that an alarm may see a time-out too late: ` +
      `state a deploymentConfig that takes at least ${timeout + SECONDS_TO_ALARM} seconds`,
    );
  }
}

// When the app is complete, and aspects, property injectors and overrides have had their say.

/** What breaks the promises of a canary. */
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
  const { version, alias, deploymentGroup, handler, alarms: { newVersionErrors, newVersionErrorRate, newVersionDuration } } = canary;
  const { application, role } = deploymentGroup;
  const versionResource = resource(version);
  const aliasResource = resource(alias);
  const group = resource(deploymentGroup);
  const policyOf = removalAttributes(versionRemovalPolicyOf(props));
  const orDeleted = (found: unknown, value: unknown) => found === value || found === CfnDeletionPolicy.DELETE;
  const byCodeDeploy = 'CodeDeploy alone moves the alias; state deploymentConfig of the CanaryFunction';
  const alarmCount = listIn(group, 'AlarmConfiguration', 'Alarms').length;
  const values: (DerivedValue | false)[] = [
    { resource: versionResource, at: 'Properties.FunctionName', value: handler.functionName, instead: 'give another handler' },
    { resource: versionResource, at: 'Properties.ProvisionedConcurrencyConfig', value: undefined, instead: 'state provisionedConcurrency of the CanaryFunction' },
    { resource: versionResource, at: 'DeletionPolicy', value: policyOf.deletion, allows: orDeleted, instead: 'state versionRemovalPolicy of the CanaryFunction' },
    { resource: versionResource, at: 'UpdateReplacePolicy', value: policyOf.replacement, allows: orDeleted, instead: 'state versionRemovalPolicy of the CanaryFunction' },

    { resource: aliasResource, at: 'Properties.Name', value: aliasNameOf(props), instead: 'state aliasName of the CanaryFunction' },
    { resource: aliasResource, at: 'Properties.FunctionName', value: handler.functionName, instead: 'give another handler' },
    { resource: aliasResource, at: 'Properties.FunctionVersion', value: version.version, instead: 'point the alias to another version by hand, as the runbook says' },
    { resource: aliasResource, at: 'Properties.RoutingConfig', value: undefined, instead: byCodeDeploy },
    { resource: aliasResource, at: 'Properties.ProvisionedConcurrencyConfig', value: undefined, instead: 'state provisionedConcurrency of the CanaryFunction' },
    { resource: aliasResource, at: `${ALIAS_UPDATE}.ApplicationName`, value: application.applicationName, instead: byCodeDeploy },
    { resource: aliasResource, at: `${ALIAS_UPDATE}.DeploymentGroupName`, value: deploymentGroup.deploymentGroupName, instead: byCodeDeploy },
    props.preHook !== undefined && {
      resource: aliasResource, at: `${ALIAS_UPDATE}.BeforeAllowTrafficHook`, value: props.preHook.functionName, instead: 'state preHook of the CanaryFunction',
    },
    props.postHook !== undefined && {
      resource: aliasResource, at: `${ALIAS_UPDATE}.AfterAllowTrafficHook`, value: props.postHook.functionName, instead: 'state postHook of the CanaryFunction',
    },

    { resource: group, at: 'Properties.ApplicationName', value: application.applicationName, instead: byCodeDeploy },
    { resource: group, at: 'Properties.ServiceRoleArn', value: role.roleArn, instead: 'change what that role may do' },
    { resource: group, at: 'Properties.DeploymentConfigName', value: deploymentConfigOf(props).deploymentConfigName, instead: 'state deploymentConfig of the CanaryFunction' },
    { resource: group, at: 'Properties.DeploymentStyle', value: { DeploymentOption: 'WITH_TRAFFIC_CONTROL', DeploymentType: 'BLUE_GREEN' }, instead: 'Lambda knows no other' },
    {
      resource: group,
      at: 'Properties.AlarmConfiguration.Alarms',
      value: [...listed({ newVersionErrors, newVersionErrorRate, newVersionDuration }), ...props.rollbackAlarms ?? []].map(({ alarmName }) => ({ Name: alarmName })),
      allows: hasAll,
      instead: 'switch alarms off by the prop alarms, and add some by rollbackAlarms or deploymentGroup.addAlarm',
    },
    { resource: group, at: 'Properties.AlarmConfiguration.Enabled', value: alarmCount > 0 && props.ignoreAlarms !== true, instead: 'state ignoreAlarms of the CanaryFunction' },
    {
      resource: group,
      at: 'Properties.AlarmConfiguration.IgnorePollAlarmFailure',
      value: undefined,
      allows: (found) => found !== true,
      instead: 'a deployment whose alarms cannot be seen must stop',
    },
    { resource: group, at: 'Properties.AutoRollbackConfiguration.Enabled', value: true, instead: 'state ignoreAlarms of the CanaryFunction for a deployment that alarms must not stop' },
    {
      resource: group,
      at: 'Properties.AutoRollbackConfiguration.Events',
      value: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_REQUEST', ...(alarmCount > 0 ? ['DEPLOYMENT_STOP_ON_ALARM'] : [])],
      allows: hasAll,
      instead: 'state ignoreAlarms of the CanaryFunction for a deployment that alarms must not stop',
    },
    { resource: resource(application), at: 'Properties.ComputePlatform', value: 'Lambda', instead: 'the application deploys a Lambda function' },
    ...roleValues(role),
    ...hookValues(canary, props),
    ...scalingValues(canary, props),
  ];
  return values.filter((value) => value !== false);
}

const ALIAS_UPDATE = 'UpdatePolicy.CodeDeployLambdaAliasUpdate';

function roleValues(role: iam.IRole): DerivedValue[] {
  const [roleResource] = resourcesBelow(role, 'AWS::IAM::Role');
  const managed = iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSCodeDeployRoleForLambdaLimited');
  return roleResource === undefined || isPrecreated(role) ? [] : [
    { resource: roleResource, at: 'Properties.ManagedPolicyArns', value: [managed.managedPolicyArn], allows: hasAll, instead: 'CodeDeploy needs this policy; add others to it' },
    {
      resource: roleResource,
      at: 'Properties.AssumeRolePolicyDocument.Statement',
      value: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'codedeploy.amazonaws.com' } }],
      allows: hasAll,
      instead: 'CodeDeploy takes this role; add others to it',
    },
  ];
}

/** What lets CodeDeploy invoke the hooks, and these report. */
function hookValues(canary: CanaryFunction, { preHook, postHook }: CanaryFunctionProps): DerivedValue[] {
  const { deploymentGroup } = canary;
  const hooks = [preHook, postHook].filter((hook) => hook !== undefined);
  const reports = hooks.flatMap((hook) => (hook.role ? reportPolicies(canary, hook.role) : [])).map((policy) => ({
    resource: policy,
    at: 'Properties.PolicyDocument.Statement',
    value: [{ Action: REPORT, Effect: 'Allow', Resource: deploymentGroup.deploymentGroupArn }],
    allows: hasAll,
    instead: 'a hook that may not report lets a deployment wait for an hour',
  }));
  const invocations = resourcesBelow(deploymentGroup.role, 'AWS::IAM::Policy').map((policy) => ({
    resource: policy,
    at: 'Properties.PolicyDocument.Statement',
    value: hooks.map(({ functionArn }) => functionArn),
    allows: (found: unknown, arns: unknown) => hasAll(resourcesAllowed(found, 'lambda:InvokeFunction'), arns),
    instead: 'CodeDeploy invokes the hooks as this role',
  }));
  return [...reports, ...invocations];
}

const REPORT = 'codedeploy:PutLifecycleEventHookExecutionStatus';

/** The resources for which the statements of a policy allow an action. */
function resourcesAllowed(statements: unknown, action: string): unknown[] {
  const all = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);
  return all(statements ?? [])
    .map((statement) => statement as { Effect?: string; Action?: unknown; Resource?: unknown })
    .filter(({ Effect, Action }) => Effect === 'Allow' && all(Action).includes(action))
    .flatMap(({ Resource }) => all(Resource));
}

/** By `iam.Role.customizeRoles`, whose report says what the role needs. */
function isPrecreated(role: iam.IRole): boolean {
  return role.node.children.some(({ node }) => node.id.startsWith('PrecreatedRole'));
}

function scalingValues({ alias }: CanaryFunction, props: CanaryFunctionProps): DerivedValue[] {
  const { provisionedConcurrency: options } = props;
  const [target] = resourcesBelow(alias, 'AWS::ApplicationAutoScaling::ScalableTarget');
  const [policy] = resourcesBelow(alias, 'AWS::ApplicationAutoScaling::ScalingPolicy');
  return !options || !target || !policy ? [] : [
    { resource: target, at: 'Properties.MinCapacity', value: options.minCapacity ?? 1, instead: 'state provisionedConcurrency.minCapacity of the CanaryFunction' },
    { resource: target, at: 'Properties.MaxCapacity', value: options.maxCapacity, instead: 'state provisionedConcurrency.maxCapacity of the CanaryFunction' },
    {
      resource: target,
      at: 'Properties.ResourceId',
      // The name of the function, as the CDK takes it from the alias, so that the target waits for that.
      value: `function:${Fn.select(6, Fn.split(':', alias.functionArn))}:${aliasNameOf(props)}`,
      instead: 'give an alias of its own to what else is scaled',
    },
    { resource: target, at: 'Properties.ScalableDimension', value: 'lambda:function:ProvisionedConcurrency', instead: 'an alias scales in nothing else' },
    { resource: target, at: 'Properties.ServiceNamespace', value: 'lambda', instead: 'an alias is of Lambda' },
    {
      resource: policy,
      at: 'Properties.TargetTrackingScalingPolicyConfiguration.TargetValue',
      value: options.utilizationTarget ?? 0.7,
      instead: 'state provisionedConcurrency.utilizationTarget of the CanaryFunction',
    },
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
  return aliasesCalled(aliasNameOf(props), handler).filter((other) => other !== resource(alias)).map((other) => (
    `'${other.node.path}' makes another alias '${aliasNameOf(props)}' for handler '${handler.node.path}', which can have one of this name: use the alias of the CanaryFunction there, ` +
    'or state another aliasName'
  ));
}

/** Also of those that were added to the group afterwards. */
function groupAlarmProblems(canary: CanaryFunction): string[] {
  const names = listIn(resource(canary.deploymentGroup), 'AlarmConfiguration', 'Alarms').map((alarm) => JSON.stringify((alarm as { Name?: unknown }).Name));
  const twice = [...new Set(names.filter((name, index) => names.indexOf(name) < index))];
  return [
    ...(names.length > MOST_ROLLBACK_ALARMS ? [`the deployment group has ${names.length} alarms (${names.join(', ')}), but CodeDeploy takes ${MOST_ROLLBACK_ALARMS}: ${COMBINE}`] : []),
    ...twice.map((name) => `the deployment group has the alarm ${name} more than once, but CodeDeploy takes each alarm once: leave the others out`),
    ...alarmsElsewhere(canary, alarmsOfGroup(canary)).map((text) => `the deployment group has ${text}`),
  ];
}

/** With those that were added to it. The group has no public list of them. */
function alarmsOfGroup({ deploymentGroup }: CanaryFunction): cloudwatch.IAlarm[] {
  return (deploymentGroup as unknown as { alarms?: cloudwatch.IAlarm[] }).alarms ?? [];
}

/** As the props are checked, but with what became of the reservation since, and with the other aliases of the function. */
function concurrencyProblems({ handler, alias }: CanaryFunction, { provisionedConcurrency: options }: CanaryFunctionProps): string[] {
  const { ReservedConcurrentExecutions: reserved } = renderedResource(resource(handler)).Properties ?? {};
  if (!options || typeof reserved !== 'number') {
    return [];
  }
  const targets = resourcesOfFunction(resource(handler), 'AWS::Lambda::Alias')
    .flatMap((other) => resourcesBelow(other.node.scope!, 'AWS::ApplicationAutoScaling::ScalableTarget'))
    .map((target) => [target.node.path, renderedResource(target).Properties?.MaxCapacity] as const);
  const sum = targets.reduce((total, [, most]) => total + (typeof most === 'number' ? most : 0), 0);
  const isFirst = targets[0]?.[0].startsWith(`${alias.node.path}/`);
  return sum > reserved && isFirst ? [
    `provisionedConcurrency.maxCapacity of all aliases of handler '${handler.node.path}' adds up to ${sum}, but must be at most its reserved concurrency (${reserved}): ${fitInto(reserved)}`,
  ] : [];
}

function warnAtSynthesis(canary: CanaryFunction, props: CanaryFunctionProps): void {
  const { handler, version } = canary;
  const annotations = Annotations.of(canary);
  for (const hook of new Set([props.preHook, props.postHook])) {
    if (hook?.role && !isPrecreated(hook.role) && reportPolicies(canary, hook.role).length === 0) {
      annotations.addWarningV2(
        'cdk-serverless-patterns:hookRoleNotChanged',
        `the role of hook '${hook.node.path}' cannot be changed here, so it was not allowed to report: allow it codedeploy:PutLifecycleEventHookExecutionStatus ` +
        `on the deployment group '${canary.deploymentGroup.node.path}'`,
      );
    }
  }
  const { CapacityProviderConfig, DurableConfig, ReservedConcurrentExecutions } = renderedResource(resource(handler)).Properties ?? {};
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
  for (const other of resourcesOfFunction(resource(handler), 'AWS::Lambda::Version').filter((found) => found !== resource(version))) {
    annotations.addWarningV2(
      'cdk-serverless-patterns:versionMadeElsewhere',
      `'${other.node.path}' makes a version of handler '${handler.node.path}' too, and Lambda publishes no second version of the same code, so a deployment of both fails: ` +
      'use version of the CanaryFunction, or currentVersion of the function',
    );
  }
  const settings = resourcesOfFunction(resource(handler), 'AWS::Lambda::EventInvokeConfig');
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

/** The policies beside the group that a role has: none, if it was imported as not to be changed, or is of another account. */
function reportPolicies(canary: CanaryFunction, role: iam.IRole): CfnResource[] {
  return ['PreHookPolicy', 'PostHookPolicy'].flatMap((id) => canary.node.tryFindChild(id)?.node.defaultChild ?? []).filter((policy): policy is iam.CfnPolicy => {
    const roles = (Stack.of(policy).resolve((policy as iam.CfnPolicy).roles) ?? []) as unknown[];
    return roles.some((name) => JSON.stringify(name) === JSON.stringify(Stack.of(policy).resolve(role.roleName)));
  });
}

function isForAlias(setting: CfnResource, { alias }: CanaryFunction, props: CanaryFunctionProps): boolean {
  const { Qualifier } = renderedResource(setting).Properties ?? {};
  const refersToIt = referencedResources(definitionOf(setting), setting).includes(resource(alias));
  return refersToIt || JSON.stringify(Qualifier) === JSON.stringify(Stack.of(setting).resolve(aliasNameOf(props)));
}

function isComposite(alarm: cloudwatch.IAlarm): boolean {
  return resourcesBelow(alarm, 'AWS::CloudWatch::CompositeAlarm').length > 0;
}

function listIn(of: CfnResource, property: string, key: string): unknown[] {
  const list = (renderedResource(of).Properties?.[property] as Record<string, unknown> | undefined)?.[key];
  return Array.isArray(list) ? list : [];
}

function resource(construct: IConstruct): CfnResource {
  return construct.node.defaultChild as CfnResource;
}
