import type { DeliveryGraph } from './delivery-graph';
import type { End, Hop } from './hop';
import { documentOf } from './reading';
import { QUEUE } from './resource-types';
import type { Resource } from '../template/app';
import type { Props } from '../template/props';
import { isLiteral, isUnknown } from '../template/symbols';


/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html */
const DEFAULT_VISIBILITY_SECONDS = 30;
const DEFAULT_RETENTION_SECONDS = 345_600;
const DEFAULT_MESSAGE_BYTES = 1_048_576;
const AWS_MANAGED_KEY = /(^|:)alias\/aws\/sqs$/;

/** What a template says of a queue. What is undefined is not known. */
export interface QueueFacts {
  readonly path: string;
  readonly fifo?: boolean | undefined;
  readonly visibilityTimeoutSeconds?: number | undefined;
  readonly retentionSeconds?: number | undefined;
  readonly maximumMessageBytes?: number | undefined;
  readonly contentBasedDeduplication?: boolean | undefined;
  readonly awsManagedKey?: boolean | undefined;
  readonly account?: string | undefined;
  readonly region?: string | undefined;
}

export function queueFacts({ path, props, stack: { account, region } }: Resource): QueueFacts {
  // The ARN of an alias has the region and the account in it, which need not be known.
  const key = props.value('KmsMasterKeyId') ?? '';
  return {
    path,
    fifo: props.flag('FifoQueue', false),
    visibilityTimeoutSeconds: props.number('VisibilityTimeout', DEFAULT_VISIBILITY_SECONDS),
    retentionSeconds: props.number('MessageRetentionPeriod', DEFAULT_RETENTION_SECONDS),
    maximumMessageBytes: props.number('MaximumMessageSize', DEFAULT_MESSAGE_BYTES),
    contentBasedDeduplication: props.flag('ContentBasedDeduplication', false),
    awsManagedKey: isUnknown(key) ? undefined : AWS_MANAGED_KEY.test(String(key)),
    account,
    region,
  };
}

/** Where SQS moves what was received too often. */
export interface Redrive {
  readonly deadLetterQueue: End;
  readonly maxReceiveCount?: number | undefined;
}

/** The redrive policy of a queue or a subscription. `none`: it has none. Undefined: not known. */
export function redriveOf(graph: DeliveryGraph, { props }: { readonly props: Props }): Redrive | 'none' | undefined {
  if (props.has('RedrivePolicy') !== true) {
    return props.has('RedrivePolicy') === false ? 'none' : undefined;
  }
  const policy = documentOf(props, 'RedrivePolicy');
  return policy.text('deadLetterTargetArn') === undefined ? undefined
    : { deadLetterQueue: graph.end(policy, 'deadLetterTargetArn', QUEUE), maxReceiveCount: policy.number('maxReceiveCount') };
}

/** Whether the redrive allow policy of a dead-letter queue lets a queue move messages there. Undefined: not known. */
export function allowsRedrive(graph: DeliveryGraph, { props }: Resource, source: Resource): boolean | undefined {
  const policy = documentOf(props, 'RedriveAllowPolicy');
  const permission = policy.literal('redrivePermission', 'allowAll');
  if (permission !== 'byQueue') {
    return permission === undefined ? undefined : permission !== 'denyAll';
  }
  const allowed = policy.list('sourceQueueArns')?.map(String);
  // An ARN that is written out may be that of a queue whose name is not known.
  const isAnother = (arn: string) => graph.app.find(arn, QUEUE) !== undefined || (isLiteral(arn) && isLiteral(source.arn));
  return allowed?.includes(source.arn) || (allowed?.every(isAnother) ? false : undefined);
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
