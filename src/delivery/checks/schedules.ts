import type { Reading } from './check';
import { check } from './check';
import { setAsideFacts } from './set-aside';
import type { DeliveryGraph } from '../graph/delivery-graph';
import { retryOf } from '../graph/event-rules';
import { queueFacts } from '../graph/queues';
import { QUEUE, SCHEDULE } from '../graph/resource-types';
import { deadLettersOf } from '../graph/targets';
import type { ScheduleFacts } from '../rules/schedule';
import { SCHEDULE_RULES } from '../rules/schedule';
import type { ScheduleExpressionFacts } from '../rules/schedule-expression';
import { isCron, runsOf, SCHEDULE_EXPRESSION_RULES } from '../rules/schedule-expression';

export const SCHEDULE_CHECKS = [check(SCHEDULE_RULES, readSchedules), check(SCHEDULE_EXPRESSION_RULES, readExpressions)];

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
