import type { DeliveryGraph } from './delivery-graph';
import type { Hop } from './hop';

/** EventBridge Scheduler invokes the target of a schedule. */
export function* scheduleHops(_graph: DeliveryGraph): Iterable<Hop> {
}
