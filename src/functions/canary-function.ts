import type { RemovalPolicy } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import { CODEDEPLOY_REMOVE_ALARMS_FROM_DEPLOYMENT_GROUP } from 'aws-cdk-lib/cx-api';
import { Construct } from 'constructs';
import { ALIAS_ALARMS, SHIFT_ALARMS } from './canary-function.alarms';
import type { CanaryFunctionAlarmOptions, CanaryFunctionAlarms } from './canary-function.alarms';
import { checkAtSynthesis } from './canary-function.late-rules';
import * as rules from './canary-function.rules';
import { publishEachChange } from './private/published-version';
import { releaseHooks } from './private/release-hook';
import { rememberVersionOwner } from './private/version-owners';
import type { IAlarmed } from '../alarms/alarmed';
import { listed } from '../private/alarms/alarm-table';

/**
 * Provisioned concurrency of an alias, scaled by its utilization.
 */
export interface ProvisionedConcurrency {
  /**
   * The minimum number of execution environments, from 1.
   *
   * @default 1
   */
  readonly minCapacity?: number;

  /**
   * The maximum number of execution environments that Application Auto Scaling can scale out to.
   */
  readonly maxCapacity: number;

  /**
   * The target utilization of the execution environments, from 0.1 to 0.9.
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
   * The function whose versions are deployed. It must be created in this stack, because each change to it is published as a version here.
   */
  readonly handler: lambda.Function;

  /**
   * The name of the alias that callers invoke.
   *
   * @default 'live'
   */
  readonly aliasName?: string;

  /**
   * How traffic shifts to a new version: all at once, in two increments (canary), in equal increments (linear), or by a
   * `codedeploy.LambdaDeploymentConfig` of your own.
   * https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
   *
   * @default codedeploy.LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES
   */
  readonly deploymentConfig?: codedeploy.ILambdaDeploymentConfig;

  /**
   * Invoked before traffic shifts to the new version. It must report `Succeeded` or `Failed` within an hour with
   * `codedeploy:PutLifecycleEventHookExecutionStatus`, which it is granted.
   * https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html#appspec-hooks-lambda
   *
   * @default - no hook
   */
  readonly preHook?: lambda.IFunction;

  /**
   * Invoked after all traffic has shifted to the new version. It reports in the same way as `preHook`.
   *
   * @default - no hook
   */
  readonly postHook?: lambda.IFunction;

  /**
   * Additional alarms that stop a deployment and roll it back, for example on the output of the function. At most ten, including those that
   * this construct creates, in the account and region of the stack. They must not refer to anything that invokes the alias, which would be
   * a circular dependency; metrics of the alias itself are fine.
   *
   * While one of them is in the ALARM state, no deployment starts, not even that of a fix: see `ignoreAlarms`.
   *
   * @default - only the alarms that this construct creates
   */
  readonly rollbackAlarms?: cloudwatch.IAlarm[];

  /**
   * Whether to deploy even though alarms are firing: for the one deployment that ships the fix while a rollback alarm, yours or one that
   * this construct creates, is in the ALARM state. There is a warning as long as it is set.
   *
   * @default false
   */
  readonly ignoreAlarms?: boolean;

  /**
   * Provisioned concurrency of the alias. It is configured on the alias, not on a version, and does not change during a traffic shift:
   * Lambda divides it between the two versions. Lambda does not allow changing it while the alias routes to two versions, so change it in a
   * separate deployment.
   * https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
   *
   * @default - no provisioned concurrency
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
   * @default - the removal policy in `currentVersionOptions` of the function, else RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE: a superseded
   * version is kept, so that the alias can be pointed back to it, until the function is deleted. The version of a failed deployment is
   * deleted
   */
  readonly versionRemovalPolicy?: RemovalPolicy;
}

