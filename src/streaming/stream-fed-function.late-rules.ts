import type * as kinesis from 'aws-cdk-lib/aws-kinesis';
import type { IConstruct } from 'constructs';
import type { EventSourceParts } from './private/event-source';
import { eventSourceValues } from './private/event-source';
import { problemsOfReaders } from './private/other-readers';
import { consumerValues, streamValues } from './private/own-stream';
import { consumerFacts, filteredFacts, filterRules, readerRules, recordAgeSecondsOf } from './private/reader-rules';
import type { StreamFedFunction, StreamFedFunctionProps } from './stream-fed-function';
import type { StreamFedPlan } from './stream-fed-function.rules';
import { readStreamOf, retentionOf } from './stream-fed-function.rules';
import { REGISTERED_CONSUMERS_RULES } from '../delivery/rules/stream-consumer';
import { onceInAValidation } from '../private/app/once-in-a-validation';
import { resourceBehind } from '../private/app/references';
import { resourcesBelow } from '../private/app/resources-below';
import { byProp, changedValues } from '../private/checks/derived-values';
import { reportFindings } from '../private/checks/problems';
import { timeoutValues } from '../private/lambda/handler-checks';

/** What breaks the promises of a stream-fed function, now that the app is complete. */
export function checkAtSynthesis(
  pattern: StreamFedFunction,
  props: StreamFedFunctionProps,
  parts: EventSourceParts,
  { handlerTimeout }: StreamFedPlan,
): string[] {
  const { eventSource, stream, consumer } = pattern;
  const changed = changedValues([
    ...eventSourceValues(eventSource, props, parts, byProp('StreamFedFunction')),
    ...timeoutValues(props.handler, handlerTimeout, 'the alarm on duration is'),
    ...props.stream ? [] : streamValues(stream, { retentionPeriod: retentionOf(props), encryptionKey: props.encryptionKey }),
    ...consumer ? consumerValues(consumer) : [],
  ]);
  if (changed.length > 0) {
    return changed;
  }
  // For what somebody changed of the handler, or of a stream that was given. The age is what it was derived from that.
  const read = readStreamOf(pattern, props);
  const facts = { ...consumerFacts(pattern, props, read), recordAgeSeconds: recordAgeSecondsOf(props, parts.stream) };
  return [
    ...reportFindings(pattern, readerRules(), facts),
    ...reportFindings(pattern, filterRules(), filteredFacts(pattern, props, read)),
    ...consumer ? problemsOfConsumers(pattern, stream) : problemsOfReaders(eventSource, stream.streamArn, { path: stream.node.path, kind: 'stream' }),
  ];
}

/** What is wrong with how many consumers are registered with a stream, wherever in the app they are. */
function problemsOfConsumers(pattern: StreamFedFunction, { streamArn, node: { path } }: kinesis.IStream): string[] {
  const consumers = onceInAValidation(pattern, 'consumersOfStreams', consumersOfStreams).get(resourceBehind(streamArn, 'AWS::Kinesis::Stream') ?? streamArn) ?? 0;
  return reportFindings(pattern, REGISTERED_CONSUMERS_RULES, { path, consumers });
}

function consumersOfStreams(stage: IConstruct): Map<unknown, number> {
  const consumers = new Map<unknown, number>();
  for (const { streamArn } of resourcesBelow(stage, 'AWS::Kinesis::StreamConsumer') as kinesis.CfnStreamConsumer[]) {
    const stream = resourceBehind(streamArn, 'AWS::Kinesis::Stream') ?? streamArn;
    consumers.set(stream, (consumers.get(stream) ?? 0) + 1);
  }
  return consumers;
}
