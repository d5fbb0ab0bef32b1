import { CodeDeployClient, PutLifecycleEventHookExecutionStatusCommand } from '@aws-sdk/client-codedeploy';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';

const codedeploy = new CodeDeployClient({});
const lambda = new LambdaClient({});

/** Before any traffic goes to a new version: calls it with nothing to do, and refuses it when it fails even at that. */
export async function handler(event: { readonly DeploymentId: string; readonly LifecycleEventHookExecutionId: string }): Promise<void> {
  await codedeploy.send(new PutLifecycleEventHookExecutionStatusCommand({
    deploymentId: event.DeploymentId,
    lifecycleEventHookExecutionId: event.LifecycleEventHookExecutionId,
    status: await works() ? 'Succeeded' : 'Failed',
  }));
}

async function works(): Promise<boolean> {
  const nothing = JSON.stringify({ Records: [] });
  const { FunctionError } = await lambda.send(new InvokeCommand({ FunctionName: process.env.GATE_VERSION, Payload: nothing }));
  return FunctionError === undefined;
}
