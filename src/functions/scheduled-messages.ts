import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import { Construct } from 'constructs';
import { HEARTBEAT_ALARMS, SCHEDULE_ALARMS } from './scheduled-function.alarms';
import type { ScheduleAlarmOptions, ScheduleAlarms } from './scheduled-messages.alarms';
import { checkAtSynthesis } from './scheduled-messages.late-rules';
import { groupOf, planOf, scheduleRequest } from './scheduled-messages.rules';
import type { IAlarmed } from '../alarms/alarmed';
import type { IQueueFed } from '../messaging/queue-fed';
import { listed } from '../private/alarms/alarm-table';
import { RoleGrants } from '../private/iam/role-grants';
import { heartbeatOptions } from '../private/scheduler/heartbeat';
import { scheduleMessage } from '../private/scheduler/run-message';
import { newSchedule, newScheduleDelivery } from '../private/scheduler/schedule-delivery';
import { noteSender } from '../private/sqs/message-groups';

/**
 * Properties of `ScheduledMessages`.
 */
export interface ScheduledMessagesProps {
  /**
   * The consumer whose queue gets the messages, such as a `QueueFedFunction`, a `ScheduledFunction` or `QueueFed.of(queue, deadLetterQueue)`. A FIFO queue must have content-based deduplication.
   * What the consumer fails on is its own matter.
   *
   * The body of a message is JSON: `schedule`, the ARN of the schedule; `scheduledTime`, such as `2026-03-29T01:30:00Z`; and `input`, if there is one.
   */
  readonly target: IQueueFed;

  /**
   * When messages are sent: `ScheduleExpression.cron`, with its time zone, `rate` or `at`.
   * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
   *
   * @default - no schedule is made here; who is granted it by `grantCreateSchedules` creates schedules at run time
   */
  readonly schedule?: scheduler.ScheduleExpression;

  /**
   * The message group of all messages in a FIFO queue, where a failing one holds up those behind it.
   *
   * @default - for a FIFO queue, the id of this construct
   */
  readonly messageGroupId?: string;

  /**
   * How long Scheduler tries to send a message to the queue, from 1 minute to 24 hours. What is later goes to the dead-letter queue of the schedule.
   * https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html
   *
   * @default - the shortest time between two runs, but at most Duration.hours(1); without `schedule`, Duration.hours(24)
   */
  readonly maxEventAge?: Duration;

  /**
   * A window after the scheduled time within which Scheduler sends the message, from 1 minute to 24 hours, and shorter than the time between two. Allowed only with `schedule`.
   * https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-flexible-time-windows.html
   *
   * @default - none
   */
  readonly flexibleWindow?: Duration;

  /**
   * What the consumer finds as `input` in the body of the message. Allowed only with `schedule`.
   *
   * @default - none
   */
  readonly input?: { [key: string]: unknown };

  /**
   * Whether the schedule is enabled. While it is not, there is no alarm on missed runs. Allowed only with `schedule`.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * Customer-managed key for the dead-letter queue of the schedule. The role of the schedule is allowed to use it, and the key of the consumer's queue.
   *
   * @default - encrypted with a key that SQS owns (SSE-SQS)
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Tuning of the alarms. Those on the queue are the consumer's.
   *
   * @default - all alarms on, with their default thresholds
   */
  readonly alarms?: ScheduleAlarmOptions;

  /**
   * Removal policy of the dead-letter queue of the schedule.
   *
   * @default - deleted with the stack, but kept when CloudFormation replaces it, because messages may be in it
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * Messages that EventBridge Scheduler sends to the queue of a consumer: every so often, or once at times that are known at run time only. What cannot be sent is kept whole where an alarm watches.
 *
 * Creates a group of schedules, the role by which they send, their dead-letter queue and the alarms; and, with `schedule`, a schedule.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/what-is-scheduler.html
 *
 * @example
 * const reminders = new ScheduledMessages(this, 'Reminders', { target: new QueueFedFunction(this, 'Mail', { handler }) });
 * const orders = new lambda.Function(this, 'Orders', {
 *   runtime: lambda.Runtime.NODEJS_22_X,
 *   handler: 'index.handler',
 *   code: lambda.Code.fromInline('exports.handler = async () => {};'),
 *   environment: { REMINDERS: reminders.scheduleRequest },
 * });
 * reminders.grantCreateSchedules(orders);
 */
@propertyInjectable
export class ScheduledMessages extends Construct implements IAlarmed {
  /**
   * Identifies this class to property injectors.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-serverless-patterns.functions.ScheduledMessages';

  /**
   * The queue of the consumer, to which messages are sent.
   */
  public readonly queue: sqs.IQueue;

  /**
   * The group of the schedules, in which there are no others: Scheduler's metrics are those of a group.
   */
  public readonly scheduleGroup: scheduler.IScheduleGroup;

