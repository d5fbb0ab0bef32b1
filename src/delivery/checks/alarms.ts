import type { Reading } from './check';
import { check } from './check';
import { alarmTopics, keyAllowsCloudWatch, topicPolicies } from '../graph/alarm-topics';
import type { AlarmMetric, AlarmQueries, Dimension } from '../graph/alarms';
import { actionsOf, heardAlarms, queriesOf } from '../graph/alarms';
import type { DeliveryGraph } from '../graph/delivery-graph';
import { setAsideIn } from '../graph/hop';
import { keyOf } from '../graph/keys';
import { subjectOf, wrongValue } from '../graph/metric-dimensions';
import { exposedIds, idsIn } from '../graph/metric-math';
import { documentedMetric, isKeptWith } from '../graph/metrics';
import { placeOf } from '../graph/reading';
import { ALARM, COMPOSITE_ALARM, QUEUE, RULE } from '../graph/resource-types';
import type { AlarmFacts, AlarmMetricFacts, ExpressionFacts } from '../rules/alarm';
import { ALARM_RULES } from '../rules/alarm';
import type { AlarmTopicFacts } from '../rules/alarm-topic';
import { ALARM_TOPIC_RULES } from '../rules/alarm-topic';
import type { WatchedDeadLettersFacts } from '../rules/watched-dead-letters';
import { WATCHED_DEAD_LETTERS_RULES } from '../rules/watched-dead-letters';
import type { Resource } from '../template/app';
import { isUnknown } from '../template/symbols';

export const ALARM_CHECKS = [
  check(ALARM_RULES, readAlarms),
  check(ALARM_TOPIC_RULES, readAlarmTopics),
  check(WATCHED_DEAD_LETTERS_RULES, readDeadLetters),
];

function* readAlarms(graph: DeliveryGraph): Iterable<Reading<AlarmFacts>> {
  const heard = heardAlarms(graph);
  for (const alarm of graph.app.ofType(ALARM, COMPOSITE_ALARM)) {
    const { path, props, stack: { region, account } } = alarm;
    const actions = actionsOf(graph, alarm);
    const queries = queriesOf(alarm);
    yield {
      at: alarm,
      facts: {
        path,
        region,
        account,
        actionsEnabled: props.flag('ActionsEnabled', true),
        actions: actions?.length,
        unheard: graph.isComplete && heard !== 'all' && !heard.has(alarm),
        actionRegions: actions?.map((action) => placeOf(action).region),
        missingDataStated: props.has('TreatMissingData'),
        metrics: queries.metrics.map((metric) => metricFacts(graph, metric)),
        expressions: queries.expressions.map((text) => expressionFacts(text, queries)),
      },
    };
  }
}

function metricFacts(graph: DeliveryGraph, metric: AlarmMetric): AlarmMetricFacts {
  const { namespace, name, dimensions, periodSeconds, accountStated } = metric;
  const documented = documentedMetric(namespace, name);
  const subject = subjectOf(graph, metric);
  return {
    name: `${namespace} ${name}`,
    page: documented?.page,
    missing: documented && documented.dimensions === 'none',
    meant: documented?.meant,
    dimensions: dimensions?.map((dimension) => dimension.name),
    dimensionSets: documented && documented.dimensions !== 'none' ? customBusOnly(graph, metric) ?? documented.dimensions : undefined,
    misnamed: dimensions?.flatMap((dimension) => wrongValue(graph, namespace, dimension) ?? []),
    subject: subject && { path: subject.path, region: subject.stack.region, account: subject.stack.account },
    accountStated,
    periodSeconds,
    onOccurrence: documented?.onOccurrence,
  };
}

/** The name of a rule alone is that of a rule of the default bus. */
function customBusOnly(graph: DeliveryGraph, { namespace, dimensions = [] }: AlarmMetric): readonly (readonly string[])[] | undefined {
  const [only, more] = dimensions;
  const rule = namespace === 'AWS/Events' && only?.name === 'RuleName' && more === undefined ? graph.app.find(only.value, RULE) : undefined;
  return rule !== undefined && rule.stack.ref(rule.logicalId) !== rule.name ? [['EventBusName', 'RuleName']] : undefined;
}

