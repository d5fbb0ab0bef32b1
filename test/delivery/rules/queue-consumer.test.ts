import type { RuleCases } from './check-rules';
import { checkRules } from './check-rules';
import type { QueueConsumerFacts } from '../../../src/delivery/rules/queue-consumer';
import { QUEUE_CONSUMER_RULES } from '../../../src/delivery/rules/queue-consumer';
import { findings } from '../../../src/delivery/rules/rule';

type Facts = { readonly [part in keyof QueueConsumerFacts]?: Partial<QueueConsumerFacts[part]> };

const HERE = { account: '111122223333', region: 'eu-west-1' };

/** Facts with which nothing is wrong, and what is different. */
function facts({ queue, deadLetterQueue, handler, eventSource }: Facts = {}): QueueConsumerFacts {
  return {
    queue: { ...HERE, path: 'Q', fifo: false, visibilityTimeoutSeconds: 60, retentionSeconds: 345_600, maxReceiveCount: 5, setsAside: true, ...queue },
    deadLetterQueue: { ...HERE, path: 'D', fifo: false, retentionSeconds: 1_209_600, allowsQueue: true, ...deadLetterQueue },
    handler: { ...HERE, path: 'F', timeoutSeconds: 10, ...handler },
    eventSource: { ...HERE, batchSize: 10, ...eventSource },
  };
}

