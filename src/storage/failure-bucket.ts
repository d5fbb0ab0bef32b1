import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import { Construct } from 'constructs';
import type { FailureBucketAlarmOptions, FailureBucketAlarms } from './failure-bucket.alarms';
import { FAILURE_BUCKET_ALARMS } from './failure-bucket.alarms';
import { checkAtSynthesis } from './failure-bucket.late-rules';
import { checkConsumer, checkProps, keptFor } from './failure-bucket.rules';
import type { FailureConsumer, FailureConsumerOptions } from './failure-consumers';
import type { IFailureStore } from './failure-store';
import type { IAlarmed } from '../alarms/alarmed';
import type { IQueueFed } from '../messaging/queue-fed';
import type { FailureDelivery } from './private/failure-delivery';
import { newFailureConsumer } from './private/failure-delivery';
import { listed } from '../private/alarms/alarm-table';
import { objectCreated } from '../private/events/object-delivery';
import { grantReadOfFailures } from '../private/s3/failure-grants';
import { newPatternBucket, sendEvents } from '../private/s3/pattern-bucket';
import { scopeForQueue } from '../private/sqs/queue-sender';

/**
 * Properties of a `FailureBucket`.
 */
export interface FailureBucketProps {
  /**
   * A customer-managed key for the bucket and for the dead-letter queues of consumers. Who stores or reads failures gets the right to use it with the grant.
   *
   * @default - encrypted by S3 with keys of its own (SSE-S3); dead-letter queues by SQS (SSE-SQS)
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * How long a failure is kept, in whole days. Shorter than the time for which a consumer may still be told of it is an error.
   *
   * @default Duration.days(90)
   */
  readonly expiration?: Duration;

  /**
   * Where S3 logs each request to the bucket: a bucket in the same region and account, encrypted by S3 (SSE-S3).
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html
   *
   * @default - no server access logs
   */
  readonly serverAccessLogsBucket?: s3.IBucket;

  /**
   * What the keys of the server access logs begin with.
   *
   * @default - nothing
   */
  readonly serverAccessLogsPrefix?: string;

  /**
   * Removal policy of the bucket and of the dead-letter queues of consumers.
   *
   * With `RemovalPolicy.DESTROY`, CloudFormation deletes the bucket only if it is empty.
   *
   * @default - the bucket is kept, except when the deployment that makes it fails; the queues are deleted with the stack, but kept when CloudFormation replaces them
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * Tuning of the alarm on failures that are stored. Those of consumers are tuned where the consumer is added.
   *
   * @default - the alarm is on, with its default threshold
   */
  readonly alarms?: FailureBucketAlarmOptions;
}

/**
 * A bucket that keeps whole what could not be processed, until somebody has looked at it: an object that arrives rings an alarm, and can be delivered to a consumer.
 *
 * Stream event source mappings, asynchronous invocations and Firehose store there what they give up. Of a stream, queues and topics would get only the positions of records.
 * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 *
 * @example
 * const failures = new FailureBucket(this, 'Failures');
 * failures.addConsumer('Inspection', new QueueFedFunction(this, 'Inspection', { handler }));
 */
@propertyInjectable
export class FailureBucket extends Construct implements IFailureStore, IAlarmed {
  /**
   * Identifies this class to property injectors.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-serverless-patterns.storage.FailureBucket';

  /**
   * The bucket that keeps the failures.
   */
  public readonly bucket: s3.IBucket;

  /**
   * The rule on the default event bus that counts the failures that are stored. It has no target.
   */
  public readonly arrivalRule: events.Rule;

  /**
   * The alarms of this bucket, by their names. Those of consumers are in what `addConsumer` returns.
   */
  public readonly alarms: FailureBucketAlarms;

  private readonly props: FailureBucketProps;
  private readonly deliveries: FailureDelivery[] = [];
  private readonly consumerAlarms: cloudwatch.Alarm[] = [];

  constructor(scope: Construct, id: string, props: FailureBucketProps = {}) {
    super(scope, id);
    checkProps(this, props);

    const { alarms, expiration, ...own } = props;
    this.props = props;
    this.bucket = newPatternBucket(this, 'Bucket', { ...own, expiration: expiration ?? keptFor() });
    sendEvents(this.bucket);
    const eventPattern = objectCreated(this.bucket);
    this.arrivalRule = new events.Rule(this, 'ArrivalRule', { eventPattern });
    this.alarms = FAILURE_BUCKET_ALARMS.add(this, { path: this.node.path, rule: this.arrivalRule }, alarms);
    // Consumers may be added until the app is complete.
    this.node.addValidation({
      validate: () => checkAtSynthesis(this, props, {
        bucket: this.bucket, arrival: { rule: this.arrivalRule, eventPattern }, deliveries: this.deliveries,
      }),
    });
  }

  /**
   * All alarms of this bucket and of its consumers. A copy: changing it changes nothing.
   */
  public get allAlarms(): cloudwatch.Alarm[] {
    return [...listed({ ...this.alarms }), ...this.consumerAlarms];
  }

  /**
   * Sends a message to a consumer for each failure that is stored: the event of S3, which names the object. What repairs or replays failures by itself, or opens a ticket, is such a consumer.
   *
   * EventBridge tries to deliver it for 24 hours and then sets it aside in a dead-letter queue of its own, with alarms. The rule stands in the stack of the consumer's queue, which comes to
   * depend on that of the bucket. The queue, and its customer-managed key, let this rule in; for a queue that is not made in this app a warning says which policies it needs.
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html
   *
   * @param id names the consumer below this construct
   * @param consumer who gets the messages, for instance a `QueueFedFunction`, or `QueueFed.of(queue, deadLetterQueue)`
   * @param options which objects, and the alarms
   */
  public addConsumer(id: string, consumer: IQueueFed, options: FailureConsumerOptions = {}): FailureConsumer {
    const scope = scopeForQueue(this, id, consumer.queue);
    checkConsumer(scope, this, this.bucket, consumer, this.props, options);

    const { bucket, props: { removalPolicy } } = this;
    const place = { bucket, encryptionKey: bucket.encryptionKey, removalPolicy, pattern: 'FailureBucket' };
    const { delivery, made } = newFailureConsumer(this, scope, id, consumer, options, place);
    this.deliveries.push(delivery);
    this.consumerAlarms.push(...listed({ ...made.alarms }));
    return made;
  }

  /**
   * Allows `grantee` to read failures, for instance to replay them: `s3:GetObject` on the keys that begin with `prefix`, `s3:ListBucket` on the bucket for these keys, both only while the bucket
   * is that of its account, and with a customer-managed key `kms:Decrypt` on it.
   *
   * It does not allow to delete: failures go when they expire.
   *
   * @param grantee who reads: a role, a function, a service
   * @param prefix what the keys begin with; every key if it is left out
   */
  public grantRead(grantee: iam.IGrantable, prefix?: string): iam.Grant {
    return grantReadOfFailures(this, this.bucket, grantee, prefix);
  }
}
