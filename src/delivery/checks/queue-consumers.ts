import type { Reading } from './check';
import { check } from './check';
import { pathOf } from './set-aside';
import type { DeliveryGraph } from '../graph/delivery-graph';
import { certainlyReads, isQueue } from '../graph/event-sources';
import type { FunctionFacts } from '../graph/functions';
import { functionFacts, functionOf } from '../graph/functions';
import type { End, Hop, HopKind } from '../graph/hop';
import { setAsideIn } from '../graph/hop';
import type { Redrive } from '../graph/queues';
import { allowsRedrive, queueFacts, redriveOf } from '../graph/queues';
import { documentOf, fifoOf, groupedBy, placeOf, remembered } from '../graph/reading';
import { PIPE, QUEUE } from '../graph/resource-types';
import type { ConsumedQueueUseFacts, ConsumerFacts, SetAsideRetentionFacts, SharedDeadLetterQueueFacts } from '../rules/consumed-queue';
import { CONSUMED_QUEUE_RULES, SET_ASIDE_RETENTION_RULES, SHARED_DEAD_LETTER_QUEUE_RULES } from '../rules/consumed-queue';
import type { QueueConsumerFacts } from '../rules/queue-consumer';
import { QUEUE_CONSUMER_RULES } from '../rules/queue-consumer';
import type { QueueEventSourceFacts } from '../rules/queue-event-source';
import { QUEUE_EVENT_SOURCE_RULES, RECEIVE_COUNT_RULE } from '../rules/queue-event-source';
import type { QueueFilterFacts } from '../rules/queue-filter';
import { QUEUE_FILTER_RULES } from '../rules/queue-filter';
import type { ConcurrentSourceFacts, SharedFunctionFacts, SharingSourceFacts } from '../rules/reserved-concurrency';
import { SHARED_FUNCTION_RULES, SHARING_SOURCE_RULES } from '../rules/reserved-concurrency';
import type { Resource } from '../template/app';
import type { Props } from '../template/props';
import { isUnknown } from '../template/symbols';

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html */
const DEFAULT_BATCH_SIZE = 10;

/** An event source between a queue and a function, of which one or both may be made elsewhere. */
interface QueueConsumer {
  readonly mapping: Resource;
  readonly queue: End;
  readonly function: End;
}

/** In a template, equal retention periods are mostly the defaults that nobody chose. */
const RULES = QUEUE_CONSUMER_RULES.map((rule) => (rule.id === 'deadLetterRetentionEqual' ? { ...rule, severity: 'note' as const } : rule));

export const QUEUE_CONSUMER_CHECKS = [
  check(RULES, readConsumers),
  check(RULES, readQueuesWithoutFunction),
  check(QUEUE_EVENT_SOURCE_RULES, readEventSources),
  check([RECEIVE_COUNT_RULE], readOtherReceives),
  check(QUEUE_FILTER_RULES, readFilters),
  check(CONSUMED_QUEUE_RULES, readConsumedQueues),
  check(SHARED_DEAD_LETTER_QUEUE_RULES, readSharedDeadLetterQueues),
  check(SET_ASIDE_RETENTION_RULES, readSetAsideRetention),
  check(SHARED_FUNCTION_RULES, readSharedFunctions),
  check(SHARING_SOURCE_RULES, readSharingSources),
];

const queueConsumers = remembered((graph: DeliveryGraph): readonly QueueConsumer[] => (
  graph.hopsOf('eventSource').filter(({ from }) => isQueue(from)).map(({ at, from, to }) => ({ mapping: at, queue: from, function: to }))
));

function* readConsumers(graph: DeliveryGraph): Iterable<Reading<QueueConsumerFacts>> {
  const filled = filledByFailures(graph);
  for (const { mapping, queue, function: handler } of queueConsumers(graph)) {
    const { region, account } = mapping.stack;
    const facts = queue.resource ? redriveFacts(graph, queue.resource) : { queue: outerQueueFacts(queue) };
    const window = mapping.props.value('MaximumBatchingWindowInSeconds') === undefined ? undefined : mapping.props.number('MaximumBatchingWindowInSeconds') ?? 'unknown';
    yield {
      at: mapping,
      facts: {
        ...facts,
        // What was set aside once need not be set aside again.
        queue: filled.has(queue.resource) ? { ...facts.queue, setsAside: undefined } : facts.queue,
        handler: { ...handlerFacts(handler), qualified: functionOf(graph, handler.text).qualified },
        eventSource: { batchSize: mapping.props.number('BatchSize'), maxBatchingWindowSeconds: window, region, account },
      },
    };
  }
}

