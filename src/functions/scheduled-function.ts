import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import { Construct } from 'constructs';
import type { ScheduledFunctionAlarmOptions, ScheduledFunctionAlarms } from './scheduled-function.alarms';
import { HEARTBEAT_ALARMS, SCHEDULE_ALARMS } from './scheduled-function.alarms';
import { checkAtSynthesis } from './scheduled-function.late-rules';
import { messageGroupOf, planOf } from './scheduled-function.rules';
import type { IAlarmed } from '../alarms/alarmed';
import type { IQueueFed } from '../messaging/queue-fed';
import { QueueFedFunction } from '../messaging/queue-fed-function';
import { listed } from '../private/alarms/alarm-table';
import { wholeOrNot } from '../private/checks/problems';
import { heartbeatOptions } from '../private/scheduler/heartbeat';
import { runMessage } from '../private/scheduler/run-message';
import { newSchedule, newScheduleDelivery } from '../private/scheduler/schedule-delivery';
import { noteOnlySender } from '../private/sqs/message-groups';

/**
 * Properties of a `ScheduledFunction`.
 */
export interface ScheduledFunctionProps {
  /**
   * The function that runs: a function, an alias, a version, made here or imported.
   *
   * It is invoked by its queue, with an SQS event of one record. The body of the record is JSON: `scheduledTime`, for which the run was scheduled, as `2026-03-29T01:30:00Z`, and `input`, if there is
   * one. It must return `{ batchItemFailures: [] }`, or throw if the run failed.
   */
  readonly handler: lambda.IFunction;

  /**
   * The handler's timeout, from which the visibility timeout of the queue is derived.
   *
   * @default - read from the handler; required where it cannot be read, as for an imported function
   */
  readonly handlerTimeout?: Duration;

  /**
   * When the function runs: `ScheduleExpression.cron`, with its time zone, `rate` or `at`. Scheduler starts a run within a minute of its time.
   * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
   */
  readonly schedule: scheduler.ScheduleExpression;

  /**
   * Whether a run may start while another is still going on. Then a run that Scheduler delivers twice is processed twice too.
   *
   * @default - false: each run waits for the one before it, in a FIFO queue with one message group
   */
  readonly overlap?: boolean;

  /**
   * How long Scheduler tries to deliver a run to the queue, from 1 minute to 24 hours. What is later goes to the dead-letter queue of the schedule.
   * https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html
   *
   * @default - the shortest time between two runs, but at most Duration.hours(1)
   */
  readonly maxEventAge?: Duration;

  /**
   * A window after the scheduled time within which Scheduler starts the run, from 1 minute to 24 hours, and shorter than the time between two runs.
   * https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-flexible-time-windows.html
   *
   * @default - none
   */
  readonly flexibleWindow?: Duration;

  /**
   * What the handler finds as `input` in the body of the message.
   *
   * @default - none
   */
  readonly input?: { [key: string]: unknown };

  /**
   * Whether the schedule is enabled. While it is not, there is no alarm on missed runs.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * Number of times that a run is tried before it is moved to the dead-letter queue, from 1 to 1000. Without `overlap`, the runs behind it wait meanwhile.
   *
   * @default 5
   */
  readonly maxReceiveCount?: number;

  /**
   * Customer-managed key for the queues. The handler and the role of the schedule are allowed to use it.
   *
   * @default - encrypted with keys that SQS owns (SSE-SQS)
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Tuning of the alarms.
   *
   * @default - all alarms on, with their default thresholds
   */
  readonly alarms?: ScheduledFunctionAlarmOptions;

  /**
   * Removal policy of the queues.
   *
   * @default - deleted with the stack, but kept when CloudFormation replaces them, because runs may be in them
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * A Lambda function that runs on a schedule: runs neither overlap nor take place twice, each is processed, or tried again, or kept whole where an alarm watches, and an alarm fires when runs stop.
 *
 * Creates the schedule of EventBridge Scheduler, its group and its role, a FIFO queue that feeds the handler, the dead-letter queues and the alarms.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/what-is-scheduler.html
 *
 * @example
 * new ScheduledFunction(this, 'Invoices', {
 *   handler,
 *   schedule: scheduler.ScheduleExpression.cron({ minute: '30', hour: '4', timeZone: TimeZone.EUROPE_BERLIN }),
 * });
 */
@propertyInjectable
export class ScheduledFunction extends Construct implements IQueueFed, IAlarmed {
  /**
   * Identifies this class to property injectors.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-serverless-patterns.functions.ScheduledFunction';

  /**
   * The function that runs.
   */
  public readonly handler: lambda.IFunction;

