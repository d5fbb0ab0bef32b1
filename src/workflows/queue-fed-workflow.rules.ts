import { Duration, Size, Stack } from 'aws-cdk-lib';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { STARTER_SECONDS } from './private/message-starter';
import type { QueueFedWorkflowProps } from './queue-fed-workflow';
import { DELIVERY_ALARMS, END_ALARMS } from './queue-fed-workflow.alarms';
import type { QueueConsumerFacts } from '../delivery/rules/queue-consumer';
import { QUEUE_CONSUMER_RULES } from '../delivery/rules/queue-consumer';
import type { QueueWorkflowFacts } from '../delivery/rules/queue-workflow';
import {
  largestMessageBytes, LARGEST_INPUT_BYTES, LONGEST_EXPRESS_SECONDS, QUEUE_WORKFLOW_RULES, workflowVisibilitySeconds,
} from '../delivery/rules/queue-workflow';
import { placeByArn, placeOf } from '../private/app/environments';
import { Problems } from '../private/checks/problems';
import type { PropBounds } from '../private/checks/prop-bounds';
import { knownBytes } from '../private/checks/prop-bounds';
import {
  checkQueues, consumedQueueFacts, deadLetterQueueFacts, deadLetterQueueOf, DEFAULT_MAX_RECEIVE_COUNT, defaultRetention, QUEUE_BOUNDS,
  SHORTEST_AGE_ALARM_SECONDS, warnOfDeadLetterQueue,
} from '../private/sqs/fed-queues';
import { queueFacts } from '../private/sqs/queue-facts';
import { executionTimeout, machineType } from '../private/states/machine-facts';

/** The values that are derived from the props and from what the queues and the state machine settle themselves. */
export interface WorkflowPlan {
  readonly express: boolean;
  readonly batchSize: number;
  readonly visibilityTimeout: Duration;
  readonly maximumMessageSize: Size;
  readonly maxReceiveCount: number;
  readonly deadLetterQueue: sqs.IQueue | undefined;
  readonly ageSeconds: number;
  /** After how long what failed is delivered again. */
  readonly retrySeconds: number;
}

const MAX_BATCH_SIZE = 10;

export const QUEUE_FED_WORKFLOW_BOUNDS: PropBounds<QueueFedWorkflowProps> = {
  workflowTimeout: {
    unit: 'seconds', min: 1, max: LONGEST_EXPRESS_SECONDS, fix: 'leave it out for what the definition says, or 5 minutes', known: 'the visibility timeout and alarms are derived from it',
  },
  batchSize: { unit: 'number', min: 1, max: MAX_BATCH_SIZE, fix: 'leave it out for 1', known: 'it decides how large a message may be' },
  visibilityTimeout: { unit: 'seconds', min: 0, max: 43_200, fix: 'leave it out for 6 x the time of a delivery', known: 'alarms are derived from it' },
  ...QUEUE_BOUNDS,
  maximumMessageSize: { ...QUEUE_BOUNDS.maximumMessageSize, max: LARGEST_INPUT_BYTES, fix: 'leave it out for what is sure to fit, and send larger messages by claim check (ClaimCheckBucket)' },
};

/** Derives the plan and checks the props against it; throws for all that is wrong at once. */
export function planOf(scope: Construct, props: QueueFedWorkflowProps): WorkflowPlan {
  const problems = new Problems(scope, 'QueueFedWorkflow');
  problems.checkBounds(props, QUEUE_FED_WORKFLOW_BOUNDS);
  // The others are about sums of these.
  problems.throwIfAny();
  const machine = machineOf(props);
  const { batchSize, delivery, visibility, largest } = derivedFrom(props, machine);
  checkMachine(problems, props, machine);
  checkQueues(problems, scope, props, `its visibility timeout must be at least ${delivery} seconds (better 6 x that), its largest message ${largest} bytes, and `);
  const { consumer, workflow } = factsOf(scope, props, machine);
  problems.addFindings(QUEUE_CONSUMER_RULES, consumer);
  problems.addFindings(QUEUE_WORKFLOW_RULES, workflow);
  warnOfDeadLetterQueue(scope, deadLetterQueueOf(props));
  problems.requireCustomerKey('encryptionKey', props.encryptionKey, 'leave encryptionKey out for keys that AWS owns');
  const { maxReceiveCount = DEFAULT_MAX_RECEIVE_COUNT, retentionSeconds = defaultRetention().toSeconds() } = consumer.queue;
  const retrySeconds = workflow.queue.visibilityTimeoutSeconds ?? visibility;
  DELIVERY_ALARMS.check(problems, { retentionSeconds, retrySeconds }, props.alarms);
  END_ALARMS.check(problems, {}, props.alarms);
  checkEndAlarms(problems, props, machine);
  problems.throwIfAny();

  return {
    express: machine.express === true,
    batchSize,
    visibilityTimeout: Duration.seconds(visibility),
    maximumMessageSize: props.maximumMessageSize ?? Size.bytes(largest),
    maxReceiveCount: props.maxReceiveCount ?? DEFAULT_MAX_RECEIVE_COUNT,
    deadLetterQueue: deadLetterQueueOf(props),
    // Twice the time that a failing message takes to the dead-letter queue; half of the retention leaves time to act before messages expire.
    ageSeconds: Math.min(Math.max(SHORTEST_AGE_ALARM_SECONDS, 2 * maxReceiveCount * retrySeconds), retentionSeconds / 2),
    retrySeconds,
  };
}

