import type { ReceivingQueueFacts, Rule } from './rule';
import type { AttemptedDeliveryFacts } from './rule-target';
import { fifoProblem, isTargetProblem } from './rule-target';

/** What is known of a schedule of EventBridge Scheduler. */
export interface ScheduleFacts extends AttemptedDeliveryFacts {
  /** Whether it names a group. */
  readonly hasGroup?: boolean | undefined;
  /** The time between two runs of a schedule with a rate. */
  readonly intervalSeconds?: number | undefined;
  /** The shortest time between two runs. */
  readonly shortestIntervalSeconds?: number | undefined;
  /** Its target, if that is a queue. */
  readonly queue?: ReceivingQueueFacts | undefined;
  /** Whether the target names a message group. */
  readonly messageGroup?: boolean | undefined;
  /** What the target is sent, before Scheduler puts in what it knows. */
  readonly input?: string | undefined;
}

/** For how long a FIFO queue remembers a message. */
const DEDUPLICATION_SECONDS = 300;

const DEAD_LETTER_PAGE = 'https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html';
const RETRY_PAGE = 'https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html';
const INPUT_PAGE = 'https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html';
const FIFO_PAGE = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-scheduler-schedule-sqsparameters.html';

/**
 * What is true of a schedule that misses no run.
 */
export const SCHEDULE_RULES: readonly Rule<ScheduleFacts>[] = [
  {
    id: 'scheduleWithoutDeadLetterQueue',
    severity: 'warning',
    why: 'Scheduler drops an invocation that failed for the last time, unless the schedule has a dead-letter queue.',
    source: DEAD_LETTER_PAGE,
    finding: ({ name, deadLetters }) => (
      deadLetters !== 'none' ? undefined
        : {
          what: `${name} has no Target.DeadLetterConfig, so a run is lost of which Scheduler cannot invoke the target`,
          fix: 'set Target.DeadLetterConfig.Arn to a standard queue to which the role of the target may send messages',
        }
    ),
  },
  {
    id: 'scheduleDeadLetterQueueType',
    severity: 'error',
    why: 'Scheduler sends dead letters to standard queues only.',
    source: DEAD_LETTER_PAGE,
    finding: (facts) => fifoProblem(facts, 'Scheduler'),
  },
  {
    id: 'scheduleDeadLetterQueueIsTarget',
    severity: 'error',
    why: 'What cannot be delivered to a queue cannot be set aside in it.',
    source: DEAD_LETTER_PAGE,
    finding: isTargetProblem,
  },
  {
    id: 'scheduleWithoutRetries',
    severity: 'note',
    why: 'A target that is throttled for a moment is invoked at the next attempt, if there is one.',
    source: RETRY_PAGE,
    finding: ({ name, attempts }) => (
      attempts !== 0 ? undefined
        : {
          what: `${name} has RetryPolicy.MaximumRetryAttempts 0, so a run is given up when the target is throttled once`,
          fix: 'set MaximumRetryAttempts to 1 or more, unless the next run does the work of one that was missed',
        }
    ),
  },
  {
    id: 'scheduleRetriesBeyondInterval',
    severity: 'note',
    why: 'A run that is still tried again when the next is due comes beside it or after it.',
    source: RETRY_PAGE,
    finding: ({ name, attempts, ageSeconds, intervalSeconds }) => (
      attempts === 0 || ageSeconds === undefined || intervalSeconds === undefined || ageSeconds <= intervalSeconds ? undefined
        : {
          what: `${name} runs every ${intervalSeconds} seconds, but a run is tried again for ${ageSeconds} seconds (RetryPolicy.MaximumEventAgeInSeconds), so late runs pile up beside new ones`,
          fix: `set RetryPolicy.MaximumEventAgeInSeconds of the target to ${intervalSeconds} or less`,
        }
    ),
  },
  {
    id: 'scheduleInDefaultGroup',
    severity: 'note',
    why: 'Scheduler counts what failed by group only, so alarms on the default group cannot tell one schedule from another.',
    source: 'https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html',
    finding: ({ name, hasGroup }) => (
      hasGroup !== false ? undefined
        : {
          what: `${name} has no GroupName, so its metrics are those of the default group, in which all such schedules of the account are`,
          fix: 'set GroupName to an AWS::Scheduler::ScheduleGroup of its own, and alarms on that group',
        }
    ),
  },
  {
    id: 'scheduleTargetWithoutMessageGroup',
    severity: 'error',
    why: 'A FIFO queue takes no message without a message group, and Scheduler sends only the one that the target names.',
    source: FIFO_PAGE,
    finding: ({ name, queue, messageGroup }) => (
      !queue?.fifo || messageGroup !== false ? undefined
        : {
          what: `queue '${queue.path}' is a FIFO queue, but ${name} has no Target.SqsParameters.MessageGroupId, so SQS refuses every message`,
          fix: 'set Target.SqsParameters.MessageGroupId',
        }
    ),
  },
  {
    id: 'scheduleTargetWithoutDeduplication',
    severity: 'error',
    why: 'Scheduler sends no deduplication id, and a FIFO queue takes no message without one.',
    source: FIFO_PAGE,
    finding: ({ name, queue }) => (
      !queue?.fifo || queue.contentBasedDeduplication !== false ? undefined
        : {
          what: `queue '${queue.path}' is a FIFO queue without ContentBasedDeduplication, but ${name} sends no deduplication id, so SQS refuses every message`,
          fix: 'set ContentBasedDeduplication of the queue to true, and put <aws.scheduler.scheduled-time> into Target.Input, so that two runs differ',
        }
    ),
  },
  {
    id: 'scheduleInputIsConstant',
    severity: 'error',
    why: 'A FIFO queue drops a message that is like another of the last five minutes, without a word to the sender.',
    source: 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html',
    finding: ({ name, queue, input, shortestIntervalSeconds }) => (
      !queue?.fifo || !queue.contentBasedDeduplication || input === undefined || input.includes('<aws.scheduler.')
        || shortestIntervalSeconds === undefined || shortestIntervalSeconds > DEDUPLICATION_SECONDS ? undefined
        : {
          what: `${name} sends the same message ${shortestIntervalSeconds} seconds after the last to '${queue.path}', a FIFO queue with ContentBasedDeduplication, which drops those that follow within ${DEDUPLICATION_SECONDS} seconds`,
          fix: 'put <aws.scheduler.scheduled-time> into Target.Input, so that two runs differ',
        }
    ),
  },
  {
    id: 'scheduleInputDiffersByAttempt',
    severity: 'warning',
    why: 'Scheduler delivers a run at least once, and a FIFO queue drops the second message of a run only if it is like the first.',
    source: INPUT_PAGE,
    finding: ({ name, queue, input }) => {
      const found = ['<aws.scheduler.execution-id>', '<aws.scheduler.attempt-number>'].filter((attribute) => input?.includes(attribute));
      return !queue?.fifo || !queue.contentBasedDeduplication || found.length === 0 ? undefined
        : {
          what: `${name} puts ${found.join(' and ')} into the message for '${queue.path}', which differs for each attempt, so the queue does not drop a run that Scheduler delivers twice`,
          fix: 'leave it out of Target.Input, and tell runs apart by <aws.scheduler.scheduled-time>',
        };
    },
  },
];
