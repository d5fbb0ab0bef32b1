import type { RuleCases } from './check-rules';
import { checkRules } from './check-rules';
import type { EventBusFacts } from '../../../src/delivery/rules/event-bus';
import { EVENT_BUS_RULES, SUBSCRIBER_RULES } from '../../../src/delivery/rules/event-bus';
import type { AttemptedDeliveryFacts } from '../../../src/delivery/rules/rule-target';

const DEAD_LETTERS = { path: 'D', fifo: false, region: 'eu-west-1' };

describe('of event buses', () => {
  const cases: RuleCases<Partial<EventBusFacts>> = {
    eventBusWithoutDeadLetterQueue: {
      breaks: [{ deadLetters: 'none' }],
      keeps: [{ deadLetters: 'none', hasKey: false }, { deadLetters: 'none', hasKey: undefined }, { deadLetters: undefined }],
    },
    eventBusDeadLetterQueueType: { breaks: [{ deadLetters: { ...DEAD_LETTERS, fifo: true } }], keeps: [{ deadLetters: { path: 'D' } }] },
    eventBusDeadLetterQueueRegion: { breaks: [{ region: 'eu-central-1' }], keeps: [{ region: undefined }] },
  };

  checkRules({
    rules: () => EVENT_BUS_RULES,
    facts: (different = {}): EventBusFacts => ({ name: 'event bus \'B\'', region: 'eu-west-1', hasKey: true, deadLetters: DEAD_LETTERS, ...different }),
    unknown: { name: 'event bus' },
    cases,
    warnings: ['eventBusWithoutDeadLetterQueue'],
  });
});

describe('of subscribers', () => {
  const cases: RuleCases<Partial<AttemptedDeliveryFacts>> = {
    subscriberWithoutDeadLetterQueue: { breaks: [{ deadLetters: 'none' }], keeps: [{ deadLetters: undefined }] },
    subscriberRetriesBriefly: {
      breaks: [{ attempts: 5 }, { ageSeconds: 300 }, { attempts: 0 }],
      keeps: [{ attempts: 6 }, { ageSeconds: 301 }, { attempts: undefined, ageSeconds: 60 }, { attempts: 0, ageSeconds: undefined }],
    },
  };

  checkRules({
    rules: () => SUBSCRIBER_RULES,
    facts: (different = {}): AttemptedDeliveryFacts => ({ name: 'subscriber \'S\'', attempts: 185, ageSeconds: 86_400, deadLetters: DEAD_LETTERS, ...different }),
    unknown: { name: 'subscriber' },
    cases,
    warnings: ['subscriberWithoutDeadLetterQueue', 'subscriberRetriesBriefly'],
  });
});