/** What the state machine says of itself. */
interface Machine {
  /** Undefined: it cannot be read. */
  readonly type: sfn.StateMachineType | undefined;
  /** What the props say, or the state machine. Undefined: not known. */
  readonly express: boolean | undefined;
  readonly timeout: number | 'none' | undefined;
}

function machineOf({ stateMachine, stateMachineType }: QueueFedWorkflowProps): Machine {
  const type = machineType(stateMachine);
  const known = stateMachineType ?? type;
  return { type, express: known && known === sfn.StateMachineType.EXPRESS, timeout: executionTimeout(stateMachine) };
}

interface Derived {
  readonly batchSize: number;
  /** How many seconds the pipe waits for a delivery at most: for the end of an Express execution, or for the start of a Standard one. */
  readonly delivery: number;
  /** For how many seconds a received message stays invisible. */
  readonly visibility: number;
  /** How many bytes a message may have to be sure to fit. */
  readonly largest: number;
}

function derivedFrom({ workflowTimeout, visibilityTimeout, batchSize = 1 }: QueueFedWorkflowProps, { express, timeout }: Machine): Derived {
  const longest = workflowTimeout?.toSeconds() ?? (typeof timeout === 'number' ? timeout : LONGEST_EXPRESS_SECONDS);
  const delivery = express ? longest : STARTER_SECONDS;
  return {
    batchSize,
    delivery,
    visibility: visibilityTimeout?.toSeconds() ?? workflowVisibilitySeconds(delivery),
    largest: largestMessageBytes(express === true, batchSize),
  };
}

interface Facts {
  readonly consumer: QueueConsumerFacts;
  readonly workflow: QueueWorkflowFacts;
}

/** What the rules are told: of the queues, and of the workflow that processes the messages. */
export function workflowFacts(scope: Construct, props: QueueFedWorkflowProps): Facts {
  return factsOf(scope, props, machineOf(props));
}

function factsOf(scope: Construct, props: QueueFedWorkflowProps, machine: Machine): Facts {
  const { stateMachine } = props;
  const { express, timeout } = machine;
  const { batchSize, delivery, visibility, largest } = derivedFrom(props, machine);
  const here = placeOf(Stack.of(scope));
  const queue = consumedQueueFacts(scope, props, visibility);
  return {
    consumer: { queue, deadLetterQueue: deadLetterQueueFacts(scope, props), handler: { path: scope.node.path }, eventSource: here },
    workflow: {
      ...here,
      queue: { ...queue, maximumMessageBytes: props.queue ? queueFacts(props.queue).maximumMessageBytes : knownBytes(props.maximumMessageSize) },
      stateMachine: {
        ...placeByArn(stateMachine, stateMachine.stateMachineArn),
        path: stateMachine.node.path,
        express,
        timeoutSeconds: typeof timeout === 'number' ? timeout : undefined,
        hasTimeout: timeout === undefined ? undefined : timeout !== 'none',
      },
      batchSize,
      deliverySeconds: delivery,
      largestMessageBytes: largest,
    },
  };
}

function checkMachine(problems: Problems, props: QueueFedWorkflowProps, { type: known, express }: Machine): void {
  const { stateMachine: { node: { path } }, stateMachineType: stated, workflowTimeout } = props;
  if (stated === undefined && known === undefined) {
    problems.add(`stateMachineType is not set, and cannot be read from state machine '${path}': set it to StateMachineType.STANDARD or StateMachineType.EXPRESS, whichever the state machine is`);
  } else if (stated !== undefined && known !== undefined && stated !== known) {
    problems.add(`stateMachineType is ${stated}, but state machine '${path}' is ${known}: leave stateMachineType out, which then is read from the state machine`);
  }
  if (workflowTimeout && express === false) {
    problems.add(`workflowTimeout is ${workflowTimeout.toSeconds()} seconds, but the pipe does not wait for executions of Standard state machine '${path}': leave workflowTimeout out`);
  }
}

/** Of an Express execution the pipe itself learns how it ends. */
function checkEndAlarms(problems: Problems, props: QueueFedWorkflowProps, { express }: Machine): void {
  const stated = (Object.keys(END_ALARMS.rows) as (keyof typeof END_ALARMS.rows)[]).filter((name) => props.alarms?.[name] !== undefined);
  if (express && stated.length > 0) {
    problems.add(`alarms.${stated.join(', alarms.')} is set, but an Express execution that fails is a delivery of the pipe that fails (alarms.pipeFailed): leave it out`);
  }
}
