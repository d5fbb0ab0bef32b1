import type { DeliveryGraph } from './delivery-graph';
import { functionOf } from './functions';
import type { End, Hop } from './hop';
import { EVENT_SOURCE, GLOBAL_TABLE, QUEUE, STREAM, STREAM_CONSUMER, TABLE } from './resource-types';
import { deadLettersOf, durationText, retriesText } from './targets';
import type { Resource } from '../template/app';
import type { Props } from '../template/props';


/** What records are read from. */
export type StreamKind = 'stream' | 'table';

/** Until the record expires, for attempts and for age. */
export const ENDLESS = -1;

/** Lambda reads from a queue or a stream, and invokes a function. Queues have their own dead letters, streams only those that the mapping names. */
export function* eventSourceHops(graph: DeliveryGraph): Iterable<Hop> {
  for (const mapping of graph.app.ofType(EVENT_SOURCE)) {
    const { props, path } = mapping;
    const source = readSourceOf(graph, props.text('EventSourceArn'));
    const handler = props.text('FunctionName');
    const called = functionOf(graph, handler).function;
    yield {
      kind: 'eventSource',
      at: mapping,
      name: `event source '${path}'`,
      from: source,
      to: { text: handler, resource: called },
      service: 'lambda.amazonaws.com',
      role: called?.props.text('Role'),
      deadLetters: isQueue(source) ? undefined : deadLettersOf(graph, props, 'DestinationConfig.OnFailure.Destination'),
      retries: streamKindOf(source) === undefined ? undefined : readRetriesText(props),
    };
  }
}

/** What an event source or a pipe reads from. A table's stream belongs to the table, a consumer's to the stream. */
export function readSourceOf(graph: DeliveryGraph, text: string | undefined): End {
  const found = graph.app.find(text);
  const arn = found?.type === STREAM_CONSUMER ? found.props.text('StreamARN') : text?.replace(/\/(stream|consumer)\/.*$/, '');
  return { text, resource: graph.app.find(arn) ?? found };
}

/** Whether an event source, a pipe or a service certainly reads: it may be missing, be switched off, or have no task. */
export function certainlyReads({ conditional, props }: Resource): boolean {
  return !conditional && props.flag('Enabled', true) === true && props.number('DesiredCount', 1) !== 0 && props.literal('DesiredState', 'RUNNING') === 'RUNNING';
}

export function isQueue({ text, resource }: End): boolean {
  return resource?.type === QUEUE || /:sqs:/.test(text ?? '');
}

/** Undefined: neither, or not known. */
export function streamKindOf({ text, resource }: End): StreamKind | undefined {
  switch (resource?.type) {
    case STREAM: case STREAM_CONSUMER: return 'stream';
    case TABLE: case GLOBAL_TABLE: return 'table';
    case undefined: return /^arn:[^:]+:kinesis:/.test(text ?? '') ? 'stream' : /^arn:[^:]+:dynamodb:/.test(text ?? '') ? 'table' : undefined;
    default: return undefined;
  }
}

/** In words, as of a hop. */
export function readRetriesText(settings: Props): string | undefined {
  const [attempts, seconds] = [settings.number('MaximumRetryAttempts', ENDLESS), settings.number('MaximumRecordAgeInSeconds', ENDLESS)];
  if (attempts === undefined || seconds === undefined) {
    return undefined;
  }
  return attempts === ENDLESS ? seconds === ENDLESS ? 'until the record expires' : `for ${durationText(seconds)}`
    : seconds === ENDLESS ? `${attempts} attempts` : retriesText(attempts, seconds);
}
