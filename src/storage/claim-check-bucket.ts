import type { RemovalPolicy } from 'aws-cdk-lib';
import { Duration, Lazy } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import { Construct } from 'constructs';
import { UPLOAD_ALARMS } from './claim-check-bucket.alarms';
import { checkAtSynthesis } from './claim-check-bucket.late-rules';
import { checkConsumer, checkProps, checkUploadConsumer, neededLifetime, redriveWindowOf, thresholdOf, uploadPattern } from './claim-check-bucket.rules';
import type { ClaimCheckConsumer, ClaimCheckConsumerOptions, UploadConsumer, UploadConsumerOptions } from './payload-consumers';
import type { IAlarmed } from '../alarms/alarmed';
import { daysOf } from '../delivery/rules/claimed-payload';
import type { IQueueFed } from '../messaging/queue-fed';
import type { PayloadReader } from './private/payload-lifetime';
import { EVENTBRIDGE_RETRIES, SNS_RETRIES } from './private/payload-lifetime';
import { rememberReaders } from './private/readers-of-app';
import { listed } from '../private/alarms/alarm-table';
import { messageGroupOf } from '../private/events/event-delivery';
import type { ObjectDelivery } from '../private/events/object-delivery';
import { newObjectDelivery } from '../private/events/object-delivery';
import { mayHaveVersions } from '../private/s3/bucket-facts';
import { grantAccess } from '../private/s3/bucket-grants';
import { newPatternBucket, sendEvents } from '../private/s3/pattern-bucket';
import { scopeForQueue } from '../private/sqs/queue-sender';

/**
 * Properties of a `ClaimCheckBucket`.
 */
export interface ClaimCheckBucketProps {
  /**
   * A live bucket to adopt, instead of a new one. It is not changed: what it settles itself (expiry, versions, encryption, events) is checked, and must not be stated here too.
   *
   * @default - a new bucket
   */
  readonly bucket?: s3.IBucket;

  /**
   * A customer-managed key for the bucket and for the dead-letter queues of uploads. Who deposits or claims gets the right to use it with the grant.
   *
   * @default - encrypted by S3 with keys of its own (SSE-S3); dead-letter queues by SQS (SSE-SQS)
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * How long a payload is kept, in whole days. Shorter than the longest time in which a consumer may still claim it is an error.
   *
   * @default - derived: the longest, of all consumers, of what its queue and its dead-letter queue keep messages for, `redriveWindow`, and what comes before the queue (23 days for
   * a topic, one day for an upload); 42 days while there is no consumer
   */
  readonly expiration?: Duration;

  /**
   * How long after the redrive of a message its payload can still be claimed, in whole days.
   *
   * @default Duration.days(14)
   */
  readonly redriveWindow?: Duration;

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
   * Which web pages may upload and download with presigned URLs. S3 asks for nothing but the origin: the permission is in the URL.
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
   *
   * @default - none: browsers refuse requests of pages from other origins
   */
  readonly cors?: s3.CorsRule[];

  /**
   * Removal policy of the bucket and of the dead-letter queues of uploads.
   *
   * With `RemovalPolicy.DESTROY`, CloudFormation deletes the bucket only if it is empty.
   *
   * @default - the bucket is kept, except when the deployment that makes it fails; the queues are deleted with the stack, but kept when CloudFormation replaces them
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * A bucket for payloads that are too large for a message, and whose messages refer to them: no payload expires before the last moment at which a consumer may still ask for it.
 *
 * Payloads come *by message*: a producer deposits the payload and sends a pointer to it, in the format of the SQS and SNS Extended Client Libraries. Or *by upload*: each object that
 * is put into the bucket becomes a message to a consumer's queue.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-managing-large-messages.html
 *
 * @example
 * const payloads = new ClaimCheckBucket(this, 'Payloads');
 * payloads.addConsumer('Orders', new QueueFedFunction(this, 'Orders', { handler }));
 */
@propertyInjectable
export class ClaimCheckBucket extends Construct implements IAlarmed {
  /**
   * Identifies this class to property injectors.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-serverless-patterns.storage.ClaimCheckBucket';

  /**
   * The bucket that keeps the payloads.
   */
  public readonly bucket: s3.IBucket;

  private readonly props: ClaimCheckBucketProps;
  private readonly readers: PayloadReader[] = [];
  private readonly uploads: ObjectDelivery[] = [];
  private readonly uploadAlarms: cloudwatch.Alarm[] = [];

  constructor(scope: Construct, id: string, props: ClaimCheckBucketProps = {}) {
    super(scope, id);
    checkProps(this, props);

    this.props = props;
    this.bucket = props.bucket ?? this.newBucket(props);
    rememberReaders(this, this.bucket, this.readers);
    // Consumers may be added until the app is complete, so what depends on all of them is looked at only then.
    this.node.addValidation({ validate: () => checkAtSynthesis(this, props, { bucket: this.bucket, readers: this.readers, uploads: this.uploads }) });
  }

  /**
   * The alarms on the delivery of uploads, for dashboards and composite alarms. A copy: changing it changes nothing. Payloads by message are watched by the alarms of their consumers.
   */
  public get allAlarms(): cloudwatch.Alarm[] {
    return [...this.uploadAlarms];
  }

