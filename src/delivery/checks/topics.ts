import type { Reading } from './check';
import { check } from './check';
import type { DeliveryGraph } from '../graph/delivery-graph';
import type { End } from '../graph/hop';
import { queueFacts } from '../graph/queues';
import { documentOf, fifoOf, placeOf } from '../graph/reading';
import type { Subscription } from '../graph/topics';
import { subscriptions, topicFacts } from '../graph/topics';
import type { ReceivingQueueFacts } from '../rules/rule';
import type { SubscriptionFacts } from '../rules/subscription';
import { SUBSCRIPTION_RULES } from '../rules/subscription';
import type { SubscriptionDeadLetterFacts, TopicSubscriptionFacts } from '../rules/topic-subscription';
import { TOPIC_SUBSCRIPTION_RULES } from '../rules/topic-subscription';

export const TOPIC_CHECKS = [
  check(TOPIC_SUBSCRIPTION_RULES, readTopicSubscriptions),
  check(SUBSCRIPTION_RULES, readSubscriptions),
];

function* readTopicSubscriptions(graph: DeliveryGraph): Iterable<Reading<TopicSubscriptionFacts>> {
  const earlier = new Map<string, number>();
  const subscribers = new Map<string, string>();
  for (const subscription of subscriptions(graph)) {
    const { at, props, topic, protocol, endpoint } = subscription;
    const hasFilterPolicy = props.has('FilterPolicy');
    const queue = protocol === 'sqs' && endpoint.text !== undefined ? endpoint : undefined;
    const pair = `${nameOf(topic)} ${nameOf(endpoint)}`;
    yield {
      at,
      facts: {
        topic: {
          ...topicFacts(topic),
          earlierSubscriptions: countUp(earlier, nameOf(topic)),
          earlierFilterPolicies: hasFilterPolicy ? countUp(earlier, `${nameOf(topic)} filtered`) : undefined,
        },
        queue: queue && { ...receivingQueueFacts(queue), subscribedBy: subscribers.get(pair) },
        deadLetterQueue: deadLetterQueueFacts(subscription),
        hasFilterPolicy,
        account: at.stack.account,
      },
    };
    // Of two subscriptions that have a condition, there may be one only.
    if (!at.conditional) {
      subscribers.set(pair, at.path);
    }
  }
}

/** Equal for all that refer to one thing. */
function nameOf({ text, resource }: End): string {
  return String(resource?.arn ?? text);
}

function countUp(counts: Map<string, number>, key: string): number {
  const count = counts.get(key) ?? 0;
  counts.set(key, count + 1);
  return count;
}

function receivingQueueFacts(queue: End): ReceivingQueueFacts & { readonly fifo: boolean } {
  return { path: String(queue.text), ...queue.resource && queueFacts(queue.resource), ...placeOf(queue), fifo: fifoOf(queue) === true };
}

function deadLetterQueueFacts({ protocol, endpoint, deadLetters }: Subscription): SubscriptionDeadLetterFacts | undefined {
  return protocol !== 'sqs' || typeof deadLetters === 'string' ? undefined
    : { ...receivingQueueFacts(deadLetters), isOfSubscription: true, isTheQueue: nameOf(deadLetters) === nameOf(endpoint) };
}

function* readSubscriptions(graph: DeliveryGraph): Iterable<Reading<SubscriptionFacts>> {
  for (const subscription of subscriptions(graph)) {
    const { at, name, props, inTopic, protocol, topic, endpoint, deadLetters } = subscription;
    const end = typeof deadLetters === 'string' ? undefined : deadLetters;
    yield {
      at,
      facts: {
        name,
        protocol,
        topic: topicFacts(topic),
        inTopic,
        fifoEndpoint: protocol === 'sqs' ? fifoOf(endpoint) : undefined,
        hasRole: props.has('SubscriptionRoleArn'),
        setsAside: deadLetters === 'unknown' ? undefined : deadLetters !== 'none',
        deadLetterQueue: end && { path: String(end.resource?.path ?? end.text), fifo: fifoOf(end), ...placeOf(end) },
        ...attributeFilter(subscription),
        account: at.stack.account,
        region: placeOf(topic).region ?? props.literal('Region') ?? at.stack.region,
      },
    };
  }
}

function attributeFilter({ props }: Subscription): Pick<SubscriptionFacts, 'nestedKeys' | 'filterKeys'> {
  if (props.literal('FilterPolicyScope', 'MessageAttributes') !== 'MessageAttributes') {
    return {};
  }
  const policy = documentOf(props, 'FilterPolicy');
  const entries = isObject(policy.content) ? Object.entries(policy.content as object) : [];
  // `$or` is no attribute, and has some in it.
  return entries.some(([key]) => key === '$or') ? {} : {
    filterKeys: entries.map(([key]) => key),
    nestedKeys: entries.filter(([, value]) => isObject(value)).map(([key]) => key),
  };
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
