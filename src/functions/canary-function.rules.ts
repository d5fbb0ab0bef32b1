import type { CfnResource } from 'aws-cdk-lib';
import { Annotations, Arn, ArnFormat, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct, IConstruct } from 'constructs';
import type { CanaryFunctionProps } from './canary-function';
import { ALIAS_ALARMS, SHIFT_ALARMS } from './canary-function.alarms';
import { resourcesOfFunction } from './private/function-resources';
import { shiftSeconds } from './private/traffic-shift';
import { differ } from '../private/app/environments';
import { appState, isInTree } from '../private/app/registry';
import { renderedResource } from '../private/app/rendered-resource';
import { Problems } from '../private/checks/problems';
import type { PropBounds } from '../private/checks/prop-bounds';
import { functionResource, reservedConcurrency, timeoutSeconds } from '../private/lambda/handler-facts';

/** Lambda reports a metric within a minute of the end of an invocation, and alarms are evaluated once a minute. */
const SECONDS_TO_ALARM = 120;

/**
 * The quota of CodeDeploy for one deployment group. https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_AlarmConfiguration.html
 */
export const MOST_ROLLBACK_ALARMS = 10;

export const COMBINE = 'leave some out, or make one alarm on an expression of several metrics';

// Values derived from the props.

export function aliasNameOf({ aliasName = 'live' }: CanaryFunctionProps): string {
  return aliasName;
}

export function deploymentConfigOf(props: CanaryFunctionProps): codedeploy.ILambdaDeploymentConfig {
  return props.deploymentConfig ?? codedeploy.LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES;
}

/** Such a deployment is over before an alarm can fire. */
export function isAllAtOnce(props: CanaryFunctionProps): boolean {
  return shiftSeconds(deploymentConfigOf(props)) === 0;
}

/** Not RETAIN: it would also keep the version of a failed deployment, and Lambda does not publish the same code twice. */
export function versionRemovalPolicyOf({ handler, versionRemovalPolicy }: CanaryFunctionProps): RemovalPolicy {
  return versionRemovalPolicy ?? versionOptionsOf(handler).removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
}

/** In seconds; undefined where it is a token. */
export function knownTimeout(handler: lambda.Function): number | undefined {
  const seconds = timeoutSeconds(handler);
  return typeof seconds === 'number' ? seconds : undefined;
}

/** `currentVersionOptions` of the function, to which the CDK has no public accessor. */
function versionOptionsOf(handler: lambda.Function): lambda.VersionOptions {
  return (handler as unknown as { currentVersionOptions?: lambda.VersionOptions }).currentVersionOptions ?? {};
}

// Checks before anything is created.

/** Throws one error with everything that is wrong with the props. */
export function checkProps(scope: Construct, props: CanaryFunctionProps): void {
  const problems = new Problems(scope, 'CanaryFunction');
  if (checkHandler(problems, scope, props.handler)) {
    checkVersions(problems, props);
    checkAliasName(problems, props);
  }
  problems.checkBounds(props, CANARY_FUNCTION_BOUNDS);
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

/** Several canaries of one function share its versions. */
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

/** The first canary of a function, which made its versions. */
interface VersionOwner {
  readonly canary: IConstruct;
  readonly removalPolicy: RemovalPolicy;
}

function versionOwners(handler: lambda.Function): WeakMap<IConstruct, VersionOwner> {
  return appState(handler, 'versionOwners', () => new WeakMap());
}

function versionOwnerOf(handler: lambda.Function): VersionOwner | undefined {
  const owner = versionOwners(handler).get(handler);
  return owner && isInTree(owner.canary) ? owner : undefined;
}

export function rememberVersionOwner(handler: lambda.Function, owner: VersionOwner): void {
  if (!versionOwnerOf(handler)) {
    versionOwners(handler).set(handler, owner);
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

/** The aliases of this name in this app, whoever makes them. `ofFunction` finds the aliases of a function. */
export function aliasesCalled(aliasName: string, handler: lambda.Function, ofFunction = resourcesOfFunction): CfnResource[] {
  const fn = functionResource(handler);
  const name = JSON.stringify(Stack.of(handler).resolve(aliasName));
  return fn ? ofFunction(fn, 'AWS::Lambda::Alias').filter((alias) => JSON.stringify(renderedResource(alias).Properties.Name) === name) : [];
}

export const CANARY_FUNCTION_BOUNDS: PropBounds<CanaryFunctionProps> = {
  'provisionedConcurrency.minCapacity': { unit: 'number', min: 1, fix: 'leave it out for 1' },
  'provisionedConcurrency.utilizationTarget': { unit: 'ratio', min: 0.1, max: 0.9, fix: 'leave it out for 0.7' },
  'provisionedConcurrency.maxCapacity': { unit: 'number', min: 1, fix: 'state the most environments that may be kept ready' },
};

function checkProvisionedConcurrency(problems: Problems, { handler, provisionedConcurrency: options }: CanaryFunctionProps): void {
  if (!options) {
    return;
  }
  const { minCapacity = 1, maxCapacity } = options;
  if (!Token.isUnresolved(minCapacity) && !Token.isUnresolved(maxCapacity) && minCapacity > maxCapacity) {
    problems.add(`provisionedConcurrency.minCapacity is ${minCapacity}, which is more than provisionedConcurrency.maxCapacity (${maxCapacity}): raise maxCapacity or lower minCapacity`);
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

export function fitInto(reserved: number): string {
  return reserved === 0 ? 'take provisionedConcurrency out as long as the function is paused' : 'raise that or lower maxCapacity';
}

/**
 * Features that Lambda does not combine with provisioned concurrency.
 * https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html, https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation.html
 */
export function exclusions(fn: CfnResource): string[] {
  const { SnapStart, TenancyConfig } = renderedResource(fn).Properties;
  const isSnapStarted = (SnapStart as { ApplyOn?: unknown } | undefined)?.ApplyOn === 'PublishedVersions';
  return [isSnapStarted && 'SnapStart', TenancyConfig !== undefined && 'tenant isolation'].filter((feature) => feature !== false).map((feature) => (
    `provisionedConcurrency is stated, but handler '${fn.node.scope?.node.path}' has ${feature}, and Lambda does not take both: leave one of them out`
  ));
}

/** CodeDeploy looks a hook up by name, in the account and region of the deployment group. */
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

/** Alarms that CodeDeploy cannot find. */
export function alarmsElsewhere(scope: Construct, alarms: readonly cloudwatch.IAlarm[]): string[] {
  return alarms.flatMap((alarm) => {
    const place = elsewhere(scope, alarm.alarmArn, alarm.env);
    return place ? [`'${alarm.node.path}' of ${place.there}, but CodeDeploy looks for it in that of this stack (${place.here}): give an alarm of this account and region`] : [];
  });
}

function repeated(alarms: readonly cloudwatch.IAlarm[]): cloudwatch.IAlarm[] {
  return alarms.filter((alarm, index) => alarms.findIndex(({ alarmName }) => alarmName === alarm.alarmName) < index);
}

/**
 * The account or region of a resource, if it is known to differ from the stack's. `env` of an imported resource is that of its stack,
 * whatever its ARN says.
 */
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
