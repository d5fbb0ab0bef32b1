import type { DeliveryGraph } from './delivery-graph';
import type { Hop } from './hop';

/** API Gateway hands a request over to a service or a function. */
export function* apiHops(_graph: DeliveryGraph): Iterable<Hop> {
}
