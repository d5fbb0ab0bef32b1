import type { HandlerFacts } from './queue-consumer';
import { LONGEST_TIMEOUT_SECONDS, tenantProblem, unqualifiedProblem } from './queue-consumer';
import { LONGEST_EXPRESS_SECONDS } from './queue-workflow';
import type { Place, Rule } from './rule';
import { knownToDiffer } from './rule';

/** What is known of the jobs that an API accepts. */
export interface JobFacts {
  /** The time that a job may take. */
  readonly timeoutSeconds?: number | undefined;
  /** The time that its record is kept. */
  readonly retentionSeconds?: number | undefined;
}

/** What is known of a resource that does jobs. */
export interface JobWorkerFacts extends Place {
  readonly path: string;
}

/** What is known of a function that a workflow invokes, waiting for its answer. */
export type JobHandlerFacts = JobWorkerFacts & Pick<HandlerFacts, 'durable' | 'executionTimeoutSeconds' | 'qualified' | 'tenantIsolation'>;

export interface JobMachineFacts extends JobWorkerFacts {
  /** STANDARD or EXPRESS. */
  readonly type?: string | undefined;
}

export interface JobQueueFacts extends JobWorkerFacts {
  readonly visibilityTimeoutSeconds?: number | undefined;
}

/** What is known of the engine of jobs, and where they are accepted: a workflow runs a function or a state machine, a pipe delivers to a queue. */
export interface JobEngineFacts extends JobFacts, Place {
  /** That of the workflow around the work: STANDARD or EXPRESS. */
  readonly workflowType?: string | undefined;
  readonly handler?: JobHandlerFacts | undefined;
  readonly stateMachine?: JobMachineFacts | undefined;
  readonly queue?: JobQueueFacts | undefined;
}

/**
 * What is true of jobs whose end can be read.
 */
export const JOB_RULES: readonly Rule<JobFacts>[] = [
  {
    id: 'jobExpiresBeforeItsEnd',
    severity: 'error',
    why: 'A result that expires with its job is gone before anybody has read it.',
    source: 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html',
    finding: ({ timeoutSeconds: timeout, retentionSeconds: retention }) => (
      timeout === undefined || retention === undefined || retention > timeout ? undefined
        : {
          what: `retentionPeriod is ${retention} seconds, which is not longer than timeout (${timeout} seconds), ` +
            'so a job could be gone before anybody reads how it ended',
          fix: 'raise retentionPeriod or lower timeout',
        }
    ),
  },
];

const WORKFLOW_PAGE = 'https://docs.aws.amazon.com/step-functions/latest/dg/concepts-access-cross-acct-resources.html';
const PIPE_PAGE = 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html';

/** What an Express workflow keeps for recording how the job ended: a write is tried again for a minute. */
const RECORDING_SECONDS = 60;

/**
 * What is true of engines that get every job.
 */