/**
 * Deploys new versions of a function gradually, and rolls back those that fail.
 *
 * Creates a version for each change, an alias that callers invoke, a CodeDeploy deployment group that shifts the alias to the new version,
 * and alarms on the new version that roll it back.
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
   * The version that this template deploys.
   */
  public readonly version: lambda.Version;

  /**
   * The alias that callers invoke: pass it to other patterns as their `handler`, and grant on it.
   */
  public readonly alias: lambda.Alias;

  /**
   * The CodeDeploy deployment group that shifts the alias to a new version, and back.
   */
  public readonly deploymentGroup: codedeploy.LambdaDeploymentGroup;

  /**
   * Scaling of the provisioned concurrency, for example by a schedule. Undefined without `provisionedConcurrency`.
   */
  public readonly scaling?: lambda.IScalableFunctionAttribute;

  /**
   * The alarms of this construct, by name. Those on the new version stop a deployment and notify nobody: CloudFormation and CodeDeploy
   * report the rollback.
   */
  public readonly alarms: CanaryFunctionAlarms;


  constructor(scope: Construct, id: string, props: CanaryFunctionProps) {
    super(scope, id);
    rules.checkProps(this, props);
    // Without it, a group whose last alarm is removed keeps that alarm, and its deployments stop for an alarm that was deleted.
    this.node.setContext(CODEDEPLOY_REMOVE_ALARMS_FROM_DEPLOYMENT_GROUP, true);

    this.handler = props.handler;
    this.version = this.handler.currentVersion;
    this.version.applyRemovalPolicy(rules.versionRemovalPolicyOf(props));
    rememberVersionOwner(this.handler, { canary: this, removalPolicy: rules.versionRemovalPolicyOf(props) });
    publishEachChange(this.version);
    this.alias = new lambda.Alias(this, 'Alias', { aliasName: rules.aliasNameOf(props), version: this.version });
    this.scaling = this.addScaling(props.provisionedConcurrency);

    const subject = { path: this.node.path, alias: this.alias, version: this.version, timeoutSeconds: rules.knownTimeout(this.handler) };
    const shiftAlarms = rules.isAllAtOnce(props) ? {} : SHIFT_ALARMS.add(this, subject, props.alarms);
    this.alarms = { ...shiftAlarms, ...ALIAS_ALARMS.add(this, subject, props.alarms) };

    const hooks = releaseHooks(this, props.preHook, props.postHook);
    this.deploymentGroup = new codedeploy.LambdaDeploymentGroup(this, 'DeploymentGroup', {
      alias: this.alias,
      deploymentConfig: rules.deploymentConfigOf(props),
      preHook: hooks.preHook,
      postHook: hooks.postHook,
      alarms: [...listed(shiftAlarms), ...props.rollbackAlarms ?? []],
      ignoreAlarmConfiguration: props.ignoreAlarms,
      // CDK adds rollback on alarm as soon as there is an alarm; `deploymentInAlarm: true` is an error without one.
      autoRollback: { failedDeployment: true, stoppedDeployment: true },
    });
    // The alias refers to the group, so the alarms watch the new version before it gets traffic. It does not refer to the permissions, for
    // which it has to wait too.
    this.alias.node.addDependency(this.deploymentGroup.role, ...hooks.reporters.flatMap(({ permissions }) => permissions));

    this.node.addValidation({ validate: () => checkAtSynthesis(this, props) });
  }

  /**
   * All alarms of this construct, for dashboards and composite alarms. A copy: changing it changes nothing.
   */
  public get allAlarms(): cloudwatch.Alarm[] {
    return listed({ ...this.alarms });
  }

  private addScaling(options?: ProvisionedConcurrency): lambda.IScalableFunctionAttribute | undefined {
    if (!options) {
      return undefined;
    }
    const scaling = this.alias.addAutoScaling({ minCapacity: options.minCapacity ?? 1, maxCapacity: options.maxCapacity });
    scaling.scaleOnUtilization({ utilizationTarget: options.utilizationTarget ?? 0.7 });
    return scaling;
  }
}
