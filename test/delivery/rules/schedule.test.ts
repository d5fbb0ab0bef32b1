import type { RuleCases } from './check-rules';
import { checkRules } from './check-rules';
import type { ScheduleFacts } from '../../../src/delivery/rules/schedule';
import { SCHEDULE_RULES } from '../../../src/delivery/rules/schedule';

const DEAD_LETTERS = { path: 'D', fifo: false, isTarget: false };
const FIFO = { path: 'Q', fifo: true, contentBasedDeduplication: true };

function facts(different: Partial<ScheduleFacts> = {}): ScheduleFacts {
  return {
    name: 'schedule \'S\'', deadLetters: DEAD_LETTERS, attempts: 3, ageSeconds: 3600, intervalSeconds: 3600, hasGroup: true, queue: { path: 'Q', fifo: false }, messageGroup: false, ...different,
  };
}

const CASES: RuleCases<Partial<ScheduleFacts>> = {
  scheduleWithoutDeadLetterQueue: { breaks: [{ deadLetters: 'none' }], keeps: [{ deadLetters: undefined }] },
  scheduleDeadLetterQueueType: { breaks: [{ deadLetters: { ...DEAD_LETTERS, fifo: true } }], keeps: [{ deadLetters: { path: 'D' } }] },
  scheduleDeadLetterQueueIsTarget: { breaks: [{ deadLetters: { ...DEAD_LETTERS, isTarget: true } }], keeps: [{ deadLetters: { path: 'D' } }] },
  scheduleWithoutRetries: { breaks: [{ attempts: 0 }, { attempts: 0, ageSeconds: 86_400 }], keeps: [{ attempts: 1 }, { attempts: undefined }] },
  scheduleRetriesBeyondInterval: {
    breaks: [{ ageSeconds: 3601 }, { intervalSeconds: 3599 }, { intervalSeconds: 60, attempts: undefined }],
    keeps: [{ ageSeconds: undefined }, { intervalSeconds: undefined }, { intervalSeconds: 3600 }],
  },
  scheduleInDefaultGroup: { breaks: [{ hasGroup: false }], keeps: [{ hasGroup: undefined }] },
  scheduleTargetWithoutMessageGroup: {
    breaks: [{ queue: FIFO }],
    keeps: [{ queue: FIFO, messageGroup: true }, { queue: FIFO, messageGroup: undefined }, { queue: { path: 'Q' } }, { queue: undefined }],
  },
  scheduleTargetWithoutDeduplication: {
    breaks: [{ queue: { ...FIFO, contentBasedDeduplication: false }, messageGroup: true }],
    keeps: [{ queue: { ...FIFO, contentBasedDeduplication: undefined }, messageGroup: true }, { queue: { path: 'Q', contentBasedDeduplication: false } }],
  },
  scheduleInputIsConstant: {
    breaks: [
      { queue: FIFO, messageGroup: true, input: '{}', shortestIntervalSeconds: 300 },
      { queue: FIFO, messageGroup: true, input: '', shortestIntervalSeconds: 60 },
    ],
    keeps: [
      { queue: FIFO, messageGroup: true, input: '{}', shortestIntervalSeconds: 301 },
      { queue: FIFO, messageGroup: true, input: '{}', shortestIntervalSeconds: undefined },
      { queue: FIFO, messageGroup: true, input: undefined, shortestIntervalSeconds: 60 },
      { queue: FIFO, messageGroup: true, input: '{"at":"<aws.scheduler.scheduled-time>"}', shortestIntervalSeconds: 60 },
      { queue: { ...FIFO, contentBasedDeduplication: undefined }, messageGroup: true, input: '{}', shortestIntervalSeconds: 60 },
      { queue: { path: 'Q', fifo: false }, input: '{}', shortestIntervalSeconds: 60 },
    ],
  },
  scheduleInputDiffersByAttempt: {
    breaks: [
      { queue: FIFO, messageGroup: true, input: '{"id":"<aws.scheduler.execution-id>"}' },
      { queue: FIFO, messageGroup: true, input: '{"attempt":<aws.scheduler.attempt-number>}' },
    ],
    keeps: [
      { queue: FIFO, messageGroup: true, input: '{"at":"<aws.scheduler.scheduled-time>"}' },
      { queue: FIFO, messageGroup: true, input: undefined },
      { queue: { ...FIFO, contentBasedDeduplication: undefined }, messageGroup: true, input: '{"id":"<aws.scheduler.execution-id>"}' },
      { queue: { path: 'Q', fifo: false }, input: '{"id":"<aws.scheduler.execution-id>"}' },
    ],
  },
};

checkRules({
  rules: () => SCHEDULE_RULES,
  facts,
  unknown: { name: 'schedule' },
  cases: CASES,
  warnings: ['scheduleWithoutDeadLetterQueue', 'scheduleInputDiffersByAttempt'],
  notes: ['scheduleWithoutRetries', 'scheduleRetriesBeyondInterval', 'scheduleInDefaultGroup'],
});
