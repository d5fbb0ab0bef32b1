import type { Dimension } from './alarms';
import { queriesOf } from './alarms';
import type { DeliveryGraph } from './delivery-graph';
import { functionOf } from './functions';
import { ALARM, ALIAS, COMPOSITE_ALARM } from './resource-types';
import type { Resource } from '../template/app';
import type { Props } from '../template/props';
import { shown } from '../template/symbols';

const GROUP = 'AWS::CodeDeploy::DeploymentGroup';
const CONFIG = 'AWS::CodeDeploy::DeploymentConfig';

/** The names of the predefined configurations. https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html */
const PREDEFINED = /^CodeDeployDefault\.Lambda(?:AllAtOnce|Canary10Percent(\d+)Minutes|Linear10PercentEvery(\d+)Minutes?)$/;

/** An alias whose traffic CodeDeploy shifts. */
export interface ShiftedAlias {
  readonly alias: Resource;
  readonly group: Resource;
  /** The names of functions that CodeDeploy invokes before and after. */
  readonly preHook?: string | undefined;
  readonly postHook?: string | undefined;
}

export function* shiftedAliases(graph: DeliveryGraph): Iterable<ShiftedAlias> {
  for (const alias of graph.app.ofType(ALIAS)) {
    const update = alias.attributes.part('UpdatePolicy.CodeDeployLambdaAliasUpdate');
    const group = graph.app.find(update.text('DeploymentGroupName'), GROUP);
    if (group !== undefined) {
      yield { alias, group, preHook: update.text('BeforeAllowTrafficHook'), postHook: update.text('AfterAllowTrafficHook') };
    }
  }
}

/** How long traffic goes to both versions; 0 for all at once. `unknown`: by a configuration that is not in the app. Undefined: not known. */
export function shiftSecondsOf(graph: DeliveryGraph, { props }: Resource): number | 'unknown' | undefined {
  const name = props.text('DeploymentConfigName');
  const [predefined, canary, linear] = PREDEFINED.exec(name ?? '') ?? [];
  if (predefined !== undefined) {
    return canary !== undefined ? 60 * Number(canary) : linear !== undefined ? linearSeconds(Number(linear), 10) : 0;
  }
  const config = graph.app.find(name, CONFIG)?.props;
  return config && secondsOf(config);
}

function secondsOf(config: Props): number | 'unknown' {
  const { type, canary, interval, percentage } = {
    type: config.literal('TrafficRoutingConfig.Type'),
    canary: config.number('TrafficRoutingConfig.TimeBasedCanary.CanaryInterval'),
    interval: config.number('TrafficRoutingConfig.TimeBasedLinear.LinearInterval'),
    percentage: config.number('TrafficRoutingConfig.TimeBasedLinear.LinearPercentage'),
  };
  if (type === 'AllAtOnce') {
    return 0;
  }
  return canary !== undefined ? 60 * canary : interval !== undefined && percentage !== undefined ? linearSeconds(interval, percentage) : 'unknown';
}

/** With the last increment, all traffic goes to the new version. */
function linearSeconds(minutes: number, percentage: number): number {
  return 60 * minutes * (Math.ceil(100 / percentage) - 1);
}

/** An alarm that is named somewhere. */
export interface NamedAlarm {
  readonly text: string;
  /** What texts call it by. */
  readonly path: string;
  readonly composite?: boolean | undefined;
  /** Undefined: none of the app. */
  readonly resource?: Resource | undefined;
}

/** Undefined: not known which. */
export function namedAlarms(graph: DeliveryGraph, names: readonly (string | undefined)[] | undefined): readonly NamedAlarm[] | undefined {
  const alarms = names?.flatMap((text) => {
    const resource = graph.app.find(text, ALARM, COMPOSITE_ALARM);
    const composite = resource && resource.type === COMPOSITE_ALARM;
    return text === undefined ? [] : [{ text, path: resource?.path ?? shown(text), composite, resource }];
  });
  return alarms?.length === names?.length ? alarms : undefined;
}

/** Whether one of the alarms looks at one version of a function alone. Undefined: not known, or none looks at the function. */
export function watchVersion(graph: DeliveryGraph, alarms: readonly NamedAlarm[] | undefined, handler: Resource | undefined): boolean | undefined {
  if (handler === undefined || alarms === undefined || alarms.some(({ resource }) => resource?.type !== ALARM)) {
    return undefined;
  }
  const queries = alarms.flatMap(({ resource }) => (resource === undefined ? [] : queriesOf(resource)));
  const metrics = queries.flatMap((query) => query.metrics.filter(({ namespace }) => namespace === 'AWS/Lambda'));
  const dimensions = metrics.map((metric) => metric.dimensions);
  if (queries.some(({ ids }) => ids === undefined) || dimensions.includes(undefined)) {
    return undefined;
  }
  const isOwn = ({ name, value }: Dimension) => name === 'FunctionName' && functionOf(graph, value).function === handler;
  const own = dimensions.flatMap((some) => (some?.some(isOwn) ? [some] : []));
  return own.length === 0 ? undefined : own.some((some) => some.some(({ name }) => name === 'ExecutedVersion'));
}
