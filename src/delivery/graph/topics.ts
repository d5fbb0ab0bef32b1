import type { DeliveryGraph } from './delivery-graph';
import type { Hop } from './hop';

/** SNS delivers to each subscription of a topic. */
export function* topicHops(_graph: DeliveryGraph): Iterable<Hop> {
}