  /**
   * The role by which Scheduler sends to the queue and to the dead-letter queue of the schedule.
   */
  public readonly scheduleRole: iam.Role;

  /**
   * The standard queue for messages that Scheduler could not send to the queue.
   */
  public readonly scheduleDeadLetterQueue: sqs.Queue;

  /**
   * The schedule. Undefined: schedules are created at run time.
   */
  public readonly schedule?: scheduler.Schedule;

  /**
   * What a request to create a schedule at run time must have, as JSON for an environment variable: the group, the target with its role, its dead-letter queue and its retries, and that the schedule
   * is deleted when it has run. A name, a time and a message make it complete, as `oneOffSchedule` of `cdk-serverless-patterns-runtime` does.
   * Of use without `schedule` only.
   */
  public readonly scheduleRequest: string;

  /**
   * The alarms on the schedules and on what they could not deliver, by their names.
   */
  public readonly alarms: ScheduleAlarms;

  constructor(scope: Construct, id: string, props: ScheduledMessagesProps) {
    super(scope, id);
    const plan = planOf(this, props);

    const { schedule, encryptionKey, removalPolicy } = props;
    this.queue = props.target.queue;
    noteSender(this.queue, groupOf(this, props));
    const delivery = newScheduleDelivery(this, { queue: this.queue, encryptionKey, removalPolicy, pattern: 'ScheduledMessages' });
    const { group, deadLetterQueue, role } = delivery;
    this.scheduleGroup = group;
    this.scheduleDeadLetterQueue = deadLetterQueue;
    this.scheduleRole = role;
    if (schedule && plan) {
      this.schedule = newSchedule(this, delivery, {
        queue: this.queue,
        messageGroupId: groupOf(this, props),
        schedule,
        maxEventAgeSeconds: plan.maxEventAgeSeconds,
        flexibleWindow: plan.flexibleWindow,
        message: scheduleMessage(this, props.input),
        enabled: props.enabled,
      });
    }
    const request = scheduleRequest(this, props, { group: group.scheduleGroupName, role: role.roleArn, deadLetters: deadLetterQueue.queueArn });
    this.scheduleRequest = Stack.of(this).toJsonString(request);

    const subject = { path: this.node.path, group, deadLetterQueue };
    const silence = plan?.silenceSeconds;
    const missedRuns = silence === undefined ? undefined : heartbeatOptions(silence, props.alarms?.missedRuns);
    this.alarms = {
      ...missedRuns ? HEARTBEAT_ALARMS.add(this, subject, { missedRuns }) : {},
      ...SCHEDULE_ALARMS.add(this, subject, props.alarms),
    };
    if (this.schedule) {
      // Before the first run it would fire.
      this.alarms.missedRuns?.node.addDependency(this.schedule);
    }
    this.node.addValidation({ validate: () => checkAtSynthesis(this, props, plan) });
  }

  /**
   * The alarms, for dashboards and composite alarms. A copy: changing it changes nothing.
   */
  public get allAlarms(): cloudwatch.Alarm[] {
    return listed({ ...this.alarms });
  }

  /**
   * Allows `grantee` to create, look at and delete schedules of the group at run time: `scheduler:CreateSchedule`, `scheduler:GetSchedule` and `scheduler:DeleteSchedule` on schedules of the group,
   * and `iam:PassRole` on the role of the schedules, for Scheduler only. By that role, messages reach the queue of the consumer and no other.
   *
   * Not with `schedule`, in whose group the runs of other schedules would hide that its own have stopped.
   * https://docs.aws.amazon.com/scheduler/latest/UserGuide/security_iam_id-based-policies.html
   *
   * @param grantee who creates schedules: a function, a role
   */
  public grantCreateSchedules(grantee: iam.IGrantable): iam.Grant {
    if (this.schedule) {
      throw new Error(
        `ScheduledMessages '${this.node.path}' has a schedule of its own, so nobody else can be allowed to create schedules in its group, where the alarm on missed runs would count them: ` +
        'make another ScheduledMessages without schedule',
      );
    }
    const to = new RoleGrants(this).to(grantee);
    const schedules = Stack.of(this).formatArn({ service: 'scheduler', resource: 'schedule', resourceName: `${this.scheduleGroup.scheduleGroupName}/*` });
    return iam.Grant.addToPrincipal({
      grantee: to,
      actions: ['scheduler:CreateSchedule', 'scheduler:GetSchedule', 'scheduler:DeleteSchedule'],
      resourceArns: [schedules],
    }).combine(iam.Grant.addToPrincipal({
      grantee: to,
      actions: ['iam:PassRole'],
      resourceArns: [this.scheduleRole.roleArn],
      conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
    }));
  }
}
