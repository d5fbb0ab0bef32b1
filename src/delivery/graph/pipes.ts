import type { DeliveryGraph } from './delivery-graph';
import type { Hop } from './hop';

/** EventBridge Pipes reads from a source and sends to a target. */
export function* pipeHops(_graph: DeliveryGraph): Iterable<Hop> {
}
