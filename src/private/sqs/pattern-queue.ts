import type { Size } from 'aws-cdk-lib';
import { CfnDeletionPolicy, Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { foretellQueuePolicy } from './queue-policy-quotas';
import { checkQueueAtSynthesis } from './queue-promises';

/** SQS keeps messages no longer than this. Dead letters wait for people, who take days. */
export const DEAD_LETTER_RETENTION = Duration.days(14);

export interface PatternQueueProps {
  readonly fifo?: boolean | undefined;
  readonly contentBasedDeduplication?: boolean | undefined;
  /** Of a FIFO queue: whether deduplication and quota are those of each message group. */
  readonly highThroughput?: boolean | undefined;
  readonly visibilityTimeout?: Duration | undefined;
  readonly deliveryDelay?: Duration | undefined;
  /** Undefined: what SQS takes at most. */
  readonly maximumMessageSize?: Size | undefined;
  readonly retentionPeriod: Duration;
  readonly deadLetterQueue?: sqs.DeadLetterQueue;
  /** Undefined: encrypted by SQS with keys of its own (SSE-SQS). */
  readonly encryptionKey?: kms.IKey | undefined;
  /** Undefined: deleted with the stack, but kept when it is replaced, because messages may be in it. */
  readonly removalPolicy?: RemovalPolicy | undefined;
  /** What to do in place of changing behind the pattern's back what a prop of this struct says. */
  readonly instead: (prop: string) => string;
}

/**
 * Makes a queue as all patterns have them: encrypted, TLS only, never thrown away with messages in it by a replacement.
 */
export function newPatternQueue(scope: Construct, id: string, props: PatternQueueProps): sqs.Queue {
  const { fifo, highThroughput, maximumMessageSize, encryptionKey, removalPolicy, instead: _, ...own } = props;
  const queue = new sqs.Queue(scope, id, {
    ...own,
    fifo: fifo || undefined,
    // SQS takes the one only with the other.
    ...(highThroughput && {
      deduplicationScope: sqs.DeduplicationScope.MESSAGE_GROUP,
      fifoThroughputLimit: sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
    }),
    maxMessageSizeBytes: maximumMessageSize?.toBytes(),
    encryption: encryptionKey ? sqs.QueueEncryption.KMS : sqs.QueueEncryption.SQS_MANAGED,
    encryptionMasterKey: encryptionKey,
    enforceSSL: true,
    removalPolicy: removalPolicy ?? RemovalPolicy.DESTROY,
  });
  if (removalPolicy === undefined) {
    (queue.node.defaultChild as sqs.CfnQueue).cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
  }
  foretellQueuePolicy(queue);
  queue.node.addValidation({ validate: () => checkQueueAtSynthesis(queue, props) });
  return queue;
}
