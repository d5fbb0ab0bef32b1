import type { DeliveryGraph } from './delivery-graph';
import { retryOf } from './event-rules';
import type { Hop } from './hop';
import { SCHEDULE } from './resource-types';
import { deadLettersOf, retriesText, targetOf } from './targets';


/** EventBridge Scheduler invokes the target of a schedule. */
export function* scheduleHops(graph: DeliveryGraph): Iterable<Hop> {
  for (const schedule of graph.app.ofType(SCHEDULE)) {
    const target = schedule.props.part('Target');
    const { attempts, ageSeconds } = retryOf(target);
    yield {
      kind: 'schedule',
      at: schedule,
      name: `schedule '${schedule.path}'`,
      from: { text: schedule.name, resource: schedule },
      to: targetOf(graph, target.text('Arn')),
      service: 'scheduler.amazonaws.com',
      role: target.text('RoleArn'),
      deadLetters: deadLettersOf(graph, target, 'DeadLetterConfig.Arn'),
      retries: retriesText(attempts, ageSeconds),
    };
  }
}
