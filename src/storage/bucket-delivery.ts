import { RemovalPolicy } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as firehose from 'aws-cdk-lib/aws-kinesisfirehose';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import { Construct } from 'constructs';
import type { BucketDeliveryProps } from './bucket-delivery-props';
import type { BucketDeliveryAlarms } from './bucket-delivery.alarms';
import { checkAtSynthesis } from './bucket-delivery.late-rules';
import { checkConsumer, checkProducers, checkProps, deliveryFacts, formOf, logRetentionOf, spreadOf } from './bucket-delivery.rules';
import type { FailureConsumer, FailureConsumerOptions } from './failure-consumers';
import type { IFailureStore } from './failure-store';
import { FailureForm } from './failure-store';
import type { IRecordDelivery } from './record-delivery';
import type { IAlarmed } from '../alarms/alarmed';
import type { IQueueFed } from '../messaging/queue-fed';
import { DELIVERY_ALARMS, KEY_ALARMS, PARTITION_ALARMS, PUT_ALARMS, SOURCE_ALARMS, TRANSFORM_ALARMS } from './private/delivery-alarms';
import { newDeliveryBucket } from './private/delivery-bucket';
import { claimPlaces, prefixesOf } from './private/delivery-prefixes';
import { newDeliveryStream } from './private/delivery-stream';
import type { FailureDelivery } from './private/failure-delivery';
import { failurePattern, newFailureConsumer } from './private/failure-delivery';
import { listed } from '../private/alarms/alarm-table';
import { RoleGrants } from '../private/iam/role-grants';
import { handlerAlarms } from '../private/lambda/handler-alarms';
import { timeoutSeconds } from '../private/lambda/handler-facts';
import { scopeForQueue } from '../private/sqs/queue-sender';

/**
 * A Firehose delivery stream that writes records to a bucket and loses none in silence: what cannot be transformed is kept whole beside the data, where an alarm watches, and an alarm
 * rings long before Firehose gives up what it cannot write.
 *
 * Creates the bucket, the delivery stream, its role with the permissions that it needs and no others, its log and the alarms, with values that fit each other.
 * https://docs.aws.amazon.com/firehose/latest/dev/what-is-this-service.html
 *
 * @example
 * const clicks = new BucketDelivery(this, 'Clicks');
 * clicks.grantPutRecords(handler);
 */
@propertyInjectable
export class BucketDelivery extends Construct implements IAlarmed, IRecordDelivery {
  /**
   * Identifies this class to property injectors.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-serverless-patterns.storage.BucketDelivery';

  /**
   * The bucket that the records are written to.
   */
  public readonly bucket: s3.IBucket;

  /**
   * The role by which Firehose reads, transforms and writes.
   */
  public readonly role: iam.Role;

  /**
   * The log of delivery errors.
   */
  public readonly logGroup: logs.LogGroup;

  /**
   * The delivery stream.
   */
  public readonly deliveryStream: firehose.IDeliveryStream;

  /**
   * Where the records are that could not be processed.
   */
  public readonly failureStore: IFailureStore;

  /**
   * The rule on the default event bus that counts the objects that are stored there. It has no target.
   */
  public readonly failureRule: events.Rule;

  /**
   * The alarms on the delivery stream and on the function that transforms records, by their names. Those of failure consumers are in what `addFailureConsumer` returns.
   */
  public readonly alarms: BucketDeliveryAlarms;

  private readonly props: BucketDeliveryProps;
  private readonly failureDeliveries: FailureDelivery[] = [];
  private readonly consumerAlarms: cloudwatch.Alarm[] = [];

