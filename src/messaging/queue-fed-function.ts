import type { Duration } from 'aws-cdk-lib';
import { Annotations, Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import type { IDependable } from 'constructs';
import { Construct } from 'constructs';
import type { IQueueFed } from './queue-fed';
import type { QueueFedFunctionAlarmOptions, QueueFedFunctionAlarms } from './queue-fed-function.alarms';
import { checkAtSynthesis } from './queue-fed-function.late-rules';
import { batchSizeOf, enabledOf, maxConcurrencyOf, planOf, pollersOf } from './queue-fed-function.rules';
import type { QueueFedProps } from './queue-fed-props';
import type { IAlarmed } from '../alarms/alarmed';
import { listed } from '../private/alarms/alarm-table';
import { differ } from '../private/app/environments';
import { RoleGrants } from '../private/iam/role-grants';
import { warnOfKeyByAlias } from '../private/kms/key-by-alias';
import { checkOnlySource } from '../private/lambda/competing-sources';
import { checkReservedConcurrency } from '../private/lambda/concurrency';
import { handlerAlarms } from '../private/lambda/handler-alarms';
import { grantRedrive, newFedQueues } from '../private/sqs/fed-queues';
import { QUEUE_ALARMS } from '../private/sqs/queue-alarms';

/**
 * Properties of a `QueueFedFunction`.
 */
export interface QueueFedFunctionProps extends QueueFedProps {
  /**
   * The function that processes the messages: a function, an alias, a version, made here or imported.
   *
   * It must return the messages that failed (`batchItemFailures`); an empty list acknowledges the whole batch.
   * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
   */
  readonly handler: lambda.IFunction;

  /**
   * The handler's timeout, from which the visibility timeout and the alarm on duration are derived.
   *
   * @default - read from the handler; required where it cannot be read, as for an imported function
   */
  readonly handlerTimeout?: Duration;

  /**
   * Whether the event source invokes the handler. While it is disabled, messages wait in the queue, and the alarm on their age fires in time.
   *
   * @default - true; false while the reserved concurrency of the handler is 0, which pauses it
   */
  readonly enabled?: boolean;

  /**
   * Maximum number of messages in a batch: 1 to 10 from a FIFO queue, 1 to 10,000 from a standard queue. Above 10, a `maxBatchingWindow` of at least
   * one second is required.
   *
   * In a FIFO batch, the messages behind one that fails return to the queue with it each time, so they use up their receives and become dead letters too: use more than 1 only
   * where that is acceptable.
   *
   * @default - 10 from a standard queue, 1 from a FIFO queue
   */
  readonly batchSize?: number;

  /**
   * Maximum time to gather messages before the handler is invoked with a batch that is not full, up to 5 minutes, in whole seconds. Standard queues only.
   *
   * @default - none: the handler is invoked as soon as there are messages
   */
  readonly maxBatchingWindow?: Duration;

  /**
   * Maximum number of concurrent invocations for this queue, from 2 to 1000.
   *
   * @default 100; or, if less, what the other queues of the handler leave of its reserved concurrency; none with `provisionedPollerConfig`
   */
  readonly maxConcurrency?: number;

  /**
   * Provisioned mode: dedicated pollers, which scale faster and are charged by the hour. `minimumPollers` from 2 to 200, 2 by default, and `maximumPollers` from 2 to 2000, 200 by default.
   * Cannot be used with `maxConcurrency`. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
   *
   * @default - none: Lambda scales its own pollers, at no charge
   */
  readonly provisionedPollerConfig?: lambda.ProvisionedPollerConfig;

  /**
   * Time for which a received message stays invisible, up to 12 hours. It must not be shorter than the handler's timeout.
   * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
   *
   * @default - 6 x the handler's timeout + `maxBatchingWindow`
   */
  readonly visibilityTimeout?: Duration;

  /**
   * Filters, each created with `lambda.FilterCriteria.filter`. A message that matches one of them is processed.
   *
   * **A message that matches none is deleted unprocessed**, and is not moved to the dead-letter queue.
   * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
   *
   * @default - every message is processed
   */
  readonly filters?: { [key: string]: unknown }[];

  /**
   * Customer-managed key that Lambda encrypts the stored filters with. Lambda is granted the use of it.
   * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filter-criteria-encryption
   *
   * @default - a key that AWS owns
   */
  readonly filterEncryption?: kms.IKey;

  /**
   * Metrics of the event source itself, for instance `lambda.MetricType.EVENT_COUNT`, which counts the messages that failed in a partial batch too.
   *
   * @default - none: they are charged as custom metrics
   */
  readonly metricsConfig?: lambda.MetricsConfig;

  /**
   * Tuning of the alarms.
   *
   * @default - all alarms on, with their default thresholds
   */
  readonly alarms?: QueueFedFunctionAlarmOptions;
}

/**
 * An SQS queue that feeds a Lambda function and loses nothing: every message is processed, or tried again, or moved whole to a dead-letter queue that an
 * alarm watches.
 *
 * Creates the queue, its dead-letter queue, the event source with partial batch responses, the handler's permissions and the alarms, with values that fit
 * each other. https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
 *
 * @example
 * new QueueFedFunction(this, 'Orders', { handler });
 *
 * // Once in the app: who is notified of the alarms of all patterns.
 * Alarms.of(this).notify(new SnsAction(new sns.Topic(this, 'OnCall')));
 */
@propertyInjectable
export class QueueFedFunction extends Construct implements IQueueFed, IAlarmed {
  /**
   * Identifies this class to property injectors.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-serverless-patterns.messaging.QueueFedFunction';

  /**
   * The function that processes the messages.
   */
  public readonly handler: lambda.IFunction;

  /**
   * The queue that feeds the handler.
   */
  public readonly queue: sqs.IQueue;

  /**
   * The dead-letter queue, for messages on which the handler failed `maxReceiveCount` times.
   */
  public readonly deadLetterQueue: sqs.IQueue;

  /**
   * The event source mapping that polls the queue and invokes the handler.
   */
  public readonly eventSource: lambda.EventSourceMapping;

  /**
   * The alarms on the two queues and on the handler, by their names.
   */
  public readonly alarms: QueueFedFunctionAlarms;

  constructor(scope: Construct, id: string, props: QueueFedFunctionProps) {
    super(scope, id);
    const plan = planOf(this, props);

    this.handler = props.handler;
    const queues = newFedQueues(this, 'QueueFedFunction', props, plan);
    this.queue = queues.queue;
    this.deadLetterQueue = queues.deadLetterQueue;

    const permissions = this.grantToHandler();
    this.eventSource = new lambda.EventSourceMapping(this, 'EventSource', {
      target: this.handler,
      eventSourceArn: this.queue.queueArn,
      batchSize: batchSizeOf(props),
      maxBatchingWindow: props.maxBatchingWindow,
      maxConcurrency: maxConcurrencyOf(props),
      filters: props.filters,
      filterEncryption: props.filterEncryption,
      reportBatchItemFailures: true,
      metricsConfig: props.metricsConfig,
    });
    // Lambda refuses an event source whose queue the handler may not read yet.
    this.eventSource.node.addDependency(...permissions);
    this.finishEventSource(props);

    const { queue, deadLetterQueue } = this;
    const isElsewhere = differ(queue.env.account, Stack.of(this).account);
    const subject = { path: this.node.path, queue, deadLetterQueue };
    this.alarms = {
      ...(isElsewhere ? {} : QUEUE_ALARMS.add(this, { ...subject, ageSeconds: plan.ageAlarmSeconds }, props.alarms)),
      ...handlerAlarms(this, this.handler, plan.spread, props.alarms),
    };
    this.node.addValidation({ validate: () => checkAtSynthesis(this, props, plan.handlerTimeout) });
  }

  /**
   * The alarms on the two queues and on the handler, for dashboards and composite alarms. A copy: changing it changes nothing.
   */
  public get allAlarms(): cloudwatch.Alarm[] {
    return listed({ ...this.alarms });
  }

  /**
   * Allows `grantee` to send messages to the queue: `sqs:SendMessage`, `sqs:GetQueueAttributes`, `sqs:GetQueueUrl`, and the use of its key.
   *
   * @param grantee who sends: a role, a function, a service
   */
  public grantSendMessages(grantee: iam.IGrantable): iam.Grant {
    return this.queue.grantSendMessages(new RoleGrants(this).to(grantee));
  }

  /**
   * Allows an operator to read the dead letters, and to move them back to the queue once the cause is fixed. The redrive must name the queue as its destination.
   *
   * On the dead-letter queue: `sqs:ReceiveMessage`, `sqs:ChangeMessageVisibility`, `sqs:DeleteMessage`, `sqs:GetQueueAttributes`, `sqs:GetQueueUrl`,
   * `sqs:StartMessageMoveTask`, `sqs:ListMessageMoveTasks`, `sqs:CancelMessageMoveTask`; on the queue: `sqs:SendMessage`, `sqs:GetQueueAttributes`, `sqs:GetQueueUrl`;
   * and the use of their keys. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
   *
   * @param grantee who redrives: an operator's role, or a function
   */
  public grantRedrive(grantee: iam.IGrantable): iam.Grant {
    return grantRedrive(this, this, grantee);
  }

  /** Allows the handler to read the queue; gives what the event source must wait for. */
  private grantToHandler(): IDependable[] {
    const role = this.handler.role;
    if (!role) {
      Annotations.of(this).addWarningV2(
        'cdk-serverless-patterns:handlerRoleUnknown',
        `the role of handler '${this.handler.node.path}' is not known, so it cannot be allowed to read the queue here: allow it sqs:ReceiveMessage, sqs:DeleteMessage, ` +
        `sqs:ChangeMessageVisibility, sqs:GetQueueAttributes and sqs:GetQueueUrl on the queue${this.queue.encryptionMasterKey ? ' and kms:Decrypt on its key' : ''}, ` +
        'or import the function with its role (Function.fromFunctionAttributes)',
      );
      return [];
    }
    warnOfKeyByAlias(this, this.queue.encryptionMasterKey);
    const handlerRole = new RoleGrants(this).toHandlerRole(role);
    this.queue.grantConsumeMessages(handlerRole);
    return handlerRole.permissions;
  }

  private finishEventSource(props: QueueFedFunctionProps): void {
    const resource = this.eventSource.node.defaultChild as lambda.CfnEventSourceMapping;
    // Set here because EventSourceMapping compares the numbers without regard to tokens.
    resource.provisionedPollerConfig = pollersOf(props);
    resource.enabled = enabledOf(props);
    checkOnlySource(resource, this.queue);
    checkReservedConcurrency(resource, this.handler, props.provisionedPollerConfig === undefined && props.maxConcurrency === undefined);
  }
}
