import type { CfnResource, IResource } from 'aws-cdk-lib';
import { Annotations, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { CanaryFunctionProps } from './canary-function';
import { ALIAS_ALARMS, SHIFT_ALARMS } from './canary-function.alarms';
import { resourcesOfFunction } from './private/function-resources';
import { shiftSeconds } from './private/traffic-shift';
import { versionOwnerOf } from './private/version-owners';
import type { AliasFacts, FunctionAliasFacts } from '../delivery/rules/function-alias';
import { FUNCTION_ALIAS_RULES } from '../delivery/rules/function-alias';
import type { HookFacts, LookedUpFacts, RollbackAlarmFacts, TrafficShiftFacts } from '../delivery/rules/traffic-shift';
import { TRAFFIC_SHIFT_RULES } from '../delivery/rules/traffic-shift';
import { placeByArn, placeOf } from '../private/app/environments';
import { renderedProperty, renderedResource } from '../private/app/rendered-resource';
import { resourcesBelow } from '../private/app/resources-below';
import { Problems } from '../private/checks/problems';
import type { PropBounds } from '../private/checks/prop-bounds';
import { functionResource, handlerFacts, reservedConcurrency, timeoutSeconds } from '../private/lambda/handler-facts';

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
  checkHandler(problems, scope, props.handler);
  checkRemovalPolicy(problems, props);
  checkAliasName(problems, props);
  problems.checkBounds(props, CANARY_FUNCTION_BOUNDS);
  checkCapacity(problems, props);
  checkTuning(problems, props);
  problems.addFindings(FUNCTION_ALIAS_RULES, functionAliasFacts(scope, props));
  problems.addFindings(TRAFFIC_SHIFT_RULES, trafficShiftFacts(scope, props, alarmsToCome(scope, props)));
  problems.throwIfAny();
  warnOfHooks(scope, props);
}

export const CANARY_FUNCTION_BOUNDS: PropBounds<CanaryFunctionProps> = {
  'provisionedConcurrency.minCapacity': { unit: 'number', min: 1, fix: 'leave it out for 1' },
  'provisionedConcurrency.utilizationTarget': { unit: 'ratio', min: 0.1, max: 0.9, fix: 'leave it out for 0.7' },
  'provisionedConcurrency.maxCapacity': { unit: 'number', min: 1, fix: 'state the most environments that may be kept ready' },
};

function checkHandler(problems: Problems, scope: Construct, handler: lambda.Function): void {
  const { node } = handler as lambda.IFunction;
  if (!publishesVersions(handler)) {
    problems.add(`handler '${node.path}' publishes no versions, because it is imported, an alias or a version: give the lambda.Function itself, in the stack where it is made`);
  } else if (Stack.of(handler) !== Stack.of(scope)) {
    problems.add(
      `handler '${node.path}' is made in another stack (${Stack.of(handler).node.path}), from which a new version could not be handed over, because each is an export that the other stack still uses: ` +
      'make the CanaryFunction in the stack of the function, and hand its alias over',
    );
  }
}

/** An import, an alias or a version does not; a cast, or a language without types, lets it pass. */
function publishesVersions(handler: lambda.Function): boolean {
  return 'currentVersion' in handler;
}

