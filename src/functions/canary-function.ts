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
import type { IAlarmed } from '../alarms/alarmed';
import { listed } from '../private/alarms/alarm-table';

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
    rules.checkProps(this, props);
    // Otherwise a group that loses its last alarm keeps it, and its deployments stop for a deleted alarm.
    this.node.setContext(CODEDEPLOY_REMOVE_ALARMS_FROM_DEPLOYMENT_GROUP, true);

    this.handler = props.handler;
    this.version = this.handler.currentVersion;
    this.version.applyRemovalPolicy(rules.versionRemovalPolicyOf(props));
    rules.rememberVersionOwner(this.handler, { canary: this, removalPolicy: rules.versionRemovalPolicyOf(props) });
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
      // On alarm too, as soon as there is one; `deploymentInAlarm: true` would be an error where there is none.
      autoRollback: { failedDeployment: true, stoppedDeployment: true },
    });
    // The alias refers to the group, so that the alarms look at the new version before any traffic goes to it; but not to what the hooks need.
    this.alias.node.addDependency(this.deploymentGroup.role, ...hooks.reporters.flatMap(({ permissions }) => permissions));

    this.node.addValidation({ validate: () => checkAtSynthesis(this, props) });
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
    const scaling = this.alias.addAutoScaling({ minCapacity: options.minCapacity ?? 1, maxCapacity: options.maxCapacity });
    scaling.scaleOnUtilization({ utilizationTarget: options.utilizationTarget ?? 0.7 });
    return scaling;
  }
}
