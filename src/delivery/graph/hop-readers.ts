import { apiHops } from './apis';
import { asynchronousHops } from './asynchronous-invocations';
import { bucketHops } from './buckets';
import type { HopReader } from './delivery-graph';
import { deliveryStreamHops } from './delivery-streams';
import { eventRuleHops } from './event-rules';
import { eventSourceHops } from './event-sources';
import { iotRuleHops } from './iot-rules';
import { pipeHops } from './pipes';
import { queueHops } from './queues';
import { scheduleHops } from './schedules';
import { serviceHops } from './services';
import { stateMachineHops } from './state-machines';
import { topicHops } from './topics';

/** What lists the hops of each service. */
export const HOP_READERS: readonly HopReader[] = [
  queueHops,
  eventSourceHops,
  topicHops,
  bucketHops,
  eventRuleHops,
  scheduleHops,
  pipeHops,
  serviceHops,
  iotRuleHops,
  // After what invokes functions.
  asynchronousHops,
  deliveryStreamHops,
  stateMachineHops,
  apiHops,
];
