import { setTimeout as sleep } from 'node:timers/promises';
import { CloudFormationClient, DescribeStacksCommand, UpdateStackCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import type { DeploymentInfo } from '@aws-sdk/client-codedeploy';
import { CodeDeployClient, GetDeploymentCommand, ListDeploymentsCommand, StopDeploymentCommand } from '@aws-sdk/client-codedeploy';
import { GetAliasCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { withRelease } from '../release-template';
import { currentTemplate, hasRung } from '../releases';

/**
 * `release`: begin to deploy another release, by another value of the parameter `Release` where the stack has one, and answer once the alias gives it a part of the traffic, or the deployment is over; with `hooks`, as soon as it waits for
 * one. `stop`: stop the deployment that is under way, and roll it back. `look`: how things are.
 */
export type ReleaserEvent =
  | { readonly release: string; readonly ignoreAlarms?: boolean; readonly hooks?: boolean }
  | { readonly stop: true }
  | { readonly look: true };

export interface ReleaserAnswer {
  readonly stack: string;
  /** The version of the alias, and the share of the other one. */
  readonly version: string;
  readonly weights: Readonly<Record<string, number>>;
  /** How the last deployment but one of a rollback ended. */
  readonly deployment?: { readonly status?: string; readonly error?: string };
  /** The alarms that have fired at any time, by their ids, in order. */
  readonly rang: readonly string[];
  /** Those of them that fire now. */
  readonly firing: readonly string[];
}

const STACK = process.env.RELEASER_STACK!;
const GROUP = { applicationName: process.env.RELEASER_APPLICATION!, deploymentGroupName: process.env.RELEASER_GROUP! };

const ALARMS = JSON.parse(process.env.RELEASER_ALARMS!) as Readonly<Record<string, string>>;

const cloudformation = new CloudFormationClient({});
const cloudwatch = new CloudWatchClient({});
const codedeploy = new CodeDeployClient({});
const lambda = new LambdaClient({});

/**
 * Deploys a changed function as `cdk deploy` would: the stack is updated with its own template, changed as by `withRelease`; or with the same template and another parameter.
 */
export async function handler(event: ReleaserEvent): Promise<ReleaserAnswer> {
  if ('look' in event) {
    return look();
  }
  if ('stop' in event) {
    await stop();
    return look();
  }
  const parameters = await parametersFor(event.release);
  const isByParameter = parameters.some(({ ParameterValue }) => ParameterValue !== undefined);
  const template = isByParameter ? undefined : withRelease(await currentTemplate(STACK), event.release, event.ignoreAlarms ?? false);
  await cloudformation.send(new UpdateStackCommand({
    StackName: STACK,
    ...(template === undefined ? { UsePreviousTemplate: true } : { TemplateBody: template }),
    Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM'],
    Parameters: parameters,
  }));
  for (;;) {
    const answer = await look();
    const waits = event.hooks && answer.deployment?.status === 'InProgress';
    if (waits || Object.keys(answer.weights).length > 0 || !answer.stack.endsWith('IN_PROGRESS')) {
      return answer;
    }
    await sleep(200);
  }
}

async function look(): Promise<ReleaserAnswer> {
  const [{ Stacks: [stack] = [] }, alias, last, rang, firing] = await Promise.all([
    cloudformation.send(new DescribeStacksCommand({ StackName: STACK })),
    lambda.send(new GetAliasCommand({ FunctionName: process.env.RELEASER_FUNCTION, Name: process.env.RELEASER_ALIAS })),
    lastDeployment(),
    Promise.all(Object.entries(ALARMS).map(async ([id, name]) => (await hasRung(name) ? [id] : []))),
    firingAlarms(),
  ]);
  return {
    stack: stack?.StackStatus ?? 'unknown',
    version: alias.FunctionVersion!,
    weights: alias.RoutingConfig?.AdditionalVersionWeights ?? {},
    ...(last ? { deployment: { status: last.status!, ...(last.errorInformation?.code ? { error: last.errorInformation.code } : {}) } } : {}),
    rang: rang.flat().sort(),
    firing,
  };
}

async function firingAlarms(): Promise<string[]> {
  const { MetricAlarms = [] } = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: Object.values(ALARMS), StateValue: 'ALARM' }));
  const names = MetricAlarms.map(({ AlarmName }) => AlarmName);
  return Object.keys(ALARMS).filter((id) => names.includes(ALARMS[id])).sort();
}

async function stop(): Promise<void> {
  const last = await lastDeployment();
  await codedeploy.send(new StopDeploymentCommand({ deploymentId: last!.deploymentId, autoRollbackEnabled: true }));
}

/** The last one that somebody asked for; a rollback is a deployment too, of CodeDeploy's own. */
async function lastDeployment(): Promise<DeploymentInfo | undefined> {
  const { deployments = [] } = await codedeploy.send(new ListDeploymentsCommand(GROUP));
  const all = await Promise.all(deployments.map(async (deploymentId) => {
    const { deploymentInfo } = await codedeploy.send(new GetDeploymentCommand({ deploymentId }));
    return deploymentInfo!;
  }));
  return all.filter(({ creator }) => creator !== 'codeDeployRollback').sort((a, b) => Number(b.createTime) - Number(a.createTime))[0];
}

async function parametersFor(release: string): Promise<{ ParameterKey: string; ParameterValue?: string; UsePreviousValue?: boolean }[]> {
  const { Stacks: [stack] = [] } = await cloudformation.send(new DescribeStacksCommand({ StackName: STACK }));
  return (stack?.Parameters ?? []).map(({ ParameterKey }) => (
    ParameterKey === 'Release' ? { ParameterKey, ParameterValue: release } : { ParameterKey: ParameterKey!, UsePreviousValue: true }
  ));
}