function expressionFacts(text: string, { metrics, ids }: AlarmQueries): ExpressionFacts {
  const known = new Set(ids);
  const byId = new Map(metrics.map((metric) => [metric.id, metric]));
  const exposed = exposedIds(text).flatMap((id) => {
    const metric = byId.get(id);
    const documented = metric && documentedMetric(metric.namespace, metric.name);
    return metric?.dimensions === undefined || documented === undefined || !isKeptWith(metric.dimensions.map(({ name }) => name), documented) ? [] : [
      { id, onOccurrence: documented.onOccurrence, name: metric.name, of: shownDimensions(metric.dimensions) },
    ];
  });
  const subjects = new Set(exposed.map(({ of }) => of));
  const series = new Set(exposed.map(({ name, of }) => `${name} ${of}`));
  return {
    text,
    unknownIds: ids && idsIn(text).filter((id) => !known.has(id)),
    gaps: exposed.filter(({ onOccurrence }) => subjects.size > 1 || (onOccurrence && series.size > 1)).map(({ id }) => id),
  };
}

const shownDimensions = (dimensions: readonly Dimension[]) => dimensions.map(({ name, value }) => `${name}=${value ?? '?'}`).sort().join();

function* readAlarmTopics(graph: DeliveryGraph): Iterable<Reading<AlarmTopicFacts>> {
  const policies = topicPolicies(graph);
  for (const { topic, alarm } of alarmTopics(graph)) {
    const key = keyOf(graph, topic);
    const own = typeof key === 'object' ? key : undefined;
    yield {
      at: topic,
      facts: {
        path: topic.path,
        alarm: alarm.path,
        awsManagedKey: key === 'awsManaged',
        key: own && { path: own.path, allowsCloudWatch: keyAllowsCloudWatch(own) },
        policyAllowsAlarms: policies.get(topic),
      },
    };
  }
}

function* readDeadLetters(graph: DeliveryGraph): Iterable<Reading<WatchedDeadLettersFacts>> {
  const watched = watchedQueues(graph);
  for (const [queue, from] of deadLetterQueues(graph)) {
    // Where something takes messages out again, nothing is left to be seen.
    const taken = graph.hopsFrom(queue).some(({ kind }) => kind !== 'redrive');
    yield {
      at: queue,
      facts: {
        path: queue.path,
        from,
        redriven: graph.hopsTo(queue).some(({ kind }) => kind === 'redrive'),
        watched: watched === undefined || taken || !graph.isComplete ? undefined : watched.get(queue) ?? [],
      },
    };
  }
}

/** With what sets messages aside there first. */
function deadLetterQueues(graph: DeliveryGraph): ReadonlyMap<Resource, string> {
  const queues = new Map<Resource, string>();
  for (const hop of graph.hops) {
    for (const queue of [hop.kind === 'redrive' ? hop.to.resource : undefined, ...setAsideIn(hop)]) {
      if (queue?.type === QUEUE && !queues.has(queue)) {
        queues.set(queue, `the ${hop.name}`);
      }
    }
  }
  return queues;
}

/** The metrics of queues at which alarms look. Undefined: an alarm looks at queues of which nobody knows. */
function watchedQueues(graph: DeliveryGraph): ReadonlyMap<Resource, readonly string[]> | undefined {
  const watched = new Map<Resource, string[]>();
  for (const alarm of graph.app.ofType(ALARM)) {
    const { metrics, expressions, ids } = queriesOf(alarm);
    if (ids === undefined || expressions.some((text) => /AWS\/SQS/.test(text))) {
      return undefined;
    }
    for (const metric of metrics.filter(({ namespace }) => namespace === 'AWS/SQS')) {
      const queue = subjectOf(graph, metric);
      if (metric.dimensions === undefined) {
        return undefined;
      }
      if (queue !== undefined) {
        const names = watched.get(queue);
        names ? names.push(metric.name) : watched.set(queue, [metric.name]);
      } else if (metric.dimensions.some(({ name, value }) => name === 'QueueName' && (value === undefined || isUnknown(value)))) {
        return undefined;
      }
    }
  }
  return watched;
}
