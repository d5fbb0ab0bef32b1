import type { Size } from 'aws-cdk-lib';
import { Annotations, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { claimDeadLetters, ownerOfDeadLetters } from './dead-letter-owners';
import { DEAD_LETTER_RETENTION, newPatternQueue } from './pattern-queue';
import { allowsSource, isFifoQueue, queueFacts, queueIdentity } from './queue-facts';
import type { ConsumedQueueFacts, DeadLetterQueueFacts } from '../../delivery/rules/queue-consumer';
import { LONGEST_RETENTION_SECONDS } from '../../delivery/rules/queue-consumer';
import { placeOf } from '../app/environments';
import { byProp, byProps } from '../checks/derived-values';
import type { Problems } from '../checks/problems';
import type { Bounds } from '../checks/prop-bounds';
import { knownNumber, knownSeconds } from '../checks/prop-bounds';
import { RoleGrants } from '../iam/role-grants';

/** What a consumer is told of its queue and its dead-letter queue, by the names that `QueueFedProps` gives to it. */
export interface FedQueueProps {
  readonly queue?: sqs.IQueue | undefined;
  readonly deadLetterQueue?: sqs.IQueue | undefined;
  readonly fifo?: boolean | undefined;
  readonly contentBasedDeduplication?: boolean | undefined;
  readonly highThroughput?: boolean | undefined;
  readonly maxReceiveCount?: number | undefined;
  readonly retentionPeriod?: Duration | undefined;
  /** Undefined also where it is not the queue's own, because the consumer states it with each receive. */
  readonly visibilityTimeout?: Duration | undefined;
  readonly deliveryDelay?: Duration | undefined;
  readonly maximumMessageSize?: Size | undefined;
  readonly encryptionKey?: kms.IKey | undefined;
  readonly removalPolicy?: RemovalPolicy | undefined;
}

export const DEFAULT_MAX_RECEIVE_COUNT = 5;

/** An age alarm below this would ring for every deployment. */
export const SHORTEST_AGE_ALARM_SECONDS = 900;

/** What SQS does when nothing is stated; written out because the dead-letter queue's retention is compared with it. */
export function defaultRetention(): Duration {
  return Duration.days(4);
}

export const QUEUE_BOUNDS = {
  maxReceiveCount: { unit: 'number', min: 1, max: 1000, fix: `leave it out for ${DEFAULT_MAX_RECEIVE_COUNT}` },
  deliveryDelay: { unit: 'seconds', min: 0, max: 900, fix: 'leave it out for none' },
  maximumMessageSize: {
    unit: 'bytes', min: 1024, max: 1_048_576, fix: 'leave it out for 1 MiB, and send larger messages by claim check (ClaimCheckBucket)', known: 'it decides what may be sent here',
  },
  retentionPeriod: { unit: 'seconds', min: 60, max: LONGEST_RETENTION_SECONDS, fix: 'leave it out for 4 days' },
} as const satisfies Record<string, Bounds>;

export function retentionOf(props: FedQueueProps): Duration {
  return props.retentionPeriod ?? defaultRetention();
}

/** The dead-letter queue that exists: the one that is given, or that the adopted queue has. */
export function deadLetterQueueOf(props: FedQueueProps): sqs.IQueue | undefined {
  return props.deadLetterQueue ?? (props.queue as sqs.Queue | undefined)?.deadLetterQueue?.queue;
}

export function isFifo(props: FedQueueProps): boolean {
  return props.queue ? isFifoQueue(props.queue) : props.fifo === true;
}

/** What a pattern has settled of its queues. */
export interface FedQueuePlan {
  readonly deadLetterQueue?: sqs.IQueue | undefined;
  readonly visibilityTimeout?: Duration | undefined;
  readonly maxReceiveCount: number;
}

/** The two queues of a consumer. */
export interface FedQueues {
  readonly queue: sqs.IQueue;
  readonly deadLetterQueue: sqs.IQueue;
}

/** The queue of a consumer and its dead-letter queue, made here unless they are given. */
export function newFedQueues(scope: Construct, pattern: string, props: FedQueueProps, plan: FedQueuePlan): FedQueues {
  const common = { fifo: props.fifo, encryptionKey: props.encryptionKey, removalPolicy: props.removalPolicy };
  const deadLetterQueue = plan.deadLetterQueue ?? newPatternQueue(scope, 'DeadLetterQueue', {
    ...common,
    retentionPeriod: DEAD_LETTER_RETENTION,
    instead: byProps(pattern, Object.keys(common), `give a queue of your own as deadLetterQueue of the ${pattern}`),
  });
  claimDeadLetters(scope, deadLetterQueue);
  const queue = props.queue ?? newPatternQueue(scope, 'Queue', {
    ...common,
    visibilityTimeout: plan.visibilityTimeout,
    retentionPeriod: retentionOf(props),
    contentBasedDeduplication: props.fifo ? props.contentBasedDeduplication : undefined,
    highThroughput: props.highThroughput,
    deliveryDelay: props.deliveryDelay,
    maximumMessageSize: props.maximumMessageSize,
    deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: plan.maxReceiveCount },
    instead: byProp(pattern),
  });
  return { queue, deadLetterQueue };
}

/** Allows an operator to read the dead letters and to move them back to the queue. */
export function grantRedrive(scope: Construct, { queue, deadLetterQueue }: FedQueues, grantee: iam.IGrantable): iam.Grant {
  const operator = new RoleGrants(scope).to(grantee);
  return deadLetterQueue.grantConsumeMessages(operator)
    .combine(deadLetterQueue.grant(operator, 'sqs:StartMessageMoveTask', 'sqs:ListMessageMoveTasks', 'sqs:CancelMessageMoveTask'))
    .combine(queue.grantSendMessages(operator));
}

