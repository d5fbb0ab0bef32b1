import { Duration, Stack } from 'aws-cdk-lib';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import type { ScheduledFunctionProps } from './scheduled-function';
import type { ScheduledFunctionAlarmOptions } from './scheduled-function.alarms';
import { HEARTBEAT_ALARMS, SCHEDULE_ALARMS } from './scheduled-function.alarms';
import type { ScheduleFacts } from '../delivery/rules/schedule';
import { SCHEDULE_RULES } from '../delivery/rules/schedule';
import type { Runs } from '../delivery/rules/schedule-expression';
import { SCHEDULE_EXPRESSION_RULES } from '../delivery/rules/schedule-expression';
import { Problems } from '../private/checks/problems';
import type { PropBounds } from '../private/checks/prop-bounds';
import { knownSeconds } from '../private/checks/prop-bounds';
import { handlerTimeoutBounds } from '../private/lambda/handler-checks';
import { heartbeatOptions, silenceOf } from '../private/scheduler/heartbeat';
import { runMessage } from '../private/scheduler/run-message';
import { RETRY_ATTEMPTS } from '../private/scheduler/schedule-delivery';
import { expressionFacts, runsIn } from '../private/scheduler/schedule-facts';

// What is derived from the props.

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** A run that is later than this is no longer worth a surprise; it waits for people in the dead-letter queue of the schedule. */
const LONGEST_DEFAULT_AGE = HOUR;

/** What is said of the runs of a schedule. */
export type RunProps = Pick<ScheduledFunctionProps, 'schedule' | 'maxEventAge' | 'flexibleWindow' | 'input' | 'enabled'> & {
  readonly alarms?: Pick<ScheduledFunctionAlarmOptions, 'missedRuns'>;
};

/** Where they are sent, and what is sent, if it is known before the deployment. */
export type RunTarget = Required<Pick<ScheduleFacts, 'queue' | 'messageGroup'>> & { readonly message: string };

/** The values that are derived from the props. */
export interface SchedulePlan {
  readonly maxEventAgeSeconds: number;
  readonly flexibleWindow: scheduler.TimeWindow;
  /** How long the schedule may be silent. Undefined: there is no heartbeat. */
  readonly silenceSeconds: number | undefined;
}

/** The one message group of a FIFO queue, so that each run waits for the one before it. */
export function messageGroupOf({ overlap }: ScheduledFunctionProps): string | undefined {
  return overlap ? undefined : 'runs';
}

/** A run is not tried for longer than until the next is due. */
function maxEventAgeOf({ maxEventAge }: RunProps, runs: Runs | undefined): Duration {
  const shortest = runs?.shortestSeconds ?? LONGEST_DEFAULT_AGE;
  return maxEventAge ?? Duration.seconds(Math.min(shortest, LONGEST_DEFAULT_AGE));
}

// What is wrong with the props, before anything is made.

export const SCHEDULED_FUNCTION_BOUNDS: PropBounds<ScheduledFunctionProps> = {
  handlerTimeout: handlerTimeoutBounds,
  maxEventAge: { unit: 'seconds', min: MINUTE, max: DAY, fix: 'leave it out for the time between two runs, at most 1 hour' },
  flexibleWindow: { unit: 'seconds', min: MINUTE, max: DAY, fix: 'state it in minutes, or leave it out for none', known: 'it is compared with the time between two runs' },
  maxReceiveCount: { unit: 'number', min: 1, max: 1000, fix: 'leave it out for 5' },
};

/** What SQS takes. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const LARGEST_MESSAGE = 1_048_576;

/** Derives the plan and checks the props against it; throws for all that is wrong at once. What concerns the queue and its consumer alone is checked by the `QueueFedFunction`. */
export function planOf(scope: Construct, props: ScheduledFunctionProps): SchedulePlan {
  const problems = new Problems(scope, 'ScheduledFunction');
  problems.checkBounds(props, SCHEDULED_FUNCTION_BOUNDS);
  const queue = { path: `${scope.node.path}/Consumer/Queue`, fifo: !props.overlap, contentBasedDeduplication: !props.overlap };
  checkRuns(problems, scope, props, { queue, messageGroup: messageGroupOf(props) !== undefined, message: runMessage(scope, props.input) });
  SCHEDULE_ALARMS.check(problems, {}, props.alarms);
  problems.throwIfAny();
  return planRuns(props);
}

