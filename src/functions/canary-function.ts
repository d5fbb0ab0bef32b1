import { Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import type { IConstruct } from 'constructs';
import { Construct } from 'constructs';
import type { CountAlarmOptions, DurationAlarmOptions, PercentAlarmOptions } from '../alarms/alarm-options';
import { AlarmSeverity } from '../alarms/alarms';
import { timeoutSeconds } from '../private/handler-facts';
import { addPatternAlarm, checkAlarmOptions } from '../private/pattern-alarm';
import { Problems } from '../private/problems';
import { runbook } from '../private/runbook';

/**
 * Tuning of the alarms of a `CanaryFunction`.
 */
export interface CanaryFunctionAlarmOptions {
  /**
   * Errors of the new version while traffic is shifted to it. Stops the deployment; no person is notified.
   *
   * @default - on, unless the shift is all at once; above 0 in 1 of 1 periods
   */
  readonly newVersionErrors?: CountAlarmOptions;

  /**
   * The error rate of the new version beyond that of the old one, in percentage points. Stops the deployment; no person is notified.
   *
   * @default - on, unless the shift is all at once; above 5 in 1 of 1 periods
   */
  readonly newVersionErrorRate?: PercentAlarmOptions;

  /**
   * The 99th percentile of the time that invocations of the new version take. Stops the deployment; no person is notified.
   *
   * @default - on, unless the shift is all at once; above 80 % of the handler's timeout in 1 of 1 periods
   */
  readonly newVersionDuration?: DurationAlarmOptions;

  /**
   * Invocations by the alias that ended in an error, whichever version they went to.
   *
   * @default - on; above 0 in 3 of 3 periods
   */
  readonly errors?: CountAlarmOptions;

  /**
   * The 99th percentile of the time that invocations by the alias take.
   *
   * @default - on; above 80 % of the handler's timeout in 3 of 3 periods
   */
  readonly duration?: DurationAlarmOptions;
}

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
   * Further alarms that stop a deployment and roll it back, for instance on what the function produces.
   *
   * While one of them fires no deployment starts, not even that of the repair: see `ignoreAlarms`.
   *
   * @default - none but those that are made here
   */
  readonly rollbackAlarms?: cloudwatch.IAlarm[];

  /**
   * Whether deployments go on whatever alarms fire: for the one deployment that ships the repair while a rollback alarm of yours is firing already.
   *
   * @default false
   */
  readonly ignoreAlarms?: boolean;

  /**
   * Execution environments that are kept ready for the alias. They are managed on the alias, not on a version, so a shift leaves them as they are; change them in a deployment of their own,
   * because Lambda allocates none while an alias points to two versions.
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
export class CanaryFunction extends Construct {
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

  private readonly shiftAlarms: cloudwatch.Alarm[];
  private readonly aliasAlarms: cloudwatch.Alarm[];

  constructor(scope: Construct, id: string, props: CanaryFunctionProps) {
    super(scope, id);
    check(this, props);

    this.handler = props.handler;
    this.version = this.handler.currentVersion;
    // Retained for certain, a version whose deployment failed could not be published a second time.
    this.version.applyRemovalPolicy(props.versionRemovalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    this.alias = new lambda.Alias(this, 'Alias', { aliasName: aliasNameOf(props), version: this.version });
    aliasesOf(this.handler).set(this.alias.aliasName, this);
    this.scaling = this.addScaling(props.provisionedConcurrency);

    const durationThreshold = nearTimeout(this.handler);
    this.shiftAlarms = isAllAtOnce(props) ? [] : this.addShiftAlarms(durationThreshold, props.alarms);
    this.aliasAlarms = this.addAliasAlarms(durationThreshold, props.alarms);

    const rollbackAlarms = [...this.shiftAlarms, ...props.rollbackAlarms ?? []];
    this.deploymentGroup = new codedeploy.LambdaDeploymentGroup(this, 'DeploymentGroup', {
      alias: this.alias,
      deploymentConfig: props.deploymentConfig ?? codedeploy.LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
      preHook: props.preTraffic,
      postHook: props.postTraffic,
      alarms: rollbackAlarms,
      ignoreAlarmConfiguration: props.ignoreAlarms,
      autoRollback: { failedDeployment: true, stoppedDeployment: true, deploymentInAlarm: rollbackAlarms.length > 0 },
    });
    // The alarms must look at the new version before the first traffic goes to it. CodeDeploy reads them through the group.
    this.alias.node.addDependency(this.deploymentGroup);
  }

  /**
   * The alarms on the new version, which stop a deployment. They notify nobody: the deployment says itself that it was rolled back.
   */
  public get rollbackAlarms(): cloudwatch.Alarm[] {
    return [...this.shiftAlarms];
  }

  /**
   * All alarms made here, for dashboards and composite alarms. A copy: changing it changes nothing.
   */
  public get alarms(): cloudwatch.Alarm[] {
    return [...this.shiftAlarms, ...this.aliasAlarms];
  }

  private addScaling(options?: ProvisionedConcurrency): lambda.IScalableFunctionAttribute | undefined {
    if (!options) {
      return undefined;
    }
    const scaling = this.alias.addAutoScaling({ minCapacity: options.minimum ?? 1, maxCapacity: options.maximum });
    scaling.scaleOnUtilization({ utilizationTarget: options.utilization ?? 0.7 });
    return scaling;
  }

  /** On what the new version answers by the alias. One period each: three of three could outlast the canary. */
  private addShiftAlarms(durationThreshold: number | undefined, options: CanaryFunctionAlarmOptions = {}): cloudwatch.Alarm[] {
    const path = this.node.path;
    return [
      ...addPatternAlarm(this, 'NewVersionErrorsAlarm', {
        metric: (period) => this.newVersionMetric('Errors', { period, statistic: cloudwatch.Stats.SUM }),
        threshold: options.newVersionErrors?.threshold ?? 0,
        evaluationPeriods: 1,
        meaning: `The version of ${path} that gets traffic step by step fails.`,
        firstStep: 'read the error in its log; the traffic goes back to the old version by itself.',
        runbook: runbook('canary', 'new-version-errors'),
      }, options.newVersionErrors),
      ...addPatternAlarm(this, 'NewVersionErrorRateAlarm', {
        metric: (period) => this.errorRateBeyondOld(period),
        threshold: options.newVersionErrorRate?.threshold ?? 5,
        evaluationPeriods: 1,
        meaning: `The version of ${path} that gets traffic step by step fails more often than the old one.`,
        firstStep: 'compare the errors of both versions; the traffic goes back to the old one by itself.',
        runbook: runbook('canary', 'new-version-error-rate'),
      }, options.newVersionErrorRate),
      ...addPatternAlarm(this, 'NewVersionDurationAlarm', {
        metric: (period) => this.newVersionMetric('Duration', { period, statistic: cloudwatch.Stats.p(99) }),
        threshold: options.newVersionDuration?.threshold?.toMilliseconds() ?? durationThreshold,
        evaluationPeriods: 1,
        meaning: `The version of ${path} that gets traffic step by step comes near its timeout.`,
        firstStep: 'find what became slow; the traffic goes back to the old version by itself.',
        runbook: runbook('canary', 'new-version-duration'),
      }, options.newVersionDuration),
    ];
  }

  /** After the shift, and for whatever a shift did not show. */
  private addAliasAlarms(durationThreshold: number | undefined, options: CanaryFunctionAlarmOptions = {}): cloudwatch.Alarm[] {
    return [
      ...addPatternAlarm(this, 'ErrorsAlarm', {
        metric: (period) => this.alias.metricErrors({ period, statistic: cloudwatch.Stats.SUM }),
        threshold: options.errors?.threshold ?? 0,
        evaluationPeriods: 3,
        severity: AlarmSeverity.LOOK_SOON,
        meaning: `What ${this.node.path} deployed fails, and goes on failing.`,
        firstStep: 'see whether it began with a deployment; if so, point the alias back to the version before.',
        runbook: runbook('canary', 'errors'),
      }, options.errors),
      ...addPatternAlarm(this, 'DurationAlarm', {
        metric: (period) => this.alias.metricDuration({ period, statistic: cloudwatch.Stats.p(99) }),
        threshold: options.duration?.threshold?.toMilliseconds() ?? durationThreshold,
        evaluationPeriods: 3,
        severity: AlarmSeverity.LOOK_SOON,
        meaning: `What ${this.node.path} deployed comes near its timeout.`,
        firstStep: 'see whether it began with a deployment; if so, point the alias back to the version before.',
        runbook: runbook('canary', 'duration'),
      }, options.duration),
    ];
  }

  /**
   * A metric of the new version's part of the alias.
   * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html
   */
  private newVersionMetric(metricName: string, options: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.alias.metric(metricName, {
      ...options,
      dimensionsMap: {
        FunctionName: this.handler.functionName,
        Resource: `${this.handler.functionName}:${this.alias.aliasName}`,
        ExecutedVersion: this.version.version,
      },
    });
  }

  /** In percentage points. What the alias has beyond the new version is the old one's. A minute without traffic counts as one without errors. */
  private errorRateBeyondOld(period: Duration): cloudwatch.MathExpression {
    const options = { period, statistic: cloudwatch.Stats.SUM };
    const newVersion = { newErrors: this.newVersionMetric('Errors', options), newInvocations: this.newVersionMetric('Invocations', options) };
    const alias = { aliasErrors: this.alias.metricErrors(options), aliasInvocations: this.alias.metricInvocations(options) };
    return new cloudwatch.MathExpression({
      expression: 'FILL(newRate, 0) - FILL(oldRate, 0)',
      label: 'Error rate of the new version beyond the old',
      period,
      usingMetrics: {
        newRate: new cloudwatch.MathExpression({
          expression: '100 * newErrors / newInvocations',
          period,
          usingMetrics: newVersion,
        }),
        oldRate: new cloudwatch.MathExpression({
          expression: '100 * (aliasErrors - FILL(newErrors, 0)) / (aliasInvocations - FILL(newInvocations, 0))',
          period,
          usingMetrics: { ...newVersion, ...alias },
        }),
      },
    });
  }
}

