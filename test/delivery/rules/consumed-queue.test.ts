import { checkRules } from './check-rules';
import type { ConsumedQueueUseFacts, SetAsideRetentionFacts, SharedDeadLetterQueueFacts } from '../../../src/delivery/rules/consumed-queue';
import { CONSUMED_QUEUE_RULES, SET_ASIDE_RETENTION_RULES, SHARED_DEAD_LETTER_QUEUE_RULES } from '../../../src/delivery/rules/consumed-queue';
import { findings } from '../../../src/delivery/rules/rule';

const [ONE, OTHER, FILTERING] = [{ name: 'one' }, { name: 'the other' }, { name: 'a filter', filters: true }];

describe('queues', () => {
  const facts = (different: Partial<ConsumedQueueUseFacts> = {}): ConsumedQueueUseFacts => ({ path: 'Q', consumers: [ONE], use: 'a topic delivers to it', setsAside: true, ...different });

  checkRules<ConsumedQueueUseFacts, Partial<ConsumedQueueUseFacts>>({
    rules: () => CONSUMED_QUEUE_RULES,
    facts,
    unknown: { path: 'Q', consumers: [] },
    cases: {
      competingConsumers: { breaks: [{ consumers: [ONE, OTHER] }, { consumers: [ONE, OTHER, ONE] }], keeps: [{ consumers: [] }] },
      queueSetsNothingAside: { breaks: [{ setsAside: false }], keeps: [{ setsAside: undefined }, { setsAside: false, use: undefined }] },
    },
    warnings: ['competingConsumers', 'queueSetsNothingAside'],
  });

  test('what filters do to others is said', () => {
    const textOf = (...consumers: ConsumedQueueUseFacts['consumers']) => findings(CONSUMED_QUEUE_RULES, facts({ consumers })).map(({ what }) => what).join();
    expect(textOf(ONE, OTHER)).toBe("one and the other both consume queue 'Q', so each message reaches only one of them");
    expect(textOf(ONE, FILTERING)).toMatch(/, and what the filters of that one do not match is deleted, though the other may be waiting for it$/);
    expect(textOf(FILTERING, ONE)).toMatch(/ is deleted, though the other may be waiting for it$/);
  });
});

describe('dead-letter queues', () => {
  checkRules<SharedDeadLetterQueueFacts, Partial<SharedDeadLetterQueueFacts>>({
    rules: () => SHARED_DEAD_LETTER_QUEUE_RULES,
    facts: (different) => ({ path: 'D', queues: ['Q'], ...different }),
    unknown: { path: 'D', queues: [] },
    cases: { deadLettersMixed: { breaks: [{ queues: ['Q', 'R'] }], keeps: [{ queues: [] }] } },
    notes: ['deadLettersMixed'],
  });
});

describe('queues in which something is set aside', () => {
  checkRules<SetAsideRetentionFacts, Partial<SetAsideRetentionFacts>>({
    rules: () => SET_ASIDE_RETENTION_RULES,
    facts: (different) => ({ path: 'D', of: 'a rule', retentionSeconds: 345_600, ...different }),
    unknown: { path: 'D', of: 'a rule' },
    cases: {
      deadLettersExpireEarly: { breaks: [{ retentionSeconds: 60 }, { retentionSeconds: 86_399 }], keeps: [{ retentionSeconds: undefined }] },
      deadLettersKeptShort: { breaks: [{ retentionSeconds: 86_400 }, { retentionSeconds: 345_599 }], keeps: [{ retentionSeconds: undefined }] },
    },
    warnings: ['deadLettersExpireEarly'],
    notes: ['deadLettersKeptShort'],
  });
});
