import type { Size } from 'aws-cdk-lib';
import { Annotations, Duration, Lazy } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import { Construct } from 'constructs';
import type { ObjectDeliveryAlarmOptions, ObjectDeliveryAlarms } from './bucket-fed-function.alarms';
import { OBJECT_DELIVERY_ALARMS, OBJECT_SIZE_ALARMS } from './bucket-fed-function.alarms';
import { checkAtSynthesis } from './bucket-fed-function.late-rules';
import { checkProps, consumerProps, deliveredPattern, keptVersions, readerOf, tooLargePattern } from './bucket-fed-function.rules';
import type { IAlarmed } from '../alarms/alarmed';
import type { IQueueFed } from '../messaging/queue-fed';
import type { QueueFedFunctionProps } from '../messaging/queue-fed-function';
import { QueueFedFunction } from '../messaging/queue-fed-function';
import type { QueueFedFunctionAlarms } from '../messaging/queue-fed-function.alarms';
import { listed } from '../private/alarms/alarm-table';
import { wholeOrNot } from '../private/checks/problems';
import { messageGroupOf } from '../private/events/event-delivery';
import { newObjectDelivery } from '../private/events/object-delivery';
import { mayHaveVersions } from '../private/s3/bucket-facts';
import type { BucketAccess } from '../private/s3/bucket-grants';
import { grantAccess } from '../private/s3/bucket-grants';
import { newPatternBucket, sendEvents } from '../private/s3/pattern-bucket';

/**
 * Properties of a `BucketFedFunction`: those of a `QueueFedFunction`, and which objects its queue is told of.
 *
 * `encryptionKey` and `removalPolicy` are for the bucket, too, if it is made here, and for the dead-letter queue of the delivery.
 */
export interface BucketFedFunctionProps extends QueueFedFunctionProps {
  /**
   * A live bucket to adopt, instead of a new one. It is not changed: it must send its events to EventBridge, and keep objects for as long as a message may name them. Both are checked.
   *
   * @default - a new bucket with versions
   */
  readonly bucket?: s3.IBucket;

  /**
   * What the keys of the objects begin with that are delivered, not encoded.
   *
   * @default - any key
   */
  readonly prefix?: string;

  /**
   * What the keys of the objects end with that are delivered, not encoded, for instance `.csv`.
   *
   * @default - any key
   */
  readonly suffix?: string;

  /**
   * Smaller objects are not delivered. EventBridge compares numbers up to 5,000,000,000, so more than one byte needs `maxObjectSize`: larger objects would be left out unsaid. With no bytes,
   * empty objects are delivered, and `suffix` must be set, because folders are empty objects.
   *
   * @default - empty objects are not delivered, and so no folders
   */
  readonly minObjectSize?: Size;

  /**
   * Larger objects are not delivered; at most 5,000,000,000 bytes. Those that are larger than that are not even counted.
   *
   * @default - any size
   */
  readonly maxObjectSize?: Size;

  /**
   * What the keys of the objects begin with that the handler writes into the bucket, which it is then allowed. It must not overlap with `prefix`: the handler would be told of its own output.
   *
   * @default - the handler is not allowed to write into the bucket
   */
  readonly outputPrefix?: string;

  /**
   * Tuning of the alarms on the delivery of objects to the queue.
   *
   * @default - all alarms on, with their default thresholds
   */
  readonly deliveryAlarms?: ObjectDeliveryAlarmOptions;
}

/**
 * A bucket that feeds a Lambda function and loses nothing: S3 sends an event for each object to EventBridge, a rule sends it to a queue, and the function processes it, or it is tried again, or it
 * is moved whole to a dead-letter queue that an alarm watches.
 *
 * Creates the bucket, the rule, the queue with its dead-letter queue, the event source, the permissions and the alarms. Events come at least once and in any order.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html
 *
 * @example
 * new BucketFedFunction(this, 'Imports', { handler, prefix: 'in/', suffix: '.csv' });
 */
@propertyInjectable
export class BucketFedFunction extends Construct implements IQueueFed, IAlarmed {
  /**
   * Identifies this class to property injectors.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-serverless-patterns.storage.BucketFedFunction';

  /**
   * The bucket whose objects are processed.
   */
  public readonly bucket: s3.IBucket;

  /**
   * The queue and the function that it feeds.
   */
  public readonly consumer: QueueFedFunction;

  /**
   * The rule on the default event bus that sends the event about each object to the queue.
   */
  public readonly rule: events.Rule;

  /**
   * The rule that counts objects larger than `maxObjectSize`. It has no target.
   */
  public readonly tooLargeRule?: events.Rule;

  /**
   * Where EventBridge sets aside what it cannot deliver to the queue. A standard queue, because EventBridge knows no other for this.
   */
  public readonly deliveryDeadLetterQueue: sqs.Queue;

  /**
   * The alarms on the delivery of objects to the queue, by their names.
   */
  public readonly deliveryAlarms: ObjectDeliveryAlarms;

