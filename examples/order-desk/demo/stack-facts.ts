import * as fs from 'node:fs';
import * as path from 'node:path';

/** What the deployed template says, for the report: nothing of it is written down a second time. */
export interface StackFacts {
  readonly stackName: string;
  readonly resources: readonly ResourceFacts[];
  readonly handler: { readonly timeoutSeconds: number; readonly memoryMb: number };
  readonly queue: { readonly visibilitySeconds: number; readonly retentionSeconds: number; readonly maxReceiveCount: number };
  readonly deadLetterQueue: { readonly retentionSeconds: number };
  readonly eventSource: { readonly batchSize: number; readonly maxConcurrency: number };
  readonly alarms: readonly AlarmFacts[];
}

export interface ResourceFacts {
  readonly type: string;
  /** Below the stack, without the name of CDK's innermost construct. */
  readonly path: string;
}

export interface AlarmFacts {
  readonly name: string;
  /** What it means and what to do first. */
  readonly description: string;
  /** The metric's name, or the expression that computes it. */
  readonly metric: string;
  readonly threshold: number;
  readonly periods: number;
  readonly periodSeconds: number;
}

interface Resource {
  readonly Type: string;
  readonly Properties?: Record<string, unknown>;
  readonly Metadata?: { readonly 'aws:cdk:path'?: string };
}

interface AlarmProperties {
  readonly AlarmDescription: string;
  readonly MetricName?: string;
  readonly Metrics?: readonly { readonly Expression?: string; readonly MetricStat?: { readonly Period: number } }[];
  readonly Threshold: number;
  readonly EvaluationPeriods: number;
  readonly Period?: number;
}

export function readStackFacts(cloudAssembly: string, stackName: string): StackFacts {
  const template = JSON.parse(fs.readFileSync(path.join(cloudAssembly, `${stackName}.template.json`), 'utf8')) as { Resources: Record<string, Resource> };
  const all = Object.values(template.Resources).map((resource) => ({
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
  const handler = at<{ Timeout: number; MemorySize: number }>('ProcessOrders');
  const queue = at<{ VisibilityTimeout: number; MessageRetentionPeriod: number; RedrivePolicy: { maxReceiveCount: number } }>('Desk/Queue');
  const deadLetterQueue = at<{ MessageRetentionPeriod: number }>('Desk/DeadLetterQueue');
  const eventSource = at<{ BatchSize: number; ScalingConfig: { MaximumConcurrency: number } }>('Desk/EventSource');
  return {
    stackName,
    resources: all.filter(({ type }) => type !== 'AWS::CDK::Metadata').map(({ type, path: where }) => ({ type, path: where })),
    handler: { timeoutSeconds: handler.Timeout, memoryMb: handler.MemorySize },
    queue: {
      visibilitySeconds: queue.VisibilityTimeout,
      retentionSeconds: queue.MessageRetentionPeriod,
      maxReceiveCount: queue.RedrivePolicy.maxReceiveCount,
    },
    deadLetterQueue: { retentionSeconds: deadLetterQueue.MessageRetentionPeriod },
    eventSource: { batchSize: eventSource.BatchSize, maxConcurrency: eventSource.ScalingConfig.MaximumConcurrency },
    alarms: all.filter(({ type }) => type === 'AWS::CloudWatch::Alarm')
      .map(({ path: where, properties }) => alarmFacts(where, properties as unknown as AlarmProperties)),
  };
}

/** How many resources there are, in words: `1 function, 2 queues, …`. What only connects them is left out. */
export function summarizeResources({ resources }: StackFacts): string {
  const kinds: readonly (readonly [string, string, string])[] = [
    ['AWS::Lambda::Function', 'function', 'functions'],
    ['AWS::SQS::Queue', 'queue', 'queues'],
    ['AWS::DynamoDB::Table', 'table', 'tables'],
    ['AWS::CloudWatch::Alarm', 'alarm', 'alarms'],
    ['AWS::SNS::Topic', 'topic', 'topics'],
  ];
  return kinds.flatMap(([type, one, many]) => {
    const count = resources.filter((resource) => resource.type === type).length;
    return count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];
  }).join(', ');
}

function alarmFacts(where: string, properties: AlarmProperties): AlarmFacts {
  const stat = properties.Metrics?.find(({ MetricStat }) => MetricStat)?.MetricStat;
  return {
    name: where,
    description: properties.AlarmDescription,
    metric: properties.MetricName ?? properties.Metrics?.find(({ Expression }) => Expression)?.Expression ?? '',
    threshold: properties.Threshold,
    periods: properties.EvaluationPeriods,
    periodSeconds: properties.Period ?? stat?.Period ?? 60,
  };
}