  /**
   * Registers a consumer whose messages point to payloads in this bucket, so that none of them expires too early, and allows its handler to claim them.
   *
   * The handler's permission stands in the handler's stack, which comes to depend on that of the bucket. A FIFO queue with content-based deduplication is an error: the key of a payload is
   * random, so two pointers to equal payloads differ.
   *
   * @param id names the consumer below this construct
   * @param consumer who gets the messages, for instance a `QueueFedFunction`, or `QueueFed.of(queue, deadLetterQueue)`
   * @param options which payloads, and by which way
   */
  public addConsumer(id: string, consumer: IQueueFed, options: ClaimCheckConsumerOptions = {}): ClaimCheckConsumer {
    const scope = new Construct(this, id);
    const threshold = thresholdOf(consumer, options);
    const inQueues = checkConsumer(scope, consumer, threshold, options);
    const parts = [...(options.throughTopic ? [SNS_RETRIES] : []), ...inQueues];
    this.register({ consumer: scope.node.path, by: 'message', threshold, parts }, consumer, options);
    this.grantToHandler(consumer, options);
    return { threshold };
  }

  /**
   * Sends a message to a consumer for each object that is put into the bucket: the event of S3, which names the object, its size and its ETag.
   *
   * EventBridge tries to deliver it for 24 hours and then sets it aside in a dead-letter queue of its own, with alarms. The rule stands in the stack of the consumer's queue, which comes to
   * depend on that of the bucket. The queue, and its customer-managed key, let this rule in; for a queue that is not made in this app a warning says which policies it needs.
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html
   *
   * @param id names the consumer below this construct
   * @param consumer who gets the messages, for instance a `QueueFedFunction`, or `QueueFed.of(queue, deadLetterQueue)`
   * @param options which objects, and the alarms
   */
  public addUploadConsumer(id: string, consumer: IQueueFed, options: UploadConsumerOptions = {}): UploadConsumer {
    const { queue } = consumer;
    const scope = scopeForQueue(this, id, queue);
    const inQueues = checkUploadConsumer(scope, this, this.bucket, consumer, options);

    if (!this.props.bucket) {
      sendEvents(this.bucket);
    }
    const upload = newObjectDelivery(scope, {
      queue,
      eventPattern: uploadPattern(this.bucket, options),
      messageGroupId: messageGroupOf(id, queue, options.messageGroupId),
      encryptionKey: this.bucket.encryptionKey,
      removalPolicy: this.props.removalPolicy,
      pattern: 'ClaimCheckBucket',
      objects: 'uploads',
    });
    this.uploads.push(upload);
    this.register({ consumer: scope.node.path, by: 'upload', threshold: undefined, parts: [EVENTBRIDGE_RETRIES, ...inQueues] }, consumer, options);
    this.grantToHandler(consumer, options);

    const { rule, deadLetterQueue } = upload;
    const alarms = UPLOAD_ALARMS.add(scope, { path: scope.node.path, rule, deadLetterQueue }, options.alarms);
    this.uploadAlarms.push(...listed({ ...alarms }));
    return { rule, deadLetterQueue, alarms };
  }

  /**
   * Allows `grantee` to deposit payloads: `s3:PutObject` and `s3:AbortMultipartUpload` on the keys that begin with `prefix`, and with a customer-managed key `kms:GenerateDataKey` and
   * `kms:Decrypt` on it.
   *
   * @param grantee who deposits: a role, a function, a service
   * @param prefix what the keys begin with; every key if it is left out
   */
  public grantDeposit(grantee: iam.IGrantable, prefix?: string): iam.Grant {
    // S3 decrypts the parts of a large payload to put them together. https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
    const actions = ['s3:PutObject', 's3:AbortMultipartUpload'];
    return grantAccess(this, this.bucket, grantee, [{ actions, prefix: prefix ?? '' }], ['kms:GenerateDataKey', 'kms:Decrypt']);
  }

  /**
   * Allows `grantee` to claim payloads: `s3:GetObject` on the keys that begin with `prefix`, `s3:GetObjectVersion` too if an adopted bucket is versioned or imported, and with a
   * customer-managed key `kms:Decrypt` on it.
   *
   * It never allows to delete: another consumer, or the same one after a redrive, may still need the payload. Payloads go when they expire. Nor does it allow to list the bucket, so S3 answers
   * "access denied" for a payload that is not there. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
   *
   * @param grantee who claims: a role, a function, a service
   * @param prefix what the keys begin with; every key if it is left out
   */
  public grantClaim(grantee: iam.IGrantable, prefix?: string): iam.Grant {
    const actions = ['s3:GetObject', ...mayHaveVersions(this.bucket) ? ['s3:GetObjectVersion'] : []];
    return grantAccess(this, this.bucket, grantee, [{ actions, prefix: prefix ?? '' }], ['kms:Decrypt']);
  }

  private grantToHandler(consumer: IQueueFed, options: { readonly grantee?: iam.IGrantable; readonly prefix?: string }): void {
    const handler = options.grantee ?? (consumer as { readonly handler?: iam.IGrantable }).handler;
    if (handler) {
      this.grantClaim(handler, options.prefix);
    }
  }

  private newBucket(props: ClaimCheckBucketProps): s3.Bucket {
    const { redriveWindow: _, bucket: __, expiration, ...own } = props;
    const needed = () => daysOf(neededLifetime(this.readers, this.props));
    return newPatternBucket(this, 'Bucket', { ...own, expiration: expiration ?? Duration.days(Lazy.number({ produce: needed })) });
  }

  private register(reader: Pick<PayloadReader, 'consumer' | 'by' | 'threshold' | 'parts'>, fed: IQueueFed, options: UploadConsumerOptions): void {
    const { queue, deadLetterQueue } = fed;
    const { prefix = '', suffixes = [] } = options;
    this.readers.push({ ...reader, queue, deadLetterQueue, prefix, suffixes, parts: [...reader.parts, redriveWindowOf(this.props)] });
  }
}
