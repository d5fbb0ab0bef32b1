import { join } from 'node:path';
import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { newHandlerFunction } from './handler-function';
import type { ResilientWorkflow } from '../../src';

/** Makes a function that deploys releases of a workflow with `trafficShift` by updating the stack that it is in. Payload: `WorkflowReleaserEvent`; answer: `WorkflowReleaserAnswer`. */
export function newWorkflowReleaser(scope: Construct, id: string, { stateMachine, alias }: ResilientWorkflow): lambda.Function {
  const stack = Stack.of(stateMachine);
  const releaser = newHandlerFunction(scope, id, {
    entry: join(__dirname, 'handlers', 'workflow-releaser.ts'),
    timeout: Duration.minutes(5),
    environment: { RELEASER_STACK: stack.stackName, RELEASER_ALIAS: alias!.stateMachineArn, RELEASER_ALARMS: stack.stackName },
  });
  // The stack is changed by the role with which it was deployed.
  releaser.addToRolePolicy(new iam.PolicyStatement({
    actions: ['cloudformation:UpdateStack', 'cloudformation:DescribeStacks', 'cloudformation:GetTemplate'],
    resources: [stack.formatArn({ service: 'cloudformation', resource: 'stack', resourceName: `${stack.stackName}/*` })],
  }));
  releaser.addToRolePolicy(new iam.PolicyStatement({ actions: ['states:DescribeStateMachineAlias'], resources: [stateMachine.stateMachineArn] }));
  releaser.addToRolePolicy(new iam.PolicyStatement({ actions: ['cloudwatch:DescribeAlarms'], resources: ['*'] }));
  return releaser;
}
