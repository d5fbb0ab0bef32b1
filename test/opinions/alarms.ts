import { isDeepStrictEqual } from 'node:util';
import type { SpecDatabase } from '@aws-cdk/service-spec-types';
import type { JudgedTemplate } from './templates';
import { resourcesOfType } from './templates';
import type { CloudFormationTemplate } from '../rigs/synth';

export interface Dimension {
  readonly Name: string;
  readonly Value: unknown;
}

/** A metric that an alarm looks at. */
export interface Metric {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly Dimension[];
}

interface MetricDataQuery {
  readonly Id: string;
  readonly Expression?: string;
  readonly MetricStat?: { readonly Metric: Metric };
}

export interface Alarm {
  readonly logicalId: string;
  readonly metrics: readonly Metric[];
  readonly queries: readonly MetricDataQuery[];
}

/** The alarms of a template, with each metric that they look at, in metric math too. */
export function alarmsOf({ template }: JudgedTemplate): Alarm[] {
  return resourcesOfType(template, 'AWS::CloudWatch::Alarm').map(({ logicalId, properties }) => {
    const queries = (properties.Metrics ?? []) as readonly MetricDataQuery[];
    const own = properties.MetricName === undefined ? [] : [properties as unknown as Metric];
    return { logicalId, queries, metrics: [...own, ...queries.flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Metric] : []))] };
  });
}

/** As in `AWS/SQS ApproximateAgeOfOldestMessage (QueueName)`. */
export function signatureOf({ Namespace, MetricName, Dimensions = [] }: Metric): string {
  return `${Namespace} ${MetricName} (${Dimensions.map(({ Name }) => Name).sort().join(', ')})`;
}

/** Whether the service specification has a metric, with these dimensions and no others. */
export function isSpecified(database: SpecDatabase, metric: Metric): boolean {
  const { Namespace, MetricName } = metric;
  return [...database.lookup('metric', 'namespace', 'equals', Namespace)].filter(({ name }) => name === MetricName).some((known) => (
    [...database.follow('usesDimensionSet', known)].some(({ entity: { dimensions } }) => (
      signatureOf({ Namespace, MetricName, Dimensions: dimensions.map(({ name }) => ({ Name: name, Value: '' })) }) === signatureOf(metric)
    ))
  ));
}

/** The ids in the expressions of an alarm that none of its queries has. */
export function unknownIds({ queries }: Alarm): string[] {
  const ids = queries.map(({ Id }) => Id);
  return queries.flatMap(({ Expression = '' }) => Expression.match(/\b[a-z]\w*\b(?!\()/g) ?? []).filter((id) => !ids.includes(id));
}

/** By which values of which resources CloudWatch knows what a dimension names: `Ref` of a queue is its URL, which no metric has. */
const NAMED_BY: Readonly<Record<string, readonly string[]>> = {
  ClusterName: ['AWS::ECS::Cluster Ref'],
  DeliveryStreamName: ['AWS::KinesisFirehose::DeliveryStream Ref'],
  EventSourceMappingUUID: ['AWS::Lambda::EventSourceMapping Ref'],
  EventBusName: ['AWS::Events::EventBus Ref'],
  ExecutedVersion: ['AWS::Lambda::Version Version'],
  FunctionName: ['AWS::Lambda::Function Ref'],
  PipeName: ['AWS::Pipes::Pipe Ref'],
  QueueName: ['AWS::SQS::Queue QueueName'],
  Resource: ['AWS::Lambda::Function Ref'],
  RuleName: ['AWS::Events::Rule Ref'],
  ScheduleGroup: ['AWS::Scheduler::ScheduleGroup Ref'],
  ServiceName: ['AWS::ECS::Service Name'],
  Stage: ['AWS::ApiGateway::Stage Ref'],
  StateMachineArn: ['AWS::StepFunctions::StateMachine Ref'],
  StreamName: ['AWS::Kinesis::Stream Ref'],
  TopicName: ['AWS::SNS::Topic TopicName'],
};

/** What is wrong with the value of a dimension, if anything: it must come from a resource of the template that the dimension can name. */
export function problemOf({ Name, Value }: Dimension, template: CloudFormationTemplate): string | undefined {
  const references = referencesIn(Value).filter(({ id }) => !id.startsWith('AWS::'));
  if (references.length === 0) {
    // An API goes by the name that it was given.
    const apis = resourcesOfType(template, 'AWS::ApiGateway::RestApi');
    const isNameOfApi = Name === 'ApiName' && apis.some(({ properties }) => isDeepStrictEqual(properties.Name, Value));
    return isNameOfApi ? undefined : `${Name} is ${JSON.stringify(Value)}, which is no resource of the template`;
  }
  const sources = references.map(({ id, attribute }) => `${template.Resources?.[id]?.Type ?? 'nothing'} ${attribute}`);
  const wrong = sources.filter((source) => !NAMED_BY[Name]?.includes(source));
  return wrong.length > 0 ? `${Name} is named by ${wrong.join(', ')}` : undefined;
}

interface Reference {
  readonly id: string;
  readonly attribute: string;
}

function referencesIn(value: unknown): Reference[] {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([key, item]: [string, unknown]) => {
    if (key === 'Ref') {
      return [{ id: String(item), attribute: 'Ref' }];
    }
    if (key === 'Fn::GetAtt') {
      const [id = '', attribute = ''] = item as string[];
      return [{ id, attribute }];
    }
    return referencesIn(item);
  });
}
