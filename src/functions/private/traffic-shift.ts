import { Tokenization } from 'aws-cdk-lib';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import { resourceBehind } from '../../private/app/references';

/** The names of CodeDeploy's own configurations. https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html */
const PREDEFINED = /^CodeDeployDefault\.Lambda(?:AllAtOnce|Canary10Percent(?<canary>\d+)Minutes|Linear10PercentEvery(?<linear>\d+)Minutes?)$/;

/**
 * How long a deployment gives traffic to two versions, in seconds: 0 for all at once. Undefined for a configuration that is not made in this app.
 */
export function shiftSeconds(config: codedeploy.ILambdaDeploymentConfig): number | undefined {
  const predefined = PREDEFINED.exec(config.deploymentConfigName)?.groups;
  if (predefined) {
    return canarySeconds(predefined.canary) ?? linearSeconds(predefined.linear, 10) ?? 0;
  }
  const resource = resourceBehind(config.deploymentConfigName, 'AWS::CodeDeploy::DeploymentConfig') as codedeploy.CfnDeploymentConfig | undefined;
  return resource && secondsOf(resource.trafficRoutingConfig);
}

function secondsOf(routing: codedeploy.CfnDeploymentConfig['trafficRoutingConfig']): number | undefined {
  if (routing === undefined || Tokenization.isResolvable(routing)) {
    return undefined;
  }
  const { type, timeBasedCanary, timeBasedLinear } = routing;
  if (timeBasedCanary && !Tokenization.isResolvable(timeBasedCanary)) {
    return canarySeconds(timeBasedCanary.canaryInterval);
  }
  if (timeBasedLinear && !Tokenization.isResolvable(timeBasedLinear)) {
    return linearSeconds(timeBasedLinear.linearInterval, timeBasedLinear.linearPercentage);
  }
  return type === 'AllAtOnce' ? 0 : undefined;
}

function canarySeconds(minutes: number | string | undefined): number | undefined {
  return minutes === undefined ? undefined : 60 * Number(minutes);
}

/** The last step gives the new version everything. */
function linearSeconds(minutes: number | string | undefined, percentage: number): number | undefined {
  return minutes === undefined ? undefined : 60 * Number(minutes) * (Math.ceil(100 / percentage) - 1);
}
