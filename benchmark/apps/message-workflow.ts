import { Duration } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';

/** The state machine that processes messages is no part of what is compared, and made alike for all ways: with the CDK's own constructs. */
export function messageWorkflow(scope: Construct, id: string, lambdaFunction: lambda.Function): sfn.StateMachine {
  const work = new tasks.LambdaInvoke(scope, `${id}Work`, { lambdaFunction });
  return new sfn.StateMachine(scope, id, { definitionBody: sfn.DefinitionBody.fromChainable(work), timeout: Duration.hours(1) });
}
