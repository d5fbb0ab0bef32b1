import type { Place, Rule } from './rule';
import { knownToDiffer } from './rule';

/** What is known of a queue whose messages a pipe has a workflow process. */
export interface WorkflowQueueFacts extends Place {
  /** What texts call it by. Undefined: the queue that is made with the consumer. */
  readonly path?: string | undefined;
  readonly fifo?: boolean | undefined;
  readonly visibilityTimeoutSeconds?: number | undefined;
  readonly maximumMessageBytes?: number | undefined;
}

/** What is known of the state machine that processes the messages. */
export interface QueueWorkflowMachineFacts extends Place {
  readonly path: string;
  readonly express?: boolean | undefined;
  /** How long an execution may take. */
  readonly timeoutSeconds?: number | undefined;
  /** Whether its definition limits the time of an execution. */
  readonly hasTimeout?: boolean | undefined;
}

/** What is known of a queue that feeds a workflow by a pipe. */
export interface QueueWorkflowFacts extends Place {
  readonly queue: WorkflowQueueFacts;
  readonly stateMachine: QueueWorkflowMachineFacts;
  readonly batchSize?: number | undefined;
  /** How long the pipe waits for one delivery at most. */
  readonly deliverySeconds?: number | undefined;
  /** The largest message that is sure to fit. */
  readonly largestMessageBytes?: number | undefined;
}

/** The longest that an Express workflow runs. */
export const LONGEST_EXPRESS_SECONDS = 300;

/** What a pipe gives to a state machine, in characters, and what an execution and each of its states take, in bytes. */
export const LARGEST_INPUT_BYTES = 262_144;

/** What a pipe adds to a message: its ids, its system attributes and the names of all members, with ten attributes. */
const ENVELOPE_BYTES = 8192;

/** A cause may have 32,768 characters, each of which may have to be escaped. https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html */
const LONGEST_CAUSE_BYTES = 65_536;

const QUOTA_PAGE = 'https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html';
const SOURCE_PAGE = 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html';

/**
 * The largest message that is sure to fit. In JSON, a character of those that SQS takes is escaped by one more at most. The input of a Standard execution is read again when it is set aside: a text within JSON,
 * where each is escaped twice, beside the cause of the failure.
 */
export function largestMessageBytes(express: boolean, batchSize: number): number {
  return express
    ? Math.floor((LARGEST_INPUT_BYTES / batchSize - ENVELOPE_BYTES) / 2)
    : (LARGEST_INPUT_BYTES - LONGEST_CAUSE_BYTES - 2 * ENVELOPE_BYTES) / 4;
}

/** The visibility timeout in which a pipe can try again what was throttled. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html */
export function workflowVisibilitySeconds(deliverySeconds: number): number {
  return 6 * deliverySeconds;
}

const whereIs = (setting: string, { path }: WorkflowQueueFacts) => (path === undefined ? setting : `${setting} of queue '${path}'`);

/**
 * What is true of a queue that feeds a workflow and loses nothing.
 */
