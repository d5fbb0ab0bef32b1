import type * as events from 'aws-cdk-lib/aws-events';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { FailureConsumerAlarmOptions, FailureConsumerAlarms } from './failure-bucket.alarms';

/**
 * How stored failures are delivered to a consumer.
 */
export interface FailureConsumerOptions {
  /**
   * What the keys of the objects begin with that are delivered.
   *
   * @default - every object
   */
  readonly prefix?: string;

  /**
   * The message group, for a consumer with a FIFO queue: all stored failures for this consumer are in it. EventBridge does not deliver in order.
   *
   * @default - the id that is given to `addConsumer`; none for a standard queue
   */
  readonly messageGroupId?: string;

  /**
   * Who reads the objects: a role or a function, which is granted what `grantRead` gives.
   *
   * @default - the consumer's `handler`, if it has one, as a `QueueFedFunction` has; otherwise nobody
   */
  readonly grantee?: iam.IGrantable;

  /**
   * Tuning of the alarms.
   *
   * @default - all alarms on, with their default thresholds
   */
  readonly alarms?: FailureConsumerAlarmOptions;
}

/**
 * What `FailureBucket.addConsumer` made.
 */
export interface FailureConsumer {
  /**
   * The rule on the default event bus that tells the consumer's queue of each stored failure.
   */
  readonly rule: events.Rule;

  /**
   * Where EventBridge sets aside what it cannot deliver. A standard queue, because EventBridge knows no other for this.
   */
  readonly deadLetterQueue: sqs.Queue;

  /**
   * The alarms on the rule and its dead-letter queue, by their names.
   */
  readonly alarms: FailureConsumerAlarms;
}
