import type { Size } from 'aws-cdk-lib';
import { Annotations, Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import type { IDependable } from 'constructs';
import { Construct } from 'constructs';
import type { IQueueFed } from './queue-fed';
import type { HandlerAlarmOptions, QueueAlarmOptions } from '../alarms/alarm-options';
import type { IAlarmed } from '../alarms/alarmed';
import type { HandlerAlarms, QueueAlarms } from '../alarms/alarms-by-name';
import { listed } from '../private/alarms/alarm-table';
import type { Spread } from '../private/alarms/look-back';
import { differ } from '../private/app/environments';
import { Problems } from '../private/checks/problems';
import { RoleGrants } from '../private/iam/role-grants';
import { checkOnlySource } from '../private/lambda/competing-sources';
import { checkReservedConcurrency, LEAST_MAX_CONCURRENCY, sharedMaxConcurrency } from '../private/lambda/concurrency';
import { checkHandlerAlarms, handlerAlarms } from '../private/lambda/handler-alarms';
import { timeoutSeconds } from '../private/lambda/handler-facts';
import { claimDeadLetters, ownerOfDeadLetters } from '../private/sqs/dead-letter-owners';
import { DEAD_LETTER_RETENTION, newPatternQueue } from '../private/sqs/pattern-queue';
import { QUEUE_ALARMS } from '../private/sqs/queue-alarms';
import type { QueueFacts } from '../private/sqs/queue-facts';
import { isFifoQueue, queueFacts, queueIdentity } from '../private/sqs/queue-facts';

/**
 * Tuning of the alarms of a `QueueFedFunction`.
 */
export interface QueueFedFunctionAlarmOptions extends QueueAlarmOptions, HandlerAlarmOptions {}

/**
 * The alarms of a `QueueFedFunction`, on its queues and on its handler.
 */
export interface QueueFedFunctionAlarms extends QueueAlarms, HandlerAlarms {}

/**
 * Properties of a `QueueFedFunction`.
 */
export interface QueueFedFunctionProps {
  /**
   * The function that processes the messages: a function, an alias, a version, made here or imported.
   *
   * It must answer with the messages that failed (`batchItemFailures`); an answer without any means that all are done.
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
   * Whether messages of one group are processed in order, on a FIFO queue with a FIFO dead-letter queue.
   *
   * @default false
   */
  readonly fifo?: boolean;

  /**
   * Whether a FIFO queue takes the hash of a message's body for its deduplication id. FIFO only.
   *
   * @default false
   */
  readonly contentBasedDeduplication?: boolean;

  /**
   * Whether a FIFO queue has high throughput: it deduplicates within a message group and has a quota for each group, so groups must be many. FIFO only.
   * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/high-throughput-fifo.html
   *
   * @default false
   */
  readonly highThroughput?: boolean;

  /**
   * Whether the event source invokes the handler. While it is disabled messages wait in the queue, and the alarm on their age fires in time.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * The most messages that one invocation gets: 1 to 10 from a FIFO queue, 1 to 10,000 from a standard queue. Above 10, `maxBatchingWindow` of at least
   * one second is required.
   *
   * In a FIFO batch, the messages behind one that fails are given back with it each time, so they use up their receives too and are set aside with it: state more than 1 only
   * where that is acceptable.
   *
   * @default - 10 from a standard queue, 1 from a FIFO queue
   */
  readonly batchSize?: number;

  /**
   * How long Lambda gathers messages before it invokes the handler with a batch that is not full, up to 5 minutes, in whole seconds. Standard queues only.
   *
   * @default - none: the handler is invoked as soon as there are messages
   */
  readonly maxBatchingWindow?: Duration;

  /**
   * The most invocations that this queue causes at a time, from 2 to 1000.
   *
   * @default 100; or, if less, what the other queues of the handler leave of its reserved concurrency; none with `provisionedPollerConfig`
   */
  readonly maxConcurrency?: number;

  /**
   * Dedicated pollers (provisioned mode), which scale faster, at a price by the hour: `minimumPollers` from 2 to 200, 2 by default, and `maximumPollers` from 2 to 2000, 200 by default.
   * They exclude `maxConcurrency`. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
   *
   * @default - none: Lambda scales its own pollers, at no charge
   */
  readonly provisionedPollerConfig?: lambda.ProvisionedPollerConfig;

  /**
   * How often a message is tried before it goes to the dead-letter queue, from 1 to 1000. It gets there after this many visibility timeouts.
   * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
   *
   * @default 5
   */
  readonly maxReceiveCount?: number;

  /**
   * A live queue to adopt, instead of a new one. It is not changed: what it settles itself (type, retention, visibility timeout, encryption, redrive
   * policy) is checked, and must not be stated here too.
   *
   * @default - a new queue
   */
  readonly queue?: sqs.IQueue;

  /**
   * The dead-letter queue, if it is to be one that exists. It must be of the type of the queue, and no other consumer's. For an adopted queue: the one that its redrive
   * policy names, needed only where it cannot be read (an imported queue).
   *
   * @default - a new one, which keeps messages for 14 days; for an adopted queue, the one that it has
   */
  readonly deadLetterQueue?: sqs.IQueue;

  /**
   * How long the queue keeps a message that is not processed, from one minute to 14 days.
   *
   * @default Duration.days(4)
   */
  readonly retentionPeriod?: Duration;

  /**
   * How long a message that was received stays invisible, up to 12 hours. It must not be shorter than the handler's timeout.
   * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
   *
   * @default - 6 x the handler's timeout + `maxBatchingWindow`
   */
  readonly visibilityTimeout?: Duration;

  /**
   * How long a message that was sent stays invisible at first, up to 15 minutes.
   * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-delay-queues.html
   *
   * @default - none
   */
  readonly deliveryDelay?: Duration;

  /**
   * The most that the body and the attributes of a message may have, from 1 KiB to 1 MiB. Senders of larger ones are refused; they send them by claim check (`ClaimCheckBucket`).
   * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
   *
   * @default - 1 MiB, the most that SQS takes
   */
  readonly maximumMessageSize?: Size;

  /**
   * A customer-managed key for the queues that are made here. The handler gets the right to decrypt with it.
   *
   * @default - encrypted by SQS with keys of its own (SSE-SQS)
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Filters, each made with `lambda.FilterCriteria.filter`; a message that matches one of them is processed.
   *
   * **What matches none is deleted from the queue unprocessed**, and goes to no dead-letter queue.
   * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
   *
   * @default - every message is processed
   */
  readonly filters?: { [key: string]: unknown }[];

  /**
   * A customer-managed key for the filters, which Lambda stores encrypted with a key of its own otherwise. Lambda is granted the key.
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

  /**
   * What becomes of the queues that are made here when they leave the stack.
   *
   * @default - deleted with the stack, but kept when CloudFormation replaces them, because messages may be in them
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * A queue that feeds a Lambda function, and loses nothing: every message is processed, or tried again, or set aside whole in a dead-letter queue where an
 * alarm watches.
 *
 * Makes the queue, its dead-letter queue, the event source with partial batch responses, the handler's permissions and the alarms, with values that fit
 * each other. https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
 *
 * @example
 * new QueueFedFunction(this, 'Orders', { handler });
 *
 * // Once in the app: who hears the alarms of all patterns.
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
   * Where messages are set aside that the handler failed on `maxReceiveCount` times.
   */
  public readonly deadLetterQueue: sqs.IQueue;

  /**
   * What polls the queue and invokes the handler.
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
    const common = { fifo: props.fifo, encryptionKey: props.encryptionKey, removalPolicy: props.removalPolicy };
    this.deadLetterQueue = plan.deadLetterQueue ?? newPatternQueue(this, 'DeadLetterQueue', { ...common, retentionPeriod: DEAD_LETTER_RETENTION });
    claimDeadLetters(this, this.deadLetterQueue);
    this.queue = props.queue ?? newPatternQueue(this, 'Queue', {
      ...common,
      visibilityTimeout: plan.visibilityTimeout,
      retentionPeriod: props.retentionPeriod ?? DEFAULT_RETENTION,
      contentBasedDeduplication: props.fifo ? props.contentBasedDeduplication : undefined,
      highThroughput: props.highThroughput,
      deliveryDelay: props.deliveryDelay,
      maximumMessageSize: props.maximumMessageSize,
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: plan.maxReceiveCount },
    });

    const permissions = this.grantToHandler();
    this.eventSource = new lambda.EventSourceMapping(this, 'EventSource', {
      target: this.handler,
      enabled: props.enabled,
      eventSourceArn: this.queue.queueArn,
      batchSize: props.batchSize ?? defaultBatchSize(props),
      maxBatchingWindow: props.maxBatchingWindow,
      maxConcurrency: props.provisionedPollerConfig ? undefined : props.maxConcurrency ?? sharedMaxConcurrency(this.handler),
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
   * Allows an operator to look at the dead letters and to move them back to the queue after the repair. The redrive must name the queue as its destination.
   *
   * On the dead-letter queue: `sqs:ReceiveMessage`, `sqs:ChangeMessageVisibility`, `sqs:DeleteMessage`, `sqs:GetQueueAttributes`, `sqs:GetQueueUrl`,
   * `sqs:StartMessageMoveTask`, `sqs:ListMessageMoveTasks`, `sqs:CancelMessageMoveTask`; on the queue: `sqs:SendMessage`, `sqs:GetQueueAttributes`, `sqs:GetQueueUrl`;
   * and the use of their keys. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
   *
   * @param grantee who repairs and redrives: an operator's role, or a function that does it
   */
  public grantRedrive(grantee: iam.IGrantable): iam.Grant {
    const operator = new RoleGrants(this).to(grantee);
    return this.deadLetterQueue.grantConsumeMessages(operator)
      .combine(this.deadLetterQueue.grant(operator, 'sqs:StartMessageMoveTask', 'sqs:ListMessageMoveTasks', 'sqs:CancelMessageMoveTask'))
      .combine(this.queue.grantSendMessages(operator));
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
    const handlerRole = new RoleGrants(this).toHandlerRole(role);
    this.queue.grantConsumeMessages(handlerRole);
    return handlerRole.permissions;
  }

  private finishEventSource(props: QueueFedFunctionProps): void {
    const resource = this.eventSource.node.defaultChild as lambda.CfnEventSourceMapping;
    if (props.provisionedPollerConfig) {
      // Set here because EventSourceMapping compares the numbers without regard to tokens.
      resource.provisionedPollerConfig = {
        minimumPollers: props.provisionedPollerConfig.minimumPollers ?? LEAST_POLLERS,
        maximumPollers: props.provisionedPollerConfig.maximumPollers ?? DEFAULT_MAXIMUM_POLLERS,
      };
    }
    checkOnlySource(resource, this.queue);
    checkReservedConcurrency(resource, this.handler, props.provisionedPollerConfig === undefined && props.maxConcurrency === undefined);
  }
}

/** What SQS does when nothing is stated; written out because the dead-letter queue's retention is compared with it. */
const DEFAULT_RETENTION = Duration.days(4);

/**
 * What Lambda uses when a number of pollers is not stated. Written out, because provisioned mode without a number would be left out of the template altogether.
 * https://docs.aws.amazon.com/lambda/latest/api/API_ProvisionedPollerConfig.html
 */
const LEAST_POLLERS = 2;
const DEFAULT_MAXIMUM_POLLERS = 200;

/** The longest visibility timeout that SQS takes. */
const LONGEST_VISIBILITY_SECONDS = 43_200;

/** An age alarm below this would ring for every deployment. */
const SHORTEST_AGE_ALARM_SECONDS = 900;

/** The values that are derived from the props and from what the handler and the queues settle themselves. */
interface Plan {
  /** What the datapoints of the handler's alarms are spread over. */
  readonly spread: Spread;
  readonly visibilityTimeout: Duration | undefined;
  readonly maxReceiveCount: number;
  readonly deadLetterQueue: sqs.IQueue | undefined;
  readonly ageAlarmSeconds: number;
}

/** Derives the plan and checks the props against it, before anything is made. */
function planOf(scope: Construct, props: QueueFedFunctionProps): Plan {
  const problems = new Problems(scope, 'QueueFedFunction');
  const adopted = props.queue && queueFacts(props.queue);
  const deadLetterQueue = deadLetterQueueOf(props);
  const handlerTimeoutSeconds = checkHandlerTimeout(problems, props);

  checkBatching(problems, props);
  checkConcurrency(problems, props);
  const visibilityTimeout = checkVisibility(problems, scope, props, handlerTimeoutSeconds, adopted);
  problems.requireWholeNumber('maxReceiveCount', props.maxReceiveCount, 1, 1000, 'leave it out for 5');
  if (props.queue && adopted) {
    checkAdoptedQueue(problems, scope, props, props.queue, adopted);
  } else {
    checkNewQueue(problems, scope, props);
  }
  const maxReceiveCount = props.maxReceiveCount ?? adopted?.maxReceiveCount ?? 5;
  const visibilitySeconds = adopted?.visibilityTimeoutSeconds ?? knownSeconds(visibilityTimeout);
  checkTimeToDeadLetters(problems, props, maxReceiveCount, visibilitySeconds, adopted);
  checkDeadLetterQueue(problems, scope, props, deadLetterQueue, adopted);
  checkRegions(problems, scope, props, deadLetterQueue);
  checkAccounts(problems, scope, props, deadLetterQueue);
  problems.requireCustomerKey('encryptionKey', props.encryptionKey, 'leave encryptionKey out for SSE-SQS');
  problems.requireCustomerKey('filterEncryption', props.filterEncryption, 'leave filterEncryption out for a key that AWS owns');
  if (props.filterEncryption && !props.filters) {
    problems.add('filterEncryption is set, but there are no filters to encrypt: set filters, or leave filterEncryption out');
  }
  const retentionSeconds = knownSeconds(props.retentionPeriod) ?? adopted?.retentionSeconds ?? DEFAULT_RETENTION.toSeconds();
  const spread = { timeoutSeconds: handlerTimeoutSeconds, retrySeconds: visibilitySeconds };
  QUEUE_ALARMS.check(problems, { retentionSeconds }, props.alarms);
  checkHandlerAlarms(problems, props.handler, spread, props.alarms);
  problems.throwIfAny();

  return {
    spread,
    visibilityTimeout,
    maxReceiveCount,
    deadLetterQueue,
    // Twice the time that a failing message takes to the dead-letter queue; half of the retention leaves time to act before messages expire.
    ageAlarmSeconds: Math.min(
      Math.max(SHORTEST_AGE_ALARM_SECONDS, Token.isUnresolved(maxReceiveCount) ? 0 : 2 * maxReceiveCount * (visibilitySeconds ?? 0)),
      retentionSeconds / 2,
    ),
  };
}

function checkHandlerTimeout(problems: Problems, props: QueueFedFunctionProps): number | undefined {
  const own = timeoutSeconds(props.handler);
  const stated = problems.requireSeconds('handlerTimeout', props.handlerTimeout, 1, 900, 'state the timeout that the handler has');
  if (own === undefined && props.handlerTimeout === undefined) {
    problems.add(
      `handlerTimeout is not set, and the timeout of handler '${props.handler.node.path}' cannot be read, because it is not made in this app: ` +
      'state the timeout that it has, for example handlerTimeout: Duration.seconds(30)',
    );
  }
  if (own === undefined || Token.isUnresolved(own)) {
    return stated;
  }
  if (stated !== undefined && stated !== own) {
    problems.add(`handlerTimeout is ${stated} seconds, but the timeout of handler '${props.handler.node.path}' is ${own} seconds: leave handlerTimeout out`);
  }
  return own;
}

function checkBatching(problems: Problems, props: QueueFedFunctionProps): void {
  const fifo = isFifo(props);
  problems.requireWholeNumber('batchSize', props.batchSize, 1, fifo ? 10 : 10_000, `a ${fifo ? 'FIFO' : 'standard'} queue takes no other; leave it out for ${defaultBatchSize(props)}`);
  const window = problems.requireSeconds('maxBatchingWindow', props.maxBatchingWindow, 0, 300, 'state it in whole seconds, or leave it out for none');
  if (fifo && props.maxBatchingWindow && window !== 0) {
    problems.add(`maxBatchingWindow is ${props.maxBatchingWindow}, but a FIFO queue has no batching window: leave maxBatchingWindow out`);
  }
  const needsWindow = !fifo && props.batchSize !== undefined && !Token.isUnresolved(props.batchSize) && props.batchSize > 10;
  if (needsWindow && (props.maxBatchingWindow === undefined || window === 0)) {
    problems.add(`maxBatchingWindow is ${window ?? 'not set'}, but a batchSize above 10 (${props.batchSize}) needs one of at least 1 second: set maxBatchingWindow: Duration.seconds(1) or longer`);
  }
  if (props.filters && (props.filters.length < 1 || props.filters.length > 10)) {
    problems.add(`filters has ${props.filters.length} entries, but an event source takes 1 to 10 (5 unless the quota was raised): combine filters, or leave filters out to process every message`);
  }
}

function checkConcurrency(problems: Problems, props: QueueFedFunctionProps): void {
  const pollers = props.provisionedPollerConfig;
  problems.requireWholeNumber('maxConcurrency', props.maxConcurrency, LEAST_MAX_CONCURRENCY, 1000, 'leave it out for the default');
  problems.requireWholeNumber('provisionedPollerConfig.minimumPollers', pollers?.minimumPollers, LEAST_POLLERS, 200, 'leave it out for 2');
  problems.requireWholeNumber('provisionedPollerConfig.maximumPollers', pollers?.maximumPollers, LEAST_POLLERS, 2000, 'leave it out for 200');
  const { minimumPollers: minimum, maximumPollers: maximum } = pollers ?? {};
  if (minimum !== undefined && maximum !== undefined && !Token.isUnresolved(minimum) && !Token.isUnresolved(maximum) && minimum > maximum) {
    problems.add(`provisionedPollerConfig.minimumPollers is ${minimum}, which is more than provisionedPollerConfig.maximumPollers (${maximum}): raise maximumPollers or lower minimumPollers`);
  }
  if (pollers && props.maxConcurrency !== undefined) {
    problems.add('maxConcurrency and provisionedPollerConfig are both set, but an event source has one or the other: with provisioned pollers, limit maximumPollers and leave maxConcurrency out');
  }
}

/** Gives the visibility timeout of a new queue. */
function checkVisibility(
  problems: Problems,
  scope: Construct,
  props: QueueFedFunctionProps,
  handlerTimeout: number | undefined,
  adopted: QueueFacts | undefined,
): Duration | undefined {
  const stated = problems.requireSeconds('visibilityTimeout', props.visibilityTimeout, 0, LONGEST_VISIBILITY_SECONDS, 'leave it out for 6 x the handler\'s timeout');
  if (handlerTimeout === undefined) {
    const isToken = props.handlerTimeout !== undefined || timeoutSeconds(props.handler) !== undefined;
    if (isToken && !props.queue && props.visibilityTimeout === undefined) {
      problems.add('visibilityTimeout is not set and cannot be derived, because the handler\'s timeout is a token: set visibilityTimeout, or state the longest timeout as handlerTimeout');
    }
    return props.visibilityTimeout;
  }
  // A batching window that is a token may be as long as Lambda allows.
  const window = props.maxBatchingWindow ? (knownSeconds(props.maxBatchingWindow) ?? 300) : 0;
  const derived = 6 * handlerTimeout + window;
  const actual = adopted ? adopted.visibilityTimeoutSeconds : stated;
  const where = adopted ? `visibilityTimeout of queue '${props.queue?.node.path}'` : 'visibilityTimeout';
  if (actual !== undefined && actual < handlerTimeout) {
    problems.add(
      `${where} is ${actual} seconds, which is shorter than the handler's timeout (${handlerTimeout} seconds), so messages would be delivered again while they are processed: ` +
      `set it to ${derived} seconds (6 x timeout + batching window)${adopted ? '' : ' or leave it out'}`,
    );
  } else if (actual !== undefined && actual < derived) {
    Annotations.of(scope).addWarningV2(
      'cdk-serverless-patterns:visibilityTimeoutShort',
      `${where} is ${actual} seconds, less than the ${derived} seconds that Lambda needs to retry a throttled batch (6 x timeout + batching window): good messages can end in the dead-letter queue`,
    );
  }
  return props.visibilityTimeout ?? Duration.seconds(derived);
}

function checkNewQueue(problems: Problems, scope: Construct, props: QueueFedFunctionProps): void {
  if (props.removalPolicy === RemovalPolicy.SNAPSHOT) {
    problems.add('removalPolicy is snapshot, but there are no snapshots of a queue: set RemovalPolicy.RETAIN or RemovalPolicy.DESTROY, or leave removalPolicy out');
  }
  if (props.contentBasedDeduplication && !props.fifo) {
    problems.add('contentBasedDeduplication is true, but only a FIFO queue deduplicates: set fifo: true, or leave contentBasedDeduplication out');
  }
  if (props.highThroughput && !props.fifo) {
    problems.add('highThroughput is true, but a standard queue has no limit to raise: set fifo: true, or leave highThroughput out');
  }
  problems.requireSeconds('deliveryDelay', props.deliveryDelay, 0, 900, 'leave it out for none');
  checkMessageSize(problems, props.maximumMessageSize);
  const retention = problems.requireSeconds('retentionPeriod', props.retentionPeriod, 60, DEAD_LETTER_RETENTION.toSeconds(), 'leave it out for 4 days');
  if (retention === DEAD_LETTER_RETENTION.toSeconds() && !props.fifo && !props.deadLetterQueue) {
    warnEqualRetention(scope, retention);
  }
}

function checkMessageSize(problems: Problems, size: Size | undefined): void {
  if (size?.isUnresolved()) {
    problems.add('maximumMessageSize is a token, but must be known: state it in bytes or KiB, or leave it out for 1 MiB');
    return;
  }
  const bytes = size?.toBytes();
  if (bytes !== undefined && !(bytes >= 1024 && bytes <= 1_048_576)) {
    problems.add(`maximumMessageSize is ${bytes} bytes, but must be from 1024 to 1048576: leave it out for 1 MiB, and send larger messages by claim check (ClaimCheckBucket)`);
  }
}

function checkAdoptedQueue(problems: Problems, scope: Construct, props: QueueFedFunctionProps, queue: sqs.IQueue, adopted: QueueFacts): void {
  const path = queue.node.path;
  const owns = [
    'fifo', 'contentBasedDeduplication', 'highThroughput', 'maxReceiveCount', 'retentionPeriod', 'visibilityTimeout', 'deliveryDelay', 'maximumMessageSize', 'encryptionKey', 'removalPolicy',
  ] as const;
  for (const prop of owns.filter((name) => props[name] !== undefined)) {
    problems.add(`${prop} is set, but it is the adopted queue's own (queue '${path}'), which is not changed here: leave ${prop} out, or set it where the queue is made`);
  }
  if (adopted.owned && !adopted.setsAside) {
    problems.add(`queue '${path}' has no dead-letter queue, so a message that fails would circle until it expires: set deadLetterQueue where the queue is made`);
  } else if (!deadLetterQueueOf(props)) {
    problems.add(`deadLetterQueue is not set, and which one queue '${path}' has cannot be read, because the queue is imported or a bare CfnQueue: give the queue that its redrive policy names as deadLetterQueue`);
  }
  if (!adopted.owned) {
    Annotations.of(scope).addWarningV2(
      'cdk-serverless-patterns:adoptedQueueUnchecked',
      `queue '${path}' is not made in this app, so what it settles cannot be checked: its visibility timeout must be at least the handler's timeout (better 6 x that, plus maxBatchingWindow), ` +
      'and its redrive policy must be {"deadLetterTargetArn": "<ARN of deadLetterQueue>", "maxReceiveCount": 5}',
    );
  }
}

/** SQS deletes what its queue has kept for the retention period, also what has still to be received before it is set aside. */
function checkTimeToDeadLetters(
  problems: Problems,
  props: QueueFedFunctionProps,
  maxReceiveCount: number,
  visibilitySeconds: number | undefined,
  adopted: QueueFacts | undefined,
): void {
  const known = !adopted || (adopted.owned && adopted.maxReceiveCount !== undefined);
  const retentionSeconds = adopted ? adopted.retentionSeconds : knownSeconds(props.retentionPeriod ?? DEFAULT_RETENTION);
  if (!known || Token.isUnresolved(maxReceiveCount) || visibilitySeconds === undefined || retentionSeconds === undefined) {
    return;
  }
  const seconds = maxReceiveCount * visibilitySeconds;
  if (seconds >= retentionSeconds) {
    const where = props.queue ? `queue '${props.queue.node.path}'` : 'the queue';
    const raised = seconds < DEAD_LETTER_RETENTION.toSeconds() ? `raise retentionPeriod above ${seconds} seconds, or ` : '';
    problems.add(
      `maxReceiveCount x visibilityTimeout of ${where} is ${maxReceiveCount} x ${visibilitySeconds} seconds, which is not less than its retentionPeriod (${retentionSeconds} seconds), ` +
      `so a failing message would be deleted before it is set aside: ${raised}lower maxReceiveCount or visibilityTimeout`,
    );
  }
}

function checkDeadLetterQueue(
  problems: Problems,
  scope: Construct,
  props: QueueFedFunctionProps,
  deadLetterQueue: sqs.IQueue | undefined,
  adopted: QueueFacts | undefined,
): void {
  if (!deadLetterQueue) {
    return;
  }
  const path = deadLetterQueue.node.path;
  const fifo = isFifo(props);
  if (isFifoQueue(deadLetterQueue) !== fifo) {
    problems.add(`deadLetterQueue '${path}' is a ${typeName(!fifo)} queue, but the queue is a ${typeName(fifo)} queue, and both must be of one type: give a ${typeName(fifo)} queue, or leave deadLetterQueue out`);
  }
  if (props.queue && queueIdentity(props.queue) === queueIdentity(deadLetterQueue)) {
    problems.add(`deadLetterQueue '${path}' is the queue itself: give another queue, or leave deadLetterQueue out`);
  }
  const owner = ownerOfDeadLetters(scope, deadLetterQueue);
  if (owner) {
    problems.add(`deadLetterQueue '${path}' belongs to '${owner.node.path}' already, and a shared one could not be redriven to the right consumer: give each consumer its own, or leave deadLetterQueue out`);
  }
  const named = adopted?.deadLetterTarget;
  if (props.queue && props.deadLetterQueue && named !== undefined && named !== queueIdentity(deadLetterQueue)) {
    problems.add(`deadLetterQueue is '${path}', but the redrive policy of queue '${props.queue.node.path}' names another: leave deadLetterQueue out`);
  }
  const retention = queueFacts(deadLetterQueue).retentionSeconds;
  const sourceRetention = adopted ? adopted.retentionSeconds : knownSeconds(props.retentionPeriod ?? DEFAULT_RETENTION);
  // A standard queue's message keeps its time of arrival when it is set aside; a FIFO queue's starts anew.
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
  if (!fifo && retention !== undefined && sourceRetention !== undefined) {
    if (retention < sourceRetention) {
      problems.add(`retentionPeriod of deadLetterQueue '${path}' is ${retention} seconds, shorter than the queue's (${sourceRetention} seconds), so dead letters could expire at once: set it to 14 days`);
    } else if (retention === sourceRetention) {
      warnEqualRetention(scope, retention);
    }
  }
  if (!queueFacts(deadLetterQueue).owned) {
    Annotations.of(scope).addWarningV2(
      'cdk-serverless-patterns:deadLetterQueueUnchecked',
      `deadLetterQueue '${path}' is not made in this app, so it cannot be checked: it must be in the account and region of the queue, keep messages for 14 days, and its redrive allow policy, if it has one, ` +
      'must allow the queue: {"redrivePermission": "byQueue", "sourceQueueArns": ["<ARN of the queue>"]}',
    );
  }
}

/** Lambda polls only queues of its own region, and SQS sets messages aside only there. */
function checkRegions(problems: Problems, scope: Construct, props: QueueFedFunctionProps, deadLetterQueue: sqs.IQueue | undefined): void {
  const region = Stack.of(scope).region;
  for (const [prop, resource] of Object.entries({ handler: props.handler, queue: props.queue, deadLetterQueue })) {
    if (resource && differ(resource.env.region, region)) {
      problems.add(`${prop} '${resource.node.path}' is in region ${resource.env.region}, but this stack is in ${region}, and handler, queue and dead-letter queue must be in one region: make this in a stack of that region`);
    }
  }
}

/** Lambda polls queues of other accounts for a function of its own; SQS moves messages only within one account. https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-cross-account-example.html */
function checkAccounts(problems: Problems, scope: Construct, props: QueueFedFunctionProps, deadLetterQueue: sqs.IQueue | undefined): void {
  const { account } = Stack.of(scope);
  const { handler, queue } = props;
  if (differ(handler.env.account, account)) {
    problems.add(`handler '${handler.node.path}' is in account ${handler.env.account}, but this stack is in ${account}, and an event source invokes only a function of its own account: make this in a stack of that account`);
  }
  const queueAccount = queue?.env.account ?? account;
  if (deadLetterQueue && differ(deadLetterQueue.env.account, queueAccount)) {
    problems.add(
      `deadLetterQueue '${deadLetterQueue.node.path}' is in account ${deadLetterQueue.env.account}, but the queue is in ${queueAccount}, and SQS moves messages only within one account: ` +
      'give a dead-letter queue of the account of the queue',
    );
  }
  if (queue && differ(queueAccount, account)) {
    warnOfForeignQueue(problems, scope, queue, props.alarms);
  }
}

/** The metrics of a queue are in its own account: an alarm here would watch nothing, and be green for ever. */
function warnOfForeignQueue(problems: Problems, scope: Construct, queue: sqs.IQueue, alarms: QueueFedFunctionAlarmOptions = {}): void {
  const { path } = queue.node;
  Annotations.of(scope).addWarningV2(
    'cdk-serverless-patterns:queueAlarmsElsewhere',
    `queue '${path}' is in account ${queue.env.account}, and so are its metrics and those of its dead-letter queue, so no alarms on them are made here: make alarms on dead letters and on the age of messages there. ` +
    'The policy of the queue must allow the role of the handler to receive and delete messages',
  );
  const stated = QUEUE_ALARM_NAMES.filter((name) => alarms[name] !== undefined);
  if (stated.length > 0) {
    problems.add(`alarms.${stated.join(', alarms.')} is set, but queue '${path}' is in account ${queue.env.account}, where CloudWatch has its metrics, and no alarms on it are made here: leave it out`);
  }
}

const QUEUE_ALARM_NAMES = Object.keys(QUEUE_ALARMS.rows) as (keyof typeof QUEUE_ALARMS.rows)[];

function warnEqualRetention(scope: Construct, seconds: number): void {
  Annotations.of(scope).addWarningV2(
    'cdk-serverless-patterns:deadLetterRetentionEqual',
    `the queue and its dead-letter queue both keep messages for ${seconds} seconds, counted from when a message was first sent: one that waited long has little time left as a dead letter; shorten retentionPeriod`,
  );
}

/** The dead-letter queue that exists: the one that is given, or that the adopted queue has. */
function deadLetterQueueOf(props: QueueFedFunctionProps): sqs.IQueue | undefined {
  return props.deadLetterQueue ?? (props.queue as sqs.Queue | undefined)?.deadLetterQueue?.queue;
}

/** In a FIFO queue, good messages would share the fate of the poison before them in their batch. */
function defaultBatchSize(props: QueueFedFunctionProps): number {
  return isFifo(props) ? 1 : 10;
}

function isFifo(props: QueueFedFunctionProps): boolean {
  return props.queue ? isFifoQueue(props.queue) : props.fifo ?? false;
}

function typeName(fifo: boolean): string {
  return fifo ? 'FIFO' : 'standard';
}

function knownSeconds(duration: Duration | undefined): number | undefined {
  return duration && !duration.isUnresolved() ? duration.toSeconds({ integral: false }) : undefined;
}