/** Checks the props, before anything is made. */
function check(scope: Construct, props: CanaryFunctionProps): void {
  const problems = new Problems(scope, 'CanaryFunction');
  checkHandler(problems, scope, props.handler);
  if (props.aliasName !== undefined && !Token.isUnresolved(props.aliasName) && !/^(?!\d+$)[a-zA-Z0-9_-]{1,128}$/.test(props.aliasName)) {
    problems.add(`aliasName is '${props.aliasName}', but must have 1 to 128 letters, digits, hyphens and underscores, and not digits only: leave it out for 'live'`);
  }
  const owner = aliasesOf(props.handler).get(aliasNameOf(props));
  if (owner) {
    problems.add(`aliasName is '${aliasNameOf(props)}', but '${owner.node.path}' has made an alias of this name for handler '${props.handler.node.path}' already: state another aliasName`);
  }
  checkProvisionedConcurrency(problems, props.provisionedConcurrency);
  const { alarms = {} } = props;
  checkAlarmOptions(problems, 'alarms.newVersionErrors', alarms.newVersionErrors);
  checkAlarmOptions(problems, 'alarms.newVersionErrorRate', alarms.newVersionErrorRate);
  checkAlarmOptions(problems, 'alarms.newVersionDuration', alarms.newVersionDuration);
  checkAlarmOptions(problems, 'alarms.errors', alarms.errors);
  checkAlarmOptions(problems, 'alarms.duration', alarms.duration);
  const own = [alarms.newVersionErrors, alarms.newVersionErrorRate, alarms.newVersionDuration];
  if (!isAllAtOnce(props) && own.every((options) => options?.enabled === false) && !props.rollbackAlarms?.length) {
    problems.add(
      'alarms.newVersionErrors, newVersionErrorRate and newVersionDuration are all off and rollbackAlarms is empty, so that nothing would stop a version that fails: ' +
      'leave one of them on, give rollbackAlarms, or state deploymentConfig: LambdaDeploymentConfig.ALL_AT_ONCE',
    );
  }
  problems.throwIfAny();
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

function checkProvisionedConcurrency(problems: Problems, options?: ProvisionedConcurrency): void {
  if (!options) {
    return;
  }
  const { minimum = 1, maximum, utilization } = options;
  problems.requireWholeNumber('provisionedConcurrency.minimum', minimum, 1, Infinity, 'leave it out for 1');
  problems.requireWholeNumber('provisionedConcurrency.maximum', maximum, 1, Infinity, 'state the most environments that may be kept ready');
  if (!Token.isUnresolved(minimum) && !Token.isUnresolved(maximum) && minimum > maximum) {
    problems.add(`provisionedConcurrency.minimum is ${minimum}, which is more than provisionedConcurrency.maximum (${maximum}): raise maximum or lower minimum`);
  }
  if (utilization !== undefined && !Token.isUnresolved(utilization) && !(utilization >= 0.1 && utilization <= 0.9)) {
    problems.add(`provisionedConcurrency.utilization is ${utilization}, but must be from 0.1 to 0.9: leave it out for 0.7`);
  }
}

/** Who made which alias, for each function: the names are unique within it. */
const aliases = new WeakMap<lambda.Function, Map<string, IConstruct>>();

function aliasesOf(handler: lambda.Function): Map<string, IConstruct> {
  const made = aliases.get(handler) ?? new Map<string, IConstruct>();
  aliases.set(handler, made);
  return made;
}

function aliasNameOf(props: CanaryFunctionProps): string {
  return props.aliasName ?? 'live';
}

/** 80 % of the timeout, in milliseconds; undefined where it is a token. */
function nearTimeout(handler: lambda.Function): number | undefined {
  const seconds = timeoutSeconds(handler);
  return seconds === undefined || Token.isUnresolved(seconds) ? undefined : 0.8 * seconds * 1000;
}

/** Then the deployment is over before an alarm can see anything of it. */
function isAllAtOnce(props: CanaryFunctionProps): boolean {
  return props.deploymentConfig?.deploymentConfigName === codedeploy.LambdaDeploymentConfig.ALL_AT_ONCE.deploymentConfigName;
}
