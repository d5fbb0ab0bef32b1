import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudFormationClient, DescribeStacksCommand, UpdateStackCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeStateMachineAliasCommand, SFNClient } from '@aws-sdk/client-sfn';
import { currentTemplate } from '../releases';

/** `release`: begin to deploy other states, and answer once the alias gives them a part of the executions, or the deployment is over. `look`: how things are. */
export type WorkflowReleaserEvent = { readonly release: string } | { readonly look: true };

export interface WorkflowReleaserAnswer {
  readonly stack: string;
  /** The share of each version, in percent, by its number. */
  readonly weights: Readonly<Record<string, number>>;
  /** Whether an alarm on a version fires now. */
  readonly firing: boolean;
}

const STACK = process.env.RELEASER_STACK!;

const cloudformation = new CloudFormationClient({});
const cloudwatch = new CloudWatchClient({});
const workflows = new SFNClient({});

/** Deploys a changed workflow as `cdk deploy` would: with the template that it has then. */
export async function handler(event: WorkflowReleaserEvent): Promise<WorkflowReleaserAnswer> {
  if ('look' in event) {
    return look();
  }
  const before = await look();
  await cloudformation.send(new UpdateStackCommand({
    StackName: STACK, TemplateBody: withStates(await currentTemplate(STACK), event.release), Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM'],
  }));
  for (;;) {
    const answer = await look();
    if (Object.keys(answer.weights).length > 1 || (!answer.stack.endsWith('IN_PROGRESS') && answer.stack !== before.stack)) {
      return answer;
    }
    await sleep(200);
  }
}

/** The states name their release; what belongs to a version has other logical ids with other states. */
function withStates(template: string, release: string): string {
  const hash = createHash('md5').update(release).digest('hex').slice(0, 8);
  return template
    .replaceAll(/(release\\+":\\+")[a-z]*/g, (_, before: string) => `${before}${release}`)
    .replaceAll(/Version[0-9a-f]{8}(?=[A-Z])/g, `Version${hash}`);
}

async function look(): Promise<WorkflowReleaserAnswer> {
  const [{ Stacks: [stack] = [] }, { routingConfiguration = [] }, { MetricAlarms = [] }] = await Promise.all([
    cloudformation.send(new DescribeStacksCommand({ StackName: STACK })),
    workflows.send(new DescribeStateMachineAliasCommand({ stateMachineAliasArn: process.env.RELEASER_ALIAS })),
    cloudwatch.send(new DescribeAlarmsCommand({ AlarmNamePrefix: process.env.RELEASER_ALARMS, StateValue: 'ALARM' })),
  ]);
  return {
    stack: stack?.StackStatus ?? 'unknown',
    weights: Object.fromEntries(routingConfiguration.map(({ stateMachineVersionArn, weight }) => [stateMachineVersionArn!.split(':').at(-1)!, weight!])),
    firing: MetricAlarms.some(({ AlarmName }) => AlarmName!.includes('NewVersionFailed')),
  };
}
