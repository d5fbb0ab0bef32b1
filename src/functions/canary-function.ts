import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import { CODEDEPLOY_REMOVE_ALARMS_FROM_DEPLOYMENT_GROUP } from 'aws-cdk-lib/cx-api';
import { Construct } from 'constructs';
import * as rules from './canary-function.rules';
import { publishEachChange } from './private/published-version';
import { releaseHooks } from './private/release-hook';
import type { CountAlarmOptions, DurationAlarmOptions, PercentAlarmOptions } from '../alarms/alarm-options';
import { AlarmSeverity } from '../alarms/alarms';
import { lookingBack } from '../private/alarms/look-back';
import { addPatternAlarm } from '../private/alarms/pattern-alarm';
import { runbook } from '../private/alarms/runbook';

/**
 * Tuning of the alarms of a `CanaryFunction`.
 *
 * Lambda dates a metric at the start of the invocation and sends it at the end. So where the handler's timeout is longer than a period, the alarms look back as many
 * periods more as the timeout has, for as many datapoints as they would need otherwise.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html
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
  readonly minCapacity?: number;

  /**
   * The number of environments that Application Auto Scaling may go up to.
   */
  readonly maxCapacity: number;

  /**
   * The share of the environments that should be in use, from 0.1 to 0.9.
   *
   * @default 0.7
   */
  readonly utilizationTarget?: number;
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
  readonly preHook?: lambda.IFunction;

  /**
   * Called when all traffic goes to the new version; reports as `preHook` does.
   *
   * @default - none
   */
  readonly postHook?: lambda.IFunction;

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
   * Removal policy of superseded versions.
   *
   * @default - that of `currentVersionOptions` of the function; without it a version is kept, so that the alias can be pointed back to it. It goes with the function, and that
   * of a deployment that failed goes at once
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
    rules.checkProps(this, props);
    // Otherwise a group that loses its last alarm keeps it, and its deployments stop for a deleted alarm.
    this.node.setContext(CODEDEPLOY_REMOVE_ALARMS_FROM_DEPLOYMENT_GROUP, true);

    this.handler = props.handler;
    this.version = this.handler.currentVersion;
    this.version.applyRemovalPolicy(rules.versionRemovalPolicyOf(props));
    rules.rememberVersionOwner(this.version, this, rules.versionRemovalPolicyOf(props));
    publishEachChange(this.version);
    this.alias = new lambda.Alias(this, 'Alias', { aliasName: rules.aliasNameOf(props), version: this.version });
    this.scaling = this.addScaling(props.provisionedConcurrency);

    const durationThreshold = rules.nearTimeout(this.handler);
    this.shiftAlarms = rules.isAllAtOnce(props) ? [] : this.addShiftAlarms(durationThreshold, props.alarms);
    this.aliasAlarms = this.addAliasAlarms(durationThreshold, props.alarms);

    const hooks = releaseHooks(this, props.preHook, props.postHook);
    this.deploymentGroup = new codedeploy.LambdaDeploymentGroup(this, 'DeploymentGroup', {
      alias: this.alias,
      deploymentConfig: rules.deploymentConfigOf(props),
      preHook: hooks.preHook,
      postHook: hooks.postHook,
      alarms: [...this.shiftAlarms, ...props.rollbackAlarms ?? []],
      ignoreAlarmConfiguration: props.ignoreAlarms,
      // On alarm too, as soon as there is one; `deploymentInAlarm: true` would be an error where there is none.
      autoRollback: { failedDeployment: true, stoppedDeployment: true },
    });
    // The alias refers to the group, so that the alarms look at the new version before any traffic goes to it; but not to what the hooks need.
    this.alias.node.addDependency(this.deploymentGroup.role, ...hooks.policies);

    this.node.addValidation({ validate: () => rules.checkAtSynthesis(this, props) });
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
    const scaling = this.alias.addAutoScaling({ minCapacity: options.minCapacity ?? 1, maxCapacity: options.maxCapacity });
    scaling.scaleOnUtilization({ utilizationTarget: options.utilizationTarget ?? 0.7 });
    return scaling;
  }

  /** On what the new version answers by the alias. */
  private addShiftAlarms(durationThreshold: number | undefined, options: CanaryFunctionAlarmOptions = {}): cloudwatch.Alarm[] {
    const path = this.node.path;
    return [
      ...addPatternAlarm(this, 'NewVersionErrorsAlarm', {
        metric: (period) => this.newVersionMetric('Errors', { period, statistic: cloudwatch.Stats.SUM }),
        threshold: options.newVersionErrors?.threshold ?? 0,
        evaluationPeriods: rules.AT_ONCE,
        meaning: `The version of ${path} that gets traffic step by step fails.`,
        firstStep: 'read the error in its log; the traffic goes back to the old version by itself.',
        runbook: runbook('canary', 'new-version-errors'),
      }, lookingBack(rules.knownTimeout(this.handler), rules.AT_ONCE, options.newVersionErrors)),
      ...addPatternAlarm(this, 'NewVersionErrorRateAlarm', {
        metric: (period) => this.errorRateBeyondOld(period),
        threshold: options.newVersionErrorRate?.threshold ?? 5,
        evaluationPeriods: rules.AT_ONCE,
        meaning: `The version of ${path} that gets traffic step by step fails more often than the old one.`,
        firstStep: 'compare the errors of both versions; the traffic goes back to the old one by itself.',
        runbook: runbook('canary', 'new-version-error-rate'),
      }, lookingBack(rules.knownTimeout(this.handler), rules.AT_ONCE, options.newVersionErrorRate)),
      ...addPatternAlarm(this, 'NewVersionDurationAlarm', {
        metric: (period) => this.newVersionMetric('Duration', { period, statistic: cloudwatch.Stats.p(99) }),
        threshold: options.newVersionDuration?.threshold?.toMilliseconds() ?? durationThreshold,
        evaluationPeriods: rules.AT_ONCE,
        meaning: `The version of ${path} that gets traffic step by step comes near its timeout.`,
        firstStep: 'find what became slow; the traffic goes back to the old version by itself.',
        runbook: runbook('canary', 'new-version-duration'),
      }, lookingBack(rules.knownTimeout(this.handler), rules.AT_ONCE, options.newVersionDuration)),
    ];
  }

  /** After the shift, and for whatever a shift did not show. */
  private addAliasAlarms(durationThreshold: number | undefined, options: CanaryFunctionAlarmOptions = {}): cloudwatch.Alarm[] {
    return [
      ...addPatternAlarm(this, 'ErrorsAlarm', {
        metric: (period) => this.alias.metricErrors({ period, statistic: cloudwatch.Stats.SUM }),
        threshold: options.errors?.threshold ?? 0,
        evaluationPeriods: rules.LASTING,
        severity: AlarmSeverity.LOOK_SOON,
        meaning: `What ${this.node.path} deployed fails, and goes on failing.`,
        firstStep: 'see whether it began with a deployment; if so, point the alias back to the version before.',
        runbook: runbook('canary', 'errors'),
      }, lookingBack(rules.knownTimeout(this.handler), rules.LASTING, options.errors)),
      ...addPatternAlarm(this, 'DurationAlarm', {
        metric: (period) => this.alias.metricDuration({ period, statistic: cloudwatch.Stats.p(99) }),
        threshold: options.duration?.threshold?.toMilliseconds() ?? durationThreshold,
        evaluationPeriods: rules.LASTING,
        severity: AlarmSeverity.LOOK_SOON,
        meaning: `What ${this.node.path} deployed comes near its timeout.`,
        firstStep: 'see whether it began with a deployment; if so, point the alias back to the version before.',
        runbook: runbook('canary', 'duration'),
      }, lookingBack(rules.knownTimeout(this.handler), rules.LASTING, options.duration)),
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

  /**
   * In percentage points. What the alias has beyond the new version is the old one's; a minute in which the old one had no traffic counts as one without errors.
   *
   * No FILL: the latest minute is often not reported yet, and filled with 0 it would keep the alarm from firing.
   * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
   */
  private errorRateBeyondOld(period: Duration): cloudwatch.MathExpression {
    const options = { period, statistic: cloudwatch.Stats.SUM };
    return new cloudwatch.MathExpression({
      expression: '100 * newErrors / newInvocations - IF(invocations > newInvocations, 100 * (errors - newErrors) / (invocations - newInvocations), 0)',
      label: 'Error rate of the new version beyond the old',
      period,
      usingMetrics: {
        newErrors: this.newVersionMetric('Errors', options),
        newInvocations: this.newVersionMetric('Invocations', options),
        errors: this.alias.metricErrors(options),
        invocations: this.alias.metricInvocations(options),
      },
    });
  }
}