/** Of queues that no function of the app consumes, where they put what cannot be processed. */
function* readQueuesWithoutFunction(graph: DeliveryGraph): Iterable<Reading<QueueConsumerFacts>> {
  const fed = functionFed(graph);
  for (const queue of graph.app.ofType(QUEUE)) {
    if (!fed.has(queue) && typeof redriveOf(graph, queue) === 'object') {
      yield { at: queue, facts: { ...redriveFacts(graph, queue), handler: { path: 'none' }, eventSource: { region: queue.stack.region } } };
    }
  }
}

const functionFed = remembered((graph: DeliveryGraph): ReadonlySet<Resource | undefined> => (
  new Set(queueConsumers(graph).map(({ queue }) => queue.resource))
));

/** Queues of what could not be processed or delivered, and of results. */
const filledByFailures = remembered((graph: DeliveryGraph): ReadonlySet<Resource | undefined> => new Set([
  ...graph.hopsOf('redrive', 'destination').map(({ to }) => to.resource),
  ...graph.hops.flatMap(setAsideIn),
]));

function redriveFacts(graph: DeliveryGraph, queue: Resource): Pick<QueueConsumerFacts, 'queue' | 'deadLetterQueue'> {
  const redrive = redriveOf(graph, queue);
  return {
    queue: {
      ...queueFacts(queue),
      maxReceiveCount: typeof redrive === 'object' ? redrive.maxReceiveCount : undefined,
      setsAside: redrive === undefined ? undefined : redrive !== 'none',
    },
    deadLetterQueue: typeof redrive === 'object' ? deadLetterQueueFacts(graph, queue, redrive) : undefined,
  };
}

function deadLetterQueueFacts(graph: DeliveryGraph, queue: Resource, { deadLetterQueue }: Redrive): QueueConsumerFacts['deadLetterQueue'] {
  const { resource } = deadLetterQueue;
  return resource === undefined ? outerQueueFacts(deadLetterQueue) : {
    ...queueFacts(resource),
    ...placeOf(deadLetterQueue),
    isTheQueue: resource === queue,
    allowsQueue: allowsRedrive(graph, resource, queue),
  };
}

/** What the ARN of a queue that is made elsewhere says of it. */
function outerQueueFacts(queue: End): QueueConsumerFacts['queue'] {
  return { path: pathOf(queue), fifo: fifoOf(queue), ...placeOf(queue) };
}

function handlerFacts(handler: End): FunctionFacts {
  return handler.resource ? functionFacts(handler.resource) : { path: pathOf(handler), ...placeOf(handler) };
}

function* readEventSources(graph: DeliveryGraph): Iterable<Reading<QueueEventSourceFacts>> {
  for (const { mapping, queue, function: handler } of queueConsumers(graph)) {
    const { props } = mapping;
    const redrive = queue.resource && redriveOf(graph, queue.resource);
    const { path, reservedConcurrency } = handlerFacts(handler);
    yield {
      at: mapping,
      facts: {
        queue: pathOf(queue),
        handler: path,
        eventSource: mapping.path,
        fifo: fifoOf(queue),
        maxReceiveCount: typeof redrive === 'object' ? redrive.maxReceiveCount : undefined,
        reservedConcurrency,
        enabled: props.flag('Enabled', true),
        batchSize: props.number('BatchSize', DEFAULT_BATCH_SIZE),
        reportsItemFailures: reportsItemFailures(props),
        maximumConcurrency: props.number('ScalingConfig.MaximumConcurrency'),
        provisionedPollers: props.has('ProvisionedPollerConfig'),
      },
    };
  }
}

