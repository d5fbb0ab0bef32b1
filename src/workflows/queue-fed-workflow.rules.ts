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
  checkMachine(problems, props);
  checkQueues(problems, scope, props, `its visibility timeout must be at least ${deliverySeconds(props)} seconds (better 6 x that), its largest message ${largestOf(props)} bytes, and `);
  const { consumer, workflow } = workflowFacts(scope, props);
  problems.addFindings(QUEUE_CONSUMER_RULES, consumer);
  problems.addFindings(QUEUE_WORKFLOW_RULES, workflow);
  warnOfDeadLetterQueue(scope, deadLetterQueueOf(props));
  problems.requireCustomerKey('encryptionKey', props.encryptionKey, 'leave encryptionKey out for keys that AWS owns');
  const { maxReceiveCount = DEFAULT_MAX_RECEIVE_COUNT, retentionSeconds = defaultRetention().toSeconds() } = consumer.queue;
  const retrySeconds = workflow.queue.visibilityTimeoutSeconds ?? visibilitySeconds(props);
  DELIVERY_ALARMS.check(problems, { retentionSeconds, retrySeconds }, props.alarms);
  END_ALARMS.check(problems, {}, props.alarms);
  checkEndAlarms(problems, props);
  problems.throwIfAny();

  return {
    express: isExpress(props) === true,
    batchSize: props.batchSize ?? 1,
    visibilityTimeout: Duration.seconds(visibilitySeconds(props)),
    maximumMessageSize: props.maximumMessageSize ?? Size.bytes(largestOf(props)),
    maxReceiveCount: props.maxReceiveCount ?? DEFAULT_MAX_RECEIVE_COUNT,
    deadLetterQueue: deadLetterQueueOf(props),
    // Twice the time that a failing message takes to the dead-letter queue; half of the retention leaves time to act before messages expire.
    ageSeconds: Math.min(Math.max(SHORTEST_AGE_ALARM_SECONDS, 2 * maxReceiveCount * retrySeconds), retentionSeconds / 2),
    retrySeconds,
  };
}

/** Undefined: not known. */
function isExpress({ stateMachine, stateMachineType }: QueueFedWorkflowProps): boolean | undefined {
  const type = stateMachineType ?? machineType(stateMachine);
  return type && type === sfn.StateMachineType.EXPRESS;
}

/** How long the pipe waits for a delivery at most: for the end of an Express execution, or for the start of a Standard one. */
function deliverySeconds(props: QueueFedWorkflowProps): number {
  const ofDefinition = executionTimeout(props.stateMachine);
  const express = props.workflowTimeout?.toSeconds() ?? (typeof ofDefinition === 'number' ? ofDefinition : LONGEST_EXPRESS_SECONDS);
  return isExpress(props) ? express : STARTER_SECONDS;
}

function visibilitySeconds(props: QueueFedWorkflowProps): number {
  return props.visibilityTimeout?.toSeconds() ?? workflowVisibilitySeconds(deliverySeconds(props));
}

function largestOf(props: QueueFedWorkflowProps): number {
  return largestMessageBytes(isExpress(props) === true, props.batchSize ?? 1);
}

/** What the rules are told: of the queues, and of the workflow that processes the messages. */
export function workflowFacts(
  scope: Construct, props: QueueFedWorkflowProps,
): { readonly consumer: QueueConsumerFacts; readonly workflow: QueueWorkflowFacts } {
  const { stateMachine } = props;
  const here = placeOf(Stack.of(scope));
  const queue = consumedQueueFacts(scope, props, visibilitySeconds(props));
  const seconds = executionTimeout(stateMachine);
  return {
    consumer: { queue, deadLetterQueue: deadLetterQueueFacts(scope, props), handler: { path: scope.node.path }, eventSource: here },
    workflow: {
      ...here,
      queue: { ...queue, maximumMessageBytes: props.queue ? queueFacts(props.queue).maximumMessageBytes : knownBytes(props.maximumMessageSize) },
      stateMachine: {
        ...placeByArn(stateMachine, stateMachine.stateMachineArn),
        path: stateMachine.node.path,
        express: isExpress(props),
        timeoutSeconds: typeof seconds === 'number' ? seconds : undefined,
        hasTimeout: seconds === undefined ? undefined : seconds !== 'none',
      },
      batchSize: props.batchSize ?? 1,
      deliverySeconds: deliverySeconds(props),
      largestMessageBytes: largestOf(props),
    },
  };
}

function checkMachine(problems: Problems, props: QueueFedWorkflowProps): void {
  const { stateMachine, stateMachineType: stated, workflowTimeout } = props;
  const [known, { path }] = [machineType(stateMachine), stateMachine.node];
  if (stated === undefined && known === undefined) {
    problems.add(`stateMachineType is not set, and cannot be read from state machine '${path}': set it to StateMachineType.STANDARD or StateMachineType.EXPRESS, whichever the state machine is`);
  } else if (stated !== undefined && known !== undefined && stated !== known) {
    problems.add(`stateMachineType is ${stated}, but state machine '${path}' is ${known}: leave stateMachineType out, which then is read from the state machine`);
  }
  if (workflowTimeout && isExpress(props) === false) {
    problems.add(`workflowTimeout is ${workflowTimeout.toSeconds()} seconds, but the pipe does not wait for executions of Standard state machine '${path}': leave workflowTimeout out`);
  }
}

/** Of an Express execution the pipe itself learns how it ends. */
function checkEndAlarms(problems: Problems, props: QueueFedWorkflowProps): void {
  const stated = (Object.keys(END_ALARMS.rows) as (keyof typeof END_ALARMS.rows)[]).filter((name) => props.alarms?.[name] !== undefined);
  if (isExpress(props) && stated.length > 0) {
    problems.add(`alarms.${stated.join(', alarms.')} is set, but an Express execution that fails is a delivery of the pipe that fails (alarms.pipeFailed): leave it out`);
  }
}
