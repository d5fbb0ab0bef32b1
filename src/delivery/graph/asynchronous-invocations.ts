import type { DeliveryGraph } from './delivery-graph';
import type { Hop } from './hop';

/** Lambda keeps an asynchronous invocation in a queue of its own, tries it again, and sends what fails to a destination. */
export function* asynchronousHops(_graph: DeliveryGraph): Iterable<Hop> {
}
