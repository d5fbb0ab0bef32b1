import type { DeliveryGraph } from './delivery-graph';
import type { StreamKind } from './event-sources';
import { readRetriesText, readSourceOf, streamKindOf } from './event-sources';
import type { Hop } from './hop';
import { PIPE } from './resource-types';
import { deadLettersOf, targetOf } from './targets';
import type { Props } from '../template/props';


/** The settings for a stream that a pipe reads. Those for a queue have none for what fails: that stays in the queue. */
const STREAM_PARAMETERS: Readonly<Record<StreamKind, string>> = {
  stream: 'SourceParameters.KinesisStreamParameters',
  table: 'SourceParameters.DynamoDBStreamParameters',
};

export function streamParametersOf(pipe: Props, kind: StreamKind): Props {
  return pipe.part(STREAM_PARAMETERS[kind]);
}

/** EventBridge Pipes reads from a source, may have a function or a service add to what it read, and sends to a target. */
export function* pipeHops(graph: DeliveryGraph): Iterable<Hop> {
  for (const pipe of graph.app.ofType(PIPE)) {
    const { props, path } = pipe;
    const from = readSourceOf(graph, props.text('Source'));
    const kind = streamKindOf(from);
    const settings = kind && streamParametersOf(props, kind);
    const hop = {
      kind: 'pipe',
      at: pipe,
      from,
      service: 'pipes.amazonaws.com',
      role: props.text('RoleArn'),
      deadLetters: settings && deadLettersOf(graph, settings, 'DeadLetterConfig.Arn'),
      retries: settings && readRetriesText(settings),
    } as const;
    if (props.has('Enrichment') === true) {
      yield { ...hop, name: `enrichment of pipe '${path}'`, to: targetOf(graph, props.text('Enrichment')) };
    }
    yield { ...hop, name: `target of pipe '${path}'`, to: targetOf(graph, props.text('Target')) };
  }
}
