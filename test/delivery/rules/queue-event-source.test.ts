import type { RuleCases } from './check-rules';
import { checkRules } from './check-rules';
import type { QueueEventSourceFacts } from '../../../src/delivery/rules/queue-event-source';
import { QUEUE_EVENT_SOURCE_RULES } from '../../../src/delivery/rules/queue-event-source';
import { findings } from '../../../src/delivery/rules/rule';

type Facts = Partial<QueueEventSourceFacts>;

const NAMES = { queue: 'Q', handler: 'F', eventSource: 'E' };

const CLEAN = { fifo: false, maxReceiveCount: 3, enabled: true, batchSize: 10, reportsItemFailures: true, provisionedPollers: false, filterKeys: [] };

const facts = (different: Facts = {}): QueueEventSourceFacts => ({ ...NAMES, ...CLEAN, ...different });

const cases: RuleCases<Facts> = {
  receiveCountLow: {
    breaks: [{ maxReceiveCount: 2 }, { maxReceiveCount: 2, reservedConcurrency: 0 }, { maxReceiveCount: 4, reservedConcurrency: 1 }],
    keeps: [
      { maxReceiveCount: undefined }, { maxReceiveCount: undefined, reservedConcurrency: 1 },
      { reservedConcurrency: 0 }, { maxReceiveCount: 5, reservedConcurrency: 1 },
    ],
  },
  partialBatchesOff: {
    breaks: [{ reportsItemFailures: false }, { reportsItemFailures: false, batchSize: 2 }],
    keeps: [{ reportsItemFailures: undefined }, { reportsItemFailures: false, batchSize: 1 }, { reportsItemFailures: false, batchSize: undefined }],
  },
  pollersWithMaxConcurrency: {
    breaks: [{ provisionedPollers: true, maximumConcurrency: 2 }],
    keeps: [{ provisionedPollers: true }, { maximumConcurrency: 2 }, { provisionedPollers: undefined, maximumConcurrency: 2 }],
  },
  fifoBatch: {
    breaks: [{ fifo: true }, { fifo: true, batchSize: 2 }],
    keeps: [{ fifo: true, batchSize: 1 }, { fifo: true, batchSize: undefined }, { fifo: undefined }],
  },
  eventSourceDisabled: {
    breaks: [{ enabled: false }, { enabled: false, reservedConcurrency: 1, maxReceiveCount: 5 }],
    keeps: [{ enabled: undefined }, { enabled: false, reservedConcurrency: 0 }],
  },
};

checkRules({
  rules: () => QUEUE_EVENT_SOURCE_RULES,
  facts,
  unknown: NAMES,
  cases,
  warnings: ['receiveCountLow', 'partialBatchesOff'],
  notes: ['fifoBatch', 'eventSourceDisabled'],
});

test('why a message is received in vain is said where it is known', () => {
  const textOf = (different: Facts) => findings(QUEUE_EVENT_SOURCE_RULES, facts(different)).map(({ text }) => text).join();
  expect(textOf({ maxReceiveCount: 2 })).toMatch(/^RedrivePolicy.maxReceiveCount of queue 'Q' is 2, so good/);
  expect(textOf({ maxReceiveCount: 4, reservedConcurrency: 7 })).toMatch(/ is 4, but function 'F' has a reserved concurrency of 7 and may be throttled, so good/);
});
