import type { Reading } from './check';
import { check } from './check';
import { setAsideFacts } from './set-aside';
import { queriesOf } from '../graph/alarms';
import type { DeliveryGraph } from '../graph/delivery-graph';
import { retryOf } from '../graph/event-rules';
import { queueFacts } from '../graph/queues';
import { groupedBy } from '../graph/reading';
import { ALARM, QUEUE, SCHEDULE, SCHEDULE_GROUP } from '../graph/resource-types';
import { deadLettersOf } from '../graph/targets';
import type { ScheduleFacts } from '../rules/schedule';
import { SCHEDULE_RULES } from '../rules/schedule';
import type { ScheduleExpressionFacts } from '../rules/schedule-expression';
import { isCron, runsOf, SCHEDULE_EXPRESSION_RULES } from '../rules/schedule-expression';
import type { ScheduleGroupFacts } from '../rules/schedule-group';
import { SCHEDULE_GROUP_RULES } from '../rules/schedule-group';
import { isUnknown } from '../template/symbols';

export const SCHEDULE_CHECKS = [
  check(SCHEDULE_RULES, readSchedules),
  check(SCHEDULE_EXPRESSION_RULES, readExpressions),
  check(SCHEDULE_GROUP_RULES, readGroups),
];

function* readSchedules(graph: DeliveryGraph): Iterable<Reading<ScheduleFacts>> {
  for (const schedule of graph.app.ofType(SCHEDULE)) {
    const target = schedule.props.part('Target');
    const expression = schedule.props.literal('ScheduleExpression');
    const runs = runsOf(expression);
    const end = graph.end(target, 'Arn', QUEUE);
    yield {
      at: schedule,
      facts: {
        name: `schedule '${schedule.path}'`,
        hasGroup: schedule.props.has('GroupName'),
        intervalSeconds: isCron(expression) ? undefined : runs?.shortestSeconds,
        shortestIntervalSeconds: runs?.shortestSeconds,
        queue: end.resource && queueFacts(end.resource),
        messageGroup: target.has('SqsParameters.MessageGroupId'),
        input: target.literal('Input'),
        deadLetters: setAsideFacts(deadLettersOf(graph, target, 'DeadLetterConfig.Arn'), end),
        ...retryOf(target),
      },
    };
  }
}

function* readExpressions(graph: DeliveryGraph): Iterable<Reading<ScheduleExpressionFacts>> {
  for (const schedule of graph.app.ofType(SCHEDULE)) {
    const { props } = schedule;
    yield {
      at: schedule,
      facts: { name: `schedule '${schedule.path}'`, expression: props.literal('ScheduleExpression'), timeZone: props.literal('ScheduleExpressionTimezone') },
    };
  }
}

function* readGroups(graph: DeliveryGraph): Iterable<Reading<ScheduleGroupFacts>> {
  const schedules = graph.app.ofType(SCHEDULE).map((schedule) => ({ schedule, group: graph.end(schedule.props, 'GroupName', SCHEDULE_GROUP) }));
  const byGroup = groupedBy(schedules, ({ group: { resource } }) => resource);
  // One whose group is not known may be in any.
  const isKnown = graph.isComplete && !schedules.some(({ group: { text, resource } }) => resource === undefined && isUnknown(text));
  const watched = watchedGroups(graph);
  for (const group of graph.app.ofType(SCHEDULE_GROUP)) {
    const within = byGroup.get(group)?.map(({ schedule }) => schedule) ?? [];
    const oneTime = within.find(({ props }) => props.literal('ScheduleExpression')?.startsWith('at(') && props.has('Target.DeadLetterConfig') === false);
    yield {
      at: group,
      facts: {
        path: group.path,
        empty: isKnown ? within.length === 0 : undefined,
        oneTime: oneTime?.path,
        watched: graph.isComplete ? watched === 'all' || watched.has(group.name) : undefined,
      },
    };
  }
}

/** It counts how often targets are invoked too, which says nothing of what failed. */
const ATTEMPTS = 'InvocationAttemptCount';

/** The names of the groups in which an alarm looks at what fails. `all`: it looks at schedules of all of them, or nobody knows of which. */
function watchedGroups({ app }: DeliveryGraph): ReadonlySet<string> | 'all' {
  const names = new Set<string>();
  for (const { metrics, expressions, ids } of app.ofType(ALARM).map(queriesOf)) {
    if (ids === undefined || expressions.some((text) => text.includes('AWS/Scheduler'))) {
      return 'all';
    }
    for (const { dimensions } of metrics.filter(({ namespace, name }) => namespace === 'AWS/Scheduler' && name !== ATTEMPTS)) {
      const values = dimensions?.map(({ value }) => value) ?? [];
      if (values.length === 0 || values.some((value) => value === undefined || isUnknown(value))) {
        return 'all';
      }
      values.forEach((value) => names.add(String(value)));
    }
  }
  return names;
}
