import { Stack } from 'aws-cdk-lib';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import { HEARTBEAT_ALARMS, SCHEDULE_ALARMS } from './scheduled-function.alarms';
import type { RunProps, RunTarget, SchedulePlan } from './scheduled-function.rules';
import { checkRuns, planRuns, scheduleFacts } from './scheduled-function.rules';
import type { ScheduledMessagesProps } from './scheduled-messages';
import type { ScheduleFacts } from '../delivery/rules/schedule';
import { SCHEDULE_RULES } from '../delivery/rules/schedule';
import { differ } from '../private/app/environments';
import { Problems } from '../private/checks/problems';
import type { PropBounds } from '../private/checks/prop-bounds';
import { checkMessageGroup, messageGroupOf } from '../private/events/event-delivery';
import { scheduleMessage } from '../private/scheduler/run-message';
import { RETRY_ATTEMPTS } from '../private/scheduler/schedule-delivery';
import { receivingQueueFacts } from '../private/sqs/queue-facts';

// What is derived from the props.

/** The longest that Scheduler tries. Nothing comes after a message that is sent once, so late is better than never. https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html */
const LONGEST_AGE = 86_400;

/** The group of the messages in a FIFO queue: the construct's own, so that those of other sources do not wait for them. */
export function groupOf(scope: Construct, { target, messageGroupId }: ScheduledMessagesProps): string | undefined {
  return messageGroupOf(scope.node.id, target.queue, messageGroupId);
}

/** What is said of the schedule that is made here. Undefined: schedules are created at run time. */
export function runsOf({ schedule, ...props }: ScheduledMessagesProps): RunProps | undefined {
  return schedule && { ...props, schedule };
}

function targetOf(scope: Construct, props: ScheduledMessagesProps): RunTarget {
  const messageGroup = groupOf(scope, props) !== undefined;
  return { queue: receivingQueueFacts(props.target.queue), messageGroup, message: scheduleMessage(scope, props.input) };
}

/** What a request to create a schedule at run time must have: all but its name, its time and its message. https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html */
export function scheduleRequest(
  scope: Construct,
  props: ScheduledMessagesProps,
  arns: { readonly group: string; readonly role: string; readonly deadLetters: string },
): object {
  const group = groupOf(scope, props);
  return {
    GroupName: arns.group,
    FlexibleTimeWindow: { Mode: scheduler.TimeWindow.off().mode },
    ActionAfterCompletion: 'DELETE',
    Target: {
      Arn: props.target.queue.queueArn,
      RoleArn: arns.role,
      DeadLetterConfig: { Arn: arns.deadLetters },
      RetryPolicy: { MaximumEventAgeInSeconds: props.maxEventAge?.toSeconds() ?? LONGEST_AGE, MaximumRetryAttempts: RETRY_ATTEMPTS },
      ...group !== undefined && { SqsParameters: { MessageGroupId: group } },
    },
  };
}

// What is wrong with the props, before anything is made.

export const SCHEDULED_MESSAGES_BOUNDS: PropBounds<ScheduledMessagesProps> = {
  maxEventAge: { unit: 'seconds', min: 60, max: LONGEST_AGE, fix: 'leave it out for the time between two runs, at most 1 hour, or for 24 hours without a schedule' },
  flexibleWindow: { unit: 'seconds', min: 60, max: LONGEST_AGE, fix: 'state it in minutes, or leave it out for none', known: 'it is compared with the time between two runs' },
};

/** Checks the props; throws for all that is wrong at once. Derives the plan of a schedule that is made here. */
export function planOf(scope: Construct, props: ScheduledMessagesProps): SchedulePlan | undefined {
  const { target: { queue }, messageGroupId, encryptionKey, alarms } = props;
  const runs = runsOf(props);
  const problems = new Problems(scope, 'ScheduledMessages');
  problems.checkBounds(props, SCHEDULED_MESSAGES_BOUNDS);
  checkPlace(problems, scope, props);
  checkMessageGroup(problems, queue, messageGroupId);
  problems.requireCustomerKey('encryptionKey', encryptionKey, 'leave encryptionKey out for SSE-SQS');
  if (runs) {
    checkRuns(problems, scope, runs, targetOf(scope, props));
  } else {
    problems.addFindings(SCHEDULE_RULES, targetFacts(scope, props));
    checkWithoutSchedule(problems, props);
    HEARTBEAT_ALARMS.check(problems, {}, alarms);
  }
  SCHEDULE_ALARMS.check(problems, {}, alarms);
  problems.throwIfAny();
  return runs && planRuns(runs);
}

/** What the rules are told of the delivery, when it is to be made and again when the app is complete. */
export function targetFacts(scope: Construct, props: ScheduledMessagesProps): ScheduleFacts {
  const runs = runsOf(props);
  const target = targetOf(scope, props);
  return runs ? scheduleFacts(scope, runs, target) : { name: `a schedule in the group of '${scope.node.path}'`, queue: target.queue, messageGroup: target.messageGroup };
}

/** AWS documents delivery within an account and region only. https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html */
function checkPlace(problems: Problems, scope: Construct, { target: { queue } }: ScheduledMessagesProps): void {
  for (const place of ['account', 'region'] as const) {
    const here = Stack.of(scope)[place];
    if (differ(queue.env[place], here)) {
      problems.add(
        `queue '${queue.node.path}' is in ${place} ${queue.env[place]}, but its schedules would be in ${here}, and Scheduler is not documented to send to a queue of another ${place}: ` +
        `make this in a stack of that ${place}`,
      );
    }
  }
}

function checkWithoutSchedule(problems: Problems, props: ScheduledMessagesProps): void {
  const only = { 'flexibleWindow': props.flexibleWindow, 'input': props.input, 'enabled': props.enabled, 'alarms.missedRuns': props.alarms?.missedRuns };
  for (const [prop, value] of Object.entries(only)) {
    if (value !== undefined) {
      problems.add(`${prop} is set, but there is no schedule, and each schedule that is created at run time says it for itself: state schedule, or leave ${prop} out`);
    }
  }
}
