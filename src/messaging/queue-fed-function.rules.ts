import type { IResolvable } from 'aws-cdk-lib';
import { Annotations, Duration, Stack } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { QueueFedFunctionProps } from './queue-fed-function';
import type { QueueConsumerFacts } from '../delivery/rules/queue-consumer';
import { deliverySeconds, derivedVisibilitySeconds, QUEUE_CONSUMER_RULES } from '../delivery/rules/queue-consumer';
import { LEAST_MAX_CONCURRENCY } from '../delivery/rules/reserved-concurrency';
import type { Spread } from '../private/alarms/look-back';
import { differ, placeOf } from '../private/app/environments';
import { Problems } from '../private/checks/problems';
import type { PropBounds } from '../private/checks/prop-bounds';
import { knownNumber, knownSeconds } from '../private/checks/prop-bounds';
import { enabledUnlessPaused, sharedMaxConcurrency } from '../private/lambda/concurrency';
import { checkHandlerAlarms } from '../private/lambda/handler-alarms';
import { checkNumberOfFilters, checkQualifierIsKept, checkStatedTimeout, handlerTimeoutBounds } from '../private/lambda/handler-checks';
import { handlerFacts, timeoutSeconds } from '../private/lambda/handler-facts';
import {
  checkQueues, consumedQueueFacts, deadLetterQueueFacts, deadLetterQueueOf, DEFAULT_MAX_RECEIVE_COUNT, defaultRetention, isFifo, QUEUE_BOUNDS,
  SHORTEST_AGE_ALARM_SECONDS, warnOfDeadLetterQueue,
} from '../private/sqs/fed-queues';
import { QUEUE_ALARMS } from '../private/sqs/queue-alarms';

/**
 * What Lambda uses when a number of pollers is not stated. Written out, because provisioned mode without a number would be left out of the template altogether.
 * https://docs.aws.amazon.com/lambda/latest/api/API_ProvisionedPollerConfig.html
 */
const LEAST_POLLERS = 2;
const DEFAULT_MAXIMUM_POLLERS = 200;

// What is derived from the props.

/** The values that are derived from the props and from what the handler and the queues settle themselves. */
export interface ConsumerPlan {
  /** The handler's own timeout, as it was when the values were derived from it. */
  readonly handlerTimeout: ReturnType<typeof timeoutSeconds>;
  /** What the datapoints of the handler's alarms are spread over. */
  readonly spread: Spread;
  readonly visibilityTimeout: Duration | undefined;
  readonly maxReceiveCount: number;
  readonly deadLetterQueue: sqs.IQueue | undefined;
  readonly ageAlarmSeconds: number;
}

/** In a FIFO queue, good messages would share the fate of the poison before them in their batch. */
export function batchSizeOf(props: QueueFedFunctionProps): number {
  return props.batchSize ?? (isFifo(props) ? 1 : 10);
}

export function pollersOf(
  { provisionedPollerConfig: pollers }: QueueFedFunctionProps,
): lambda.CfnEventSourceMapping.ProvisionedPollerConfigProperty | undefined {
  return pollers && { minimumPollers: pollers.minimumPollers ?? LEAST_POLLERS, maximumPollers: pollers.maximumPollers ?? DEFAULT_MAXIMUM_POLLERS };
}

/** None with dedicated pollers, which exclude it. */
export function maxConcurrencyOf({ handler, maxConcurrency, provisionedPollerConfig }: QueueFedFunctionProps): number | undefined {
  return provisionedPollerConfig ? undefined : maxConcurrency ?? sharedMaxConcurrency(handler);
}

export function enabledOf({ enabled, handler }: QueueFedFunctionProps): boolean | IResolvable | undefined {
  return enabled ?? enabledUnlessPaused(handler);
}

// What is wrong with the props, before anything is made.

export const QUEUE_FED_FUNCTION_BOUNDS: PropBounds<QueueFedFunctionProps> = {
  'handlerTimeout': handlerTimeoutBounds,
  'batchSize': (props) => ({
    unit: 'number',
    min: 1,
    max: isFifo(props) ? 10 : 10_000,
    fix: `a ${isFifo(props) ? 'FIFO' : 'standard'} queue takes no other; leave it out for ${batchSizeOf({ ...props, batchSize: undefined })}`,
  }),
  'maxBatchingWindow': { unit: 'seconds', min: 0, max: 300, fix: 'state it in whole seconds, or leave it out for none' },
  'maxConcurrency': { unit: 'number', min: LEAST_MAX_CONCURRENCY, max: 1000, fix: 'leave it out for the default' },
  'provisionedPollerConfig.minimumPollers': { unit: 'number', min: LEAST_POLLERS, max: 200, fix: 'leave it out for 2' },
  'provisionedPollerConfig.maximumPollers': { unit: 'number', min: LEAST_POLLERS, max: 2000, fix: 'leave it out for 200' },
  'visibilityTimeout': { unit: 'seconds', min: 0, max: 43_200, fix: 'leave it out for 6 x the handler\'s timeout' },
  ...QUEUE_BOUNDS,
};

