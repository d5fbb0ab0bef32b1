import type { DeliveryGraph } from './delivery-graph';
import { functionOf } from './functions';
import type { DeadLetters, End, Hop } from './hop';
import { redriveOf } from './queues';
import { fifoOf } from './reading';
import { DELIVERY_STREAM, QUEUE, SUBSCRIPTION, TOPIC } from './resource-types';
import type { Resource } from '../template/app';
import type { Props } from '../template/props';


/** https://docs.aws.amazon.com/sns/latest/dg/large-message-payloads.html */
const DEFAULT_MESSAGE_BYTES = 262_144;

/** https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html */
const RETRIES: Readonly<Record<string, string>> = {
  'sqs': '100,015 attempts in 23 days',
  'lambda': '100,015 attempts in 23 days',
  'firehose': '100,015 attempts in 23 days',
  'email': '50 attempts in 6 h',
  'email-json': '50 attempts in 6 h',
  'sms': '50 attempts in 6 h',
  'application': '50 attempts in 6 h',
};

/** A subscription, as a resource or in a topic. */
export interface Subscription {
  readonly at: Resource;
  readonly name: string;
  readonly props: Props;
  /** Whether the topic states it, without any properties but these two. */
  readonly inTopic: boolean;
  readonly protocol?: string | undefined;
  readonly topic: End;
  readonly endpoint: End;
  readonly deadLetters: DeadLetters;
}

/** What a template says of a topic. What is undefined is not known. */
export interface TopicFacts {
  readonly path: string;
  readonly fifo?: boolean | undefined;
  readonly maximumMessageBytes?: number | undefined;
}

export function topicFacts(topic: End): TopicFacts {
  return {
    path: String(topic.resource?.path ?? topic.text),
    fifo: fifoOf(topic),
    maximumMessageBytes: topic.resource?.props.number('MaximumMessageSize', DEFAULT_MESSAGE_BYTES),
  };
}

/** Those in topics first. */
export function* subscriptions(graph: DeliveryGraph): Iterable<Subscription> {
  for (const topic of graph.app.ofType(TOPIC)) {
    for (const [index, props] of (topic.props.items('Subscription') ?? []).entries()) {
      yield {
        at: topic,
        name: `subscription ${index} of topic '${topic.path}'`,
        props,
        inTopic: true,
        ...endpointOf(graph, props),
        topic: { text: topic.arn, resource: topic },
        deadLetters: 'none',
      };
    }
  }
  for (const subscription of graph.app.ofType(SUBSCRIPTION)) {
    const { path, props } = subscription;
    const redrive = redriveOf(graph, subscription);
    yield {
      at: subscription,
      name: `subscription '${path}'`,
      props,
      inTopic: false,
      ...endpointOf(graph, props),
      topic: graph.end(props, 'TopicArn', TOPIC),
      deadLetters: redrive === undefined ? 'unknown' : redrive === 'none' ? 'none' : redrive.deadLetterQueue,
    };
  }
}

function endpointOf(graph: DeliveryGraph, props: Props): Pick<Subscription, 'protocol' | 'endpoint'> {
  const protocol = props.literal('Protocol');
  const text = props.text('Endpoint');
  switch (protocol) {
    case 'sqs': return { protocol, endpoint: graph.endOf(text, QUEUE) };
    case 'lambda': return { protocol, endpoint: { text, resource: functionOf(graph, text).function } };
    case 'firehose': return { protocol, endpoint: graph.endOf(text, DELIVERY_STREAM) };
    default: return { protocol, endpoint: { text } };
  }
}

/** SNS sends what a topic takes to each of its subscriptions. */
export function* topicHops(graph: DeliveryGraph): Iterable<Hop> {
  for (const { at, name, props, protocol, topic, endpoint, deadLetters } of subscriptions(graph)) {
    yield {
      kind: 'subscription',
      at,
      name,
      from: topic,
      to: endpoint,
      service: 'sns.amazonaws.com',
      role: props.text('SubscriptionRoleArn'),
      deadLetters,
      retries: RETRIES[protocol ?? ''],
    };
  }
}