const CASES: RuleCases<Facts> = {
  batchWithoutWindow: {
    breaks: [{ eventSource: { batchSize: 11 } }, { eventSource: { batchSize: 11, maxBatchingWindowSeconds: 0 } }],
    keeps: [
      { eventSource: { batchSize: 11, maxBatchingWindowSeconds: 1 }, queue: { visibilityTimeoutSeconds: 61 } },
      { eventSource: { batchSize: 11, maxBatchingWindowSeconds: 'unknown' }, queue: { visibilityTimeoutSeconds: 360 } },
    ],
  },
  visibilityTimeoutTooShort: {
    breaks: [{ queue: { visibilityTimeoutSeconds: 9 } }, { handler: { durable: true, executionTimeoutSeconds: 61 } }],
    keeps: [{ handler: { timeoutSeconds: undefined } }],
  },
  visibilityTimeoutShort: {
    breaks: [
      { queue: { visibilityTimeoutSeconds: 10 } }, { queue: { visibilityTimeoutSeconds: 59 } },
      { eventSource: { maxBatchingWindowSeconds: 1 } }, { eventSource: { maxBatchingWindowSeconds: 'unknown' } },
    ],
    keeps: [{ queue: { visibilityTimeoutSeconds: 61 } }, { eventSource: { maxBatchingWindowSeconds: 'unknown' }, queue: { visibilityTimeoutSeconds: 360 } }],
  },
  durableExecutionTooLong: {
    breaks: [
      { handler: { durable: true, executionTimeoutSeconds: 901 }, queue: { visibilityTimeoutSeconds: 43_200 } },
      { handler: { durable: true, executionTimeoutSeconds: 5401, managedInstances: true }, queue: { visibilityTimeoutSeconds: 43_200 } },
    ],
    keeps: [
      { handler: { durable: true, executionTimeoutSeconds: 900 }, queue: { visibilityTimeoutSeconds: 5400 } },
      { handler: { durable: true, executionTimeoutSeconds: 5400, managedInstances: true }, queue: { visibilityTimeoutSeconds: 32_400 } },
      { handler: { durable: true, executionTimeoutSeconds: undefined } },
      { handler: { executionTimeoutSeconds: 901 } },
    ],
  },
  durableFunctionUnqualified: {
    breaks: [{ handler: { durable: true, qualified: false } }],
    keeps: [{ handler: { durable: true, qualified: true } }, { handler: { durable: true, qualified: undefined } }, { handler: { qualified: false } }],
  },
  tenantIsolationFedByQueue: { breaks: [{ handler: { tenantIsolation: true } }], keeps: [{ handler: { tenantIsolation: false } }] },
  handlerRegion: { breaks: [{ handler: { region: 'us-east-1' } }], keeps: [{ handler: { region: undefined } }] },
  queueRegion: { breaks: [{ queue: { region: 'us-east-1' } }], keeps: [{ queue: { region: undefined } }] },
  deadLetterQueueRegion: {
    breaks: [{ deadLetterQueue: { region: 'us-east-1' } }],
    keeps: [{ deadLetterQueue: { region: undefined } }, { eventSource: { region: undefined }, handler: { region: 'us-east-1' } }],
  },
  handlerAccount: {
    breaks: [{ handler: { account: '999999999999' } }],
    // Lambda polls queues of other accounts.
    keeps: [{ handler: { account: undefined } }, { queue: { account: '999999999999' }, deadLetterQueue: { account: '999999999999' } }],
  },
  deadLetterQueueMissing: {
    breaks: [{ queue: { setsAside: false } }, { queue: { setsAside: false, path: undefined } }],
    keeps: [{ queue: { setsAside: undefined } }],
  },
  deadLettersTooLate: {
    breaks: [{ queue: { retentionSeconds: 300 } }, { queue: { retentionSeconds: 300, path: undefined } }, { queue: { maxReceiveCount: 5760 } }],
    keeps: [
      { queue: { retentionSeconds: 301 } }, { queue: { retentionSeconds: undefined } },
      { queue: { maxReceiveCount: undefined, retentionSeconds: 60 } }, { queue: { visibilityTimeoutSeconds: undefined, retentionSeconds: 60 } },
    ],
  },
  deadLetterQueueType: {
    breaks: [{ deadLetterQueue: { fifo: true } }, { queue: { fifo: true } }],
    keeps: [{ queue: { fifo: true }, deadLetterQueue: { fifo: true } }],
  },
  deadLetterQueueAccount: {
    breaks: [{ deadLetterQueue: { account: '999999999999' } }],
    keeps: [{ deadLetterQueue: { account: undefined } }, { queue: { account: undefined } }],
  },
  deadLetterQueueIsQueue: { breaks: [{ deadLetterQueue: { isTheQueue: true } }], keeps: [{ deadLetterQueue: { isTheQueue: false } }] },
  deadLetterQueueShared: { breaks: [{ deadLetterQueue: { owner: 'Other' } }], keeps: [{ deadLetterQueue: { owner: undefined } }] },
  deadLetterQueueIsAnother: { breaks: [{ deadLetterQueue: { isAnother: true } }], keeps: [{ deadLetterQueue: { isAnother: false } }] },
  deadLetterQueueRefuses: { breaks: [{ deadLetterQueue: { allowsQueue: false } }], keeps: [{ deadLetterQueue: { allowsQueue: undefined } }] },
  deadLetterRetentionShort: {
    breaks: [{ deadLetterQueue: { retentionSeconds: 345_599 } }],
    keeps: [
      { deadLetterQueue: { retentionSeconds: undefined } }, { queue: { retentionSeconds: undefined } },
      { queue: { fifo: true }, deadLetterQueue: { fifo: true, retentionSeconds: 60 } },
    ],
  },
  deadLetterRetentionEqual: {
    breaks: [{ deadLetterQueue: { retentionSeconds: 345_600 } }],
    keeps: [
      { deadLetterQueue: { retentionSeconds: 345_601 } }, { queue: { fifo: true }, deadLetterQueue: { fifo: true, retentionSeconds: 345_600 } },
      { queue: { retentionSeconds: undefined }, deadLetterQueue: { retentionSeconds: undefined } },
    ],
  },
};

checkRules({
  rules: () => QUEUE_CONSUMER_RULES,
  facts,
  unknown: { queue: { fifo: false }, handler: { path: 'F' }, eventSource: {} },
  cases: CASES,
  warnings: ['visibilityTimeoutShort', 'deadLetterRetentionEqual'],
});

test('the longest retention is what SQS keeps messages for', () => {
  const queue = { visibilityTimeoutSeconds: 43_200, retentionSeconds: 60 };
  const textOf = (maxReceiveCount: number) => (
    findings(QUEUE_CONSUMER_RULES, facts({ queue: { ...queue, maxReceiveCount } })).map(({ text }) => text).join()
  );
  expect(textOf(27)).toContain('raise retentionPeriod above 1166400 seconds');
  expect(textOf(28)).not.toContain('raise retentionPeriod');
});
