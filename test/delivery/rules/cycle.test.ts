import type { RuleCases } from './check-rules';
import { checkRules } from './check-rules';
import type { CycleFacts, DeadLetterConsumerFacts } from '../../../src/delivery/rules/cycle';
import { CYCLE_RULES, DEAD_LETTER_CONSUMER_RULES } from '../../../src/delivery/rules/cycle';
import { findings } from '../../../src/delivery/rules/rule';

const CYCLES: RuleCases<Partial<CycleFacts>> = {
  deliveryCycle: { breaks: [{ resources: ['A', 'B'], deliveries: ['pipe \'P\'', 'pipe \'Q\''] }, { resources: ['A'], deliveries: ['pipe \'P\''] }], keeps: [{ deliveries: ['pipe \'P\''] }] },
};

const CONSUMERS: RuleCases<Partial<DeadLetterConsumerFacts>> = {
  deadLettersConsumedAgain: { breaks: [{ consumers: ['G', 'F'] }], keeps: [{ consumers: [] }, { consumers: ['F'], consumersOfQueue: [] }] },
};

describe('ways round', () => {
  checkRules({
    rules: () => CYCLE_RULES,
    facts: (different: Partial<CycleFacts> = {}): CycleFacts => ({ resources: [], deliveries: [], ...different }),
    unknown: { resources: [], deliveries: [] },
    cases: CYCLES,
  });
});

describe('readers of dead letters', () => {
  checkRules({
    rules: () => DEAD_LETTER_CONSUMER_RULES,
    facts: (different: Partial<DeadLetterConsumerFacts> = {}): DeadLetterConsumerFacts => (
      { queue: 'Q', deadLetterQueue: 'D', consumers: ['G'], consumersOfQueue: ['F'], ...different }
    ),
    unknown: { queue: 'Q', deadLetterQueue: 'D', consumers: [], consumersOfQueue: [] },
    cases: CONSUMERS,
    warnings: ['deadLettersConsumedAgain'],
  });
});

test.each([
  [2, 'goes round without end: \'R0\' -> \'R1\' -> \'R0\', by the d0, the d1'],
  [7, '\'R6\' -> \'R0\', by the d0, the d1, the d2, the d3, the d4, the d5, the d6'],
  [8, '\'R6\' -> … (1 more) -> \'R0\', by the d0, the d1, the d2, the d3, the d4, the d5, the d6, the d7'],
  [9, '\'R6\' -> … (2 more) -> \'R0\', by the d0, the d1, the d2, the d3, the d4, the d5, the d6, the … (1 more), the d8'],
])('a way round %d resources', (length, text) => {
  const indices = Array.from({ length }, (_, index) => index);
  const [found] = findings(CYCLE_RULES, { resources: indices.map((index) => `R${index}`), deliveries: indices.map((index) => `d${index}`) });
  expect(found?.what).toContain(text);
});

test('who gets what it could not process', () => {
  const [found] = findings(DEAD_LETTER_CONSUMER_RULES, { queue: 'Q', deadLetterQueue: 'D', consumers: ['G', 'F'], consumersOfQueue: ['F'] });
  expect(found?.what).toBe('function \'F\' reads queue \'Q\' and its dead-letter queue \'D\' too, so it gets again what it could not process');
});
