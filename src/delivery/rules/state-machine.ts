import type { Rule } from './rule';

/** What is known of a task of a state machine. */
export interface TaskFacts {
  readonly stateMachine: string;
  /** The name of the state. */
  readonly state: string;
  /** What it waits for beyond the response to its request. */
  readonly waiting?: 'job' | 'callback' | 'activity' | undefined;
  /** Such as `ecs:runTask`. */
  readonly integration?: string | undefined;
  /** Whether it runs in an Express workflow. */
  readonly express?: boolean | undefined;
  readonly invokesFunction?: boolean | undefined;
  /** Whether it, or a state around it, tries again after an error of the Lambda service. */
  readonly retriesServiceErrors?: boolean | undefined;
  readonly hasTimeout?: boolean | undefined;
  readonly hasHeartbeat?: boolean | undefined;
  readonly timeoutSeconds?: number | undefined;
  readonly heartbeatSeconds?: number | undefined;
  /** Whether it makes a schedule that has a dead-letter queue. Undefined: it makes none, or that is not known. */
  readonly schedulesWithDeadLetters?: boolean | undefined;
  /** Whether the state machine has a timeout for whole executions. */
  readonly executionHasTimeout?: boolean | undefined;
}

/** What is known of a state machine. */
export interface StateMachineFacts {
  readonly path: string;
  readonly express?: boolean | undefined;
  readonly logs?: boolean | undefined;
  readonly hasTimeout?: boolean | undefined;
  /** Whether a task has the job or the callback that it waits for without a timeout of its own. */
  readonly waitsWithoutEnd?: boolean | undefined;
  /** A task whose errors nothing in the state machine catches. */
  readonly uncaughtTask?: string | undefined;
  /** Whether an alarm, a rule or a state machine that waits for it learns of executions that fail. */
  readonly failuresWatched?: boolean | undefined;
  /** A state that catches States.ALL, but not the error of a result that is too large. */
  readonly stateWithoutDataLimit?: string | undefined;
  /** A Map state in an Express workflow whose items have executions of their own. */
  readonly distributedMap?: string | undefined;
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html */
export const LAMBDA_SERVICE_ERRORS: readonly string[] = [
  'Lambda.ClientExecutionTimeoutException', 'Lambda.ServiceException', 'Lambda.AWSLambdaException', 'Lambda.SdkClientException',
];

/** Jobs that the service itself never ends. The others have a timeout by default, as CodeBuild, or one of their own that is checked where they are defined, as executions of state machines. */
const ENDLESS_JOBS = ['batch:submitJob', 'ecs:runTask', 'eks:runJob'];

const TIMEOUT_PAGE = 'https://docs.aws.amazon.com/step-functions/latest/dg/sfn-stuck-execution.html';
const INTEGRATION_PAGE = 'https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html';
const WAITS_FOR = { job: 'the end of a job (.sync)', callback: 'a callback (.waitForTaskToken)', activity: 'the worker of an activity' };

/** Whether nothing but a timeout ends the wait of a task. */
export function waitsWithoutEnd({ waiting, integration, hasTimeout, hasHeartbeat }: Pick<TaskFacts, 'waiting' | 'integration' | 'hasTimeout' | 'hasHeartbeat'>): boolean {
  return hasTimeout === false && (waiting === 'job' ? ENDLESS_JOBS.includes(integration ?? '') : waiting !== undefined && hasHeartbeat === false);
}

/**
 * What is true of a task that fails in time, and not for nothing.
 */
export const TASK_RULES: readonly Rule<TaskFacts>[] = [
  {
    id: 'expressTaskWaits',
    severity: 'error',
    why: 'Express workflows only send requests, and Step Functions refuses a definition with a task that waits for more than the response.',
    source: INTEGRATION_PAGE,
    finding: ({ stateMachine, state, waiting, express }) => (
      waiting === undefined || !express ? undefined
        : {
          what: `task '${state}' of state machine '${stateMachine}' waits for ${WAITS_FOR[waiting]}, which an Express workflow cannot do, so it cannot be deployed`,
          fix: 'let it run in a Standard workflow (StateMachineType, or ExecutionType of the Map state around it), or call an action that does not wait',
        }
    ),
  },
  {
    id: 'heartbeatNotBelowTimeout',
    severity: 'error',
    why: 'Step Functions refuses a task whose heartbeat could not be missed before its timeout.',
    source: 'https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html',
    finding: ({ stateMachine, state, timeoutSeconds: timeout, heartbeatSeconds: heartbeat }) => (
      timeout === undefined || heartbeat === undefined || heartbeat < timeout ? undefined
        : {
          what: `HeartbeatSeconds of task '${state}' of state machine '${stateMachine}' is ${heartbeat}, but must be less than its TimeoutSeconds (${timeout})`,
          fix: `set HeartbeatSeconds to less than ${timeout}, or raise TimeoutSeconds`,
        }
    ),
  },
  {
    id: 'callbackWithoutTimeout',
    severity: 'warning',
    why: 'A task whose token or activity was lost waits for up to a year, and its execution neither fails nor goes on.',
    source: TIMEOUT_PAGE,
    finding: (task) => (
      task.express !== false || task.waiting === undefined || task.waiting === 'job' || !waitsWithoutEnd(task) ? undefined
        : {
          what: `task '${task.state}' of state machine '${task.stateMachine}' waits for ${WAITS_FOR[task.waiting]}, but has neither HeartbeatSeconds nor TimeoutSeconds, ` +
            'so it never learns that nobody is going to answer',
          fix: 'set HeartbeatSeconds to the longest silence of a worker, or TimeoutSeconds to the longest time that an answer may take, and catch States.Timeout',
        }
    ),
  },
  {
    id: 'jobWithoutTimeout',
    severity: 'warning',
    why: 'A job that hangs keeps its execution waiting for up to a year, unless a timeout ends it.',
    source: TIMEOUT_PAGE,
    finding: (task) => (
      task.express !== false || task.waiting !== 'job' || task.executionHasTimeout !== false || !waitsWithoutEnd(task) ? undefined
        : {
          what: `task '${task.state}' of state machine '${task.stateMachine}' waits for the end of ${task.integration}, but neither it nor the state machine has TimeoutSeconds, so a job that hangs is never noticed`,
          fix: 'set TimeoutSeconds of the task to the longest time that the job may take',
        }
    ),
  },
  {
    id: 'createdScheduleWithoutDeadLetterQueue',
    severity: 'warning',
    why: 'Scheduler drops an invocation that failed for the last time, and a schedule that runs once is not run again.',
    source: 'https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html',
    finding: ({ stateMachine, state, schedulesWithDeadLetters }) => (
      schedulesWithDeadLetters !== false ? undefined
        : {
          what: `task '${state}' of state machine '${stateMachine}' makes a schedule without Target.DeadLetterConfig, so a run is lost of which Scheduler cannot invoke the target`,
          fix: 'give the schedule Target.DeadLetterConfig.Arn, of a standard queue to which the role of the target may send messages',
        }
    ),
  },
  {
    id: 'functionTaskWithoutRetry',
    severity: 'warning',
    why: 'Lambda has errors of its own now and then, and a task that does not try again fails for them.',
    source: 'https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html',
    finding: ({ stateMachine, state, invokesFunction, retriesServiceErrors }) => (
      !invokesFunction || retriesServiceErrors !== false ? undefined
        : {
          what: `task '${state}' of state machine '${stateMachine}' invokes a function, but has no Retry for the errors of the Lambda service, so it fails for an error that is over a second later`,
          fix: `add a Retry with ErrorEquals ${[...LAMBDA_SERVICE_ERRORS, 'Lambda.TooManyRequestsException'].join(', ')}`,
        }
    ),
  },
];

/**
 * What is true of a state machine whose failures are seen.
 */
export const STATE_MACHINE_RULES: readonly Rule<StateMachineFacts>[] = [
  {
    id: 'expressDistributedMap',
    severity: 'error',
    why: 'Express workflows have no distributed Map states, and Step Functions refuses a definition with one.',
    source: 'https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html',
    finding: ({ path, distributedMap }) => (
      distributedMap === undefined ? undefined
        : {
          what: `Map state '${distributedMap}' of state machine '${path}' is DISTRIBUTED, but runs in an Express workflow, so it cannot be deployed`,
          fix: 'let it run in a Standard workflow (StateMachineType, or ExecutionType of the Map state around it), or set ProcessorConfig.Mode to INLINE',
        }
    ),
  },
  {
    id: 'expressWithoutLogs',
    severity: 'warning',
    why: 'Step Functions keeps no history of Express executions, so what its logs do not say nobody can find out.',
    source: 'https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html',
    finding: ({ path, express, logs }) => (
      !express || logs !== false ? undefined
        : {
          what: `state machine '${path}' is Express and has no logs (LoggingConfiguration), so an execution that fails leaves nothing behind, not even its input`,
          fix: 'set LoggingConfiguration with a log group in Destinations and Level ERROR or ALL',
        }
    ),
  },
  {
    id: 'executionFailuresUnwatched',
    severity: 'warning',
    why: 'An execution that fails stays in the list of executions with its input, and nobody is told.',
    source: 'https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html',
    finding: ({ path, express, uncaughtTask, failuresWatched }) => (
      express !== false || uncaughtTask === undefined || failuresWatched !== false ? undefined
        : {
          what: `errors of task '${uncaughtTask}' of state machine '${path}' are not caught and end the execution, ` +
            'but no alarm is on the metrics of the state machine and no rule on its executions, so nobody learns of it',
          fix: 'set an alarm on ExecutionsFailed, ExecutionsTimedOut and ExecutionsAborted of the state machine, a rule on its status changes, or a Catch for States.ALL that sets the input aside',
        }
    ),
  },
  {
    id: 'executionWithoutTimeout',
    severity: 'note',
    why: 'A Standard execution may run for a year.',
    source: TIMEOUT_PAGE,
    finding: ({ path, express, hasTimeout, waitsWithoutEnd: endless }) => (
      express !== false || hasTimeout !== false || endless !== false ? undefined
        : {
          what: `state machine '${path}' has no TimeoutSeconds, so an execution that goes in circles runs for up to a year`,
          fix: 'set TimeoutSeconds in the definition to longer than any execution should take',
        }
    ),
  },
  {
    id: 'dataLimitUncaught',
    severity: 'note',
    why: 'The wildcard for all errors does not match the error of a result of more than 256 KiB.',
    source: 'https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html',
    finding: ({ path, stateWithoutDataLimit: state }) => (
      state === undefined ? undefined
        : {
          what: `state '${state}' of state machine '${path}' catches States.ALL, which does not match States.DataLimitExceeded, so a result of more than 256 KiB ends the execution`,
          fix: 'add a Catch for States.DataLimitExceeded beside it, or keep large results in a bucket',
        }
    ),
  },
];
