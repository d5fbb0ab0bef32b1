import type { MapAlarm } from './delivery-map';
import { actionsOf, namesIn, queriesOf } from '../graph/alarms';
import type { DeliveryGraph } from '../graph/delivery-graph';
import type { End } from '../graph/hop';
import { subjectOf } from '../graph/metric-dimensions';
import { ALARM, COMPOSITE_ALARM } from '../graph/resource-types';
import type { Resource } from '../template/app';
import { shown } from '../template/symbols';

/** By the resources that they watch, the alarms, with those who are told: by an alarm itself, or by a composite one that it is part of. */
export function mapAlarms(graph: DeliveryGraph): ReadonlyMap<Resource, readonly MapAlarm[]> {
  const composites = compositesOf(graph);
  const alarms = new Map<Resource, MapAlarm[]>();
  for (const alarm of graph.app.ofType(ALARM)) {
    const metrics = new Map<Resource, Set<string>>();
    for (const metric of queriesOf(alarm).metrics) {
      const subject = subjectOf(graph, metric);
      if (subject !== undefined) {
        metrics.set(subject, (metrics.get(subject) ?? new Set()).add(metric.name));
      }
    }
    for (const [subject, names] of metrics) {
      alarms.set(subject, [...alarms.get(subject) ?? [], {
        path: alarm.path,
        logicalId: alarm.logicalId,
        stack: alarm.stack.name,
        metrics: [...names],
        tells: told(graph, [alarm, ...composites.get(alarm) ?? []]),
      }]);
    }
  }
  return alarms;
}

function compositesOf(graph: DeliveryGraph): ReadonlyMap<Resource, readonly Resource[]> {
  const composites = new Map<Resource, Resource[]>();
  for (const composite of graph.app.ofType(COMPOSITE_ALARM)) {
    for (const name of new Set(namesIn(composite.props.text('AlarmRule') ?? ''))) {
      const alarm = graph.app.find(name, ALARM);
      if (alarm !== undefined) {
        composites.set(alarm, [...composites.get(alarm) ?? [], composite]);
      }
    }
  }
  return composites;
}

/** Undefined: only the deployment says. */
function told(graph: DeliveryGraph, alarms: readonly Resource[]): readonly string[] | undefined {
  const actions = alarms.map((alarm) => actionsOf(graph, alarm));
  return actions.some((list) => list === undefined) ? undefined : [...new Set(actions.flatMap((list) => (list ?? []).map(nameOf)))];
}

function nameOf({ text, resource }: End): string {
  return resource?.path ?? (text === undefined ? 'not known before deployment' : shown(text));
}
