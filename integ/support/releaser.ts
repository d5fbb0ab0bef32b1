import { join } from 'node:path';
import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { newHandlerFunction } from './handler-function';
import type { CanaryFunction } from '../../src';

/** The environment variable by which a function knows its release. */
export const RELEASE = 'RELEASE';

/**
 * Makes a function that deploys releases of a canary's handler by updating the stack that it is in. Payload: `ReleaserEvent`; answer: `ReleaserAnswer`.
 */
export function newReleaser(scope: Construct, id: string, canary: CanaryFunction): lambda.Function {
  const stack = Stack.of(canary);
  const { application, deploymentGroupName } = canary.deploymentGroup;
  const releaser = newHandlerFunction(scope, id, {
    entry: join(__dirname, 'handlers', 'releaser.ts'),
    timeout: Duration.minutes(5),
    environment: {
      RELEASER_STACK: stack.stackName,
      RELEASER_FUNCTION: canary.handler.functionName,
      RELEASER_ALIAS: canary.alias.aliasName,
      RELEASER_APPLICATION: application.applicationName,
      RELEASER_GROUP: deploymentGroupName,
      RELEASER_ALARMS: JSON.stringify(Object.fromEntries(canary.alarms.map(({ node, alarmName }) => [node.id, alarmName]))),
    },
  });
  // The stack is changed by the role with which it was deployed.
  releaser.addToRolePolicy(new iam.PolicyStatement({
    actions: ['cloudformation:UpdateStack', 'cloudformation:DescribeStacks', 'cloudformation:GetTemplate'],
    resources: [stack.formatArn({ service: 'cloudformation', resource: 'stack', resourceName: `${stack.stackName}/*` })],
  }));
  releaser.addToRolePolicy(new iam.PolicyStatement({ actions: ['lambda:GetAlias'], resources: [canary.handler.functionArn, `${canary.handler.functionArn}:*`] }));
  releaser.addToRolePolicy(new iam.PolicyStatement({
    actions: ['codedeploy:ListDeployments', 'codedeploy:GetDeployment'],
    resources: [canary.deploymentGroup.deploymentGroupArn],
  }));
  releaser.addToRolePolicy(new iam.PolicyStatement({ actions: ['cloudwatch:DescribeAlarmHistory'], resources: canary.alarms.map(({ alarmArn }) => alarmArn) }));
  return releaser;
}

/**
 * Makes a hook for before the traffic that tries the new version: hand it to the canary, and the canary to `tries`.
 */
export function newReleaseGate(scope: Construct, id: string): { readonly hook: lambda.Function; tries(canary: CanaryFunction): void } {
  const hook = newHandlerFunction(scope, id, { entry: join(__dirname, 'handlers', 'release-gate.ts'), timeout: Duration.minutes(1) });
  return {
    hook,
    tries: (canary) => {
      hook.addEnvironment('GATE_VERSION', canary.version.functionArn);
      // All versions, so that the right to call the next one is there before it is.
      canary.handler.grantInvoke(hook);
    },
  };
}
