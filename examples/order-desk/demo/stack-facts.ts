import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Station } from './order-plan';

/** What the deployed template says, for the report: nothing of it is written down a second time. */
export interface StackFacts {
  readonly stackName: string;
  readonly resources: readonly ResourceFacts[];
  readonly stations: Readonly<Record<Station, StationFacts>>;
  /** How long payloads are kept. */
  readonly expirationDays: number;
  readonly alarms: readonly AlarmFacts[];
}

export interface StationFacts {
  readonly fifo: boolean;
  readonly visibilitySeconds: number;
  readonly retentionSeconds: number;
  readonly maxReceiveCount: number;
  readonly deadLetterRetentionSeconds: number;
  readonly batchSize: number;
  readonly maxConcurrency: number;
}

export interface ResourceFacts {
  readonly type: string;
  /** Below the stack, without the name of CDK's innermost construct. */
  readonly path: string;
}

export interface AlarmFacts {
  readonly logicalId: string;
  readonly path: string;
  /** What it means and what to do first. */
  readonly description: string;
}

export interface StackTemplate {
  readonly Resources: Readonly<Record<string, TemplateResource>>;
}

interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Record<string, unknown>;
  readonly Metadata?: { readonly 'aws:cdk:path'?: string };
}

export function templateFile(cloudAssembly: string, stackName: string): string {
  return path.join(cloudAssembly, `${stackName}.template.json`);
}

export function readStackFacts(cloudAssembly: string, stackName: string): StackFacts {
  const template = JSON.parse(fs.readFileSync(templateFile(cloudAssembly, stackName), 'utf8')) as StackTemplate;
  const all = Object.entries(template.Resources).map(([logicalId, resource]) => ({
    logicalId,
    type: resource.Type,
    path: (resource.Metadata?.['aws:cdk:path'] ?? '').split('/').slice(1).join('/').replace(/\/Resource$/, ''),
    properties: resource.Properties ?? {},
  }));
  const at = <T>(where: string): T => {
    const found = all.find((resource) => resource.path === where);
    if (!found) {
      throw new Error(`the template of ${stackName} has no ${where}`);
    }
    return found.properties as T;
  };
  const stationAt = (where: string): StationFacts => {
    const queue = at<{ FifoQueue?: boolean; VisibilityTimeout: number; MessageRetentionPeriod: number; RedrivePolicy: { maxReceiveCount: number } }>(`${where}/Queue`);
    const deadLetterQueue = at<{ MessageRetentionPeriod: number }>(`${where}/DeadLetterQueue`);
    const eventSource = at<{ BatchSize: number; ScalingConfig: { MaximumConcurrency: number } }>(`${where}/EventSource`);
    return {
      fifo: queue.FifoQueue ?? false,
      visibilitySeconds: queue.VisibilityTimeout,
      retentionSeconds: queue.MessageRetentionPeriod,
      maxReceiveCount: queue.RedrivePolicy.maxReceiveCount,
      deadLetterRetentionSeconds: deadLetterQueue.MessageRetentionPeriod,
      batchSize: eventSource.BatchSize,
      maxConcurrency: eventSource.ScalingConfig.MaximumConcurrency,
    };
  };
  const bucket = at<{ LifecycleConfiguration: { Rules: readonly { ExpirationInDays?: number }[] } }>('Payloads/Bucket');
  return {
    stackName,
    resources: all.filter(({ type }) => type !== 'AWS::CDK::Metadata').map(({ type, path: where }) => ({ type, path: where })),
    stations: { billing: stationAt('Billing'), production: stationAt('Production'), shipping: stationAt('Shipping') },
    expirationDays: Math.max(...bucket.LifecycleConfiguration.Rules.map(({ ExpirationInDays = 0 }) => ExpirationInDays)),
    alarms: all.filter(({ type }) => type === 'AWS::CloudWatch::Alarm')
      .map(({ logicalId, path: where, properties }) => ({ logicalId, path: where, description: properties.AlarmDescription as string })),
  };
}

/** How many resources there are, in words: `1 function, 2 queues, …`. What only connects them is left out. */
export function summarizeResources({ resources }: StackFacts): string {
  const kinds: readonly (readonly [string, string, string])[] = [
    ['AWS::Lambda::Function', 'function', 'functions'],
    ['AWS::SQS::Queue', 'queue', 'queues'],
    ['AWS::DynamoDB::Table', 'table', 'tables'],
    ['AWS::SNS::Topic', 'topic', 'topics'],
    ['AWS::CloudWatch::Alarm', 'alarm', 'alarms'],
  ];
  return kinds.flatMap(([type, one, many]) => {
    const count = resources.filter((resource) => resource.type === type).length;
    return count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];
  }).join(', ');
}