  /**
   * The group of the schedule, in which there is no other: Scheduler's metrics are those of a group.
   */
  public readonly scheduleGroup: scheduler.IScheduleGroup;

  /**
   * The schedule, which sends a message to the queue for each run.
   */
  public readonly schedule: scheduler.Schedule;

  /**
   * The role by which Scheduler sends to the queue and to the dead-letter queue of the schedule.
   */
  public readonly scheduleRole: iam.Role;

  /**
   * The standard queue for runs that Scheduler could not deliver to the queue.
   */
  public readonly scheduleDeadLetterQueue: sqs.Queue;

  /**
   * The queue and the handler behind the schedule.
   */
  public readonly consumer: QueueFedFunction;

  /**
   * The queue of runs that feeds the handler: a FIFO queue, unless runs may overlap.
   */
  public readonly queue: sqs.IQueue;

  /**
   * The dead-letter queue, for runs on which the handler failed `maxReceiveCount` times.
   */
  public readonly deadLetterQueue: sqs.IQueue;

  /**
   * The event source mapping that polls the queue and invokes the handler.
   */
  public readonly eventSource: lambda.EventSourceMapping;

  /**
   * The alarms on the schedule, the queues and the handler, by their names.
   */
  public readonly alarms: ScheduledFunctionAlarms;

  constructor(scope: Construct, id: string, props: ScheduledFunctionProps) {
    super(scope, id);
    const plan = planOf(this, props);

    this.handler = props.handler;
    this.consumer = this.newConsumer(props);
    this.queue = this.consumer.queue;
    this.deadLetterQueue = this.consumer.deadLetterQueue;
    this.eventSource = this.consumer.eventSource;

    const messageGroupId = messageGroupOf(props);
    if (messageGroupId !== undefined) {
      noteOnlySender(this.queue, messageGroupId);
    }
    const { encryptionKey, removalPolicy } = props;
    const delivery = newScheduleDelivery(this, { queue: this.queue, encryptionKey, removalPolicy, pattern: 'ScheduledFunction' });
    const { group, deadLetterQueue, role } = delivery;
    this.scheduleGroup = group;
    this.scheduleDeadLetterQueue = deadLetterQueue;
    this.scheduleRole = role;
    this.schedule = newSchedule(this, delivery, {
      queue: this.queue,
      messageGroupId,
      schedule: props.schedule,
      maxEventAgeSeconds: plan.maxEventAgeSeconds,
      flexibleWindow: plan.flexibleWindow,
      message: runMessage(this, props.input),
      enabled: props.enabled,
    });

    const subject = { path: this.node.path, group, deadLetterQueue };
    const { silenceSeconds } = plan;
    const missedRuns = silenceSeconds === undefined ? undefined : heartbeatOptions(silenceSeconds, props.alarms?.missedRuns);
    this.alarms = {
      ...missedRuns ? HEARTBEAT_ALARMS.add(this, subject, { missedRuns }) : {},
      ...SCHEDULE_ALARMS.add(this, subject, props.alarms),
      ...this.consumer.alarms,
    };
    // Before the first run it would fire.
    this.alarms.missedRuns?.node.addDependency(this.schedule);
    this.node.addValidation({ validate: () => checkAtSynthesis(this, props, plan) });
  }

  /**
   * The alarms on the schedule, the queues and the handler, for dashboards and composite alarms. A copy: changing it changes nothing.
   */
  public get allAlarms(): cloudwatch.Alarm[] {
    return listed({ ...this.alarms });
  }

  private newConsumer(props: ScheduledFunctionProps): QueueFedFunction {
    const { handler, handlerTimeout, overlap, maxReceiveCount, encryptionKey, removalPolicy, alarms } = props;
    return wholeOrNot(this, () => new QueueFedFunction(this, 'Consumer', {
      handler,
      handlerTimeout,
      ...overlap ? {} : { fifo: true, contentBasedDeduplication: true },
      batchSize: 1,
      maxReceiveCount,
      encryptionKey,
      removalPolicy,
      alarms,
    }));
  }
}