/** Derives the plan and checks the props against it; throws for all that is wrong at once. */
export function planOf(scope: Construct, props: QueueFedFunctionProps): ConsumerPlan {
  const problems = new Problems(scope, 'QueueFedFunction');
  const facts = consumerFacts(scope, props);
  problems.checkBounds(props, QUEUE_FED_FUNCTION_BOUNDS);
  checkHandler(problems, props);
  checkBatching(problems, props);
  checkConcurrency(problems, props);
  checkQueues(problems, scope, props, 'its visibility timeout must be at least the handler\'s timeout (better 6 x that, plus maxBatchingWindow), and ');
  checkVisibilityIsKnown(problems, props, facts);
  problems.addFindings(QUEUE_CONSUMER_RULES, facts);
  warnOfDeadLetterQueue(scope, deadLetterQueueOf(props));
  warnOfForeignQueue(problems, scope, props);
  problems.requireCustomerKey('encryptionKey', props.encryptionKey, 'leave encryptionKey out for SSE-SQS');
  problems.requireCustomerKey('filterEncryption', props.filterEncryption, 'leave filterEncryption out for a key that AWS owns');
  if (props.filterEncryption && !props.filters) {
    problems.add('filterEncryption is set, but there are no filters to encrypt: set filters, or leave filterEncryption out');
  }
  const { maxReceiveCount, retentionSeconds = defaultRetention().toSeconds() } = facts.queue;
  // Of an adopted queue that cannot be read, what it should be.
  const visibilitySeconds = facts.queue.visibilityTimeoutSeconds ?? (props.visibilityTimeout ? undefined : derivedVisibilitySeconds(facts));
  const spread = { timeoutSeconds: facts.handler.timeoutSeconds, retrySeconds: visibilitySeconds };
  QUEUE_ALARMS.check(problems, { retentionSeconds }, props.alarms);
  checkHandlerAlarms(problems, props.handler, spread, props.alarms);
  problems.throwIfAny();

  return {
    handlerTimeout: timeoutSeconds(props.handler),
    spread,
    visibilityTimeout: props.visibilityTimeout ?? (visibilitySeconds === undefined ? undefined : Duration.seconds(visibilitySeconds)),
    maxReceiveCount: props.maxReceiveCount ?? DEFAULT_MAX_RECEIVE_COUNT,
    deadLetterQueue: deadLetterQueueOf(props),
    // Twice the time that a failing message takes to the dead-letter queue; half of the retention leaves time to act before messages expire.
    ageAlarmSeconds: Math.min(
      Math.max(SHORTEST_AGE_ALARM_SECONDS, 2 * (maxReceiveCount ?? (props.queue ? DEFAULT_MAX_RECEIVE_COUNT : 0)) * (visibilitySeconds ?? 0)),
      retentionSeconds / 2,
    ),
  };
}

/** What the rules about queue consumers are told: what the props say of the parts that are made here, and what the others settle themselves. */
export function consumerFacts(scope: Construct, props: QueueFedFunctionProps): QueueConsumerFacts {
  const { maxBatchingWindow } = props;
  const facts = {
    handler: handlerFacts(props.handler, knownSeconds(props.handlerTimeout)),
    eventSource: {
      ...placeOf(Stack.of(scope)),
      batchSize: knownNumber(props.batchSize),
      maxBatchingWindowSeconds: maxBatchingWindow && (knownSeconds(maxBatchingWindow) ?? 'unknown' as const),
    },
  };
  return {
    ...facts,
    queue: consumedQueueFacts(scope, props, props.visibilityTimeout ? knownSeconds(props.visibilityTimeout) : derivedVisibilitySeconds(facts)),
    deadLetterQueue: deadLetterQueueFacts(scope, props),
  };
}

function checkHandler(problems: Problems, { handler, handlerTimeout }: QueueFedFunctionProps): void {
  if (timeoutSeconds(handler) === undefined && handlerTimeout === undefined) {
    problems.add(
      `handlerTimeout is not set, and the timeout of handler '${handler.node.path}' cannot be read, because it is not made in this app: ` +
      'state the timeout that it has, for example handlerTimeout: Duration.seconds(30)',
    );
  }
  checkStatedTimeout(problems, handler, handlerTimeout);
  checkQualifierIsKept(problems, handler, 'the event source would invoke $LATEST');
}

function checkBatching(problems: Problems, props: QueueFedFunctionProps): void {
  const fifo = isFifo(props);
  if (fifo && props.maxBatchingWindow && knownSeconds(props.maxBatchingWindow) !== 0) {
    problems.add(`maxBatchingWindow is ${props.maxBatchingWindow}, but a FIFO queue has no batching window: leave maxBatchingWindow out`);
  }
  checkNumberOfFilters(problems, props.filters, 'message');
}

function checkConcurrency(problems: Problems, props: QueueFedFunctionProps): void {
  const pollers = props.provisionedPollerConfig;
  const [minimum, maximum] = [knownNumber(pollers?.minimumPollers), knownNumber(pollers?.maximumPollers)];
  if (minimum !== undefined && maximum !== undefined && minimum > maximum) {
    problems.add(`provisionedPollerConfig.minimumPollers is ${minimum}, which is more than provisionedPollerConfig.maximumPollers (${maximum}): raise maximumPollers or lower minimumPollers`);
  }
  if (pollers && props.maxConcurrency !== undefined) {
    problems.add('maxConcurrency and provisionedPollerConfig are both set, but an event source has one or the other: with provisioned pollers, limit maximumPollers and leave maxConcurrency out');
  }
}

function checkVisibilityIsKnown(problems: Problems, props: QueueFedFunctionProps, { handler }: QueueConsumerFacts): void {
  const isToken = handler.durable || props.handlerTimeout !== undefined || timeoutSeconds(props.handler) !== undefined;
  if (deliverySeconds(handler) === undefined && isToken && !props.queue && props.visibilityTimeout === undefined) {
    problems.add('visibilityTimeout is not set and cannot be derived, because the handler\'s timeout is a token: set visibilityTimeout, or state the longest timeout as handlerTimeout');
  }
}

/** The metrics of a queue are in its own account: an alarm here would watch nothing, and be green for ever. */
function warnOfForeignQueue(problems: Problems, scope: Construct, { queue, alarms = {} }: QueueFedFunctionProps): void {
  if (!queue || !differ(queue.env.account, Stack.of(scope).account)) {
    return;
  }
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