export const JOB_ENGINE_RULES: readonly Rule<JobEngineFacts>[] = [
  {
    id: 'jobExpressTooLong',
    severity: 'error',
    why: 'An Express workflow takes at most 5 minutes, the recording of the outcome included.',
    source: 'https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html',
    finding: ({ workflowType, timeoutSeconds: timeout }) => {
      const longest = LONGEST_EXPRESS_SECONDS - RECORDING_SECONDS;
      return workflowType !== 'EXPRESS' || timeout === undefined || timeout <= longest ? undefined
        : {
          what: `timeout is ${timeout} seconds, but workflowType is EXPRESS, and such a workflow takes at most ${LONGEST_EXPRESS_SECONDS} seconds, of which ${RECORDING_SECONDS} are for recording how the job ended`,
          fix: `set timeout to ${longest} seconds or less, or leave workflowType out`,
        };
    },
  },
  {
    id: 'jobExpressRunsStandard',
    severity: 'error',
    why: 'An Express workflow does not wait for the executions that it starts, except for those of Express machines.',
    source: 'https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html',
    finding: ({ workflowType, stateMachine }) => (
      workflowType !== 'EXPRESS' || stateMachine?.type !== 'STANDARD' ? undefined
        : {
          what: `workflowType is EXPRESS, but stateMachine '${stateMachine.path}' is STANDARD, and an Express workflow cannot wait for its executions (.sync)`,
          fix: 'make that machine Express, or leave workflowType out',
        }
    ),
  },
  {
    id: 'jobHandlerRegion',
    severity: 'error',
    why: 'A workflow invokes functions of its own region only.',
    source: WORKFLOW_PAGE,
    finding: elsewhere('handler', 'region', 'a workflow invokes functions'),
  },
  {
    id: 'jobHandlerUnqualified',
    severity: 'error',
    why: 'A durable execution goes on with the version that it began with, so it is invoked by a version or an alias.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html',
    finding: ({ handler }) => handler && unqualifiedProblem(handler),
  },
  {
    id: 'jobHandlerExecutionTooLong',
    severity: 'error',
    why: 'A workflow waits for the answer of a function, for which Lambda takes no durable execution longer than a function may run.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html',
    finding: ({ handler }) => (
      handler?.executionTimeoutSeconds === undefined || handler.executionTimeoutSeconds <= LONGEST_TIMEOUT_SECONDS ? undefined
        : {
          what: `the execution timeout of handler '${handler.path}' is ${handler.executionTimeoutSeconds} seconds, but a workflow that waits for the answer may invoke durable executions of at most ${LONGEST_TIMEOUT_SECONDS} seconds`,
          fix: `set durableConfig.executionTimeout to ${LONGEST_TIMEOUT_SECONDS} seconds or less, or do longer jobs with a StateMachineEngine`,
        }
    ),
  },
  {
    id: 'jobHandlerTenantIsolation',
    severity: 'error',
    why: 'Each invocation of a function with tenant isolation names its tenant, and the workflow of a job knows none.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation.html',
    finding: ({ handler }) => handler && tenantProblem(handler, 'the workflow of a job'),
  },
  {
    id: 'jobStateMachineAccount',
    severity: 'error',
    why: 'A workflow starts executions in another account only by a role of that account.',
    source: WORKFLOW_PAGE,
    finding: elsewhere('stateMachine', 'account', 'a workflow starts executions'),
  },
  {
    id: 'jobStateMachineRegion',
    severity: 'error',
    why: 'A workflow starts executions in its own region only.',
    source: WORKFLOW_PAGE,
    finding: elsewhere('stateMachine', 'region', 'a workflow starts executions'),
  },
  {
    id: 'jobQueueAccount',
    severity: 'error',
    why: 'A pipe delivers to targets of its own account only.',
    source: PIPE_PAGE,
    finding: elsewhere('queue', 'account', 'a pipe delivers'),
  },
  {
    id: 'jobQueueRegion',
    severity: 'error',
    why: 'A pipe delivers to targets of its own region only.',
    source: PIPE_PAGE,
    finding: elsewhere('queue', 'region', 'a pipe delivers'),
  },
  {
    id: 'jobEndsBeforeRetry',
    severity: 'warning',
    why: 'A message whose processing failed comes back only after the visibility timeout.',
    source: 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html',
    finding: ({ timeoutSeconds: timeout, queue }) => {
      const visibility = queue?.visibilityTimeoutSeconds;
      return queue === undefined || timeout === undefined || visibility === undefined || visibility < timeout ? undefined
        : {
          what: `queue '${queue.path}' gives a message that failed back after ${visibility} seconds (visibilityTimeout), but a job has ${timeout} seconds (timeout), ` +
            'so a job whose worker fails is never tried again in time',
          fix: 'raise timeout, or lower the timeout of the handler, which the visibilityTimeout follows',
        };
    },
  },
];

/** That what does the work is in another place, where it would fail at each job. */
function elsewhere(worker: 'handler' | 'stateMachine' | 'queue', place: 'account' | 'region', reach: string): Rule<JobEngineFacts>['finding'] {
  return ({ [worker]: facts, [place]: own }) => (
    facts === undefined || !knownToDiffer(facts[place], own) ? undefined
      : {
        what: `${worker} '${facts.path}' is in ${place} ${facts[place]}, but the API is in ${own}, and ${reach} only in its own ${place}`,
        fix: `give one of this ${place}`,
      }
  );
}
