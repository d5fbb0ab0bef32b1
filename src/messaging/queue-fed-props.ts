import type { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as sqs from 'aws-cdk-lib/aws-sqs';

/**
 * Properties that every pattern with a queue of its own has: those of the queue and its dead-letter queue.
 */
export interface QueueFedProps {
  /**
   * Existing queue to adopt. It is not changed: its own settings (type, retention, visibility timeout, encryption, redrive policy) are checked, and must
   * not be set here too.
   *
   * @default - a new queue
   */
  readonly queue?: sqs.IQueue;

  /**
   * Existing dead-letter queue. It must be of the same type as the queue, and must not belong to another consumer. For an adopted queue: the one that its redrive
   * policy names, needed only where it cannot be read (an imported queue).
   *
   * @default - a new one, which keeps messages for 14 days; for an adopted queue, the one that it has
   */
  readonly deadLetterQueue?: sqs.IQueue;

  /**
   * Whether messages of one group are processed in order, on a FIFO queue with a FIFO dead-letter queue.
   *
   * @default false
   */
  readonly fifo?: boolean;

  /**
   * Whether SQS uses the hash of a message's body as its deduplication ID. FIFO queues only.
   *
   * @default false
   */
  readonly contentBasedDeduplication?: boolean;

  /**
   * Whether the queue is in high throughput mode, in which deduplication and quota apply to each message group, so that there should be many. FIFO queues only.
   * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/high-throughput-fifo.html
   *
   * @default false
   */
  readonly highThroughput?: boolean;

  /**
   * Number of times that a message is received before it is moved to the dead-letter queue, from 1 to 1000. It gets there after this many visibility timeouts.
   * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
   *
   * @default 5
   */
  readonly maxReceiveCount?: number;

  /**
   * Time for which the queue keeps a message that is not processed, from one minute to 14 days.
   *
   * @default Duration.days(4)
   */
  readonly retentionPeriod?: Duration;

  /**
   * Time for which a new message stays invisible, up to 15 minutes.
   * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-delay-queues.html
   *
   * @default - none
   */
  readonly deliveryDelay?: Duration;

  /**
   * Maximum size of a message, body and attributes together, from 1 KiB to 1 MiB. Larger ones are refused; send them by claim check (`ClaimCheckBucket`).
   * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
   *
   * @default - 1 MiB, the most that SQS takes
   */
  readonly maximumMessageSize?: Size;

  /**
   * Customer-managed key for the queues that are created here. What processes the messages is allowed to decrypt with it.
   *
   * @default - encrypted with keys that SQS owns (SSE-SQS)
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Removal policy of the queues that are created here.
   *
   * @default - deleted with the stack, but kept when CloudFormation replaces them, because messages may be in them
   */
  readonly removalPolicy?: RemovalPolicy;
}
