import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeStacksCommand, UpdateStackCommand } from '@aws-sdk/client-cloudformation';
import { CodeDeployClient, GetDeploymentCommand, ListDeploymentsCommand } from '@aws-sdk/client-codedeploy';
import { GetAliasCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { DeskClient } from './desk-client';
import { OPERATOR } from './desk-client';
import type { StackTemplate } from './stack-facts';

/** With fewer orders it could be that none of them meets the release, which gets a tenth. */
export const LEAST_ORDERS = 300;

/** How a release went. */
export interface ReleaseOutcome {
  readonly startedAt: number;
  /** When the new version got a part of the traffic; undefined if it never did. */
  readonly shiftedAt?: number;
  /** When it had none any more. */
  readonly takenBackAt?: number;
  readonly endedAt: number;
  /** The share of the traffic that it got, from 0 to 1. */
  readonly share: number;
  readonly versionBefore: string;
  readonly newVersion?: string;
  /** The version that has all of the traffic in the end. */
  readonly versionAfter: string;
  readonly stackStatus: string;
  readonly deploymentStatus: string;
  /** Why CodeDeploy stopped it. */
  readonly reason: string;
}

/** Where the broken release looks for the catalogue. */
export const WRONG_TABLE = 'OrderDesk-Catalog';

interface DeploymentGroupName {
  readonly applicationName: string;
  readonly deploymentGroupName: string;
}

const ALIAS = 'live';
const POLL_MS = 100;

/** Deploys another version of the production function, with a slip in its settings, by an update of the stack; waits until that is over. */
export class BrokenRelease {
  private readonly lambda: LambdaClient;
  private readonly codedeploy: CodeDeployClient;

  constructor(
    private readonly client: DeskClient,
    private readonly stackName: string,
    private readonly templateFile: string,
    private readonly assetsBucket: string,
  ) {
    const config = { endpoint: client.endpoint, region: client.region, credentials: OPERATOR };
    this.lambda = new LambdaClient(config);
    this.codedeploy = new CodeDeployClient(config);
  }

  close(): void {
    this.lambda.destroy();
    this.codedeploy.destroy();
  }

  /**
   * @param onShift is called when the new version gets a part of the traffic
   */
  async run(onShift: () => void, signal: AbortSignal): Promise<ReleaseOutcome> {
    const template = JSON.parse(fs.readFileSync(this.templateFile, 'utf8')) as StackTemplate;
    const { cloudformation } = this.client;
    const resources = await this.resourceNames();
    const functionName = resources('AWS::Lambda::Function', logicalIdOf(template, 'Produce'));
    const group = {
      applicationName: resources('AWS::CodeDeploy::Application'),
      deploymentGroupName: resources('AWS::CodeDeploy::DeploymentGroup'),
    };

    const startedAt = Date.now();
    const versionBefore = (await this.lookAtAlias(functionName)).version;
    await cloudformation.send(new UpdateStackCommand({
      StackName: this.stackName,
      TemplateURL: await this.upload(withWrongTable(template)),
      Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM'],
    }));

    const shift: { shiftedAt?: number; takenBackAt?: number; newVersion?: string; share: number } = { share: 0 };
    for (;;) {
      const { version, weights } = await this.lookAtAlias(functionName);
      const [added] = Object.entries(weights);
      if (added && !shift.shiftedAt) {
        Object.assign(shift, { shiftedAt: Date.now(), newVersion: added[0], share: added[1] });
        onShift();
      }
      if (!added && shift.shiftedAt && !shift.takenBackAt) {
        shift.takenBackAt = Date.now();
      }
      const stackStatus = await this.stackStatus();
      if (!stackStatus.endsWith('IN_PROGRESS')) {
        const { status, reason } = await this.lastDeployment(group);
        return { startedAt, endedAt: Date.now(), versionBefore, versionAfter: version, stackStatus, deploymentStatus: status, reason, ...shift };
      }
      await sleep(POLL_MS, undefined, { signal });
    }
  }

  private async lookAtAlias(FunctionName: string): Promise<{ readonly version: string; readonly weights: Readonly<Record<string, number>> }> {
    const { FunctionVersion, RoutingConfig } = await this.lambda.send(new GetAliasCommand({ FunctionName, Name: ALIAS }));
    return { version: FunctionVersion!, weights: RoutingConfig?.AdditionalVersionWeights ?? {} };
  }

  private async stackStatus(): Promise<string> {
    const { Stacks: [stack] = [] } = await this.client.cloudformation.send(new DescribeStacksCommand({ StackName: this.stackName }));
    return stack?.StackStatus ?? 'unknown';
  }

  /** The last one that somebody asked for; a rollback is a deployment too, of CodeDeploy's own. */
  private async lastDeployment(group: DeploymentGroupName): Promise<{ readonly status: string; readonly reason: string }> {
    const { deployments = [] } = await this.codedeploy.send(new ListDeploymentsCommand(group));
    const all = await Promise.all(deployments.map(async (deploymentId) => {
      const { deploymentInfo } = await this.codedeploy.send(new GetDeploymentCommand({ deploymentId }));
      return deploymentInfo!;
    }));
    const [last] = all.filter(({ creator }) => creator !== 'codeDeployRollback').sort((a, b) => Number(b.createTime) - Number(a.createTime));
    return { status: last?.status ?? 'none', reason: last?.errorInformation?.code ?? '' };
  }

  /** The template is too large to go along with the request. */
  private async upload(template: string): Promise<string> {
    const Key = `${createHash('sha256').update(template).digest('hex')}.json`;
    await this.client.s3.send(new PutObjectCommand({ Bucket: this.assetsBucket, Key, Body: template }));
    return `${this.client.endpoint}/${this.assetsBucket}/${Key}`;
  }

  private async resourceNames(): Promise<(type: string, logicalId?: string) => string> {
    const resources = await this.client.resources();
    return (type, logicalId) => {
      const found = resources.find(({ ResourceType, LogicalResourceId }) =>
        ResourceType === type && (logicalId === undefined || LogicalResourceId === logicalId));
      if (!found) {
        throw new Error(`the stack ${this.stackName} has no ${type} ${logicalId ?? ''}`);
      }
      return found.PhysicalResourceId!;
    };
  }
}

/** The template with another setting of the function and, as for each change of it, another version. */
function withWrongTable(template: StackTemplate): string {
  const changed = structuredClone(template);
  const produce = changed.Resources[logicalIdOf(template, 'Produce')]!.Properties as { Environment: { Variables: Record<string, unknown> } };
  produce.Environment.Variables.CATALOGUE_TABLE = WRONG_TABLE;
  const version = logicalIdOf(template, 'Produce/CurrentVersion');
  const hash = createHash('md5').update(WRONG_TABLE).digest('hex');
  return JSON.stringify(changed).replaceAll(version, version.slice(0, -hash.length) + hash);
}

function logicalIdOf({ Resources }: StackTemplate, where: string): string {
  const found = Object.entries(Resources).find(([, { Metadata }]) => Metadata?.['aws:cdk:path']?.split('/').slice(1).join('/') === `${where}/Resource`);
  if (!found) {
    throw new Error(`the template has no ${where}`);
  }
  return found[0];
}
