import type { RuleCases } from './check-rules';
import { checkRules } from './check-rules';
import type { QueueServiceFacts } from '../../../src/delivery/rules/queue-service';
import { QUEUE_SERVICE_RULES } from '../../../src/delivery/rules/queue-service';
import { findings } from '../../../src/delivery/rules/rule';

const QUEUE = { path: 'Q', account: '111122223333', maxReceiveCount: 5, retentionSeconds: 345_600 };

type Different = Partial<Omit<QueueServiceFacts, 'queue'>> & { readonly queue?: QueueServiceFacts['queue'] };

function facts({ queue, ...different }: Different = {}): QueueServiceFacts {
  return {
    account: '111122223333',
    cluster: { path: 'C', containerInsights: true },
    maxProcessingSeconds: 3600,
    visibilityTimeoutSeconds: 120,
    spot: false,
    ...different,
    queue: { ...QUEUE, ...queue },
  };
}

const CASES: RuleCases<Different> = {
  containerInsightsOff: { breaks: [{ cluster: { path: 'C', containerInsights: false } }], keeps: [{ cluster: { path: 'C' } }] },
  processedTooLate: {
    breaks: [{ queue: { retentionSeconds: 18_600 } }, { queue: { retentionSeconds: 18_600, path: undefined } }, { queue: { maxReceiveCount: 93 } }],
    keeps: [
      { queue: { retentionSeconds: 18_601 } }, { queue: { retentionSeconds: undefined } },
      { queue: { maxReceiveCount: undefined, retentionSeconds: 60 } },
      { queue: { retentionSeconds: 60 }, maxProcessingSeconds: undefined }, { queue: { retentionSeconds: 60 }, visibilityTimeoutSeconds: undefined },
    ],
  },
  spotInterruptsWork: {
    breaks: [{ spot: true }, { spot: true, maxProcessingSeconds: 121 }],
    keeps: [{ spot: true, maxProcessingSeconds: 120 }, { spot: true, maxProcessingSeconds: undefined }, { spot: undefined }],
  },
  workerStoppedEarly: {
    breaks: [{ stopTimeoutSeconds: 119 }, { stopTimeoutSeconds: 30, maxProcessingSeconds: 31 }],
    keeps: [
      { stopTimeoutSeconds: 120 }, { stopTimeoutSeconds: 30, maxProcessingSeconds: 30 },
      { stopTimeoutSeconds: undefined }, { stopTimeoutSeconds: 2, maxProcessingSeconds: undefined },
    ],
  },
  queueAccount: { breaks: [{ queue: { account: '999999999999' } }], keeps: [{ queue: { account: undefined } }, { account: undefined }] },
};

checkRules({
  rules: () => QUEUE_SERVICE_RULES, facts, unknown: { queue: {}, cluster: { path: 'C' } }, cases: CASES, warnings: ['spotInterruptsWork', 'workerStoppedEarly'],
});

test.each<[string, Different, string]>([
  [
    'Container Insights off', { cluster: { path: 'C', containerInsights: false } },
    "cluster 'C' has Container Insights off, but the number of running tasks, by which the backlog is divided, is a metric of Container Insights: " +
    'set containerInsightsV2: ecs.ContainerInsights.ENABLED where the cluster is made',
  ],
  [
    'a queue that forgets', { queue: { retentionSeconds: 18_600 } },
    "maxReceiveCount x (maxProcessingTime + visibilityTimeout) is 5 x (3600 + 120) seconds, which is not less than the retentionPeriod of queue 'Q' (18600 seconds), " +
    'so a failing message could be deleted before it is set aside: raise retentionPeriod above 18600 seconds, or lower maxReceiveCount or maxProcessingTime',
  ],
  [
    'a queue of its own that cannot keep messages for so long', { queue: { path: undefined }, maxProcessingSeconds: 241_800 },
    'maxReceiveCount x (maxProcessingTime + visibilityTimeout) is 5 x (241800 + 120) seconds, which is not less than the retentionPeriod of the queue (345600 seconds), ' +
    'so a failing message could be deleted before it is set aside: lower maxReceiveCount or maxProcessingTime',
  ],
  [
    'Spot', { spot: true },
    'maxProcessingTime is 3600 seconds, but a task on Fargate Spot is stopped 120 seconds after a warning, and its message is received again from the start: ' +
    'leave spot out, or let the worker keep its progress and acknowledge this warning',
  ],
  [
    'a worker that is killed early', { stopTimeoutSeconds: 30 },
    'the worker is killed 30 seconds after it was told to stop, but a message may take 3600 seconds: ' +
    'set stopTimeout: Duration.seconds(120), the most that Fargate has, where the container is added to the task definition',
  ],
  [
    'a queue of another account', { queue: { account: '999999999999' } },
    "queue 'Q' is in account 999999999999, but the service is in 111122223333, where its scaling and its alarms would find no metrics of the queue: " +
    'make this in a stack of that account, or bring the messages to a queue of this one',
  ],
])('of %s is said what is wrong and what to do', (_, different, text) => {
  expect(findings(QUEUE_SERVICE_RULES, facts(different)).map((found) => found.text)).toEqual([text]);
});

test('a retention that SQS does not have is not advised', () => {
  const textOf = (maxProcessingSeconds: number) => findings(QUEUE_SERVICE_RULES, facts({ maxProcessingSeconds })).map(({ text }) => text).join();
  expect(textOf(241_799)).toContain('raise retentionPeriod above 1209595 seconds');
  expect(textOf(241_800)).not.toContain('raise retentionPeriod');
});
