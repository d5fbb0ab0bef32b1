import { Stack } from 'aws-cdk-lib';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { ReceivingQueueFacts } from '../../delivery/rules/rule';
import { placeOf } from '../app/environments';
import { identityOf, resourceBehind } from '../app/references';
import { renderedProperty } from '../app/rendered-resource';

const QUEUE = 'AWS::SQS::Queue';

/** What a queue settles. Undefined: cannot be known here (an imported queue, or a token). */
export interface QueueFacts {
  /** Whether the queue is made in this app. */
  readonly owned: boolean;
  readonly visibilityTimeoutSeconds?: number;
  readonly retentionSeconds?: number;
  readonly maxReceiveCount?: number;
  /** The most bytes that a message may have. */
  readonly maximumMessageBytes?: number;
  /** Whether it has a redrive policy. */
  readonly setsAside?: boolean;
  /** The identity of the queue that its redrive policy names. */
  readonly deadLetterTarget?: string;
  /** The id or ARN of the KMS key that encrypts it, as in the template; undefined also for SSE-SQS and for no encryption. */
  readonly kmsKeyId?: unknown;
  /** Whether it takes the hash of a message's body for its deduplication id. */
  readonly contentBasedDeduplication?: boolean;
}

/** SQS's own defaults for what a queue does not state (AWS::SQS::Queue). */
const DEFAULT_VISIBILITY_SECONDS = 30;
const DEFAULT_RETENTION_SECONDS = 345_600;
const DEFAULT_MAXIMUM_MESSAGE_BYTES = 1_048_576;

/**
 * Reads what can be known of a queue from its CloudFormation resource.
 */
export function queueFacts(queue: sqs.IQueue): QueueFacts {
  const resource = resourceBehind(queue.queueArn, QUEUE) as sqs.CfnQueue | undefined;
  if (!resource) {
    return { owned: false };
  }
  const property = (name: string) => renderedProperty(resource, name);
  const redrive = property('RedrivePolicy') as RedrivePolicy | undefined;
  // With its tokens, which say what it refers to.
  const target = (resource.redrivePolicy as RedrivePolicy | undefined)?.deadLetterTargetArn;
  const isTarget = typeof target === 'string' && JSON.stringify(Stack.of(resource).resolve(target)) === JSON.stringify(redrive?.deadLetterTargetArn);
  return {
    owned: true,
    visibilityTimeoutSeconds: known(property('VisibilityTimeout') ?? DEFAULT_VISIBILITY_SECONDS),
    retentionSeconds: known(property('MessageRetentionPeriod') ?? DEFAULT_RETENTION_SECONDS),
    maximumMessageBytes: known(property('MaximumMessageSize') ?? DEFAULT_MAXIMUM_MESSAGE_BYTES),
    setsAside: redrive !== undefined,
    maxReceiveCount: known(redrive?.maxReceiveCount),
    kmsKeyId: property('KmsMasterKeyId'),
    contentBasedDeduplication: knownFlag(property('ContentBasedDeduplication') ?? false),
    deadLetterTarget: isTarget ? identityOf(target, QUEUE, resource) : undefined,
  };
}

interface RedrivePolicy {
  readonly deadLetterTargetArn?: unknown;
  readonly maxReceiveCount?: unknown;
}

/**
 * Whether the redrive allow policy of a dead-letter queue lets a queue move messages there. Undefined: not known.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
 *
 * @param source the queue; undefined: one that is still to be made, whose ARN no policy can name
 */
export function allowsSource(deadLetterQueue: sqs.IQueue, source?: sqs.IQueue): boolean | undefined {
  const resource = resourceBehind(deadLetterQueue.queueArn, QUEUE) as sqs.CfnQueue | undefined;
  const policy = resource && renderedProperty(resource, 'RedriveAllowPolicy') as { redrivePermission?: unknown; sourceQueueArns?: unknown } | undefined;
  switch (policy?.redrivePermission) {
    case 'denyAll':
      return false;
    case 'byQueue': {
      const arn = source && Stack.of(deadLetterQueue).resolve(source.queueArn) as unknown;
      return Array.isArray(policy.sourceQueueArns) && policy.sourceQueueArns.some((allowed) => JSON.stringify(allowed) === JSON.stringify(arn));
    }
    case 'allowAll':
      return true;
    default:
      return undefined;
  }
}

/**
 * Whether a queue is encrypted with the AWS-managed key of SQS, whose policy nobody can change: SNS, EventBridge and others cannot send to it, and their messages are
 * dropped in silence. Known only of queues that are made in this app.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
 */
export function hasAwsManagedKey(queue: sqs.IQueue): boolean {
  return JSON.stringify(queueFacts(queue).kmsKeyId ?? '').includes('alias/aws/sqs');
}

/** What the rules are told of a queue that a service sends to. */
export function receivingQueueFacts(queue: sqs.IQueue): ReceivingQueueFacts {
  const { contentBasedDeduplication, maximumMessageBytes } = queueFacts(queue);
  return {
    ...placeOf(queue.env),
    path: queue.node.path,
    fifo: isFifoQueue(queue),
    contentBasedDeduplication,
    awsManagedKey: hasAwsManagedKey(queue),
    maximumMessageBytes,
  };
}

/**
 * Whether a queue is a FIFO queue. An import whose ARN is a token says `false` of whatever it stands for, so a queue of this app is asked itself.
 */
export function isFifoQueue(queue: sqs.IQueue): boolean {
  const resource = resourceBehind(queue.queueArn, QUEUE) as sqs.CfnQueue | undefined;
  return resource ? renderedProperty(resource, 'FifoQueue') === true : queue.fifo;
}

/**
 * The identity of a queue within one app, for whichever object stands for it: two imports of one ARN are one queue.
 */
export function queueIdentity(queue: sqs.IQueue): string {
  return identityOf(queue.queueArn, QUEUE, queue);
}

function known(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function knownFlag(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}
