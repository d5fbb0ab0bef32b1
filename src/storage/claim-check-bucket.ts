import type { Size } from 'aws-cdk-lib';
import { Annotations, Duration, Lazy, RemovalPolicy, SizeRoundingBehavior, Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import { Construct } from 'constructs';
import { UPLOAD_ALARMS } from './claim-check-bucket.alarms';
import type { UploadAlarmOptions, UploadAlarms } from './claim-check-bucket.alarms';
import type { IAlarmed } from '../alarms/alarmed';
import type { IQueueFed } from '../messaging/queue-fed';
import { problemsOfAdoptedBucket } from './private/adopted-bucket';
import type { LifetimePart, PayloadLifetime, PayloadReader } from './private/payload-lifetime';
import {
  daysOf, EVENTBRIDGE_RETRIES, lifetimeInQueues, longest, longestOfAnyConsumer, problemsOfOverlap, queueOfBoth, SNS_RETRIES, sumOf,
} from './private/payload-lifetime';
import { listed } from '../private/alarms/alarm-table';
import { differ } from '../private/app/environments';
import { byProp } from '../private/checks/derived-values';
import { Problems } from '../private/checks/problems';
import { queueTarget } from '../private/events/event-delivery';
import { RoleGrants } from '../private/iam/role-grants';
import { bucketFacts } from '../private/s3/bucket-facts';
import { DEAD_LETTER_RETENTION, newPatternQueue } from '../private/sqs/pattern-queue';
import { hasAwsManagedKey, isFifoQueue, queueFacts, queueIdentity } from '../private/sqs/queue-facts';
import { scopeForQueue, shown } from '../private/sqs/queue-sender';

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
   * What becomes of the bucket, and of the dead-letter queues of uploads, when they leave the stack.
   *
   * @default - the bucket is kept, except when the deployment that makes it fails; the queues are deleted with the stack, but kept when CloudFormation replaces them
   */
  readonly removalPolicy?: RemovalPolicy;
}

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
  private readonly uploadAlarms: cloudwatch.Alarm[] = [];

  constructor(scope: Construct, id: string, props: ClaimCheckBucketProps = {}) {
    super(scope, id);
    checkProps(this, props);

    this.props = props;
    this.bucket = props.bucket ?? this.newBucket(props);
    // Consumers may be added until the app is complete, so what depends on all of them is looked at only then.
    this.node.addValidation({ validate: () => this.problems() });
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
    const problems = new Problems(scope, 'ClaimCheckBucket consumer');
    if (queueFacts(consumer.queue).contentBasedDeduplication) {
      problems.add(
        `queue '${consumer.queue.node.path}' has contentBasedDeduplication, but the key of a payload is random, so a message that is sent twice would not be recognised: ` +
        'turn it off, and send each message with a MessageDeduplicationId',
      );
    }
    const inQueues = lifetimeInQueues(problems, consumer, options.lifetime);
    problems.throwIfAny();

    this.register(scope, 'message', consumer, options, [...(options.throughTopic ? [SNS_RETRIES] : []), ...inQueues]);
    this.grantToHandler(consumer, options);
    return { threshold: thresholdOf(consumer, options) };
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
    const problems = new Problems(scope, 'ClaimCheckBucket upload consumer');
    checkUploadQueue(problems, this, this.bucket, queue, options);
    checkFilters(problems, options);
    const inQueues = lifetimeInQueues(problems, consumer, options.lifetime);
    UPLOAD_ALARMS.check(problems, {}, options.alarms);
    problems.throwIfAny();

    this.sendEvents();
    const deadLetterQueue = newPatternQueue(scope, 'DeadLetterQueue', {
      retentionPeriod: DEAD_LETTER_RETENTION,
      encryptionKey: this.bucket.encryptionKey,
      removalPolicy: this.props.removalPolicy,
      instead: (prop) => (prop === 'encryptionKey' ? byProp('ClaimCheckBucket')(prop) : 'uploads wait there until somebody has repaired what kept them from the consumer'),
    });
    const rule = new events.Rule(scope, 'Rule', {
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: { bucket: { name: [this.bucket.bucketName] }, ...objectPattern(options) },
      },
      targets: [queueTarget(scope, queue, deadLetterQueue, isFifoQueue(queue) ? options.messageGroupId ?? id : undefined)],
    });
    this.register(scope, 'upload', consumer, options, [EVENTBRIDGE_RETRIES, ...inQueues]);
    this.grantToHandler(consumer, options);

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
    return this.grant(grantee, prefix, ['s3:PutObject', 's3:AbortMultipartUpload'], ['kms:GenerateDataKey', 'kms:Decrypt']);
  }

  /**
   * Allows `grantee` to claim payloads: `s3:GetObject` on the keys that begin with `prefix`, and with a customer-managed key `kms:Decrypt` on it.
   *
   * It never allows to delete: another consumer, or the same one after a redrive, may still need the payload. Payloads go when they expire. Nor does it allow to list the bucket, so S3 answers
   * "access denied" for a payload that is not there. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
   *
   * @param grantee who claims: a role, a function, a service
   * @param prefix what the keys begin with; every key if it is left out
   */
  public grantClaim(grantee: iam.IGrantable, prefix?: string): iam.Grant {
    return this.grant(grantee, prefix, ['s3:GetObject'], ['kms:Decrypt']);
  }

  private grant(grantTo: iam.IGrantable, prefix = '', actions: string[], keyActions: string[]): iam.Grant {
    const grantee = new RoleGrants(this).to(grantTo);
    const toObjects = iam.Grant.addToPrincipalOrResource({ grantee, actions, resourceArns: [this.bucket.arnForObjects(`${prefix}*`)], resource: this.bucket });
    // The CDK takes a statement for added that an imported bucket has not taken.
    if (toObjects.principalStatements.length === 0 && !bucketFacts(this.bucket)) {
      Annotations.of(this).addWarningV2(
        'cdk-serverless-patterns:bucketPolicyNotChanged',
        `bucket '${this.bucket.node.path}' is not made in this app, so its policy cannot be changed here: ` +
        `it must allow ${actions.join(' and ')} on ${prefix ? `the keys that begin with '${prefix}'` : 'every key'} to ${granteeIn(grantee)}`,
      );
    }
    const toKey = this.bucket.encryptionKey?.grant(grantee, ...keyActions);
    return toKey ? toObjects.combine(toKey) : toObjects;
  }

  private grantToHandler(consumer: IQueueFed, options: { readonly grantee?: iam.IGrantable; readonly prefix?: string }): void {
    const handler = options.grantee ?? (consumer as { readonly handler?: iam.IGrantable }).handler;
    if (handler) {
      this.grantClaim(handler, options.prefix);
    }
  }

  private newBucket({ encryptionKey, expiration, removalPolicy }: ClaimCheckBucketProps): s3.Bucket {
    return new s3.Bucket(this, 'Bucket', {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      encryption: encryptionKey ? s3.BucketEncryption.KMS : s3.BucketEncryption.S3_MANAGED,
      encryptionKey,
      bucketKeyEnabled: encryptionKey ? true : undefined,
      lifecycleRules: [{
        expiration: expiration ?? Duration.days(Lazy.number({ produce: () => daysOf(this.longestLifetime()) })),
        // The bucket has no versions. Should somebody turn them on, payloads go all the same.
        noncurrentVersionExpiration: Duration.days(1),
        abortIncompleteMultipartUploadAfter: ABANDONED_AFTER,
      }],
      removalPolicy: removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
  }

  /** By the property of the bucket itself: `eventBridgeEnabled` of the CDK's bucket would add a function that sets it. */
  private sendEvents(): void {
    if (!this.props.bucket) {
      (this.bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
    }
  }

  private register(scope: Construct, by: PayloadReader['by'], { queue }: IQueueFed, { prefix, suffixes }: UploadConsumerOptions, parts: LifetimePart[]): void {
    this.readers.push({ consumer: scope.node.path, by, queue: queueIdentity(queue), prefix: prefix ?? '', suffixes: suffixes ?? [], parts: [...parts, redriveWindowOf(this.props)] });
  }

  private longestLifetime(): PayloadLifetime {
    return longest(this.readers) ?? longestOfAnyConsumer(redriveWindowOf(this.props));
  }

  /** What is wrong, or may be, now that the app is complete. */
  private problems(): string[] {
    if (this.readers.length === 0) {
      Annotations.of(this).addWarningV2(
        'cdk-serverless-patterns:claimCheckWithoutConsumers',
        `no consumer is registered, so how long payloads are needed is not known: it is taken for ${daysOf(this.longestLifetime())} days. ` +
        'Register each consumer with addConsumer or addUploadConsumer, also those of other apps (QueueFed.of(queue, deadLetterQueue) with lifetime)',
      );
    }
    const sharing = queueOfBoth(this.readers);
    if (sharing) {
      const [message, upload] = sharing;
      Annotations.of(this).addWarningV2(
        'cdk-serverless-patterns:messagesAndUploadsInOneQueue',
        `${message.consumer} gets messages and ${upload.consumer} gets uploads by one queue, so claim cannot be told which envelope a message has: give each a queue of its own; they may have the same handler`,
      );
    }
    return [
      ...this.problemsOfExpiration(),
      ...problemsOfOverlap(this.readers),
      ...this.props.bucket ? problemsOfAdoptedBucket(this, this.props.bucket, this.readers, this.longestLifetime()) : [],
    ];
  }

  private problemsOfExpiration(): string[] {
    const { expiration } = this.props;
    const needed = this.longestLifetime();
    if (!expiration || expiration.isUnresolved() || this.readers.length === 0 || expiration.toDays() >= daysOf(needed)) {
      return [];
    }
    return [
      `expiration is ${expiration.toDays()} days, but ${needed.consumer} may claim a payload for ${daysOf(needed)} days: ${sumOf(needed)}; ` +
      `set expiration: Duration.days(${daysOf(needed)}) or longer, or leave it out`,
    ];
  }
}

/** A part of an upload that nobody will finish is charged like any object. https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpu-abort-incomplete-mpu-lifecycle-config.html */
const ABANDONED_AFTER = Duration.days(7);

/** A hundred years: more is a mistake of the unit. */
const LONGEST_DAYS = 36_500;

/** What every queue and topic takes. https://docs.aws.amazon.com/general/latest/gr/sns.html */
const SMALLEST_THRESHOLD = 262_144;

/** The least of what the hops take. Of a queue that is not made here it is not known what it takes. */
function thresholdOf({ queue, deadLetterQueue }: IQueueFed, { throughTopic }: ClaimCheckConsumerOptions): number {
  const inQueues = [queue, deadLetterQueue].map((one) => queueFacts(one).maximumMessageBytes ?? SMALLEST_THRESHOLD);
  return Math.min(...inQueues, ...throughTopic ? [SMALLEST_THRESHOLD] : []);
}

function redriveWindowOf({ redriveWindow }: ClaimCheckBucketProps): LifetimePart {
  return { seconds: (redriveWindow ?? Duration.days(14)).toSeconds(), what: 'after a redrive (redriveWindow)' };
}

function checkProps(scope: Construct, props: ClaimCheckBucketProps): void {
  const problems = new Problems(scope, 'ClaimCheckBucket');
  const { bucket, redriveWindow, expiration } = props;
  if (bucket) {
    for (const prop of (['encryptionKey', 'expiration', 'removalPolicy'] as const).filter((name) => props[name] !== undefined)) {
      problems.add(`${prop} is set, but it is the adopted bucket's own (bucket '${bucket.node.path}'), which is not changed here: leave ${prop} out, or set it where the bucket is made`);
    }
  }
  problems.requireCustomerKey('encryptionKey', props.encryptionKey, 'leave encryptionKey out for SSE-S3');
  if (redriveWindow?.isUnresolved()) {
    problems.add('redriveWindow is a token, but must be known, because the expiry of payloads is derived from it: state it in days, or leave it out for 14 days');
  } else {
    requireDays(problems, 'redriveWindow', redriveWindow, 0, 'leave it out for 14 days');
  }
  requireDays(problems, 'expiration', expiration, 1, 'leave it out for what the consumers need');
  if (props.removalPolicy === RemovalPolicy.SNAPSHOT) {
    problems.add('removalPolicy is snapshot, but there are no snapshots of a bucket: set RemovalPolicy.RETAIN or RemovalPolicy.DESTROY, or leave removalPolicy out');
  }
  problems.throwIfAny();
}

/** Who must be allowed something, as a warning shows it. */
function granteeIn({ grantPrincipal: { principalAccount } }: iam.IGrantable): string {
  return principalAccount === undefined ? 'the grantee' : `the grantee in account ${shown(principalAccount, '<account of the grantee>')}`;
}

function requireDays(problems: Problems, prop: string, value: Duration | undefined, min: number, fix: string): void {
  if (value?.isUnresolved()) {
    if (value.unitLabel() !== 'days') {
      problems.add(`${prop} is a token in ${value.unitLabel()}, which cannot be converted to days: state it with Duration.days`);
    }
    return;
  }
  problems.requireWholeNumber(prop, value?.toDays({ integral: false }), min, LONGEST_DAYS, `in days; ${fix}`);
}

/** How far a rule delivers to queues. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-cross-account.html */
const REACH = {
  region: 'a rule delivers only in its region',
  account: 'a rule delivers to another account only by a role, which is not made here',
};

function checkUploadQueue(
  problems: Problems,
  scope: Construct,
  bucket: s3.IBucket,
  queue: sqs.IQueue,
  { messageGroupId }: UploadConsumerOptions,
): void {
  const path = queue.node.path;
  for (const place of ['region', 'account'] as const) {
    // S3 tells the default bus of the account and region of its bucket, so the rule must be there.
    const rule = Stack.of(scope)[place];
    if (differ(bucket.env[place], rule)) {
      problems.add(`bucket '${bucket.node.path}' is in ${place} ${bucket.env[place]}, but this stack is in ${rule}, and S3 sends its events only to the ${place} of its bucket: make this in a stack of that ${place}`);
    } else if (differ(queue.env[place], rule)) {
      problems.add(`queue '${path}' is in ${place} ${queue.env[place]}, but the bucket is in ${rule}, and ${REACH[place]}: give a consumer in the ${place} of the bucket`);
    }
  }
  if (hasAwsManagedKey(queue)) {
    problems.add(
      `queue '${path}' is encrypted with the AWS-managed key 'alias/aws/sqs', which EventBridge may not use, so that it would deliver nothing: ` +
      'encrypt it with SSE-SQS (sqs.QueueEncryption.SQS_MANAGED) or a customer-managed key',
    );
  }
  if (isFifoQueue(queue) && queueFacts(queue).owned && !queueFacts(queue).contentBasedDeduplication) {
    problems.add(`queue '${path}' is a FIFO queue without contentBasedDeduplication, but EventBridge sends no MessageDeduplicationId, so SQS would refuse every message: set contentBasedDeduplication: true on the queue, or give a consumer with a standard queue`);
  }
  if (messageGroupId !== undefined && !isFifoQueue(queue)) {
    problems.add(`messageGroupId is '${messageGroupId}', but queue '${path}' is a standard queue: leave messageGroupId out, or give a consumer with a FIFO queue`);
  }
}

/** EventBridge compares no larger numbers, and a pattern with a comparison does not match them. https://github.com/aws/event-ruler */
const LARGEST_COMPARED = 5_000_000_000;

function checkFilters(problems: Problems, { suffixes, objectSizeGreaterThan, objectSizeLessThan, includeEmptyObjects }: UploadConsumerOptions): void {
  if (suffixes?.includes('')) {
    problems.add('suffixes has an empty one, with which every key ends: leave suffixes out for any key');
  }
  const [more, less] = Object.entries({ objectSizeGreaterThan, objectSizeLessThan }).map(([prop, size]) => {
    if (!size?.isUnresolved()) {
      return size?.toBytes({ rounding: SizeRoundingBehavior.NONE });
    }
    problems.add(`${prop} is a token, but must be known, because EventBridge compares numbers, and a token becomes text: state it in bytes`);
    return undefined;
  });
  problems.requireWholeNumber('objectSizeGreaterThan', more, 0, LARGEST_COMPARED, 'in bytes; leave it out for all that are not empty');
  problems.requireWholeNumber('objectSizeLessThan', less, 1, LARGEST_COMPARED, 'in bytes; leave it out for any size');
  if (more !== undefined && !objectSizeLessThan) {
    problems.add(
      `objectSizeGreaterThan is ${more} bytes, but objectSizeLessThan is not set: EventBridge compares numbers up to ${LARGEST_COMPARED} only, so larger objects would be left out unsaid: ` +
      `set objectSizeLessThan, at most Size.bytes(${LARGEST_COMPARED}), or leave out objects by their prefix`,
    );
  }
  if (more !== undefined && includeEmptyObjects) {
    problems.add(`includeEmptyObjects is true, but objectSizeGreaterThan is ${more} bytes, which leaves empty objects out: leave one of them out`);
  }
  if (more !== undefined && less !== undefined && less <= more + 1) {
    problems.add(`objectSizeLessThan is ${less} bytes, but objectSizeGreaterThan is ${more} bytes, so no object would be delivered: state a larger objectSizeLessThan`);
  }
}

/** Which objects a rule is for. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html */
function objectPattern(options: UploadConsumerOptions): { [key: string]: unknown } {
  const [key, size] = [keyPatterns(options), sizePatterns(options)];
  return key || size ? { object: { ...key ? { key } : {}, ...size ? { size } : {} } } : {};
}

function keyPatterns({ prefix, suffixes = [] }: UploadConsumerOptions): unknown[] | undefined {
  const escaped = (text: string) => text.replace(/[\\*]/g, '\\$&');
  if (suffixes.length > 0) {
    return suffixes.map((suffix) => prefix ? { wildcard: `${escaped(prefix)}*${escaped(suffix)}` } : { suffix });
  }
  return prefix ? [{ prefix }] : undefined;
}

function sizePatterns({ objectSizeGreaterThan, objectSizeLessThan, includeEmptyObjects }: UploadConsumerOptions): unknown[] | undefined {
  if (objectSizeLessThan) {
    const least = includeEmptyObjects ? [] : ['>', objectSizeGreaterThan?.toBytes() ?? 0];
    return [{ numeric: [...least, '<', objectSizeLessThan.toBytes()] }];
  }
  // Not by a comparison, which leaves out what is larger than the largest number that is compared.
  return includeEmptyObjects ? undefined : [{ 'anything-but': [0] }];
}
