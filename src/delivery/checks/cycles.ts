import type { Reading } from './check';
import { check } from './check';
import { deliveryCycles } from '../graph/cycles';
import type { DeliveryGraph } from '../graph/delivery-graph';
import type { CycleFacts, DeadLetterConsumerFacts } from '../rules/cycle';
import { CYCLE_RULES, DEAD_LETTER_CONSUMER_RULES } from '../rules/cycle';
import type { Resource } from '../template/app';

export const CYCLE_CHECKS = [
  check(CYCLE_RULES, readCycles),
  check(DEAD_LETTER_CONSUMER_RULES, readDeadLetterConsumers),
];

function* readCycles(graph: DeliveryGraph): Iterable<Reading<CycleFacts>> {
  for (const cycle of deliveryCycles(graph)) {
    for (const { from } of cycle.slice(0, 1)) {
      yield { at: from, facts: { resources: cycle.map((edge) => edge.from.path), deliveries: cycle.map(({ hop }) => hop.name) } };
    }
  }
}

function* readDeadLetterConsumers(graph: DeliveryGraph): Iterable<Reading<DeadLetterConsumerFacts>> {
  for (const { kind, from, to } of graph.hops) {
    if (kind === 'redrive' && from.resource !== undefined && to.resource !== undefined && from.resource !== to.resource) {
      yield {
        at: to.resource,
        facts: {
          queue: from.resource.path,
          deadLetterQueue: to.resource.path,
          consumers: consumersOf(graph, to.resource),
          consumersOfQueue: consumersOf(graph, from.resource),
        },
      };
    }
  }
}

function consumersOf(graph: DeliveryGraph, queue: Resource): string[] {
  return graph.hopsFrom(queue).filter(({ kind }) => kind === 'eventSource').flatMap(({ to }) => to.resource?.path ?? []);
}
