import { Tokenization } from 'aws-cdk-lib';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import { resourceBehind } from '../../private/app/references';

/**
 * The names of CodeDeploy's predefined configurations.
 * https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
 */
const PREDEFINED = /^CodeDeployDefault\.Lambda(?:AllAtOnce|Canary10Percent(?<canary>\d+)Minutes|Linear10PercentEvery(?<linear>\d+)Minutes?)$/;

/**
 * How long a deployment routes traffic to both versions, in seconds: 0 for all at once. Undefined for a configuration that is not part of
 * this app.
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

/** With the last increment, all traffic goes to the new version. */
function linearSeconds(minutes: number | string | undefined, percentage: number): number | undefined {
  return minutes === undefined ? undefined : 60 * Number(minutes) * (Math.ceil(100 / percentage) - 1);
}
