import type { DeliveryGraph } from './delivery-graph';
import type { End } from './hop';
import { remembered } from './reading';
import { ALARM, ALIAS, COMPOSITE_ALARM, RULE, STATE_MACHINE_ALIAS } from './resource-types';
import type { Resource } from '../template/app';
import type { Props } from '../template/props';


/** One name and value that say whose metric it is. */
export interface Dimension {
  readonly name: string;
  /** Undefined: not known. */
  readonly value?: string | undefined;
}

/** A metric that an alarm looks at. */
export interface AlarmMetric {
  readonly namespace: string;
  readonly name: string;
  /** Undefined: not known which. */
  readonly dimensions?: readonly Dimension[] | undefined;
  /** Undefined: not stated, or not known. */
  readonly periodSeconds?: number | undefined;
  /** What expressions call it by. */
  readonly id?: string | undefined;
  /** Whether it is stated in which account it is. */
  readonly accountStated: boolean;
}

/** What an alarm looks at. */
export interface AlarmQueries {
  readonly metrics: readonly AlarmMetric[];
  readonly expressions: readonly string[];
  /** The ids of everything that an expression may use. Undefined: not known. */
  readonly ids?: readonly string[] | undefined;
}

export const queriesOf = remembered(({ props }: Resource): AlarmQueries => {
  const own = metricOf(props, props, {});
  const queries = props.items('Metrics');
  return {
    metrics: [...own, ...queries?.flatMap(metricOfQuery) ?? []],
    expressions: queries?.flatMap((query) => query.text('Expression') ?? []) ?? [],
    ids: queries?.every((query) => query.literal('Id') !== undefined) ? queries.flatMap((query) => query.literal('Id') ?? []) : undefined,
  };
});

function metricOfQuery(query: Props): AlarmMetric[] {
  return metricOf(query.part('MetricStat.Metric'), query.part('MetricStat'), { id: query.literal('Id'), accountStated: query.has('AccountId') !== false });
}

function metricOf(
  metric: Props, statistics: Props, { id, accountStated = false }: Partial<Pick<AlarmMetric, 'id' | 'accountStated'>>,
): AlarmMetric[] {
  const [namespace, name] = [metric.literal('Namespace'), metric.literal('MetricName')];
  return namespace === undefined || name === undefined ? [] : [{
    namespace, name, dimensions: dimensionsOf(metric), periodSeconds: statistics.number('Period'), id, accountStated,
  }];
}

function dimensionsOf(metric: Props): readonly Dimension[] | undefined {
  const dimensions = metric.items('Dimensions');
  const known = dimensions?.flatMap((dimension) => {
    const name = dimension.literal('Name');
    return name === undefined ? [] : [{ name, value: dimension.text('Value') }];
  });
  return known?.length === dimensions?.length ? known : undefined;
}

/** What an alarm tells when it changes its state. Undefined: not known. */
export function actionsOf(graph: DeliveryGraph, { props }: Resource): readonly End[] | undefined {
  const lists = ['AlarmActions', 'OKActions', 'InsufficientDataActions'].map((name) => props.list(name));
  return lists.some((list) => list === undefined) ? undefined
    : lists.flatMap((list) => (list ?? []).map((action) => graph.endOf(typeof action === 'string' ? action : undefined)));
}

/** The resources, other than alarms, that act on the state of alarms which they name. */
const LISTENERS = [
  'AWS::CodeDeploy::DeploymentGroup', 'AWS::ECS::Service', 'AWS::AppConfig::Environment', STATE_MACHINE_ALIAS, ALIAS, 'AWS::FIS::ExperimentTemplate',
  'AWS::Route53::HealthCheck', 'AWS::AutoScaling::AutoScalingGroup',
];

/** The alarms to whose state something else listens. `all`: a rule listens to every alarm. */
export function heardAlarms(graph: DeliveryGraph): ReadonlySet<Resource> | 'all' {
  const { app } = graph;
  if (app.ofType(RULE).some(({ props }) => [...textsIn(props.value('EventPattern'))].some((text) => /aws\.cloudwatch|CloudWatch Alarm State Change/.test(text)))) {
    return 'all';
  }
  const named = [
    ...app.ofType(...LISTENERS).flatMap(({ props, attributes }) => [...textsIn(props.content), ...textsIn(attributes.content)]),
    ...app.ofType(COMPOSITE_ALARM).flatMap(({ props }) => [...namesIn(props.text('AlarmRule') ?? '')]),
  ];
  return new Set(named.flatMap((text) => app.find(text, ALARM, COMPOSITE_ALARM) ?? []));
}

/** `ALARM("name")`, `OK(arn:…)`: in quotation marks or not. */
export function* namesIn(alarmRule: string): Iterable<string> {
  for (const [, name = ''] of alarmRule.matchAll(/\b(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*["']?([^"')]+?)["']?\s*\)/g)) {
    yield name;
  }
}

/** All texts in a value, however deep. */
function* textsIn(value: unknown): Iterable<string> {
  const rest = [value];
  while (rest.length > 0) {
    const next = rest.pop();
    if (typeof next === 'string') {
      yield next;
    } else if (typeof next === 'object' && next !== null) {
      Object.values(next).forEach((item) => rest.push(item));
    }
  }
}
