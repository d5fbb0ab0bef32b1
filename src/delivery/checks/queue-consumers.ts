import type { Reading } from './check';
import { check } from './check';
import type { DeliveryGraph } from '../graph/delivery-graph';
import { functionFacts, functionOf } from '../graph/functions';
import type { Redrive } from '../graph/queues';
import { QUEUE, queueFacts, redriveOf } from '../graph/queues';
import { groupedBy, placeOf } from '../graph/reading';
import type { QueueConsumerFacts } from '../rules/queue-consumer';
import { QUEUE_CONSUMER_RULES } from '../rules/queue-consumer';
import type { ConcurrentSourceFacts, SharedFunctionFacts, SharingSourceFacts } from '../rules/reserved-concurrency';
import { SHARED_FUNCTION_RULES, SHARING_SOURCE_RULES } from '../rules/reserved-concurrency';
import type { Resource } from '../template/app';

/** An event source between a queue and a function of the app. */
interface QueueConsumer {
  readonly mapping: Resource;
  readonly queue: Resource;
  readonly function: Resource;
  readonly qualified?: boolean | undefined;
}

export const QUEUE_CONSUMER_CHECKS = [
  check(QUEUE_CONSUMER_RULES, readConsumers),
  check(SHARED_FUNCTION_RULES, readSharedFunctions),
  check(SHARING_SOURCE_RULES, readSharingSources),
];

export function* queueConsumers(graph: DeliveryGraph): Iterable<QueueConsumer> {
  for (const { at, from, to } of graph.hops.filter(({ kind }) => kind === 'eventSource')) {
    if (from.resource?.type === QUEUE && to.resource !== undefined) {
      yield { mapping: at, queue: from.resource, function: to.resource, qualified: functionOf(graph, to.text).qualified };
    }
  }
}

function* readConsumers(graph: DeliveryGraph): Iterable<Reading<QueueConsumerFacts>> {
  for (const { mapping, queue, function: handler, qualified } of queueConsumers(graph)) {
    const redrive = redriveOf(graph, queue);
    const { region, account } = mapping.stack;
    const window = mapping.props.value('MaximumBatchingWindowInSeconds') === undefined ? undefined : mapping.props.number('MaximumBatchingWindowInSeconds') ?? 'unknown';
    yield {
      at: mapping,
      facts: {
        queue: {
          ...queueFacts(queue),
          maxReceiveCount: typeof redrive === 'object' ? redrive.maxReceiveCount : undefined,
          setsAside: redrive === undefined ? undefined : redrive !== 'none',
        },
        deadLetterQueue: typeof redrive === 'object' ? deadLetterQueueFacts(graph, queue, redrive) : undefined,
        handler: { ...functionFacts(handler), qualified },
        eventSource: { batchSize: mapping.props.number('BatchSize'), maxBatchingWindowSeconds: window, region, account },
      },
    };
  }
}

function deadLetterQueueFacts(graph: DeliveryGraph, queue: Resource, { deadLetterQueue }: Redrive): QueueConsumerFacts['deadLetterQueue'] {
  const { resource } = deadLetterQueue;
  if (resource === undefined) {
    return undefined;
  }
  const owners = graph.hopsTo(resource).filter(({ kind, from }) => kind === 'redrive' && from.resource !== queue);
  return {
    ...queueFacts(resource),
    ...placeOf(deadLetterQueue),
    isTheQueue: resource === queue,
    // Each is found at the second of two queues only.
    owner: owners.find(({ from }) => from.resource !== undefined && from.resource.order < queue.order)?.from.resource?.path,
    allowsQueue: undefined,
  };
}

function sharedFunctions(graph: DeliveryGraph): [Resource, readonly Resource[]][] {
  const consumers = groupedBy(queueConsumers(graph), ({ function: handler }) => handler);
  return [...consumers].map(([handler, sharing]) => [handler, sharing.map(({ mapping }) => mapping)]);
}

function* readSharedFunctions(graph: DeliveryGraph): Iterable<Reading<SharedFunctionFacts>> {
  for (const [handler, mappings] of sharedFunctions(graph)) {
    const { path, reservedConcurrency } = functionFacts(handler);
    yield { at: handler, facts: { path, reservedConcurrency, sources: mappings.map(sourceFacts) } };
  }
}

function* readSharingSources(graph: DeliveryGraph): Iterable<Reading<SharingSourceFacts>> {
  for (const [handler, mappings] of sharedFunctions(graph)) {
    const { path, reservedConcurrency } = functionFacts(handler);
    yield* mappings.map((mapping) => ({ at: mapping, facts: { handler: { path, reservedConcurrency }, source: sourceFacts(mapping) } }));
  }
}

function sourceFacts({ path, props }: Resource): ConcurrentSourceFacts {
  const concurrency = 'ScalingConfig.MaximumConcurrency';
  return {
    path,
    enabled: props.flag('Enabled', true) === true,
    sharing: false,
    maxConcurrency: props.number(concurrency),
    uncapped: props.has(concurrency) === false && props.has('ProvisionedPollerConfig') === false,
  };
}
