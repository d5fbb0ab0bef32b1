import type { RuleCases } from './check-rules';
import { checkRules } from './check-rules';
import { findings } from '../../../src/delivery/rules/rule';
import type { SubscriptionFacts } from '../../../src/delivery/rules/subscription';
import { SUBSCRIPTION_RULES } from '../../../src/delivery/rules/subscription';

interface Facts extends Partial<Omit<SubscriptionFacts, 'topic' | 'deadLetterQueue'>> {
  readonly topic?: Partial<SubscriptionFacts['topic']>;
  readonly deadLetterQueue?: Partial<NonNullable<SubscriptionFacts['deadLetterQueue']>>;
}

const HERE = { account: '111122223333', region: 'eu-west-1' };

function facts({ topic, deadLetterQueue, ...different }: Facts = {}): SubscriptionFacts {
  return {
    ...HERE,
    name: "subscription 'S'",
    protocol: 'sqs',
    topic: { path: 'T', fifo: false, maximumMessageBytes: 262_144, ...topic },
    fifoEndpoint: false,
    inTopic: false,
    setsAside: true,
    deadLetterQueue: { ...HERE, path: 'D', fifo: false, ...deadLetterQueue },
    nestedKeys: [],
    filterKeys: ['a', 'b', 'c', 'd', 'e'],
    ...different,
  };
}

const cases: RuleCases<Facts> = {
  subscriptionDeadLetterQueueMissing: {
    breaks: [...['sqs', 'lambda', 'firehose', 'http', 'https'].map((protocol) => ({ protocol, setsAside: false })), { setsAside: false, inTopic: true }],
    keeps: [{ setsAside: undefined }, { setsAside: false, protocol: 'email' }, { setsAside: false, protocol: undefined }],
  },
  subscriptionDeadLetterQueueType: {
    breaks: [{ deadLetterQueue: { fifo: true } }, { topic: { fifo: true }, fifoEndpoint: true }],
    keeps: [
      { topic: { fifo: true }, fifoEndpoint: true, deadLetterQueue: { fifo: true } },
      { topic: { fifo: true }, fifoEndpoint: true, deadLetterQueue: { fifo: undefined } },
      // Which type the dead-letter queue of a standard queue has then, AWS does not say.
      { topic: { fifo: true }, deadLetterQueue: { fifo: true } }, { topic: { fifo: true } }, { topic: { fifo: true }, fifoEndpoint: undefined },
      { topic: { fifo: undefined }, fifoEndpoint: true }, { topic: { fifo: undefined }, deadLetterQueue: { fifo: true } },
      { deadLetterQueue: { fifo: undefined } },
    ],
  },
  subscriptionDeadLetterQueueRegion: {
    breaks: [{ deadLetterQueue: { region: 'us-east-1' } }],
    keeps: [{ deadLetterQueue: { region: undefined } }, { region: undefined }],
  },
  subscriptionDeadLetterQueueAccount: {
    breaks: [{ deadLetterQueue: { account: '999999999999' } }],
    keeps: [{ deadLetterQueue: { account: undefined } }, { account: undefined }],
  },
  fifoTopicProtocol: {
    breaks: [{ topic: { fifo: true }, protocol: 'lambda' }, { topic: { fifo: true, maximumMessageBytes: 1_048_576 }, protocol: 'https' }],
    keeps: [{ protocol: 'lambda' }, { topic: { fifo: true }, protocol: undefined }, { topic: { fifo: undefined }, protocol: 'lambda' }],
  },
  largeMessageProtocol: {
    breaks: [{ topic: { maximumMessageBytes: 262_145 }, protocol: 'https' }, { topic: { maximumMessageBytes: 262_145 }, protocol: 'email' }],
    keeps: [
      ...['sqs', 'lambda', 'firehose', undefined].map((protocol) => ({ topic: { maximumMessageBytes: 262_145 }, protocol })),
      { protocol: 'https' }, { topic: { maximumMessageBytes: undefined }, protocol: 'https' },
    ],
  },
  firehoseSubscriptionWithoutRole: {
    breaks: [{ protocol: 'firehose', hasRole: false }],
    keeps: [{ protocol: 'firehose', hasRole: undefined }, { protocol: 'firehose', hasRole: true }, { hasRole: false }],
  },
  attributeFilterNested: { breaks: [{ nestedKeys: ['order'] }], keeps: [{ nestedKeys: undefined }] },
  filterPolicyKeys: { breaks: [{ filterKeys: ['a', 'b', 'c', 'd', 'e', 'f'] }], keeps: [{ filterKeys: undefined }, { filterKeys: [] }] },
};

checkRules({
  rules: () => SUBSCRIPTION_RULES, facts, unknown: { name: 'S', topic: { path: 'T' }, inTopic: false }, cases, warnings: ['subscriptionDeadLetterQueueMissing'],
});

const textOf = (different: Facts) => findings(SUBSCRIPTION_RULES, facts(different)).map(({ text }) => text).join();

test('a subscription that has no place for a redrive policy is to get one', () => {
  expect(textOf({ setsAside: false, inTopic: true })).toContain('make it an AWS::SNS::Subscription of its own, and set RedrivePolicy');
  expect(textOf({ setsAside: false })).toMatch(/cannot deliver: set RedrivePolicy/);
});

test('the type that is needed is said', () => {
  expect(textOf({ deadLetterQueue: { fifo: true } })).toBe(
    "RedrivePolicy of subscription 'S' names FIFO queue 'D', but topic 'T' is a standard topic, so SNS could not move anything there: name a standard queue",
  );
  expect(textOf({ topic: { fifo: true }, fifoEndpoint: true })).toBe(
    "RedrivePolicy of subscription 'S' names standard queue 'D', but a FIFO queue is subscribed to a FIFO topic, so SNS could not move anything there: name a FIFO queue",
  );
});

test.each<[boolean, RegExp]>([
  [false, /: set SubscriptionRoleArn to a role/],
  [true, /: make it an AWS::SNS::Subscription of its own, and set SubscriptionRoleArn/],
])('how a subscription gets a role is said, in a topic (%s) too', (inTopic, text) => {
  expect(textOf({ protocol: 'firehose', hasRole: false, inTopic })).toMatch(text);
});
