import type { DeliveryGraph } from './delivery-graph';
import type { Hop } from './hop';

/** S3 sends the events of a bucket to the queues, topics and functions of its notifications. */
export function* bucketHops(_graph: DeliveryGraph): Iterable<Hop> {
}
