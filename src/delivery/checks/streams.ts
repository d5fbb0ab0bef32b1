import type { Reading } from './check';
import { check } from './check';
import { isFifo, pathOf } from './set-aside';
import type { DeliveryGraph } from '../graph/delivery-graph';
import { ENDLESS, readSourceOf, streamKindOf } from '../graph/event-sources';
import { functionFacts, functionOf } from '../graph/functions';
import type { End } from '../graph/hop';
import { EVENT_SOURCE, GLOBAL_TABLE, STREAM, STREAM_CONSUMER, TABLE } from '../graph/resource-types';
import { deadLettersOf } from '../graph/targets';
import type { DiscardFacts, FilterFacts, RegisteredConsumerFacts, StreamConsumerFacts, StreamKind, StreamReadersFacts, StreamReadFacts } from '../rules/stream-consumer';
import { REGISTERED_CONSUMER_RULES, STREAM_CONSUMER_RULES, STREAM_READERS_RULES } from '../rules/stream-consumer';
import type { Resource } from '../template/app';
import { Props } from '../template/props';

export const STREAM_CHECKS = [
  check(STREAM_CONSUMER_RULES, readConsumers),
  check(STREAM_READERS_RULES, readReaders),
  check(REGISTERED_CONSUMER_RULES, readRegisteredConsumers),
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

function* readConsumers(graph: DeliveryGraph): Iterable<Reading<StreamConsumerFacts>> {
  for (const mapping of graph.app.ofType(EVENT_SOURCE)) {
    const { props } = mapping;
    const source = readSourceOf(graph, props.text('EventSourceArn'));
    const kind = streamKindOf(source);
    if (kind !== undefined) {
      const called = functionOf(graph, props.text('FunctionName'));
      yield {
        at: mapping,
        facts: {
          ...streamReadFacts(source, kind, props),
          name: `event source '${mapping.path}'`,
          bisects: props.flag('BisectBatchOnFunctionError', false),
          partialResponses: props.list('FunctionResponseTypes')?.includes('ReportBatchItemFailures'),
          failures: discardFacts(graph, props),
          filters: filterFacts(kind, source, props),
          handler: called.function && { ...functionFacts(called.function), qualified: called.qualified },
        },
      };
    }
  }
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

/** What a filter may ask for: the fields of a record, where those of Kinesis come without what they are wrapped in. */
const RECORD_FIELDS: Readonly<Record<StreamKind, ReadonlySet<string>>> = {
  stream: new Set([
    'data', 'partitionKey', 'sequenceNumber', 'kinesisSchemaVersion', 'approximateArrivalTimestamp', 'eventSource', 'eventVersion', 'eventID', 'eventName',
    'invokeIdentityArn', 'awsRegion', 'eventSourceARN',
  ]),
  table: new Set(['dynamodb', 'eventID', 'eventName', 'eventVersion', 'eventSource', 'awsRegion', 'eventSourceARN', 'userIdentity']),
};
const IMAGES = ['Keys', 'NewImage', 'OldImage'];
const ATTRIBUTE_TYPES = new Set(['S', 'N', 'B', 'SS', 'NS', 'BS', 'M', 'L', 'NULL', 'BOOL']);

function filterFacts(kind: StreamKind, { resource }: End, props: Props): FilterFacts | undefined {
  const patterns = (props.items('FilterCriteria.Filters') ?? []).map((filter) => patternOf(filter.literal('Pattern')));
  const view = resource?.type === TABLE || resource?.type === GLOBAL_TABLE ? resource.props.literal('StreamSpecification.StreamViewType') : undefined;
  const fields = patterns.flatMap((pattern) => pattern.names() ?? []);
  const records = kind === 'table' ? patterns.map((pattern) => pattern.part('dynamodb')) : [];
  return patterns.length === 0 ? undefined : {
    unknownFields: fields.filter((field) => !RECORD_FIELDS[kind].has(field) && !field.startsWith('$')),
    untypedAttributes: records.flatMap((record) => IMAGES.flatMap((image) => untypedAttributes(record.part(image)).map((attribute) => `${image}.${attribute}`))),
    missingImages: view === undefined ? [] : records.flatMap((record) => record.names() ?? []).filter((image) => lacks(view, image)),
    ofData: fields.includes('data'),
    counted: props.list('MetricsConfig.Metrics')?.includes('EventCount'),
  };
}

function patternOf(text: string | undefined): Props {
  try {
    return new Props(JSON.parse(String(text)));
  } catch {
    return new Props({});
  }
}

/** A list of values, or an object without any type, where there must be one. Matchers of a whole attribute are left alone. */
function untypedAttributes({ content }: Props): readonly string[] {
  return typeof content !== 'object' || content === null || Array.isArray(content) ? []
    : Object.entries(content).filter(([name, value]) => !name.startsWith('$') && isUntyped(value)).map(([name]) => name);
}

function isUntyped(value: unknown): boolean {
  return Array.isArray(value) ? value.some((one) => typeof one !== 'object')
    : typeof value === 'object' && value !== null && !Object.keys(value).some((key) => ATTRIBUTE_TYPES.has(key));
}

function lacks(view: string, image: string): boolean {
  return (image === 'OldImage' && (view === 'NEW_IMAGE' || view === 'KEYS_ONLY')) || (image === 'NewImage' && (view === 'OLD_IMAGE' || view === 'KEYS_ONLY'));
}

const READING_KINDS: readonly string[] = ['eventSource', 'pipe', 'deliveryStream'];

function* readReaders(graph: DeliveryGraph): Iterable<Reading<StreamReadersFacts>> {
  for (const source of graph.app.ofType(STREAM, TABLE, GLOBAL_TABLE)) {
    const hops = graph.hopsFrom(source).filter(({ kind, at, from }) => READING_KINDS.includes(kind) && reads(at) && !/\/consumer\//.test(from.text ?? ''));
    yield {
      at: source,
      facts: {
        path: source.path,
        kind: source.type === STREAM ? 'stream' : 'table',
        readers: [...new Set(hops.map(({ at }) => at.path))],
        replicated: (source.props.list('Replicas') ?? []).length > 1,
      },
    };
  }
}

/** Whether it certainly reads: it may be missing, or be switched off. */
function reads({ conditional, props }: Resource): boolean {
  return !conditional && props.flag('Enabled', true) === true && props.literal('DesiredState', 'RUNNING') === 'RUNNING';
}

function* readRegisteredConsumers({ app }: DeliveryGraph): Iterable<Reading<RegisteredConsumerFacts>> {
  for (const consumer of app.ofType(STREAM_CONSUMER)) {
    const tags = consumer.props.list('Tags');
    yield { at: consumer, facts: { path: consumer.path, tagged: tags && tags.length > 0 } };
  }
}
