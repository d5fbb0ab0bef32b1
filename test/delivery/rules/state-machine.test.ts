import { checkRules } from './check-rules';
import { findings } from '../../../src/delivery/rules/rule';
import type { StateMachineFacts, TaskFacts } from '../../../src/delivery/rules/state-machine';
import { STATE_MACHINE_RULES, TASK_RULES } from '../../../src/delivery/rules/state-machine';

type Task = Partial<TaskFacts>;
type Machine = Partial<StateMachineFacts>;

const CALLBACK: Task = { waiting: 'callback', hasTimeout: true, hasHeartbeat: true, timeoutSeconds: 60, heartbeatSeconds: 20 };
const ENDLESS: Task = { hasTimeout: false, hasHeartbeat: false, timeoutSeconds: undefined, heartbeatSeconds: undefined };
const JOB: Task = { ...ENDLESS, waiting: 'job', integration: 'ecs:runTask', executionHasTimeout: false };

describe('tasks', () => {
  checkRules<TaskFacts, Task>({
    rules: () => TASK_RULES,
    facts: (different) => ({
      stateMachine: 'M',
      state: 'S',
      integration: 'sqs:sendMessage',
      express: false,
      invokesFunction: true,
      retriesServiceErrors: true,
      executionHasTimeout: true,
      ...CALLBACK,
      ...different,
    }),
    unknown: { stateMachine: 'M', state: 'S' },
    cases: {
      expressTaskWaits: {
        breaks: [
          { express: true }, { express: true, waiting: 'job' }, { express: true, waiting: 'activity' }, { ...JOB, express: true }, { ...ENDLESS, express: true },
        ],
        keeps: [{ express: undefined }, { express: true, waiting: undefined }],
      },
      heartbeatNotBelowTimeout: {
        breaks: [{ heartbeatSeconds: 60 }, { heartbeatSeconds: 61 }],
        keeps: [{ heartbeatSeconds: 59 }, { heartbeatSeconds: undefined }, { timeoutSeconds: undefined }],
      },
      callbackWithoutTimeout: {
        breaks: [ENDLESS, { ...ENDLESS, waiting: 'activity' }, { ...ENDLESS, executionHasTimeout: false }],
        keeps: [
          { ...ENDLESS, hasTimeout: true }, { ...ENDLESS, hasHeartbeat: true }, { ...ENDLESS, hasTimeout: undefined },
          { ...ENDLESS, hasHeartbeat: undefined },
          { ...ENDLESS, waiting: undefined }, { ...ENDLESS, waiting: 'job' }, { ...ENDLESS, express: undefined },
        ],
      },
      jobWithoutTimeout: {
        breaks: [JOB, { ...JOB, integration: 'batch:submitJob' }, { ...JOB, integration: 'eks:runJob' }, { ...JOB, hasHeartbeat: true }],
        keeps: [
          { ...JOB, integration: 'codebuild:startBuild' }, { ...JOB, integration: undefined },
          { ...JOB, hasTimeout: true }, { ...JOB, hasTimeout: undefined },
          { ...JOB, executionHasTimeout: true }, { ...JOB, executionHasTimeout: undefined },
          { ...JOB, waiting: undefined }, { ...JOB, express: undefined },
        ],
      },
      createdScheduleWithoutDeadLetterQueue: {
        breaks: [{ schedulesWithDeadLetters: false }],
        keeps: [{ schedulesWithDeadLetters: undefined }, { schedulesWithDeadLetters: true }],
      },
      functionTaskWithoutRetry: {
        breaks: [{ retriesServiceErrors: false }],
        keeps: [
          { retriesServiceErrors: undefined },
          { retriesServiceErrors: false, invokesFunction: false }, { retriesServiceErrors: false, invokesFunction: undefined },
        ],
      },
    },
    warnings: ['callbackWithoutTimeout', 'jobWithoutTimeout', 'createdScheduleWithoutDeadLetterQueue', 'functionTaskWithoutRetry'],
  });

  test.each([
    ['job', 'the end of a job (.sync)'],
    ['callback', 'a callback (.waitForTaskToken)'],
    ['activity', 'the worker of an activity'],
  ] as const)('what a %s waits for is said', (waiting, said) => {
    const found = findings(TASK_RULES, { stateMachine: 'M', state: 'S', waiting, express: true }).map(({ what }) => what);
    expect(found.join()).toContain(`task 'S' of state machine 'M' waits for ${said}, which`);
  });
});

describe('state machines', () => {
  checkRules<StateMachineFacts, Machine>({
    rules: () => STATE_MACHINE_RULES,
    facts: (different) => ({
      path: 'M', express: false, logs: true, hasTimeout: true, waitsWithoutEnd: false, uncaughtTask: 'S', failuresWatched: true, ...different,
    }),
    unknown: { path: 'M' },
    cases: {
      expressDistributedMap: { breaks: [{ distributedMap: 'Map' }], keeps: [{ distributedMap: undefined }] },
      expressWithoutLogs: {
        breaks: [{ express: true, logs: false }],
        keeps: [{ express: true, logs: undefined }, { logs: false }, { express: undefined, logs: false }],
      },
      executionFailuresUnwatched: {
        breaks: [{ failuresWatched: false }],
        keeps: [
          { failuresWatched: undefined }, { failuresWatched: false, uncaughtTask: undefined },
          { failuresWatched: false, express: true }, { failuresWatched: false, express: undefined },
        ],
      },
      executionWithoutTimeout: {
        breaks: [{ hasTimeout: false }],
        keeps: [
          { hasTimeout: undefined }, { hasTimeout: false, waitsWithoutEnd: true }, { hasTimeout: false, waitsWithoutEnd: undefined },
          { hasTimeout: false, express: true }, { hasTimeout: false, express: undefined },
        ],
      },
      dataLimitUncaught: { breaks: [{ stateWithoutDataLimit: 'S' }], keeps: [{ stateWithoutDataLimit: undefined }] },
    },
    warnings: ['expressWithoutLogs', 'executionFailuresUnwatched'],
    notes: ['executionWithoutTimeout', 'dataLimitUncaught'],
  });
});
