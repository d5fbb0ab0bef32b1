import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { ScheduledFunction, ScheduledFunctionProps } from './scheduled-function';
import type { RunProps, SchedulePlan } from './scheduled-function.rules';
import { messageGroupOf } from './scheduled-function.rules';
import type { DerivedValue } from '../private/checks/derived-values';
import { byProp, changedValues, valuesIn } from '../private/checks/derived-values';
import { valuesOfRole } from '../private/iam/role-promises';
import { grantedKeyArn } from '../private/kms/key-behind';
import { runMessage } from '../private/scheduler/run-message';
import { KEY_ACTIONS, RETRY_ATTEMPTS } from '../private/scheduler/schedule-delivery';
import { scheduleResource } from '../private/scheduler/schedule-facts';

/** What breaks the promises of a scheduled function, now that the app is complete. Those of its queue are checked by the `QueueFedFunction`. */
export function checkAtSynthesis(pattern: ScheduledFunction, props: ScheduledFunctionProps, plan: SchedulePlan): string[] {
  const stated = byProp('ScheduledFunction');
  return changedValues([
    ...scheduleValues(pattern.schedule, pattern, props, plan, {
      pattern: 'ScheduledFunction',
      queue: 'runs wait for each other in that queue',
      message: runMessage(pattern, props.input),
      input: `${stated('input')}, which the handler finds beside the scheduled time`,
      messageGroupId: messageGroupOf(props),
      messageGroup: stated('overlap'),
    }),
    ...roleValues(pattern, [props.encryptionKey]),
  ]);
}

/** What delivers the runs of a schedule. */
interface MadeDelivery {
  readonly scheduleGroup: scheduler.IScheduleGroup;
  readonly scheduleRole: iam.Role;
  readonly queue: sqs.IQueue;
  readonly scheduleDeadLetterQueue: sqs.IQueue;
}

/** What a pattern says of its schedule, and how to say otherwise. */
interface SaidOfRuns {
  readonly pattern: string;
  readonly queue: string;
  readonly message: string;
  readonly input: string;
  readonly messageGroupId: string | undefined;
  readonly messageGroup: string;
}

/** What a schedule must be. */
export function scheduleValues(
  schedule: scheduler.Schedule, made: MadeDelivery, props: RunProps, plan: SchedulePlan, said: SaidOfRuns,
): DerivedValue[] {
  const { scheduleGroup, scheduleRole, queue, scheduleDeadLetterQueue } = made;
  const stated = byProp(said.pattern);
  const kept = 'what cannot be delivered is kept there, and alarms watch it';
  const target = 'Properties.Target';
  return valuesIn(scheduleResource(schedule), {
    'Properties.ScheduleExpression': [props.schedule.expressionString, stated('schedule')],
    'Properties.ScheduleExpressionTimezone': [props.schedule.timeZone?.timezoneName, stated('schedule')],
    'Properties.State': [props.enabled === false ? 'DISABLED' : 'ENABLED', stated('enabled')],
    'Properties.GroupName': [scheduleGroup.scheduleGroupName, 'Scheduler counts by group, and the alarms are on this one'],
    'Properties.FlexibleTimeWindow.Mode': [plan.flexibleWindow.mode, stated('flexibleWindow')],
    'Properties.FlexibleTimeWindow.MaximumWindowInMinutes': [plan.flexibleWindow.maxWindow?.toMinutes(), stated('flexibleWindow')],
    [`${target}.Arn`]: [queue.queueArn, said.queue],
    [`${target}.RoleArn`]: [scheduleRole.roleArn, 'change what that role may do'],
    [`${target}.Input`]: [said.message, said.input],
    [`${target}.SqsParameters.MessageGroupId`]: [said.messageGroupId, said.messageGroup],
    [`${target}.DeadLetterConfig.Arn`]: [scheduleDeadLetterQueue.queueArn, kept],
    [`${target}.RetryPolicy.MaximumEventAgeInSeconds`]: [plan.maxEventAgeSeconds, stated('maxEventAge')],
    [`${target}.RetryPolicy.MaximumRetryAttempts`]: [RETRY_ATTEMPTS, `${stated('maxEventAge')}, which ends the attempts`],
  });
}

/** What the role of schedules must be allowed, and who must be able to take it. */
export function roleValues({ scheduleRole, queue, scheduleDeadLetterQueue }: MadeDelivery, keys: readonly (kms.IKey | undefined)[]): DerivedValue[] {
  const needed = [
    { Action: 'sqs:SendMessage', Effect: 'Allow', Resource: queue.queueArn },
    { Action: 'sqs:SendMessage', Effect: 'Allow', Resource: scheduleDeadLetterQueue.queueArn },
    ...keys.flatMap((key) => grantedKeyArn(key, scheduleRole) ?? []).map((arn) => ({ Action: KEY_ACTIONS, Effect: 'Allow', Resource: arn })),
  ];
  return valuesOfRole(
    scheduleRole, { service: 'scheduler.amazonaws.com', shown: 'Scheduler' }, needed, 'Scheduler sends runs, and those that it cannot deliver, by this role',
  );
}
