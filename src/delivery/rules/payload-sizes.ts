import type { Rule } from './rule';

/** What is known of a queue by the size of its messages. */
export interface SizedQueueFacts {
  readonly path: string;
  readonly maximumMessageBytes?: number | undefined;
}

/** What is known of a queue and of where its messages are moved. */
export interface MovedMessageFacts {
  readonly queue: SizedQueueFacts;
  readonly deadLetterQueue: SizedQueueFacts;
}

/**
 * What is true of a dead-letter queue that takes whatever its queue took.
 */
export const MOVED_MESSAGE_RULES: readonly Rule<MovedMessageFacts>[] = [
  {
    id: 'deadLetterQueueMessageSize',
    severity: 'warning',
    why: 'A dead-letter queue should take any message that its queue has taken.',
    source: 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html',
    finding: ({ queue: { path, maximumMessageBytes: taken }, deadLetterQueue: { path: deadLetters, maximumMessageBytes: bytes } }) => (
      taken === undefined || bytes === undefined || bytes >= taken ? undefined : {
        what: `MaximumMessageSize of dead-letter queue '${deadLetters}' is ${bytes} bytes, but queue '${path}' takes ${taken} bytes`,
        fix: `set MaximumMessageSize of the dead-letter queue to ${taken} or more, or leave it out`,
      }
    ),
  },
];

/** What is known of a queue to which EventBridge sends events, or moves those that it could not deliver. */
export interface EventQueueFacts {
  /** What texts call the rule by. */
  readonly rule: string;
  readonly queue: SizedQueueFacts;
  /** Whether applications may have written the events, and the target gets them whole. */
  readonly wholeCustomEvents?: boolean | undefined;
  /** Whether it feeds a state machine, which takes no larger messages either. */
  readonly feedsWorkflow?: boolean | undefined;
}

/** What EventBridge takes of an application, at least. */
const EVENT_BYTES = 262_144;

/**
 * What is true of a queue that takes any event of a rule.
 */
export const EVENT_QUEUE_RULES: readonly Rule<EventQueueFacts>[] = [
  {
    id: 'eventAboveQueueSize',
    severity: 'warning',
    why: 'An event that EventBridge took must fit into the queues that it is sent to.',
    source: 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html',
    // What the queue of a workflow refuses is set aside whole, by the rule that could not deliver it; in the queue it would be poison.
    finding: ({ rule, queue: { path, maximumMessageBytes: bytes }, wholeCustomEvents, feedsWorkflow }) => (
      !wholeCustomEvents || feedsWorkflow || bytes === undefined || bytes >= EVENT_BYTES ? undefined : {
        what: `MaximumMessageSize of queue '${path}' is ${bytes} bytes, but events of rule '${rule}' may have ${EVENT_BYTES} bytes, so it would refuse the larger ones`,
        fix: `set MaximumMessageSize of the queue to ${EVENT_BYTES} or more, or leave it out`,
      }
    ),
  },
];

/** What is known of a pipe that starts executions of a state machine for the messages of a queue. */
export interface PipedMessageFacts {
  /** What texts call the pipe by. */
  readonly pipe: string;
  readonly queue: SizedQueueFacts;
  /** Whether it passes messages on as they are. */
  readonly whole?: boolean | undefined;
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const EXECUTION_INPUT_BYTES = 262_144;

/**
 * What is true of a queue whose messages a state machine can take.
 */
export const PIPED_MESSAGE_RULES: readonly Rule<PipedMessageFacts>[] = [
  {
    id: 'messageAboveExecutionInput',
    severity: 'warning',
    why: 'Step Functions starts no execution with more than 256 KiB of input.',
    source: 'https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html',
    finding: ({ pipe, queue: { path, maximumMessageBytes: bytes }, whole }) => (
      !whole || bytes === undefined || bytes <= EXECUTION_INPUT_BYTES ? undefined : {
        what: `queue '${path}' takes messages of ${bytes} bytes, but pipe '${pipe}' starts executions with them, and Step Functions takes ${EXECUTION_INPUT_BYTES} bytes of input, so larger ones would all fail`,
        fix: `set MaximumMessageSize of the queue to ${EXECUTION_INPUT_BYTES} or less, so that senders are refused, and send larger messages by claim check`,
      }
    ),
  },
];
