import type * as sns from 'aws-cdk-lib/aws-sns';
import type { IConstruct } from 'constructs';
import type { TopicFacts } from '../../delivery/rules/topic-subscription';
import { appState, isInTree } from '../../private/app/registry';
import { maximumTopicMessageBytes, topicIdentity } from '../../private/sns/topic-facts';

/** A subscription that a fan-out of the app makes. */
export interface KnownSubscription {
  /** What identifies the topic, and what is subscribed to it. */
  readonly topic: string;
  readonly endpoint: string;
  /** What the subscription stands in. */
  readonly scope: IConstruct;
  readonly fanOut: IConstruct;
  /** The path of the queue that is subscribed, and what identifies the dead-letter queue of its consumer. Undefined: it is a delivery. */
  readonly consumer?: { readonly path: string; readonly deadLetterQueue: string };
  readonly hasFilterPolicy: boolean;
}

/** What SNS counts for a topic, and asks of what is subscribed to it. */
interface EarlierSubscriptions {
  readonly facts: Pick<TopicFacts, 'maximumMessageBytes' | 'earlierSubscriptions' | 'earlierFilterPolicies'>;
  /** How many of them are of delivery streams. */
  readonly deliveries: number;
  /** What has subscribed this endpoint already. */
  readonly subscribedBy: string | undefined;
}

/** Which fan-outs of the app have subscribed what to which topic: several may adopt one topic. */
function subscriptionsIn(scope: IConstruct): Map<string, KnownSubscription> {
  return appState(scope, 'topicSubscriptions', () => new Map<string, KnownSubscription>());
}

export function rememberSubscription(subscription: KnownSubscription): void {
  // SNS tells a subscription by these two, for whichever fan-out over this topic.
  subscriptionsIn(subscription.scope).set(`${subscription.topic} ${subscription.endpoint}`, subscription);
}

/** All that are still there. */
export function knownSubscriptions(scope: IConstruct): KnownSubscription[] {
  return [...subscriptionsIn(scope).values()].filter((entry) => isInTree(entry.scope));
}

/** Those of a topic that were added before the one in `scope`; all of them while it is not made yet. */
export function earlierSubscriptions(scope: IConstruct, topic: sns.ITopic, endpoint: string): EarlierSubscriptions {
  const known = knownSubscriptions(scope);
  const own = known.findIndex((entry) => entry.scope === scope);
  const identity = topicIdentity(topic);
  const earlier = (own < 0 ? known : known.slice(0, own)).filter((entry) => entry.topic === identity);
  return {
    facts: {
      maximumMessageBytes: maximumTopicMessageBytes(topic),
      earlierSubscriptions: earlier.length,
      earlierFilterPolicies: earlier.filter(({ hasFilterPolicy }) => hasFilterPolicy).length,
    },
    deliveries: earlier.filter(({ consumer }) => !consumer).length,
    subscribedBy: earlier.find((entry) => entry.endpoint === endpoint)?.scope.node.path,
  };
}
