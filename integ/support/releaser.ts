import { join } from 'node:path';
import { Duration, Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { newHandlerFunction } from './handler-function';
import type { CanaryFunction } from '../../src';

/** The environment variable by which a function knows its release. */
export const RELEASE = 'RELEASE';

/**
 * Makes a function that deploys releases of a canary's handler by updating the stack that it is in. Payload: `ReleaserEvent`; answer: `ReleaserAnswer`.
 *
 * @param others alarms of which it speaks beside those of the canary
 */
export function newReleaser(scope: Construct, id: string, canary: CanaryFunction, others: readonly cloudwatch.Alarm[] = []): lambda.Function {
  const alarms = [...canary.allAlarms, ...others];
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
      RELEASER_ALARMS: JSON.stringify(Object.fromEntries(alarms.map(({ node, alarmName }) => [node.id, alarmName]))),
    },
  });
  // The stack is changed by the role with which it was deployed.
  releaser.addToRolePolicy(new iam.PolicyStatement({
    actions: ['cloudformation:UpdateStack', 'cloudformation:DescribeStacks', 'cloudformation:GetTemplate'],
    resources: [stack.formatArn({ service: 'cloudformation', resource: 'stack', resourceName: `${stack.stackName}/*` })],
  }));
  // The local emulator takes the look at an alias for the listing of all.
  releaser.addToRolePolicy(new iam.PolicyStatement({
    actions: ['lambda:GetAlias', 'lambda:ListAliases'],
    resources: [canary.handler.functionArn, `${canary.handler.functionArn}:*`],
  }));
  releaser.addToRolePolicy(new iam.PolicyStatement({
    actions: ['codedeploy:ListDeployments', 'codedeploy:GetDeployment', 'codedeploy:StopDeployment'],
    resources: [canary.deploymentGroup.deploymentGroupArn],
  }));
  releaser.addToRolePolicy(new iam.PolicyStatement({ actions: ['cloudwatch:DescribeAlarmHistory'], resources: alarms.map(({ alarmArn }) => alarmArn) }));
  releaser.addToRolePolicy(new iam.PolicyStatement({ actions: ['cloudwatch:DescribeAlarms'], resources: ['*'] }));
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
