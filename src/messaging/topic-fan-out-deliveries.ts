import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { DeadLetterAlarmOptions } from '../alarms/alarm-options';
import type { DeadLetterAlarms } from '../alarms/alarms-by-name';

/**
 * How a delivery to a bucket is subscribed to the topic of a `TopicFanOut`.
 */
export interface TopicFanOutDeliveryOptions {
  /**
   * The attributes that a message must have to be delivered: up to five, of which all must match.
   * https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
   *
   * @default - every message
   */
  readonly filterPolicy?: { [attribute: string]: sns.SubscriptionFilter };

  /**
   * What the body of a message, which must be JSON, must contain to be delivered: up to five properties, of which all must match.
   * https://docs.aws.amazon.com/sns/latest/dg/sns-message-filtering-scope.html
   *
   * @default - every message
   */
  readonly filterPolicyWithMessageBody?: { [property: string]: sns.FilterOrPolicy };

  /**
   * Whether a record is the message as it was published, instead of a JSON envelope around it. The envelope has its attributes and its time, too, but Parquet and partitions are then of it.
   * https://docs.aws.amazon.com/sns/latest/dg/sns-large-payload-raw-message-delivery.html
   *
   * @default true
   */
  readonly rawMessageDelivery?: boolean;

  /**
   * Tuning of the alarms on the dead-letter queue.
   *
   * @default - all alarms on, with their default thresholds
   */
  readonly alarms?: DeadLetterAlarmOptions;
}

/**
 * What `TopicFanOut.addDelivery` made.
 */
export interface TopicFanOutDelivery {
  /**
   * The subscription of the delivery stream to the topic.
   */
  readonly subscription: sns.Subscription;

  /**
   * The role by which SNS puts messages into the delivery stream.
   */
  readonly role: iam.Role;

  /**
   * Where messages go that SNS cannot put into the delivery stream.
   */
  readonly deadLetterQueue: sqs.Queue;

  /**
   * The alarms on the dead-letter queue.
   */
  readonly alarms: DeadLetterAlarms;
}
