import type { DeliveryGraph } from './delivery-graph';
import { functionOf } from './functions';
import type { DeadLetters, Hop } from './hop';
import { QUEUE } from './queues';
import type { Resource } from '../template/app';

export const EVENT_SOURCE = 'AWS::Lambda::EventSourceMapping';

/** Lambda reads from a queue or a stream, and invokes a function. Queues have their own dead letters, streams only those that the mapping names. */
export function* eventSourceHops(graph: DeliveryGraph): Iterable<Hop> {
  for (const mapping of graph.app.ofType(EVENT_SOURCE)) {
    const { props, path } = mapping;
    const source = graph.end(props, 'EventSourceArn');
    const handler = props.text('FunctionName');
    yield {
      kind: 'eventSource',
      at: mapping,
      name: `event source '${path}'`,
      from: source.resource === undefined ? streamBehind(graph, source.text) ?? source : source,
      to: { text: handler, resource: functionOf(graph, handler).function },
      service: 'lambda.amazonaws.com',
      deadLetters: source.resource?.type === QUEUE || /:sqs:/.test(source.text ?? '') ? undefined : failureDestination(graph, mapping),
    };
  }
}

function failureDestination(graph: DeliveryGraph, { props }: Resource): DeadLetters {
  const path = 'DestinationConfig.OnFailure.Destination';
  const given = props.has(path);
  return given === undefined ? 'unknown' : given ? graph.end(props, path) : 'none';
}

/** A table's stream belongs to the table, a consumer's to the stream. */
function streamBehind(graph: DeliveryGraph, text: string | undefined) {
  const arn = text?.replace(/\/(stream|consumer)\/.*$/, '');
  const resource = graph.app.find(arn);
  return resource && { text, resource };
}
