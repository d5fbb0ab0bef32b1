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
import { IOT_RULE_CHECKS } from './checks/iot-rules';
import { KEY_CHECKS } from './checks/keys';
import { OPEN_ACCESS_CHECKS } from './checks/open-access';
import { PAYLOAD_SIZE_CHECKS } from './checks/payload-sizes';
import { PERMISSION_CHECKS } from './checks/permissions';
import { PIPE_CHECKS } from './checks/pipes';
import { QUEUE_CONSUMER_CHECKS } from './checks/queue-consumers';
import { QUEUE_SERVICE_CHECKS } from './checks/queue-services';
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

/** Everything that is checked, by subject. */
export const SUBJECTS: Readonly<Record<string, readonly Check[]>> = {
  'Queues and their consumers': QUEUE_CONSUMER_CHECKS,
  'Queues and services of ECS': QUEUE_SERVICE_CHECKS,
  'Topics and subscriptions': TOPIC_CHECKS,
  'Bucket notifications': BUCKET_CHECKS,
  'EventBridge rules and buses': EVENT_RULE_CHECKS,
  'Rules of AWS IoT': IOT_RULE_CHECKS,
  'Schedules': SCHEDULE_CHECKS,
  'Pipes': PIPE_CHECKS,
  'Asynchronous invocations': ASYNCHRONOUS_INVOCATION_CHECKS,
  'Streams': STREAM_CHECKS,
  'Firehose delivery streams': DELIVERY_STREAM_CHECKS,
  'Permissions': PERMISSION_CHECKS,
  'Keys': KEY_CHECKS,
  'Alarms': ALARM_CHECKS,
  'Cycles': CYCLE_CHECKS,
  'References between stacks': CROSS_STACK_CHECKS,
  'Traffic shifts': TRAFFIC_SHIFT_CHECKS,
  'State machines': STATE_MACHINE_CHECKS,
  'APIs': API_CHECKS,
  'Functions': FUNCTION_CHECKS,
  'Tables, buckets and logs': STATEFUL_RESOURCE_CHECKS,
  'Open access': OPEN_ACCESS_CHECKS,
  'Payload sizes': PAYLOAD_SIZE_CHECKS,
};

export const CHECKS: readonly Check[] = Object.values(SUBJECTS).flat();

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
  return app.resources.flatMap((resource) => byResource.get(resource) ?? []);
}
