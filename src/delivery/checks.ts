import { acknowledged } from './acknowledgements';
import { ALARM_CHECKS } from './checks/alarms';
import { API_CHECKS } from './checks/apis';
import { ASYNCHRONOUS_INVOCATION_CHECKS } from './checks/asynchronous-invocations';
import { BUCKET_CHECKS } from './checks/buckets';
import type { Check, DeliveryProblem } from './checks/check';
import { CROSS_STACK_CHECKS } from './checks/cross-stack';
import { CYCLE_CHECKS } from './checks/cycles';
import { DELIVERY_STREAM_CHECKS } from './checks/delivery-streams';
import { EVENT_RULE_CHECKS } from './checks/event-rules';
import { FUNCTION_CHECKS } from './checks/functions';
import { KEY_CHECKS } from './checks/keys';
import { OPEN_ACCESS_CHECKS } from './checks/open-access';
import { PAYLOAD_SIZE_CHECKS } from './checks/payload-sizes';
import { PERMISSION_CHECKS } from './checks/permissions';
import { PIPE_CHECKS } from './checks/pipes';
import { QUEUE_CONSUMER_CHECKS } from './checks/queue-consumers';
import { SCHEDULE_CHECKS } from './checks/schedules';
import { STATE_MACHINE_CHECKS } from './checks/state-machines';
import { STATEFUL_RESOURCE_CHECKS } from './checks/stateful-resources';
import { STREAM_CHECKS } from './checks/streams';
import { TOPIC_CHECKS } from './checks/topics';
import { TRAFFIC_SHIFT_CHECKS } from './checks/traffic-shifts';
import { DeliveryGraph } from './graph/delivery-graph';
import { HOP_READERS } from './graph/hop-readers';
import { groupedBy } from './graph/reading';
import type { TemplateInput } from './template/app';
import { TemplateApp } from './template/app';

/** Everything that is checked. */
export const CHECKS: readonly Check[] = [
  ...QUEUE_CONSUMER_CHECKS,
  ...TOPIC_CHECKS,
  ...BUCKET_CHECKS,
  ...EVENT_RULE_CHECKS,
  ...SCHEDULE_CHECKS,
  ...PIPE_CHECKS,
  ...ASYNCHRONOUS_INVOCATION_CHECKS,
  ...STREAM_CHECKS,
  ...DELIVERY_STREAM_CHECKS,
  ...PERMISSION_CHECKS,
  ...KEY_CHECKS,
  ...ALARM_CHECKS,
  ...CYCLE_CHECKS,
  ...CROSS_STACK_CHECKS,
  ...TRAFFIC_SHIFT_CHECKS,
  ...STATE_MACHINE_CHECKS,
  ...API_CHECKS,
  ...FUNCTION_CHECKS,
  ...STATEFUL_RESOURCE_CHECKS,
  ...OPEN_ACCESS_CHECKS,
  ...PAYLOAD_SIZE_CHECKS,
];

/** The ids of all rules that are checked. */
export const RULE_IDS: ReadonlySet<string> = new Set(CHECKS.flatMap(({ rules }) => rules.map(({ id }) => id)));

/** The deliveries of an app. */
export function graphOf(inputs: readonly TemplateInput[]): DeliveryGraph {
  return new DeliveryGraph(new TemplateApp(inputs), HOP_READERS);
}

/** What is wrong in the templates of an app and not acknowledged there, in the order of the stacks and their resources. */
export function checkTemplates(inputs: readonly TemplateInput[]): DeliveryProblem[] {
  return checkGraph(graphOf(inputs));
}

/** The same, of deliveries that were read already. */
export function checkGraph(graph: DeliveryGraph): DeliveryProblem[] {
  const { app } = graph;
  const problems = acknowledged(app, CHECKS.flatMap(({ run }) => run(graph)), RULE_IDS);
  const byResource = groupedBy(problems, ({ at }) => at);
  return [...app.resources()].flatMap((resource) => byResource.get(resource) ?? []);
}