/** Of queues that a pipe or a service of ECS consumes, and no function. */
function* readOtherReceives(graph: DeliveryGraph): Iterable<Reading<Pick<QueueEventSourceFacts, 'queue' | 'handler' | 'maxReceiveCount'>>> {
  const fed = functionFed(graph);
  for (const queue of graph.app.ofType(QUEUE).filter((one) => !fed.has(one))) {
    const consumer = graph.hopsFrom(queue).find(({ kind }) => CONSUMPTIONS.includes(kind));
    const redrive = redriveOf(graph, queue);
    if (consumer !== undefined && typeof redrive === 'object') {
      yield { at: queue, facts: { queue: queue.path, handler: consumer.name, maxReceiveCount: redrive.maxReceiveCount } };
    }
  }
}

function reportsItemFailures(props: Props): boolean | undefined {
  const types = props.list('FunctionResponseTypes');
  return types === undefined || types.some(isUnknown) ? undefined : types.includes('ReportBatchItemFailures');
}

/** Event sources have their filters among their properties, pipes among those of their source. */
function* readFilters(graph: DeliveryGraph): Iterable<Reading<QueueFilterFacts>> {
  for (const { mapping } of queueConsumers(graph)) {
    yield { at: mapping, facts: { name: `event source '${mapping.path}'`, filterKeys: filterKeys(mapping.props.part('FilterCriteria')) } };
  }
  for (const pipe of graph.app.ofType(PIPE)) {
    if (isQueue(graph.end(pipe.props, 'Source'))) {
      yield { at: pipe, facts: { name: `pipe '${pipe.path}'`, filterKeys: filterKeys(pipe.props.part('SourceParameters.FilterCriteria')) } };
    }
  }
}

/** Each filter is a pattern, as the text of its JSON. Undefined: not known. */
function filterKeys(criteria: Props): readonly string[] | undefined {
  const patterns = criteria.items('Filters')?.map((filter) => documentOf(filter, 'Pattern').names());
  return patterns?.some((keys) => keys === undefined) ? undefined : patterns?.flatMap((keys) => keys ?? []);
}

/** What delivers to a queue, other than what sets something aside in it. A task may do that. */
const DELIVERIES: readonly HopKind[] = ['subscription', 'ruleTarget', 'schedule', 'pipe', 'notification', 'integration', 'iotRule'];
const CONSUMPTIONS: readonly HopKind[] = ['eventSource', 'pipe', 'consumer'];

function* readConsumedQueues(graph: DeliveryGraph): Iterable<Reading<ConsumedQueueUseFacts>> {
  const fed = functionFed(graph);
  const filled = filledByFailures(graph);
  for (const queue of graph.app.ofType(QUEUE)) {
    const redrive = redriveOf(graph, queue);
    const sender = graph.hopsTo(queue).find(({ kind }) => DELIVERIES.includes(kind));
    const consumer = graph.hopsFrom(queue).find(({ kind }) => CONSUMPTIONS.includes(kind));
    yield {
      at: queue,
      facts: {
        path: queue.path,
        consumers: consumersOf(graph, queue),
        use: fed.has(queue) || filled.has(queue) ? undefined : sender ? `${sender.name} delivers to it` : consumer && `${consumer.name} consumes it`,
        setsAside: redrive === undefined ? undefined : redrive !== 'none',
      },
    };
  }
}

function endOf(deadLetters: Hop['deadLetters']): Resource | undefined {
  return typeof deadLetters === 'object' ? deadLetters.resource : undefined;
}

/** One of each: a function may be fed twice while it is replaced, and services with one role may be one worker on several kinds of capacity. What may be missing or stopped does not compete. */
function consumersOf(graph: DeliveryGraph, queue: Resource): readonly ConsumerFacts[] {
  const consumers = new Map<unknown, ConsumerFacts>();
  for (const { kind, at, to, name, role } of graph.hopsFrom(queue).filter((hop) => CONSUMPTIONS.includes(hop.kind))) {
    if (certainlyReads(at)) {
      const filters = at.props.has('FilterCriteria') || at.props.has('SourceParameters.FilterCriteria');
      consumers.set(kind === 'eventSource' ? to.resource ?? to.text : kind === 'consumer' ? role : at, { name, filters });
    }
  }
  return [...consumers.values()];
}