/** Several canaries of one function share its versions. */
function checkRemovalPolicy(problems: Problems, props: CanaryFunctionProps): void {
  const { handler, versionRemovalPolicy } = props;
  const stated = versionOptionsOf(handler).removalPolicy;
  if (versionRemovalPolicy !== undefined && stated !== undefined && versionRemovalPolicy !== stated) {
    problems.add(
      `versionRemovalPolicy is '${versionRemovalPolicy}', but currentVersionOptions of handler '${handler.node.path}' states '${stated}': state it in one of them`,
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

function checkAliasName(problems: Problems, { aliasName }: CanaryFunctionProps): void {
  if (aliasName !== undefined && !Token.isUnresolved(aliasName) && !/^(?!\d+$)[a-zA-Z0-9_-]{1,128}$/.test(aliasName)) {
    problems.add(`aliasName is '${aliasName}', but must have 1 to 128 letters, digits, hyphens and underscores, and not digits only: leave it out for 'live'`);
  }
}

function checkCapacity(problems: Problems, { provisionedConcurrency: options }: CanaryFunctionProps): void {
  const [minCapacity, maxCapacity] = [known(options?.minCapacity), known(options?.maxCapacity)];
  if (minCapacity !== undefined && maxCapacity !== undefined && minCapacity > maxCapacity) {
    problems.add(`provisionedConcurrency.minCapacity is ${minCapacity}, which is more than provisionedConcurrency.maxCapacity (${maxCapacity}): raise maxCapacity or lower minCapacity`);
  }
}

function checkTuning(problems: Problems, { handler, alarms }: CanaryFunctionProps): void {
  const timeout = { timeoutSeconds: knownTimeout(handler) };
  SHIFT_ALARMS.check(problems, timeout, alarms);
  ALIAS_ALARMS.check(problems, timeout, alarms);
}

function warnOfHooks(scope: Construct, { preHook, postHook }: CanaryFunctionProps): void {
  for (const hook of [preHook, postHook]) {
    if (hook && !hook.role) {
      Annotations.of(scope).addWarningV2(
        'cdk-serverless-patterns:hookRoleUnknown',
        `the role of hook '${hook.node.path}' is not known, so it cannot be allowed to report here: allow it codedeploy:PutLifecycleEventHookExecutionStatus on the deployment group, ` +
        'or import the function with its role (Function.fromFunctionAttributes)',
      );
    }
  }
}

// What the rules are told.

/**
 * What is known of the function, its versions and its alias, when a canary is made and when the app is complete.
 *
 * @param ofFunction finds the resources of a function
 */
export function functionAliasFacts(scope: Construct, props: CanaryFunctionProps, ofFunction = resourcesOfFunction): FunctionAliasFacts {
  const { handler } = props;
  const fn = publishesVersions(handler) ? functionResource(handler) : undefined;
  return {
    handler: { ...handlerFacts(handler), reservedConcurrency: fn && reservedConcurrency(fn), snapStart: fn && hasSnapStart(fn) },
    versions: {
      provisionedConcurrency: known(versionOptionsOf(handler).provisionedConcurrentExecutions, 'unknown'),
      deleted: versionRemovalPolicyOf(props) === RemovalPolicy.DESTROY,
    },
    alias: aliasFacts(scope, props, fn ? ofFunction(fn, 'AWS::Lambda::Alias') : []),
  };
}

function hasSnapStart(fn: CfnResource): boolean {
  // Rendered only if there is something to see, because that takes long.
  return renderedProperty(fn, 'SnapStart') !== undefined && (renderedResource(fn).Properties.SnapStart as { ApplyOn?: unknown }).ApplyOn === 'PublishedVersions';
}

/** @param aliases all of the function, in the order of the tree; while a canary is made, its own is not among them yet */
function aliasFacts(scope: Construct, props: CanaryFunctionProps, aliases: readonly CfnResource[]): AliasFacts {
  const { provisionedConcurrency } = props;
  const name: unknown = Stack.of(scope).resolve(aliasNameOf(props));
  const own = aliases.findIndex(({ node }) => node.scopes.includes(scope));
  const hasName = (alias: CfnResource) => JSON.stringify(renderedResource(alias).Properties.Name) === JSON.stringify(name);
  return {
    name: typeof name === 'string' ? name : undefined,
    sameName: aliases.filter((alias, index) => index !== own && hasName(alias)).map(({ node }) => node.path),
    provisionedConcurrency: provisionedConcurrency && {
      maxCapacity: known(provisionedConcurrency.maxCapacity),
      // Not those behind it, so that one alias reports that all together are too much, and not each.
      maxCapacityBefore: (own < 0 ? aliases : aliases.slice(0, own)).reduce((sum, alias) => sum + maxCapacityOf(alias), 0),
    },
  };
}

/** 0 where it is not known, as of a bare CfnAlias: what scales it cannot be found. */
function maxCapacityOf(alias: CfnResource): number {
  const construct = alias.node.scope;
  const targets = construct?.node.defaultChild === alias ? resourcesBelow(construct, 'AWS::ApplicationAutoScaling::ScalableTarget') : [];
  return targets.map((target) => renderedProperty(target, 'MaxCapacity')).reduce<number>((sum, most) => (typeof most === 'number' ? sum + most : sum), 0);
}

/**
 * What is known of the deployment group, when a canary is made and when the app is complete.
 *
 * @param alarms all that stop a deployment
 */
export function trafficShiftFacts(scope: Construct, props: CanaryFunctionProps, alarms: readonly RollbackAlarmFacts[]): TrafficShiftFacts {
  const { handler, preHook, postHook, ignoreAlarms } = props;
  return {
    handler: handlerFacts(handler),
    deployment: {
      ...placeOf(Stack.of(scope)),
      shiftSeconds: shiftSeconds(deploymentConfigOf(props)) ?? 'unknown',
      ignoresAlarms: ignoreAlarms,
      alarms,
      preHook: preHook && hookFacts(preHook),
      postHook: postHook && hookFacts(postHook),
    },
  };
}

/** The alarms on the new version that are made here, and those that are given. */
function alarmsToCome(scope: Construct, props: CanaryFunctionProps): RollbackAlarmFacts[] {
  const { alarms = {}, rollbackAlarms = [] } = props;
  const durationIsKnown = alarms.newVersionDuration?.threshold !== undefined || knownTimeout(props.handler) !== undefined;
  const own = isAllAtOnce(props) ? [] : (['newVersionErrors', 'newVersionErrorRate', 'newVersionDuration'] as const)
    .filter((name) => alarms[name]?.enabled !== false && (name !== 'newVersionDuration' || durationIsKnown));
  return [...own.map((name) => ({ path: `${scope.node.path}/${SHIFT_ALARMS.rows[name].id}` })), ...rollbackAlarms.map(alarmFacts)];
}

export function alarmFacts(alarm: cloudwatch.IAlarm): RollbackAlarmFacts {
  return { ...lookedUp(alarm, alarm.alarmArn), name: alarm.alarmName };
}

function hookFacts(hook: lambda.IFunction): HookFacts {
  return { ...handlerFacts(hook), ...lookedUp(hook, hook.functionArn) };
}

function lookedUp(resource: IResource, arn: string): LookedUpFacts {
  return { path: resource.node.path, ...placeByArn(resource, arn) };
}

/** The value, unless it is a token. */
function known<T, U = undefined>(value: T, unknown?: U): T | U | undefined {
  return Token.isUnresolved(value) ? unknown : value;
}
