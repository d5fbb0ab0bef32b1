import type { Reading } from './check';
import { check } from './check';
import { isFifo, pathOf } from './set-aside';
import type { DeliveryGraph } from '../graph/delivery-graph';
import { certainlyReads, ENDLESS, readSourceOf, streamKindOf } from '../graph/event-sources';
import { functionFacts, functionOf } from '../graph/functions';
import type { End } from '../graph/hop';
import { groupedBy, placeOf, remembered } from '../graph/reading';
import { PIPE, STREAM, STREAM_CONSUMER, TABLES } from '../graph/resource-types';
import { isCertainlyAllowed, roleOf } from '../graph/roles';
import { deadLettersOf } from '../graph/targets';
import type {
  DiscardFacts, RegisteredConsumerFacts, RegisteredConsumersFacts, StreamConsumerFacts, StreamKind, StreamReadersFacts, StreamReadFacts,
} from '../rules/stream-consumer';
import { REGISTERED_CONSUMER_RULES, REGISTERED_CONSUMERS_RULES, STREAM_CONSUMER_RULES, STREAM_READERS_RULES } from '../rules/stream-consumer';
import type { FilteredReadFacts } from '../rules/stream-filter';
import { filterFacts, STREAM_FILTER_RULES } from '../rules/stream-filter';
import type { TableWriterFacts } from '../rules/table-writer';
import { TABLE_WRITER_RULES } from '../rules/table-writer';
import type { Resource } from '../template/app';
import type { Props } from '../template/props';

export const STREAM_CHECKS = [
  check(STREAM_CONSUMER_RULES, readConsumers),
  check(STREAM_FILTER_RULES, readFilters),
  check(STREAM_READERS_RULES, readReaders),
  check(REGISTERED_CONSUMER_RULES, readRegisteredConsumers),
  check(REGISTERED_CONSUMERS_RULES, readRegistrations),
  check(TABLE_WRITER_RULES, readTableWriters),
];

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kinesis-stream.html */
const DEFAULT_RETENTION_HOURS = 24;
/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html */
const TABLE_RETENTION_SECONDS = 86_400;
/** https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-parameters.html */
const DEFAULT_BATCH_SIZE = 100;

/** What is true of a reader of a stream, whether it is an event source or a pipe. */
export function streamReadFacts({ resource }: End, kind: StreamKind, settings: Props): Omit<StreamReadFacts, 'name'> {
  const hours = resource?.type === STREAM ? resource.props.number('RetentionPeriodHours', DEFAULT_RETENTION_HOURS) : undefined;
  return {
    kind,
    retentionSeconds: kind === 'table' ? TABLE_RETENTION_SECONDS : hours && hours * 3600,
    attempts: settings.number('MaximumRetryAttempts', ENDLESS),
    recordAgeSeconds: settings.number('MaximumRecordAgeInSeconds', ENDLESS),
    batchSize: settings.number('BatchSize', DEFAULT_BATCH_SIZE),
    startingPosition: settings.literal('StartingPosition'),
  };
}

interface StreamReader {
  readonly mapping: Resource;
  readonly source: End;
  readonly kind: StreamKind;
}

const streamReaders = remembered((graph: DeliveryGraph): readonly StreamReader[] => graph.hopsOf('eventSource').flatMap(({ at: mapping, from: source }) => {
  const kind = streamKindOf(source);
  return kind === undefined ? [] : [{ mapping, source, kind }];
}));

function* readConsumers(graph: DeliveryGraph): Iterable<Reading<StreamConsumerFacts>> {
  for (const { mapping, source, kind } of streamReaders(graph)) {
    const { props } = mapping;
    const called = functionOf(graph, props.text('FunctionName'));
    yield {
      at: mapping,
      facts: {
        ...streamReadFacts(source, kind, props),
        name: `event source '${mapping.path}'`,
        bisects: props.flag('BisectBatchOnFunctionError', false),
        partialResponses: props.list('FunctionResponseTypes')?.includes('ReportBatchItemFailures'),
        failures: discardFacts(graph, props),
        tumblingWindowSeconds: props.number('TumblingWindowInSeconds'),
        parallelizationFactor: props.number('ParallelizationFactor'),
        enhancedFanOut: isByConsumer(source),
        anyStream: source.text?.endsWith('/stream/*'),
        // As its ARN says, and not where the resource of this app is.
        source: { region: placeOf({ text: source.text }).region },
        place: { region: mapping.stack.region },
        handler: called.function && { ...functionFacts(called.function), qualified: called.qualified },
      },
    };
  }
}