  constructor(scope: Construct, id: string, props: BucketDeliveryProps = {}) {
    super(scope, id);
    checkProps(this, props);

    this.props = props;
    const { source, transform, encryptionKey, parquet, partitioning } = props;
    const prefixes = prefixesOf(props);
    this.bucket = props.bucket ?? newDeliveryBucket(this, 'Bucket', props);
    this.role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('firehose.amazonaws.com') });
    this.logGroup = new logs.LogGroup(this, 'Logs', { retention: logRetentionOf(props), removalPolicy: RemovalPolicy.DESTROY });
    const { bucket, role, logGroup } = this;
    claimPlaces(this, bucket, props);
    const parts = { ...prefixes, ...formOf(props), bucket, source, transform, encryptionKey, parquet, partitioning, role, logGroup };
    // Firehose refuses to switch partitioning on or off, so a delivery stream with it is another one, which takes the place of the old.
    this.deliveryStream = newDeliveryStream(this, partitioning ? 'PartitionedDeliveryStream' : 'DeliveryStream', parts);
    this.failureStore = { bucket, prefix: prefixes.errorPrefix, form: FailureForm.FIREHOSE_RECORDS };
    const transformTimeout = transform && timeoutSeconds(transform);
    const eventPattern = failurePattern(bucket, prefixes.errorPrefix);
    this.failureRule = new events.Rule(this, 'FailureRule', { eventPattern });

    const { deliveryStream, failureRule: rule } = this;
    const subject = { path: this.node.path, deliveryStream, rule, ...deliveryFacts(props) };
    this.alarms = {
      ...DELIVERY_ALARMS.add(this, subject, props.alarms),
      ...source ? SOURCE_ALARMS.add(this, subject, props.alarms) : PUT_ALARMS.add(this, subject, props.alarms),
      ...partitioning ? PARTITION_ALARMS.add(this, subject, props.alarms) : {},
      ...!source && encryptionKey ? KEY_ALARMS.add(this, subject, props.alarms) : {},
      ...transform ? { ...TRANSFORM_ALARMS.add(this, subject, props.alarms), ...handlerAlarms(this, transform, spreadOf(props), props.alarms) } : {},
    };
    // Consumers may be added until the app is complete.
    this.node.addValidation({
      validate: () => checkAtSynthesis(this, props, {
        ...parts, arrival: { rule, eventPattern }, failureDeliveries: this.failureDeliveries, transformTimeout,
      }),
    });
  }

  /**
   * All alarms, those of failure consumers too, for dashboards and composite alarms. A copy: changing it changes nothing.
   */
  public get allAlarms(): cloudwatch.Alarm[] {
    return [...listed({ ...this.alarms }), ...this.consumerAlarms];
  }

  /**
   * Allows a producer to put records: `firehose:PutRecord` and `firehose:PutRecordBatch` on the delivery stream. Not with a `source`, whose producers write to that stream.
   *
   * A producer must put again what `PutRecordBatch` reports as failed (`FailedPutCount`). https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html
   *
   * @param grantee who puts: a role, a function, a service
   */
  public grantPutRecords(grantee: iam.IGrantable): iam.Grant {
    checkProducers(this, this.props.source);
    return this.deliveryStream.grantPutRecords(new RoleGrants(this).to(grantee));
  }

  /**
   * Sends a message to a consumer for each object with records that could not be processed: the event of S3, which names the object. What repairs such records, or opens a ticket, is such a
   * consumer; one that puts records again must count how often, or a record that can never be processed goes round for ever.
   *
   * EventBridge tries to deliver it for 24 hours and then sets it aside in a dead-letter queue of its own, with alarms. The rule stands in the stack of the consumer's queue, which comes to
   * depend on that of the bucket. The queue, and its customer-managed key, let this rule in; for a queue that is not made in this app a warning says which policies it needs.
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html
   *
   * @param id names the consumer below this construct
   * @param consumer who gets the messages, for instance a `QueueFedFunction`, or `QueueFed.of(queue, deadLetterQueue)`
   * @param options which objects (a `prefix` that begins with the error prefix), and the alarms
   */
  public addFailureConsumer(id: string, consumer: IQueueFed, options: FailureConsumerOptions = {}): FailureConsumer {
    const scope = scopeForQueue(this, id, consumer.queue);
    checkConsumer(scope, this, this.bucket, consumer, this.props, options);

    const { bucket, props: { encryptionKey, removalPolicy } } = this;
    const place = { bucket, encryptionKey: encryptionKey ?? bucket.encryptionKey, removalPolicy, pattern: 'BucketDelivery' };
    const { prefix = this.failureStore.prefix } = options;
    const { delivery, made } = newFailureConsumer(this, scope, id, consumer, { ...options, prefix }, place);
    this.failureDeliveries.push(delivery);
    this.consumerAlarms.push(...listed({ ...made.alarms }));
    return made;
  }
}
