import { CfnResource, Stack } from 'aws-cdk-lib';
import type * as sqs from 'aws-cdk-lib/aws-sqs';

/** What a queue settles. Undefined: cannot be known here (an imported queue, or a token). */
export interface QueueFacts {
  /** Whether the queue is made in this app. */
  readonly owned: boolean;
  readonly visibilityTimeoutSeconds?: number;
  readonly retentionSeconds?: number;
  readonly maxReceiveCount?: number;
  /** The ARN in its redrive policy, resolved, to compare; undefined if it has none or it is unknown. */
  readonly deadLetterTargetArn?: unknown;
}

/** SQS's own defaults for what a queue does not state (AWS::SQS::Queue), in seconds. */
const DEFAULT_VISIBILITY_SECONDS = 30;
const DEFAULT_RETENTION_SECONDS = 345_600;

/**
 * Reads what can be known of a queue from its CloudFormation resource.
 */
export function queueFacts(queue: sqs.IQueue): QueueFacts {
  const child = queue.node.defaultChild;
  if (!child || !CfnResource.isCfnResource(child) || child.cfnResourceType !== 'AWS::SQS::Queue') {
    return { owned: false };
  }
  const resource = child as sqs.CfnQueue;
  const stack = Stack.of(resource);
  const redrive = stack.resolve(resource.redrivePolicy) as { deadLetterTargetArn?: unknown; maxReceiveCount?: unknown } | undefined;
  return {
    owned: true,
    visibilityTimeoutSeconds: known(stack.resolve(resource.visibilityTimeout ?? DEFAULT_VISIBILITY_SECONDS)),
    retentionSeconds: known(stack.resolve(resource.messageRetentionPeriod ?? DEFAULT_RETENTION_SECONDS)),
    maxReceiveCount: known(redrive?.maxReceiveCount),
    deadLetterTargetArn: redrive?.deadLetterTargetArn,
  };
}

/**
 * The identity of a queue within one app, for whichever object stands for it: two imports of one ARN are one queue.
 */
export function queueIdentity(queue: sqs.IQueue): string {
  const resource = queue.node.defaultChild;
  return resource && CfnResource.isCfnResource(resource) ? resource.node.path : JSON.stringify(Stack.of(queue).resolve(queue.queueArn));
}

function known(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