export const QUEUE_WORKFLOW_RULES: readonly Rule<QueueWorkflowFacts>[] = [
  {
    id: 'workflowVisibilityTooShort',
    severity: 'error',
    why: 'A message that becomes visible while a pipe still waits for its workflow is processed twice.',
    source: SOURCE_PAGE,
    finding: ({ queue, stateMachine: { path }, deliverySeconds: needed }) => {
      const visibility = queue.visibilityTimeoutSeconds;
      return visibility === undefined || needed === undefined || visibility >= needed ? undefined
        : {
          what: `${whereIs('visibilityTimeout', queue)} is ${visibility} seconds, which is shorter than the ${needed} seconds that the pipe may wait for state machine '${path}', ` +
            'so messages would be delivered again while they are processed',
          fix: `set it to ${workflowVisibilitySeconds(needed)} seconds (6 x that time)${queue.path === undefined ? ' or leave it out' : ''}`,
        };
    },
  },
  {
    id: 'workflowVisibilityShort',
    severity: 'warning',
    why: 'A throttled delivery uses up the receives of good messages if they become visible before the pipe has tried again.',
    source: SOURCE_PAGE,
    finding: ({ queue, stateMachine: { path }, deliverySeconds: needed }) => {
      const visibility = queue.visibilityTimeoutSeconds;
      if (visibility === undefined || needed === undefined || visibility < needed || visibility >= workflowVisibilitySeconds(needed)) {
        return undefined;
      }
      return {
        what: `${whereIs('visibilityTimeout', queue)} is ${visibility} seconds, less than 6 x the ${needed} seconds that the pipe may wait for state machine '${path}', ` +
          'so good messages can end in the dead-letter queue while it is throttled',
        fix: `set it to ${workflowVisibilitySeconds(needed)} seconds`,
      };
    },
  },
  {
    id: 'messageBeyondWorkflow',
    severity: 'warning',
    why: 'A message that is too large for Step Functions cannot be processed, and is only seen to be so after it was accepted.',
    source: QUOTA_PAGE,
    finding: ({ queue, stateMachine: { path }, batchSize = 1, largestMessageBytes: largest }) => {
      const bytes = queue.maximumMessageBytes;
      return bytes === undefined || largest === undefined || bytes <= largest ? undefined
        : {
          what: `${whereIs('maximumMessageSize', queue)} is ${bytes} bytes, but only messages of ${largest} bytes are sure to fit into what state machine '${path}' takes` +
            `${batchSize === 1 ? '' : ` in batches of ${batchSize}`} (${LARGEST_INPUT_BYTES} bytes of JSON, in which quotation marks and line breaks are escaped)`,
          fix: `set it to ${largest} bytes${queue.path === undefined ? ' or leave it out' : ''}, so that senders are refused; larger payloads go by claim check (ClaimCheckBucket)`,
        };
    },
  },
  {
    id: 'workflowOrderEnds',
    severity: 'warning',
    why: 'A Standard execution goes on after it was started, beside that of the message behind it.',
    source: 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-error-troubleshooting.html',
    finding: ({ queue, stateMachine: { path, express } }) => (
      queue.fifo !== true || express !== false ? undefined
        : {
          what: `${queue.path === undefined ? 'the queue' : `queue '${queue.path}'`} is a FIFO queue, but executions of Standard state machine '${path}' are only started in its order, and then run beside each other`,
          fix: 'make the state machine EXPRESS, for whose end the pipe waits, or acknowledge this warning if the order of the starts is enough',
        }
    ),
  },
  {
    id: 'workflowNeverEnds',
    severity: 'warning',
    why: 'A Standard execution that hangs runs for a year, and its message is set aside only then.',
    source: 'https://docs.aws.amazon.com/step-functions/latest/dg/sfn-stuck-execution.html',
    finding: ({ stateMachine: { path, express, hasTimeout } }) => (
      express !== false || hasTimeout !== false ? undefined
        : {
          what: `state machine '${path}' has no timeout, so the message of an execution that hangs would be set aside only after a year`,
          fix: 'set timeout (TimeoutSeconds of the definition) where the state machine is made',
        }
    ),
  },
  {
    id: 'expressWorkflowTooLong',
    severity: 'error',
    why: 'Step Functions ends an Express execution after five minutes.',
    source: QUOTA_PAGE,
    finding: ({ stateMachine: { path, express, timeoutSeconds } }) => (
      express !== true || timeoutSeconds === undefined || timeoutSeconds <= LONGEST_EXPRESS_SECONDS ? undefined
        : {
          what: `the timeout of Express state machine '${path}' is ${timeoutSeconds} seconds, but an Express execution ends after ${LONGEST_EXPRESS_SECONDS} seconds`,
          fix: `set it to ${LONGEST_EXPRESS_SECONDS} seconds or less, or make the state machine STANDARD`,
        }
    ),
  },
  {
    id: 'standardWorkflowInBatches',
    severity: 'error',
    why: 'An execution that is named by its message is one for each message.',
    source: 'https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html',
    finding: ({ stateMachine: { path, express }, batchSize }) => (
      express !== false || batchSize === undefined || batchSize === 1 ? undefined
        : {
          what: `batchSize is ${batchSize}, but each message has an execution of its own of Standard state machine '${path}'`,
          fix: 'leave batchSize out, or make the state machine EXPRESS',
        }
    ),
  },
  {
    id: 'workflowPlace',
    severity: 'error',
    why: 'A pipe and an execution start state machines of their own account and region only.',
    source: 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html',
    finding: ({ account, region, stateMachine }) => (
      !knownToDiffer(account, stateMachine.account) && !knownToDiffer(region, stateMachine.region) ? undefined
        : {
          what: `state machine '${stateMachine.path}' is in account ${stateMachine.account} and region ${stateMachine.region}, but this stack is in ${account} and ${region}, and a pipe starts it only in its own`,
          fix: 'make this in a stack of that account and region',
        }
    ),
  },
  {
    id: 'workflowQueueAccount',
    severity: 'error',
    why: 'A pipe reads only queues of its own account.',
    source: SOURCE_PAGE,
    finding: ({ account, queue }) => (
      !knownToDiffer(account, queue.account) ? undefined
        : {
          what: `queue '${queue.path}' is in account ${queue.account}, but this stack is in ${account}, and a pipe reads only queues of its own account`,
          fix: 'make this in a stack of that account, or bring the messages to a queue of this one',
        }
    ),
  },
];
