import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudFormationClient, DescribeStacksCommand, GetTemplateCommand, UpdateStackCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, paginateDescribeAlarmHistory } from '@aws-sdk/client-cloudwatch';
import { CodeDeployClient, GetDeploymentCommand, ListDeploymentsCommand } from '@aws-sdk/client-codedeploy';
import { GetAliasCommand, LambdaClient } from '@aws-sdk/client-lambda';

/** `release`: begin to deploy another release, and answer once the alias gives it a part of the traffic. `look`: how things are. */
export type ReleaserEvent = { readonly release: string } | { readonly look: true };

export interface ReleaserAnswer {
  readonly stack: string;
  /** The version of the alias, and the share of the other one. */
  readonly version: string;
  readonly weights: Readonly<Record<string, number>>;
  /** How the last deployment but one of a rollback ended. */
  readonly deployment?: { readonly status?: string; readonly error?: string };
  /** The canary's alarms that have fired at any time, by their ids below it, in order. */
  readonly rang: readonly string[];
}

const STACK = process.env.RELEASER_STACK!;
const GROUP = { applicationName: process.env.RELEASER_APPLICATION!, deploymentGroupName: process.env.RELEASER_GROUP! };

const ALARMS = JSON.parse(process.env.RELEASER_ALARMS!) as Readonly<Record<string, string>>;

const cloudformation = new CloudFormationClient({});
const cloudwatch = new CloudWatchClient({});
const codedeploy = new CodeDeployClient({});
const lambda = new LambdaClient({});

/**
 * Deploys a changed function as `cdk deploy` would: the stack is updated with its own template, in which the function has another environment, and its version, as for
 * each change, another logical id.
 */
export async function handler(event: ReleaserEvent): Promise<ReleaserAnswer> {
  if ('look' in event) {
    return look();
  }
  await cloudformation.send(new UpdateStackCommand({
    StackName: STACK,
    TemplateBody: withRelease(await currentTemplate(), event.release),
    Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM'],
    Parameters: await sameParameters(),
  }));
  for (;;) {
    const answer = await look();
    if (Object.keys(answer.weights).length > 0 || !answer.stack.endsWith('IN_PROGRESS')) {
      return answer;
    }
    await sleep(200);
  }
}

async function look(): Promise<ReleaserAnswer> {
  const [{ Stacks: [stack] = [] }, alias, last, rang] = await Promise.all([
    cloudformation.send(new DescribeStacksCommand({ StackName: STACK })),
    lambda.send(new GetAliasCommand({ FunctionName: process.env.RELEASER_FUNCTION, Name: process.env.RELEASER_ALIAS })),
    lastDeployment(),
    Promise.all(Object.entries(ALARMS).map(async ([id, name]) => (await hasRung(name) ? [id] : []))),
  ]);
  return {
    stack: stack?.StackStatus ?? 'unknown',
    version: alias.FunctionVersion!,
    weights: alias.RoutingConfig?.AdditionalVersionWeights ?? {},
    ...(last ? { deployment: last } : {}),
    rang: rang.flat().sort(),
  };
}

async function hasRung(alarmName: string): Promise<boolean> {
  for await (const { AlarmHistoryItems = [] } of paginateDescribeAlarmHistory({ client: cloudwatch }, { AlarmName: alarmName, HistoryItemType: 'StateUpdate' })) {
    const states = AlarmHistoryItems.map(({ HistoryData }) => (JSON.parse(HistoryData!) as { newState: { stateValue: string } }).newState.stateValue);
    if (states.includes('ALARM')) {
      return true;
    }
  }
  return false;
}

/** The last one that somebody asked for; a rollback is a deployment too, of CodeDeploy's own. */
async function lastDeployment(): Promise<ReleaserAnswer['deployment']> {
  const { deployments = [] } = await codedeploy.send(new ListDeploymentsCommand(GROUP));
  const all = await Promise.all(deployments.map(async (deploymentId) => {
    const { deploymentInfo } = await codedeploy.send(new GetDeploymentCommand({ deploymentId }));
    return deploymentInfo!;
  }));
  const [last] = all.filter(({ creator }) => creator !== 'codeDeployRollback').sort((a, b) => Number(b.createTime) - Number(a.createTime));
  return last && { status: last.status!, ...(last.errorInformation?.code ? { error: last.errorInformation.code } : {}) };
}

async function currentTemplate(): Promise<string> {
  const { TemplateBody } = await cloudformation.send(new GetTemplateCommand({ StackName: STACK, TemplateStage: 'Original' }));
  // Without the spaces, because a body may have 51,200 bytes.
  return JSON.stringify(JSON.parse(TemplateBody!));
}

async function sameParameters(): Promise<{ ParameterKey: string; UsePreviousValue: boolean }[]> {
  const { Stacks: [stack] = [] } = await cloudformation.send(new DescribeStacksCommand({ StackName: STACK }));
  return (stack?.Parameters ?? []).map(({ ParameterKey }) => ({ ParameterKey: ParameterKey!, UsePreviousValue: true }));
}

export function withRelease(template: string, release: string): string {
  const hash = createHash('md5').update(release).digest('hex');
  return template
    .replace(/"RELEASE":"[^"]*"/, () => `"RELEASE":${JSON.stringify(release)}`)
    .replaceAll(/(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}/g, (_, id: string) => `${id}${hash}`);
}
