import { CfnDeletionPolicy, Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { foretellQueuePolicy } from './queue-policy-quotas';

/** SQS keeps messages no longer than this. Dead letters wait for people, who take days. */
export const DEAD_LETTER_RETENTION = Duration.days(14);

export interface PatternQueueProps {
  readonly fifo?: boolean | undefined;
  readonly contentBasedDeduplication?: boolean | undefined;
  readonly visibilityTimeout?: Duration | undefined;
  readonly retentionPeriod: Duration;
  readonly deadLetterQueue?: sqs.DeadLetterQueue;
  /** Undefined: encrypted by SQS with keys of its own (SSE-SQS). */
  readonly encryptionKey?: kms.IKey | undefined;
  /** Undefined: deleted with the stack, but kept when it is replaced, because messages may be in it. */
  readonly removalPolicy?: RemovalPolicy | undefined;
}

/**
 * Makes a queue as all patterns have them: encrypted, TLS only, never thrown away with messages in it by a replacement.
 */
export function newPatternQueue(scope: Construct, id: string, props: PatternQueueProps): sqs.Queue {
  const { fifo, encryptionKey, removalPolicy, ...own } = props;
  const queue = new sqs.Queue(scope, id, {
    ...own,
    fifo: fifo || undefined,
    encryption: encryptionKey ? sqs.QueueEncryption.KMS : sqs.QueueEncryption.SQS_MANAGED,
    encryptionMasterKey: encryptionKey,
    enforceSSL: true,
    removalPolicy: removalPolicy ?? RemovalPolicy.DESTROY,
  });
  if (removalPolicy === undefined) {
    (queue.node.defaultChild as sqs.CfnQueue).cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
  }
  foretellQueuePolicy(queue);
  return queue;
}
