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

export const SCHEDULE_CHECKS = [check(SCHEDULE_RULES, readSchedules)];

const RATE = /^\s*rate\(\s*(\d+)\s+(minute|hour|day)s?\s*\)\s*$/;
const UNIT_SECONDS = { minute: 60, hour: 3600, day: 86_400 };

function* readSchedules(graph: DeliveryGraph): Iterable<Reading<ScheduleFacts>> {
  for (const schedule of graph.app.ofType(SCHEDULE)) {
    const target = schedule.props.part('Target');
    const end = graph.end(target, 'Arn', QUEUE);
    yield {
      at: schedule,
      facts: {
        name: `schedule '${schedule.path}'`,
        hasGroup: schedule.props.has('GroupName'),
        intervalSeconds: intervalOf(schedule.props.literal('ScheduleExpression')),
        queue: end.resource && queueFacts(end.resource),
        messageGroup: target.has('SqsParameters.MessageGroupId'),
        deadLetters: setAsideFacts(deadLettersOf(graph, target, 'DeadLetterConfig.Arn'), end),
        ...retryOf(target),
      },
    };
  }
}

/** Undefined for a cron expression, whose runs are not equally far apart. */
function intervalOf(expression: string | undefined): number | undefined {
  const [, value, unit] = RATE.exec(expression ?? '') ?? [];
  return unit === undefined ? undefined : Number(value) * UNIT_SECONDS[unit as keyof typeof UNIT_SECONDS];
}