/** Notes what is wrong with a schedule that is still to be made, and with its heartbeat. */
export function checkRuns(problems: Problems, scope: Construct, props: RunProps, target: RunTarget): void {
  const { schedule, alarms } = props;
  const runs = runsIn(schedule);
  problems.addFindings(SCHEDULE_EXPRESSION_RULES, expressionFacts(nameOf(scope), schedule));
  problems.addFindings(SCHEDULE_RULES, scheduleFacts(scope, props, target));
  checkWindow(problems, props, runs);
  checkInput(problems, scope, target);
  const silence = silenceOf(schedule, props.flexibleWindow);
  HEARTBEAT_ALARMS.check(problems, {}, { missedRuns: silence === undefined ? alarms?.missedRuns : heartbeatOptions(silence, alarms?.missedRuns) });
  if (silence === undefined && alarms?.missedRuns && alarms.missedRuns.enabled !== false) {
    problems.add(
      'alarms.missedRuns is set, but the schedule runs once only, or the time between its runs is not known here or longer than an alarm looks back, which is a week: ' +
      'leave it out, and have the handler report each run to something that waits longer',
    );
  }
}

/** Derives the plan of a schedule. */
export function planRuns(props: RunProps): SchedulePlan {
  const { schedule, flexibleWindow, enabled } = props;
  return {
    maxEventAgeSeconds: maxEventAgeOf(props, runsIn(schedule)).toSeconds(),
    flexibleWindow: flexibleWindow ? scheduler.TimeWindow.flexible(flexibleWindow) : scheduler.TimeWindow.off(),
    // It would ring for what was asked for.
    silenceSeconds: enabled === false ? undefined : silenceOf(schedule, flexibleWindow),
  };
}

function nameOf(scope: Construct): string {
  return `the schedule of '${scope.node.path}'`;
}

/** What the rules are told of a schedule, when it is to be made and again when the app is complete. */
export function scheduleFacts(scope: Construct, props: RunProps, { queue, messageGroup, message }: RunTarget): ScheduleFacts {
  const runs = runsIn(props.schedule);
  return {
    name: nameOf(scope),
    hasGroup: true,
    shortestIntervalSeconds: runs?.shortestSeconds,
    queue,
    messageGroup,
    input: known(scope, message),
    deadLetters: { path: `${scope.node.path}/ScheduleDeadLetterQueue`, fifo: false, isTarget: false },
    attempts: RETRY_ATTEMPTS,
    ageSeconds: knownSeconds(maxEventAgeOf(props, runs)),
  };
}

/** A text. Undefined if it is known at the deployment only. */
function known(scope: Construct, text: string): string | undefined {
  const resolved: unknown = Stack.of(scope).resolve(text);
  return typeof resolved === 'string' ? resolved : undefined;
}

function checkWindow(problems: Problems, { flexibleWindow }: RunProps, runs: Runs | undefined): void {
  const seconds = knownSeconds(flexibleWindow);
  const shortest = runs?.shortestSeconds;
  if (seconds === undefined || seconds < MINUTE) {
    return;
  }
  if (seconds % MINUTE !== 0) {
    problems.add(`flexibleWindow is ${seconds} seconds, but must be in whole minutes: state it with Duration.minutes`);
  }
  if (shortest !== undefined && seconds >= shortest) {
    problems.add(
      `flexibleWindow is ${seconds} seconds, but the next run is due after ${shortest} seconds, so a run could come after the one that follows it: make it shorter, or leave it out for none`,
    );
  }
}

function checkInput(problems: Problems, scope: Construct, { message }: RunTarget): void {
  const bytes = Buffer.byteLength(known(scope, message) ?? '');
  if (bytes > LARGEST_MESSAGE) {
    problems.add(`input makes a message of ${bytes} bytes, but SQS takes at most ${LARGEST_MESSAGE}: put it where the handler can read it, such as a bucket, and name that place`);
  }
}
