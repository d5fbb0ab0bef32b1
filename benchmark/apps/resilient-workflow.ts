import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { AddPattern } from './add-pattern';
import { ResilientWorkflow } from 'cdk-serverless-patterns';

/** The pattern of this library, with its defaults, for a task that invokes the handler. */
export const addPattern: AddPattern = (stack, id, lambdaFunction) => {
  new ResilientWorkflow(stack, id, { definition: new tasks.LambdaInvoke(stack, `${id}Work`, { lambdaFunction }) });
};
