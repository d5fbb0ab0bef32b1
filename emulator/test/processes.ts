import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudFormationClient, CreateStackCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Emulator } from '../emulator';

/** The command lines of a process group, as the operating system knows them. */
export function processGroup(pgid: number): string[] {
  const { stdout } = spawnSync('ps', ['-eo', 'pgid=,args='], { encoding: 'utf8' });
  return stdout.split('\n').filter(line => line.trim().startsWith(`${pgid} `));
}

/** Waits until nothing of the group is left; answers what is left when it gives up. */
export async function leftOver(pgid: number): Promise<string[]> {
  for (let tries = 0; tries < 100 && processGroup(pgid).length > 0; tries++) {
    await sleep(100);
  }
  return processGroup(pgid);
}

/** Makes a function and leaves it busy for a minute, so that the server has a worker with something to do. Answers the folder of the server's state. */
export async function withBusyWorker(emulator: Emulator): Promise<string> {
  const client = { endpoint: emulator.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  const template = {
    Resources: {
      Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [] } } },
      Busy: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          FunctionName: 'busy',
          Runtime: 'python3.12',
          Handler: 'index.handler',
          Timeout: 60,
          Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
          // Neither it nor its child notices by itself that the server is gone.
          Code: { ZipFile: 'import subprocess\ndef handler(event, context): subprocess.run(["sleep", "60"])' },
        },
      },
    },
  };
  const cloudFormation = new CloudFormationClient(client);
  await cloudFormation.send(new CreateStackCommand({ StackName: 'busy', TemplateBody: JSON.stringify(template) }));
  await waitUntilStackCreateComplete({ client: cloudFormation, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { StackName: 'busy' });
  await new LambdaClient(client).send(new InvokeCommand({ FunctionName: 'busy', InvocationType: 'Event' }));
  while (!processGroup(emulator.pid).some(line => line.endsWith(' sleep 60'))) {
    await sleep(100);
  }
  const [, state] = /(\S+)\/tmp\/ministack-lambda-busy/.exec(processGroup(emulator.pid).join('\n')) ?? [];
  if (state === undefined) {
    throw new Error('the worker does not run in the state of its server');
  }
  return state;
}
