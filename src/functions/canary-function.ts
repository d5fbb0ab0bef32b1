import { Annotations, Arn, ArnFormat, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import { CODEDEPLOY_REMOVE_ALARMS_FROM_DEPLOYMENT_GROUP } from 'aws-cdk-lib/cx-api';
import { Construct } from 'constructs';
import { ALIAS_ALARMS, SHIFT_ALARMS } from './canary-function.alarms';
import type { CanaryFunctionAlarmOptions, CanaryFunctionAlarms } from './canary-function.alarms';
import type { IAlarmed } from '../alarms/alarmed';
import { shiftSeconds } from './private/traffic-shift';
import { listed } from '../private/alarms/alarm-table';
import { differ } from '../private/app/environments';
import { Problems } from '../private/checks/problems';
import { functionResource, reservedConcurrency, timeoutSeconds } from '../private/lambda/handler-facts';

/**
 * Execution environments that are kept ready, scaled by how many of them are in use.
 */
export interface ProvisionedConcurrency {
  /**
   * The least number of environments that are kept ready, from 1.
   *
   * @default 1
   */
  readonly minimum?: number;

  /**
   * The number of environments that Application Auto Scaling may go up to.
   */
  readonly maximum: number;

  /**
   * The share of the environments that should be in use, from 0.1 to 0.9.
   *
   * @default 0.7
   */
  readonly utilization?: number;
}

/**
 * Properties of a `CanaryFunction`.
 */
export interface CanaryFunctionProps {
  /**
   * The function whose versions are deployed. It must be made in this stack, because each change of it becomes a new version here.
   */
  readonly handler: lambda.Function;

  /**
   * The name of the alias that is invoked, within the function.
   *
   * @default 'live'
   */
  readonly aliasName?: string;

  /**
   * How traffic moves to a new version: all at once, in two steps (canary), in equal steps (linear), or as a `codedeploy.LambdaDeploymentConfig` of your own says.
   * https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
   *
   * @default codedeploy.LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES
   */
  readonly deploymentConfig?: codedeploy.ILambdaDeploymentConfig;

  /**
   * Called before any traffic goes to the new version. It must report `Succeeded` or `Failed` with `codedeploy:PutLifecycleEventHookExecutionStatus`, which it is allowed to, within an hour.
   * https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html#appspec-hooks-lambda
   *
   * @default - none
   */
  readonly preTraffic?: lambda.IFunction;

  /**
   * Called when all traffic goes to the new version; reports as `preTraffic` does.
   *
   * @default - none
   */
  readonly postTraffic?: lambda.IFunction;

  /**
   * Further alarms that stop a deployment and roll it back, for instance on what the function produces. At most ten together with those that are made here, in the
   * account and region of the stack. They must not refer to what invokes the alias, or the stack has a cycle; metrics of the alias itself are fine.
   *
   * While one of them fires no deployment starts, not even that of the repair: see `ignoreAlarms`.
   *
   * @default - none but those that are made here
   */
  readonly rollbackAlarms?: cloudwatch.IAlarm[];

  /**
   * Whether deployments go on whatever alarms fire: for the one deployment that ships the repair while a rollback alarm, yours or one that is made here, is firing
   * already. A warning reminds of it as long as it is set.
   *
   * @default false
   */
  readonly ignoreAlarms?: boolean;

  /**
   * Execution environments that are kept ready for the alias. They are managed on the alias, not on a version, and a shift leaves their number as it is; Lambda
   * divides them between the two versions. It refuses to change the number while an alias has weights, so change it in a deployment of its own.
   * https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
   *
   * @default - none
   */
  readonly provisionedConcurrency?: ProvisionedConcurrency;

  /**
   * Tuning of the alarms.
   *
   * @default - all alarms on, with their default thresholds
   */
  readonly alarms?: CanaryFunctionAlarmOptions;

  /**
   * What becomes of the version of today when a newer one takes its place in the template.
   *
   * @default - kept, so that the alias can be pointed back to it; it goes with the function, and that of a deployment that failed goes at once
   */
  readonly versionRemovalPolicy?: RemovalPolicy;
}

/**
 * A function whose new versions get the traffic step by step, and lose it again when they fail.
 *
 * Makes a version of each change, an alias that everybody invokes, a CodeDeploy deployment group that moves the alias, and alarms on the new version that move it back.
 * https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-steps-lambda.html
 *
 * @example
 * const canary = new CanaryFunction(this, 'Billing', { handler });
 * new QueueFedFunction(this, 'Orders', { handler: canary.alias });
 */
@propertyInjectable
export class CanaryFunction extends Construct implements IAlarmed {
  /**
   * Identifies this class to property injectors.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-serverless-patterns.functions.CanaryFunction';

  /**
   * The function whose versions are deployed.
   */
  public readonly handler: lambda.Function;

  /**
   * The version that the template deploys.
   */
  public readonly version: lambda.Version;

  /**
   * What everybody invokes: hand it to other patterns as their `handler`, and grant on it.
   */
  public readonly alias: lambda.Alias;

  /**
   * What moves the alias to a new version, and back.
   */
  public readonly deploymentGroup: codedeploy.LambdaDeploymentGroup;

  /**
   * How `provisionedConcurrency` is scaled, for schedules; undefined without it.
   */
  public readonly scaling?: lambda.IScalableFunctionAttribute;

  /**
   * The alarms made here, by their names. Those on the new version stop a deployment and notify nobody: the deployment says itself that it was rolled back.
   */
  public readonly alarms: CanaryFunctionAlarms;


  constructor(scope: Construct, id: string, props: CanaryFunctionProps) {
    super(scope, id);
    check(this, props);
    // Otherwise a group that loses its last alarm keeps it, and its deployments stop for an alarm that is no more.
    this.node.setContext(CODEDEPLOY_REMOVE_ALARMS_FROM_DEPLOYMENT_GROUP, true);

    this.handler = props.handler;
    this.version = this.handler.currentVersion;
    this.version.applyRemovalPolicy(versionRemovalPolicyOf(props));
    this.alias = new lambda.Alias(this, 'Alias', { aliasName: aliasNameOf(props), version: this.version });
    canariesOf(this.handler).push({ path: this.node.path, aliasName: this.alias.aliasName, versionRemovalPolicy: versionRemovalPolicyOf(props) });
    this.scaling = this.addScaling(props.provisionedConcurrency);

    const subject = { path: this.node.path, alias: this.alias, version: this.version, timeoutSeconds: knownTimeout(this.handler) };
    const shiftAlarms = isAllAtOnce(props) ? {} : SHIFT_ALARMS.add(this, subject, props.alarms);
    this.alarms = { ...shiftAlarms, ...ALIAS_ALARMS.add(this, subject, props.alarms) };

    this.deploymentGroup = new codedeploy.LambdaDeploymentGroup(this, 'DeploymentGroup', {
      alias: this.alias,
      deploymentConfig: deploymentConfigOf(props),
      preHook: props.preTraffic,
      postHook: props.postTraffic,
      alarms: [...listed(shiftAlarms), ...props.rollbackAlarms ?? []],
      ignoreAlarmConfiguration: props.ignoreAlarms,
      // On alarm too, as soon as there is one; `deploymentInAlarm: true` would be an error where there is none.
      autoRollback: { failedDeployment: true, stoppedDeployment: true },
    });
    // The alias refers to the group, so that the alarms look at the new version before any traffic goes to it; but not to what lets CodeDeploy call the hooks.
    this.alias.node.addDependency(this.deploymentGroup.role);
  }

  /**
   * All alarms made here, for dashboards and composite alarms. A copy: changing it changes nothing.
   */
  public get allAlarms(): cloudwatch.Alarm[] {
    return listed({ ...this.alarms });
  }

  private addScaling(options?: ProvisionedConcurrency): lambda.IScalableFunctionAttribute | undefined {
    if (!options) {
      return undefined;
    }
    const scaling = this.alias.addAutoScaling({ minCapacity: options.minimum ?? 1, maxCapacity: options.maximum });
    scaling.scaleOnUtilization({ utilizationTarget: options.utilization ?? 0.7 });
    return scaling;
  }
}

/** Checks the props, before anything is made. */
function check(scope: Construct, props: CanaryFunctionProps): void {
  const problems = new Problems(scope, 'CanaryFunction');
  checkHandler(problems, scope, props.handler);
  if (props.aliasName !== undefined && !Token.isUnresolved(props.aliasName) && !/^(?!\d+$)[a-zA-Z0-9_-]{1,128}$/.test(props.aliasName)) {
    problems.add(`aliasName is '${props.aliasName}', but must have 1 to 128 letters, digits, hyphens and underscores, and not digits only: leave it out for 'live'`);
  }
  checkOtherCanaries(problems, props);
  checkProvisionedConcurrency(problems, props);
  const timeout = { timeoutSeconds: 'currentVersion' in props.handler ? knownTimeout(props.handler) : undefined };
  SHIFT_ALARMS.check(problems, timeout, props.alarms);
  ALIAS_ALARMS.check(problems, timeout, props.alarms);
  checkRollbackAlarms(problems, scope, props);
  problems.throwIfAny();
  warn(scope, props);
}

function warn(scope: Construct, props: CanaryFunctionProps): void {
  const annotations = Annotations.of(scope);
  for (const hook of [props.preTraffic, props.postTraffic]) {
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

/** A metric is there after the invocation has ended, within a minute, and alarms on it are evaluated once a minute. */
const SECONDS_TO_ALARM = 120;

/** What CodeDeploy takes for one group. https://docs.aws.amazon.com/codedeploy/latest/userguide/limits.html */
const MOST_ROLLBACK_ALARMS = 10;

function checkRollbackAlarms(problems: Problems, scope: Construct, props: CanaryFunctionProps): void {
  const { alarms = {}, rollbackAlarms = [] } = props;
  const durationIsKnown = alarms.newVersionDuration?.threshold !== undefined || nearTimeout(props.handler) !== undefined;
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
      `rollbackAlarms has ${rollbackAlarms.length} alarms, which are ${own + rollbackAlarms.length} with those that are made here, but CodeDeploy takes ${MOST_ROLLBACK_ALARMS}: ` +
      'leave some out, or make one alarm on an expression of several metrics',
    );
  }
  for (const alarm of rollbackAlarms) {
    const [region, here] = [regionOf(alarm), Stack.of(scope).region];
    if (differ(region, here)) {
      problems.add(`rollbackAlarms has '${alarm.node.path}' of region ${region}, but CodeDeploy looks for it in that of this stack (${here}): give an alarm of this region`);
    }
  }
}

/** An imported alarm says that it is in the region of its stack, whatever its ARN says. */
function regionOf(alarm: cloudwatch.IAlarm): string {
  return Token.isUnresolved(alarm.alarmArn) ? alarm.env.region : Arn.split(alarm.alarmArn, ArnFormat.COLON_RESOURCE_NAME).region!;
}

function checkHandler(problems: Problems, scope: Construct, handler: lambda.Function): void {
  if (!('currentVersion' in handler)) {
    const { node } = handler as lambda.IFunction;
    problems.add(`handler '${node.path}' publishes no versions, because it is imported, an alias or a version: give the lambda.Function itself, in the stack where it is made`);
    return;
  }
  if (Stack.of(handler) !== Stack.of(scope)) {
    problems.add(
      `handler '${handler.node.path}' is made in another stack (${Stack.of(handler).node.path}), from which a new version could not be handed over, because each is an export that the other stack still uses: ` +
      'make the CanaryFunction in the stack of the function, and hand its alias over',
    );
  }
}

function checkProvisionedConcurrency(problems: Problems, { handler, provisionedConcurrency: options }: CanaryFunctionProps): void {
  if (!options) {
    return;
  }
  const { minimum = 1, maximum, utilization } = options;
  problems.requireWholeNumber('provisionedConcurrency.minimum', minimum, 1, Infinity, 'leave it out for 1');
  problems.requireWholeNumber('provisionedConcurrency.maximum', maximum, 1, Infinity, 'state the most environments that may be kept ready');
  if (!Token.isUnresolved(minimum) && !Token.isUnresolved(maximum) && minimum > maximum) {
    problems.add(`provisionedConcurrency.minimum is ${minimum}, which is more than provisionedConcurrency.maximum (${maximum}): raise maximum or lower minimum`);
  }
  const resource = functionResource(handler);
  const reserved = resource && reservedConcurrency(resource);
  if (reserved !== undefined && !Token.isUnresolved(maximum) && maximum > reserved) {
    problems.add(`provisionedConcurrency.maximum is ${maximum}, but must be at most the reserved concurrency of handler '${handler.node.path}' (${reserved}): raise that or lower maximum`);
  }
  if (utilization !== undefined && !Token.isUnresolved(utilization) && !(utilization >= 0.1 && utilization <= 0.9)) {
    problems.add(`provisionedConcurrency.utilization is ${utilization}, but must be from 0.1 to 0.9: leave it out for 0.7`);
  }
}

/** What several canaries of one function must agree on. */
interface Canary {
  readonly path: string;
  readonly aliasName: string;
  readonly versionRemovalPolicy: RemovalPolicy;
}

const canaries = new WeakMap<lambda.Function, Canary[]>();

function canariesOf(handler: lambda.Function): Canary[] {
  const made = canaries.get(handler) ?? [];
  canaries.set(handler, made);
  return made;
}

function checkOtherCanaries(problems: Problems, props: CanaryFunctionProps): void {
  for (const { path, aliasName, versionRemovalPolicy } of canariesOf(props.handler)) {
    if (aliasName === aliasNameOf(props)) {
      problems.add(`aliasName is '${aliasName}', but '${path}' has made an alias of this name for handler '${props.handler.node.path}' already: state another aliasName`);
    }
    if (versionRemovalPolicy !== versionRemovalPolicyOf(props)) {
      problems.add(
        `versionRemovalPolicy is '${versionRemovalPolicyOf(props)}', but '${path}' states '${versionRemovalPolicy}' for the versions of handler '${props.handler.node.path}', ` +
        'of which there is one set for all aliases: state the same in both',
      );
    }
  }
}

/** RETAIN would keep the version of a deployment that failed as well, and Lambda publishes no second version of the same code. */
function versionRemovalPolicyOf(props: CanaryFunctionProps): RemovalPolicy {
  return props.versionRemovalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
}

function aliasNameOf(props: CanaryFunctionProps): string {
  return props.aliasName ?? 'live';
}

/** In seconds; undefined where it is a token. */
function knownTimeout(handler: lambda.Function): number | undefined {
  const seconds = timeoutSeconds(handler);
  return Token.isUnresolved(seconds) ? undefined : seconds;
}

/** 80 % of the timeout, in milliseconds; undefined where it is a token. */
function nearTimeout(handler: lambda.Function): number | undefined {
  const seconds = knownTimeout(handler);
  return seconds === undefined ? undefined : 0.8 * seconds * 1000;
}

function deploymentConfigOf(props: CanaryFunctionProps): codedeploy.ILambdaDeploymentConfig {
  return props.deploymentConfig ?? codedeploy.LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES;
}

/** Then the deployment is over before an alarm can see anything of it. */
function isAllAtOnce(props: CanaryFunctionProps): boolean {
  return shiftSeconds(deploymentConfigOf(props)) === 0;
}
