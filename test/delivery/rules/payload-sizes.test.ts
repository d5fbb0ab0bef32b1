import { checkRules } from './check-rules';
import type { EventQueueFacts, MovedMessageFacts, PipedMessageFacts } from '../../../src/delivery/rules/payload-sizes';
import { EVENT_QUEUE_RULES, MOVED_MESSAGE_RULES, PIPED_MESSAGE_RULES } from '../../../src/delivery/rules/payload-sizes';

const sized = (maximumMessageBytes?: number) => ({ path: 'Q', maximumMessageBytes });

describe('dead-letter queues', () => {
  checkRules<MovedMessageFacts, Partial<MovedMessageFacts>>({
    rules: () => MOVED_MESSAGE_RULES,
    facts: (different) => ({ queue: sized(2048), deadLetterQueue: sized(2048), ...different }),
    unknown: { queue: sized(), deadLetterQueue: sized() },
    cases: {
      deadLetterQueueMessageSize: {
        breaks: [{ deadLetterQueue: sized(2047) }],
        keeps: [{ queue: sized(2047) }, { deadLetterQueue: sized() }, { queue: sized() }],
      },
    },
    warnings: ['deadLetterQueueMessageSize'],
  });
});

describe('queues of rules', () => {
  checkRules<EventQueueFacts, Partial<EventQueueFacts>>({
    rules: () => EVENT_QUEUE_RULES,
    facts: (different) => ({ rule: 'R', queue: sized(262_144), wholeCustomEvents: true, ...different }),
    unknown: { rule: 'R', queue: sized() },
    cases: {
      eventAboveQueueSize: {
        breaks: [{ queue: sized(262_143) }],
        keeps: [
          { queue: sized() }, { queue: sized(1024), wholeCustomEvents: false }, { queue: sized(1024), wholeCustomEvents: undefined },
          { queue: sized(1024), feedsWorkflow: true },
        ],
      },
    },
    warnings: ['eventAboveQueueSize'],
  });
});

describe('queues of pipes', () => {
  checkRules<PipedMessageFacts, Partial<PipedMessageFacts>>({
    rules: () => PIPED_MESSAGE_RULES,
    facts: (different) => ({ pipe: 'P', queue: sized(262_144), whole: true, ...different }),
    unknown: { pipe: 'P', queue: sized() },
    cases: {
      messageAboveExecutionInput: {
        breaks: [{ queue: sized(262_145) }],
        keeps: [{ queue: sized() }, { queue: sized(1_048_576), whole: false }, { queue: sized(1_048_576), whole: undefined }],
      },
    },
    warnings: ['messageAboveExecutionInput'],
  });
});
