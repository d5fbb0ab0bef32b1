import type { RuleCases } from './check-rules';
import { checkRules } from './check-rules';
import { findings } from '../../../src/delivery/rules/rule';
import type { TopicSubscriptionFacts } from '../../../src/delivery/rules/topic-subscription';
import { DEFAULT_TOPIC_MESSAGE_BYTES, TOPIC_SUBSCRIPTION_RULES } from '../../../src/delivery/rules/topic-subscription';

interface Facts {
  readonly topic?: Partial<TopicSubscriptionFacts['topic']>;
  readonly queue?: Partial<NonNullable<TopicSubscriptionFacts['queue']>>;
  readonly deadLetterQueue?: Partial<NonNullable<TopicSubscriptionFacts['deadLetterQueue']>>;
  readonly account?: string | undefined;
  readonly hasFilterPolicy?: boolean;
}

function facts(different: Facts = {}): TopicSubscriptionFacts {
  return {
    topic: { fifo: false, maximumMessageBytes: 262_144, earlierSubscriptions: 1, earlierFilterPolicies: 1, ...different.topic },
    queue: { path: 'Q', fifo: false, account: '111122223333', awsManagedKey: false, maximumMessageBytes: 262_144, ...different.queue },
    deadLetterQueue: { path: 'D', fifo: false, isOfSubscription: true, awsManagedKey: false, maximumMessageBytes: 262_144, isTheQueue: false, ...different.deadLetterQueue },
    hasFilterPolicy: different.hasFilterPolicy ?? true,
    account: 'account' in different ? different.account : '111122223333',
  };
}

/** Both queues take this. */
const large = { queue: { maximumMessageBytes: 262_145 }, deadLetterQueue: { maximumMessageBytes: 262_145 } };

const cases: RuleCases<Facts> = {
  subscribedQueueType: {
    breaks: [{ queue: { fifo: true } }],
    keeps: [{ queue: { fifo: true }, topic: { fifo: true } }, { topic: { fifo: true } }, { queue: { fifo: true }, topic: { fifo: undefined } }],
  },
  subscriptionUnconfirmed: {
    breaks: [{ account: '999999999999' }, { queue: { account: '999999999999' } }],
    keeps: [{ account: undefined }, { queue: { account: undefined } }],
  },
  queueSubscribedTwice: { breaks: [{ queue: { subscribedBy: 'Other' } }], keeps: [{ queue: { subscribedBy: undefined } }] },
  subscribedQueueKey: { breaks: [{ queue: { awsManagedKey: true } }], keeps: [{ queue: { awsManagedKey: undefined } }] },
  subscriptionDeadLetterQueueKey: {
    breaks: [{ deadLetterQueue: { awsManagedKey: true } }],
    keeps: [{ deadLetterQueue: { awsManagedKey: true, isOfSubscription: false } }, { deadLetterQueue: { awsManagedKey: undefined } }],
  },
  subscriptionDeadLetterQueueIsQueue: {
    breaks: [{ deadLetterQueue: { isTheQueue: true } }],
    keeps: [{ deadLetterQueue: { isTheQueue: undefined } }],
  },
  subscriptionDeadLetterQueueShared: {
    breaks: [{ deadLetterQueue: { owner: 'Other' } }],
    keeps: [{ deadLetterQueue: { owner: undefined } }],
  },
  subscribedQueueMessageSize: {
    breaks: [{ queue: { maximumMessageBytes: 262_143 } }],
    keeps: [
      { queue: { maximumMessageBytes: 262_145 } }, { queue: { maximumMessageBytes: undefined } },
      { queue: { maximumMessageBytes: 1024 }, topic: { maximumMessageBytes: undefined } },
    ],
  },
  subscriptionDeadLetterQueueMessageSize: {
    breaks: [{ deadLetterQueue: { maximumMessageBytes: 262_143 } }],
    keeps: [{ deadLetterQueue: { maximumMessageBytes: 262_145 } }, { deadLetterQueue: { maximumMessageBytes: undefined } }],
  },
  tooManySubscriptions: {
    breaks: [{ topic: { maximumMessageBytes: 262_145, earlierSubscriptions: 100 }, ...large }],
    keeps: [
      { topic: { earlierSubscriptions: 100 } },
      { topic: { maximumMessageBytes: undefined, earlierSubscriptions: 100 } },
      { topic: { maximumMessageBytes: 262_145, earlierSubscriptions: 99 }, ...large },
      { topic: { maximumMessageBytes: 262_145, earlierSubscriptions: undefined }, ...large },
    ],
  },
  fifoSubscriptionsAboveQuota: {
    breaks: [{ topic: { fifo: true, earlierSubscriptions: 100 } }],
    keeps: [
      { topic: { fifo: true, earlierSubscriptions: 99 } }, { topic: { fifo: true, earlierSubscriptions: undefined } },
      { topic: { earlierSubscriptions: 100 } }, { topic: { fifo: undefined, earlierSubscriptions: 100 } },
    ],
  },
  filterPoliciesAboveQuota: {
    breaks: [{ topic: { earlierFilterPolicies: 200 } }],
    keeps: [
      { topic: { earlierFilterPolicies: 199 } }, { topic: { earlierFilterPolicies: undefined } },
      { topic: { earlierFilterPolicies: 200 }, hasFilterPolicy: false },
    ],
  },
};

checkRules({
  rules: () => TOPIC_SUBSCRIPTION_RULES, facts, unknown: { topic: {} }, cases, warnings: ['fifoSubscriptionsAboveQuota', 'filterPoliciesAboveQuota'],
});

test('a topic that states nothing takes 256 KiB', () => {
  expect(DEFAULT_TOPIC_MESSAGE_BYTES).toBe(256 * 1024);
});

test('nothing is said of the queue where something else is subscribed', () => {
  expect(findings(TOPIC_SUBSCRIPTION_RULES, { ...facts(), queue: undefined })).toEqual([]);
});
