import type { DeliveryGraph } from './delivery-graph';
import type { Hop } from './hop';

/** EventBridge delivers the events that match a rule to each of its targets. */
export function* eventRuleHops(_graph: DeliveryGraph): Iterable<Hop> {
}
