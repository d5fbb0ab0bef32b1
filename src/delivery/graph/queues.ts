import type { DeliveryGraph } from './delivery-graph';
import type { End, Hop } from './hop';
import { documentOf } from './reading';
import type { Resource } from '../template/app';

export const QUEUE = 'AWS::SQS::Queue';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html */
const DEFAULT_VISIBILITY_SECONDS = 30;
const DEFAULT_RETENTION_SECONDS = 345_600;
const DEFAULT_MESSAGE_BYTES = 1_048_576;
const AWS_MANAGED_KEY = /(^|:)alias\/aws\/sqs$/;

/** What a template says of a queue. What is undefined is not known. */
export interface QueueFacts {
  readonly path: string;
  readonly fifo: boolean;
  readonly visibilityTimeoutSeconds?: number | undefined;
  readonly retentionSeconds?: number | undefined;
  readonly maximumMessageBytes?: number | undefined;
  readonly contentBasedDeduplication?: boolean | undefined;
  readonly awsManagedKey?: boolean | undefined;
  readonly account?: string | undefined;
  readonly region?: string | undefined;
}

export function queueFacts({ path, props, stack: { account, region } }: Resource): QueueFacts {
  const key = props.literal('KmsMasterKeyId', '');
  return {
    path,
    fifo: props.flag('FifoQueue', false) === true,
    visibilityTimeoutSeconds: props.number('VisibilityTimeout', DEFAULT_VISIBILITY_SECONDS),
    retentionSeconds: props.number('MessageRetentionPeriod', DEFAULT_RETENTION_SECONDS),
    maximumMessageBytes: props.number('MaximumMessageSize', DEFAULT_MESSAGE_BYTES),
    contentBasedDeduplication: props.flag('ContentBasedDeduplication', false),
    awsManagedKey: key === undefined ? undefined : AWS_MANAGED_KEY.test(key),
    account,
    region,
  };
}

/** Where SQS moves what was received too often. */
export interface Redrive {
  readonly deadLetterQueue: End;
  readonly maxReceiveCount?: number | undefined;
}

/** `none`: the queue has no redrive policy. Undefined: not known. */
export function redriveOf(graph: DeliveryGraph, { props }: Resource): Redrive | 'none' | undefined {
  if (props.has('RedrivePolicy') !== true) {
    return props.has('RedrivePolicy') === false ? 'none' : undefined;
  }
  const policy = documentOf(props, 'RedrivePolicy');
  return policy.text('deadLetterTargetArn') === undefined ? undefined
    : { deadLetterQueue: graph.end(policy, 'deadLetterTargetArn', QUEUE), maxReceiveCount: policy.number('maxReceiveCount') };
}

/** A redrive policy is a hop of its own: SQS moves the message by itself. */
export function* queueHops(graph: DeliveryGraph): Iterable<Hop> {
  for (const queue of graph.app.ofType(QUEUE)) {
    const redrive = redriveOf(graph, queue);
    if (redrive !== undefined && redrive !== 'none') {
      yield {
        kind: 'redrive',
        at: queue,
        name: `redrive policy of queue '${queue.path}'`,
        from: { text: queue.arn, resource: queue },
        to: redrive.deadLetterQueue,
        service: 'sqs.amazonaws.com',
        retries: redrive.maxReceiveCount === undefined ? undefined : `after ${redrive.maxReceiveCount} receives`,
      };
    }
  }
}
