import type { Duration, Size } from 'aws-cdk-lib';
import type * as events from 'aws-cdk-lib/aws-events';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { UploadAlarmOptions, UploadAlarms } from './claim-check-bucket.alarms';

/**
 * What a `ClaimCheckBucket` must know of a consumer that gets its payloads by reference.
 */
export interface ClaimCheckConsumerOptions {
  /**
   * What the keys of the payloads begin with that this consumer claims.
   *
   * @default - it may claim every payload
   */
  readonly prefix?: string;

  /**
   * Whether the message goes through an SNS topic before the consumer's queue, as with a `TopicFanOut`. SNS tries to deliver for up to 23 days.
   * https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
   *
   * @default false
   */
  readonly throughTopic?: boolean;

  /**
   * How long the queue and the dead-letter queue keep a message, together.
   *
   * @default - read from the two queues; required where it cannot be read, as for imported queues
   */
  readonly lifetime?: Duration;

  /**
   * Who claims the payloads: a role or a function, which is granted what `grantClaim` gives.
   *
   * @default - the consumer's `handler`, if it has one, as a `QueueFedFunction` has; otherwise nobody
   */
  readonly grantee?: iam.IGrantable;
}

/**
 * What `ClaimCheckBucket.addConsumer` knows of a consumer.
 */
export interface ClaimCheckConsumer {
  /**
   * The most bytes that a message to this consumer may have, body and attributes: what its producers give to `deposit` for `threshold`.
   */
  readonly threshold: number;
}

/**
 * How uploads are delivered to a consumer.
 */
export interface UploadConsumerOptions {
  /**
   * What the keys of the objects begin with that are delivered.
   *
   * @default - every object; not possible beside payloads that are deposited by message
   */
  readonly prefix?: string;

  /**
   * What the keys of the objects end with that are delivered: one of these, for instance `.csv` and `.csv.gz`.
   *
   * @default - any
   */
  readonly suffixes?: string[];

  /**
   * Only objects larger than this are delivered. EventBridge compares numbers up to 5,000,000,000, so `objectSizeLessThan` must be stated with it: larger objects would be left out unsaid.
   *
   * @default - empty objects are left out, and no others
   */
  readonly objectSizeGreaterThan?: Size;

  /**
   * Only objects smaller than this are delivered; at most 5,000,000,000 bytes.
   *
   * @default - any size
   */
  readonly objectSizeLessThan?: Size;

  /**
   * Whether empty objects are delivered too. The S3 console makes one, whose key ends with a slash, for each folder.
   *
   * @default false
   */
  readonly includeEmptyObjects?: boolean;

  /**
   * The message group, for a consumer with a FIFO queue: all uploads of this consumer are in it. EventBridge does not deliver in order.
   *
   * @default - the id that is given to `addUploadConsumer`; none for a standard queue
   */
  readonly messageGroupId?: string;

  /**
   * How long the queue and the dead-letter queue keep a message, together.
   *
   * @default - read from the two queues; required where it cannot be read, as for imported queues
   */
  readonly lifetime?: Duration;

  /**
   * Who reads the objects: a role or a function, which is granted what `grantClaim` gives.
   *
   * @default - the consumer's `handler`, if it has one, as a `QueueFedFunction` has; otherwise nobody
   */
  readonly grantee?: iam.IGrantable;

  /**
   * Tuning of the alarms.
   *
   * @default - all alarms on, with their default thresholds
   */
  readonly alarms?: UploadAlarmOptions;
}

/**
 * What `ClaimCheckBucket.addUploadConsumer` made.
 */
export interface UploadConsumer {
  /**
   * The rule on the default event bus that sends each upload to the consumer's queue.
   */
  readonly rule: events.Rule;

  /**
   * Where EventBridge sets aside what it cannot deliver. A standard queue, because EventBridge knows no other for this.
   */
  readonly deadLetterQueue: sqs.Queue;

  /**
   * The alarms on the rule and its dead-letter queue, by their names.
   */
  readonly alarms: UploadAlarms;
}