function isByConsumer({ text, resource }: End): boolean {
  return resource?.type === STREAM_CONSUMER || /\/consumer\//.test(text ?? '');
}

function discardFacts(graph: DeliveryGraph, props: Props): StreamConsumerFacts['failures'] {
  const destination = deadLettersOf(graph, props, 'DestinationConfig.OnFailure.Destination');
  if (typeof destination !== 'object') {
    return destination === 'none' ? destination : undefined;
  }
  return { path: pathOf(destination), kind: discardKindOf(destination), fifo: isFifo(destination) };
}

function discardKindOf({ text }: End): DiscardFacts['kind'] {
  switch (text?.split(':')[2]) {
    case 'sqs': return 'queue';
    case 'sns': return 'topic';
    case 's3': return 'bucket';
    default: return undefined;
  }
}

function* readFilters(graph: DeliveryGraph): Iterable<Reading<FilteredReadFacts>> {
  for (const { mapping, source, kind } of streamReaders(graph)) {
    const { props } = mapping;
    const facts = filteredReadFacts(source, kind, props.part('FilterCriteria'));
    yield { at: mapping, facts: { ...facts, name: `event source '${mapping.path}'`, counted: props.list('MetricsConfig.Metrics')?.includes('EventCount') } };
  }
  for (const pipe of graph.app.ofType(PIPE)) {
    const source = readSourceOf(graph, pipe.props.text('Source'));
    const kind = streamKindOf(source);
    if (kind !== undefined) {
      yield { at: pipe, facts: { ...filteredReadFacts(source, kind, pipe.props.part('SourceParameters.FilterCriteria')), name: `pipe '${pipe.path}'` } };
    }
  }
}

function filteredReadFacts({ resource }: End, kind: StreamKind, criteria: Props): Omit<FilteredReadFacts, 'name'> {
  const table = isTable(resource) ? resource : undefined;
  const patterns = (criteria.items('Filters') ?? []).map((filter) => filter.literal('Pattern'));
  return { kind, filters: filterFacts(kind, patterns, table?.props.literal('StreamSpecification.StreamViewType')), replicated: table && isReplicated(table) };
}

function isTable(resource: Resource | undefined): boolean {
  return resource !== undefined && TABLES.includes(resource.type);
}

function isReplicated({ props }: Resource): boolean {
  return (props.list('Replicas') ?? []).length > 1;
}

const READING_KINDS: readonly string[] = ['eventSource', 'pipe', 'deliveryStream'];

function* readReaders(graph: DeliveryGraph): Iterable<Reading<StreamReadersFacts>> {
  for (const source of graph.app.ofType(STREAM, ...TABLES)) {
    const hops = graph.hopsFrom(source).filter(({ kind, at, from }) => READING_KINDS.includes(kind) && certainlyReads(at) && !isByConsumer(from));
    yield {
      at: source,
      facts: {
        path: source.path,
        kind: source.type === STREAM ? 'stream' : 'table',
        readers: [...new Set(hops.map(({ at }) => at.path))],
        replicated: isReplicated(source),
      },
    };
  }
}

function* readRegisteredConsumers({ app }: DeliveryGraph): Iterable<Reading<RegisteredConsumerFacts>> {
  for (const consumer of app.ofType(STREAM_CONSUMER)) {
    const tags = consumer.props.list('Tags');
    yield { at: consumer, facts: { path: consumer.path, tagged: tags && tags.length > 0 } };
  }
}

function* readRegistrations({ app }: DeliveryGraph): Iterable<Reading<RegisteredConsumersFacts>> {
  const registered = app.ofType(STREAM_CONSUMER).filter(({ conditional }) => !conditional);
  for (const [stream, consumers] of groupedBy(registered, ({ props }) => app.find(props.text('StreamARN'), STREAM))) {
    yield { at: stream, facts: { path: stream.path, consumers: consumers.length } };
  }
}

const WRITES = ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:BatchWriteItem'];

function* readTableWriters(graph: DeliveryGraph): Iterable<Reading<TableWriterFacts>> {
  for (const { mapping, source: { resource: table } } of streamReaders(graph)) {
    const { function: handler } = functionOf(graph, mapping.props.text('FunctionName'));
    const role = handler && roleOf(graph, handler.props.text('Role'));
    if (table && isTable(table) && handler && role && certainlyReads(mapping)) {
      const filters = mapping.props.list('FilterCriteria.Filters');
      const writes = WRITES.filter((action) => isCertainlyAllowed(graph, role, action, table.arn));
      yield { at: mapping, facts: { table: table.path, handler: handler.path, writes, filtered: filters && filters.length > 0 } };
    }
  }
}