/** What the rules are told of the queue: what the props say of one that is made here, and what an adopted one settles itself. */
export function consumedQueueFacts(scope: Construct, props: FedQueueProps, visibilityTimeoutSeconds: number | undefined): ConsumedQueueFacts {
  const { queue } = props;
  if (queue) {
    return { ...queueFacts(queue), ...placeOf(queue.env), path: queue.node.path, fifo: isFifoQueue(queue) };
  }
  return {
    ...placeOf(Stack.of(scope)),
    fifo: isFifo(props),
    visibilityTimeoutSeconds,
    retentionSeconds: knownSeconds(retentionOf(props)),
    maxReceiveCount: knownNumber(props.maxReceiveCount ?? DEFAULT_MAX_RECEIVE_COUNT),
  };
}

/** What the rules are told of the dead-letter queue. */
export function deadLetterQueueFacts(scope: Construct, props: FedQueueProps): DeadLetterQueueFacts | undefined {
  const { queue } = props;
  const deadLetterQueue = deadLetterQueueOf(props);
  if (!deadLetterQueue) {
    return queue ? undefined : { fifo: isFifo(props), retentionSeconds: DEAD_LETTER_RETENTION.toSeconds() };
  }
  const target = queue && queueFacts(queue).deadLetterTarget;
  const owner = ownerOfDeadLetters(scope, deadLetterQueue);
  return {
    ...placeOf(deadLetterQueue.env),
    path: deadLetterQueue.node.path,
    fifo: isFifoQueue(deadLetterQueue),
    retentionSeconds: queueFacts(deadLetterQueue).retentionSeconds,
    isTheQueue: queue !== undefined && queueIdentity(queue) === queueIdentity(deadLetterQueue),
    isAnother: target !== undefined && target !== queueIdentity(deadLetterQueue),
    owner: owner === scope ? undefined : owner?.node.path,
    allowsQueue: allowsSource(deadLetterQueue, queue),
  };
}

/**
 * Notes what is wrong with the props of the queues, and warns of what cannot be checked.
 *
 * @param visibility what the visibility timeout of a queue that is not made in this app must be
 */
export function checkQueues(problems: Problems, scope: Construct, props: FedQueueProps, visibility: string): void {
  if (props.queue) {
    checkAdoptedQueue(problems, scope, props, props.queue, visibility);
  } else {
    checkNewQueue(problems, props);
  }
}

function checkNewQueue(problems: Problems, props: FedQueueProps): void {
  if (props.removalPolicy === RemovalPolicy.SNAPSHOT) {
    problems.add('removalPolicy is snapshot, but there are no snapshots of a queue: set RemovalPolicy.RETAIN or RemovalPolicy.DESTROY, or leave removalPolicy out');
  }
  if (props.contentBasedDeduplication && !props.fifo) {
    problems.add('contentBasedDeduplication is true, but only a FIFO queue deduplicates: set fifo: true, or leave contentBasedDeduplication out');
  }
  if (props.highThroughput && !props.fifo) {
    problems.add('highThroughput is true, but a standard queue has no limit to raise: set fifo: true, or leave highThroughput out');
  }
}

function checkAdoptedQueue(problems: Problems, scope: Construct, props: FedQueueProps, queue: sqs.IQueue, visibility: string): void {
  const { path } = queue.node;
  const adopted = queueFacts(queue);
  const owns = [
    'fifo', 'contentBasedDeduplication', 'highThroughput', 'maxReceiveCount', 'retentionPeriod', 'visibilityTimeout', 'deliveryDelay', 'maximumMessageSize', 'encryptionKey', 'removalPolicy',
  ] as const;
  for (const prop of owns.filter((name) => props[name] !== undefined)) {
    problems.add(`${prop} is set, but it is the adopted queue's own (queue '${path}'), which is not changed here: leave ${prop} out, or set it where the queue is made`);
  }
  if (adopted.setsAside !== false && !deadLetterQueueOf(props)) {
    problems.add(`deadLetterQueue is not set, and which one queue '${path}' has cannot be read, because the queue is imported or a bare CfnQueue: give the queue that its redrive policy names as deadLetterQueue`);
  }
  if (!adopted.owned) {
    Annotations.of(scope).addWarningV2(
      'cdk-serverless-patterns:adoptedQueueUnchecked',
      `queue '${path}' is not made in this app, so what it settles cannot be checked: ${visibility}` +
      'its redrive policy must be {"deadLetterTargetArn": "<ARN of deadLetterQueue>", "maxReceiveCount": 5}',
    );
  }
}

/** Warns of a dead-letter queue of which nothing is known. */
export function warnOfDeadLetterQueue(scope: Construct, deadLetterQueue: sqs.IQueue | undefined): void {
  if (deadLetterQueue && !queueFacts(deadLetterQueue).owned) {
    Annotations.of(scope).addWarningV2(
      'cdk-serverless-patterns:deadLetterQueueUnchecked',
      `deadLetterQueue '${deadLetterQueue.node.path}' is not made in this app, so it cannot be checked: ` +
      'it must be in the account and region of the queue, keep messages for 14 days, and its redrive allow policy, if it has one, ' +
      'must allow the queue: {"redrivePermission": "byQueue", "sourceQueueArns": ["<ARN of the queue>"]}',
    );
  }
}