  constructor(scope: Construct, id: string, props: BucketFedFunctionProps) {
    super(scope, id);
    checkProps(this, props);

    const { encryptionKey, removalPolicy, maxObjectSize } = props;
    this.bucket = props.bucket ?? this.newBucket(props);
    this.consumer = wholeOrNot(this, () => new QueueFedFunction(this, 'Consumer', consumerProps(props)));

    const deliveryScope = new Construct(this, 'Delivery');
    const delivery = newObjectDelivery(deliveryScope, {
      queue: this.queue,
      eventPattern: deliveredPattern(this.bucket, props),
      messageGroupId: messageGroupOf(id, this.queue, undefined),
      encryptionKey,
      removalPolicy,
      pattern: 'BucketFedFunction',
      objects: 'objects',
    });
    this.rule = delivery.rule;
    this.deliveryDeadLetterQueue = delivery.deadLetterQueue;
    const tooLarge = maxObjectSize && this.countTooLarge(deliveryScope, tooLargePattern(this.bucket, props, maxObjectSize.toBytes()));
    this.tooLargeRule = tooLarge?.rule;
    this.grantToHandler(props);

    const subject = { path: this.node.path, rule: this.rule, deadLetterQueue: this.deliveryDeadLetterQueue };
    this.deliveryAlarms = {
      ...OBJECT_DELIVERY_ALARMS.add(deliveryScope, subject, props.deliveryAlarms),
      ...tooLarge && OBJECT_SIZE_ALARMS.add(deliveryScope, { path: this.node.path, rule: tooLarge.rule }, props.deliveryAlarms),
    };
    this.node.addValidation({ validate: () => checkAtSynthesis(this, props, { delivery, tooLarge }) });
  }

  /**
   * The function that processes the objects.
   */
  public get handler(): lambda.IFunction {
    return this.consumer.handler;
  }

  /**
   * The queue of messages about objects.
   */
  public get queue(): sqs.IQueue {
    return this.consumer.queue;
  }

  /**
   * The dead-letter queue, for messages on which the handler failed `maxReceiveCount` times.
   */
  public get deadLetterQueue(): sqs.IQueue {
    return this.consumer.deadLetterQueue;
  }

  /**
   * The event source mapping that polls the queue and invokes the handler.
   */
  public get eventSource(): lambda.EventSourceMapping {
    return this.consumer.eventSource;
  }

  /**
   * The alarms on the two queues of the consumer and on the handler, by their names.
   */
  public get alarms(): QueueFedFunctionAlarms {
    return this.consumer.alarms;
  }

  /**
   * All alarms, on the delivery of objects too, for dashboards and composite alarms. A copy: changing it changes nothing.
   */
  public get allAlarms(): cloudwatch.Alarm[] {
    return [...this.consumer.allAlarms, ...listed({ ...this.deliveryAlarms })];
  }

  /** Versions that were replaced or deleted are kept for as long as a message may name them; how long the queues keep one may be changed until the app is complete. */
  private newBucket(props: BucketFedFunctionProps): s3.Bucket {
    const { encryptionKey, removalPolicy } = props;
    const days = () => keptVersions(readerOf(this.node.path, this, props)).toDays();
    const bucket = newPatternBucket(this, 'Bucket', {
      encryptionKey, removalPolicy, noncurrentVersionExpiration: Duration.days(Lazy.number({ produce: days })),
    });
    sendEvents(bucket);
    return bucket;
  }

  private countTooLarge(scope: Construct, eventPattern: events.EventPattern): { rule: events.Rule; eventPattern: events.EventPattern } {
    return { rule: new events.Rule(scope, 'TooLargeRule', { eventPattern }), eventPattern };
  }

  /** Allows the handler to read objects, and to tell one that is gone from one that it may not read, which takes the right to list the bucket. */
  private grantToHandler({ prefix = '', outputPrefix }: BucketFedFunctionProps): void {
    const { bucket, handler } = this;
    const reading = ['s3:GetObject', ...mayHaveVersions(bucket) ? ['s3:GetObjectVersion'] : []];
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    const accesses: BucketAccess[] = [{ actions: reading, prefix }, { actions: ['s3:ListBucket'], prefix: undefined }];
    if (outputPrefix !== undefined) {
      accesses.push({ actions: ['s3:PutObject', 's3:AbortMultipartUpload'], prefix: outputPrefix });
    }
    if (handler.role) {
      grantAccess(this, bucket, handler, accesses, outputPrefix === undefined ? ['kms:Decrypt'] : ['kms:Decrypt', 'kms:GenerateDataKey']);
      return;
    }
    Annotations.of(this).addWarningV2(
      'cdk-serverless-patterns:handlerRoleUnknown',
      `the role of handler '${handler.node.path}' is not known, so it cannot be allowed to read the objects here: allow it ` +
      `${accesses.map(({ actions, prefix: keys }) => `${actions.join(', ')} on ${keys === undefined ? 'the bucket' : keys === '' ? 'every key' : `the keys that begin with '${keys}'`}`).join('; ')} ` +
      `of bucket '${bucket.node.path}'${bucket.encryptionKey ? ', and kms:Decrypt on its key' : ''}, or import the function with its role (Function.fromFunctionAttributes)`,
    );
  }
}
