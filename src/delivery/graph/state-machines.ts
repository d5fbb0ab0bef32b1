import type { DeliveryGraph } from './delivery-graph';
import type { Hop } from './hop';

/** Step Functions calls a service in each task of a state machine. */
export function* stateMachineHops(_graph: DeliveryGraph): Iterable<Hop> {
}
