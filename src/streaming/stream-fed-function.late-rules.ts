import type * as kinesis from 'aws-cdk-lib/aws-kinesis';
import type { IConstruct } from 'constructs';
import type { EventSourceParts } from './private/event-source';
import { eventSourceValues } from './private/event-source';
import { consumerValues, streamValues } from './private/own-stream';
import { consumerFacts, filteredFacts, filterRules, readerRules, recordAgeSecondsOf } from './private/reader-rules';
import type { StreamFedFunction, StreamFedFunctionProps } from './stream-fed-function';
import type { StreamFedPlan } from './stream-fed-function.rules';
import { readStreamOf, retentionOf } from './stream-fed-function.rules';
import { REGISTERED_CONSUMERS_RULES } from '../delivery/rules/stream-consumer';
import { onceInAValidation } from '../private/app/once-in-a-validation';
import { identityOf } from '../private/app/references';
import { resourcesBelow } from '../private/app/resources-below';
import { byProp, changedValues } from '../private/checks/derived-values';
import { reportFindings } from '../private/checks/problems';
import { timeoutValues } from '../private/lambda/handler-checks';

const STREAM = 'AWS::Kinesis::Stream';

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
    ...consumer ? problemsOfConsumers(pattern, stream) : [],
  ];
}

/** What is wrong with how many consumers are registered with a stream, wherever in the app they are. */
function problemsOfConsumers(pattern: StreamFedFunction, { streamArn, node: { path } }: kinesis.IStream): string[] {
  const streams = onceInAValidation(pattern, 'consumersOfStreams', consumersOfStreams);
  const stream = identityOf(streamArn, STREAM, pattern);
  return reportFindings(pattern, REGISTERED_CONSUMERS_RULES, { path, consumers: streams.filter((other) => other === stream).length });
}

/** The stream of each consumer. */
function consumersOfStreams(stage: IConstruct): string[] {
  const consumers = resourcesBelow(stage, 'AWS::Kinesis::StreamConsumer') as kinesis.CfnStreamConsumer[];
  return consumers.map((consumer) => identityOf(consumer.streamArn, STREAM, consumer));
}