/** The queues whose messages end in one dead-letter queue, be it after they were received or before they were delivered. */
function* readSharedDeadLetterQueues(graph: DeliveryGraph): Iterable<Reading<SharedDeadLetterQueueFacts>> {
  for (const [queue, sharing] of groupedBy(graph.hopsOf('redrive', 'subscription'), ({ kind, to, deadLetters }) => (kind === 'redrive' ? to.resource : endOf(deadLetters)))) {
    const consumers = new Set(sharing.map(({ kind, at, to }) => (kind === 'redrive' ? at : to.resource)).filter((one) => one?.type === QUEUE && !one.conditional));
    yield { at: queue, facts: { path: queue.path, queues: [...consumers].map((one) => one?.path ?? '') } };
  }
}

function* readSetAsideRetention(graph: DeliveryGraph): Iterable<Reading<SetAsideRetentionFacts>> {
  const places = graph.hops.flatMap((hop) => [...setAsideIn(hop), redrivenTo(hop)].map((place) => ({ place, name: hop.name })));
  for (const [queue, [first]] of groupedBy(places, ({ place }) => place)) {
    if (queue.type === QUEUE && first !== undefined) {
      yield { at: queue, facts: { path: queue.path, of: first.name, retentionSeconds: queueFacts(queue).retentionSeconds } };
    }
  }
}

/** Where SQS moves messages to, unless they expire there before they would have in their queue, which is worse and found apart. In a FIFO queue their age starts anew. */
function redrivenTo({ kind, at, to: { resource } }: Hop): Resource | undefined {
  if (kind !== 'redrive' || resource === undefined) {
    return undefined;
  }
  const [queue, deadLetters] = [queueFacts(at), queueFacts(resource)];
  return !queue.fifo && Number(deadLetters.retentionSeconds) < Number(queue.retentionSeconds) ? undefined : resource;
}

const sharedFunctions = remembered((graph: DeliveryGraph): readonly (readonly [Resource, readonly QueueConsumer[]])[] => (
  [...groupedBy(queueConsumers(graph), ({ function: handler }) => handler.resource)]
));

function* readSharedFunctions(graph: DeliveryGraph): Iterable<Reading<SharedFunctionFacts>> {
  for (const [handler, consumers] of sharedFunctions(graph)) {
    const { path, reservedConcurrency } = functionFacts(handler);
    yield { at: handler, facts: { path, reservedConcurrency, sources: consumers.map((consumer) => sourceFacts(graph, consumer)) } };
  }
}

function* readSharingSources(graph: DeliveryGraph): Iterable<Reading<SharingSourceFacts>> {
  for (const [handler, consumers] of sharedFunctions(graph)) {
    const { path, reservedConcurrency } = functionFacts(handler);
    const alone = consumers.length === 1;
    yield* consumers.map((consumer) => (
      { at: consumer.mapping, facts: { handler: { path, reservedConcurrency }, source: sourceFacts(graph, consumer), alone } }
    ));
  }
}

function sourceFacts(graph: DeliveryGraph, { mapping: { path, props }, queue }: QueueConsumer): ConcurrentSourceFacts {
  const concurrency = 'ScalingConfig.MaximumConcurrency';
  const stated = props.number(concurrency);
  const groups = queue.resource && messageGroups(graph, queue.resource);
  return {
    path,
    enabled: props.flag('Enabled', true) === true,
    sharing: false,
    maxConcurrency: groups === undefined ? stated : Math.min(groups, stated ?? groups),
    uncapped: groups === undefined && props.has(concurrency) === false && props.has('ProvisionedPollerConfig') === false,
  };
}

/** How many message groups a FIFO queue has if only schedules send to it, each of which names one. Lambda processes no more of its batches at a time. */
function messageGroups(graph: DeliveryGraph, queue: Resource): number | undefined {
  const senders = graph.hopsTo(queue);
  const groups = senders.map(({ kind, at }) => (kind === 'schedule' ? at.props.literal('Target.SqsParameters.MessageGroupId') : undefined));
  return senders.length === 0 || groups.includes(undefined) || queueFacts(queue).fifo !== true ? undefined : new Set(groups).size;
}
