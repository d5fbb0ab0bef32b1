import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type * as events from 'aws-cdk-lib/aws-events';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { ClaimCheckBucketProps } from './claim-check-bucket';
import { UPLOAD_ALARMS } from './claim-check-bucket.alarms';
import type { ClaimCheckConsumerOptions, UploadConsumerOptions } from './payload-consumers';
import type { IQueueFed } from '../messaging/queue-fed';
import type { LifetimePart, PayloadLifetime, PayloadReader } from './private/payload-lifetime';
import { lifetimeInQueues, longest, longestOfAnyConsumer } from './private/payload-lifetime';
import { differ } from '../private/app/environments';
import { Problems } from '../private/checks/problems';
import type { PropBounds } from '../private/checks/prop-bounds';
import { knownBytes } from '../private/checks/prop-bounds';
import { hasAwsManagedKey, isFifoQueue, queueFacts } from '../private/sqs/queue-facts';

/** A part of an upload that nobody will finish is charged like any object. https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpu-abort-incomplete-mpu-lifecycle-config.html */
export function abandonedAfter(): Duration {
  return Duration.days(7);
}

/** What every queue and topic takes. https://docs.aws.amazon.com/general/latest/gr/sns.html */
const SMALLEST_THRESHOLD = 262_144;

/** The least of what the hops take. Of a queue that is not made here it is not known what it takes. */
export function thresholdOf({ queue, deadLetterQueue }: IQueueFed, { throughTopic }: ClaimCheckConsumerOptions): number {
  const inQueues = [queue, deadLetterQueue].map((one) => queueFacts(one).maximumMessageBytes ?? SMALLEST_THRESHOLD);
  return Math.min(...inQueues, ...throughTopic ? [SMALLEST_THRESHOLD] : []);
}

export function redriveWindowOf({ redriveWindow }: ClaimCheckBucketProps): LifetimePart {
  return { seconds: (redriveWindow ?? Duration.days(14)).toSeconds(), what: 'after a redrive (redriveWindow)' };
}

/** The longest time for which a payload may still be claimed; while nobody is known who may, as far as SQS goes. */
export function neededLifetime(readers: readonly PayloadReader[], props: ClaimCheckBucketProps): PayloadLifetime {
  return longest(readers) ?? longestOfAnyConsumer(redriveWindowOf(props));
}

/** For a consumer with a FIFO queue. */
export function messageGroupOf(id: string, queue: sqs.IQueue, { messageGroupId }: UploadConsumerOptions): string | undefined {
  return isFifoQueue(queue) ? messageGroupId ?? id : undefined;
}

/** More than a hundred years is a mistake of the unit. */
export const CLAIM_CHECK_BUCKET_BOUNDS: PropBounds<ClaimCheckBucketProps> = {
  redriveWindow: { unit: 'days', min: 0, max: 36_500, fix: 'leave it out for 14 days', known: 'the expiry of payloads is derived from it' },
  expiration: { unit: 'days', min: 1, max: 36_500, fix: 'leave it out for what the consumers need' },
};

/** What an adopted bucket settles itself. */
const OF_THE_BUCKET = ['encryptionKey', 'expiration', 'serverAccessLogsBucket', 'serverAccessLogsPrefix', 'cors', 'removalPolicy'] as const;

export function checkProps(scope: Construct, props: ClaimCheckBucketProps): void {
  const problems = new Problems(scope, 'ClaimCheckBucket');
  const { bucket } = props;
  if (bucket) {
    for (const prop of OF_THE_BUCKET.filter((name) => props[name] !== undefined)) {
      problems.add(`${prop} is set, but it is the adopted bucket's own (bucket '${bucket.node.path}'), which is not changed here: leave ${prop} out, or set it where the bucket is made`);
    }
  } else {
    checkAccessLogs(problems, scope, props);
  }
  problems.requireCustomerKey('encryptionKey', props.encryptionKey, 'leave encryptionKey out for SSE-S3');
  problems.checkBounds(props, CLAIM_CHECK_BUCKET_BOUNDS);
  if (props.removalPolicy === RemovalPolicy.SNAPSHOT) {
    problems.add('removalPolicy is snapshot, but there are no snapshots of a bucket: set RemovalPolicy.RETAIN or RemovalPolicy.DESTROY, or leave removalPolicy out');
  }
  problems.throwIfAny();
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html */
function checkAccessLogs(problems: Problems, scope: Construct, props: ClaimCheckBucketProps): void {
  const { serverAccessLogsBucket: logs, serverAccessLogsPrefix } = props;
  if (!logs && serverAccessLogsPrefix !== undefined) {
    problems.add(
      `serverAccessLogsPrefix is '${serverAccessLogsPrefix}', but serverAccessLogsBucket is not set, so the logs would be among the payloads, and delivered as uploads: ` +
      'give another bucket as serverAccessLogsBucket, or leave the prefix out',
    );
  }
  for (const place of ['region', 'account'] as const) {
    const own = Stack.of(scope)[place];
    if (logs && differ(logs.env[place], own)) {
      problems.add(
        `serverAccessLogsBucket '${logs.node.path}' is in ${place} ${logs.env[place]}, but this stack is in ${own}, and S3 delivers access logs only within a ${place}: give a bucket of the same ${place}`,
      );
    }
  }
  if (logs?.encryptionKey) {
    problems.add(
      `serverAccessLogsBucket '${logs.node.path}' is encrypted with a customer-managed key, but S3 delivers access logs only to buckets with SSE-S3: ` +
      'encrypt it with s3.BucketEncryption.S3_MANAGED',
    );
  }
}

/** What is wrong with the queue of a consumer, whenever it is found. */
export const QUEUE_PROBLEMS = {
  deduplicatesPointers: ({ node }: sqs.IQueue) => (
    `queue '${node.path}' has contentBasedDeduplication, but the key of a payload is random, so a message that is sent twice would not be recognised: ` +
    'turn it off, and send each message with a MessageDeduplicationId'
  ),
  needsDeduplication: ({ node }: sqs.IQueue) => (
    `queue '${node.path}' is a FIFO queue without contentBasedDeduplication, but EventBridge sends no MessageDeduplicationId, so SQS would refuse every message: ` +
    'set contentBasedDeduplication: true on the queue, or give a consumer with a standard queue'
  ),
  hasAwsManagedKey: ({ node }: sqs.IQueue) => (
    `queue '${node.path}' is encrypted with the AWS-managed key 'alias/aws/sqs', which EventBridge may not use, so that it would deliver nothing: ` +
    'encrypt it with SSE-SQS (sqs.QueueEncryption.SQS_MANAGED) or a customer-managed key'
  ),
};

/** Throws for what is wrong with a consumer by message; gives how long its queues keep a message. */
export function checkConsumer(scope: Construct, consumer: IQueueFed, { lifetime }: ClaimCheckConsumerOptions): LifetimePart[] {
  const problems = new Problems(scope, 'ClaimCheckBucket consumer');
  if (queueFacts(consumer.queue).contentBasedDeduplication) {
    problems.add(QUEUE_PROBLEMS.deduplicatesPointers(consumer.queue));
  }
  const inQueues = lifetimeInQueues(problems, consumer, lifetime);
  problems.throwIfAny();
  return inQueues;
}

/** Throws for what is wrong with a consumer of uploads; gives how long its queues keep a message. */
export function checkUploadConsumer(
  scope: Construct,
  pattern: Construct,
  bucket: s3.IBucket,
  consumer: IQueueFed,
  options: UploadConsumerOptions,
): LifetimePart[] {
  const problems = new Problems(scope, 'ClaimCheckBucket upload consumer');
  checkUploadQueue(problems, pattern, bucket, consumer.queue, options);
  checkFilters(problems, options);
  const inQueues = lifetimeInQueues(problems, consumer, options.lifetime);
  UPLOAD_ALARMS.check(problems, {}, options.alarms);
  problems.throwIfAny();
  return inQueues;
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
    problems.add(QUEUE_PROBLEMS.hasAwsManagedKey(queue));
  }
  if (isFifoQueue(queue) && queueFacts(queue).owned && !queueFacts(queue).contentBasedDeduplication) {
    problems.add(QUEUE_PROBLEMS.needsDeduplication(queue));
  }
  if (messageGroupId !== undefined && !isFifoQueue(queue)) {
    problems.add(`messageGroupId is '${messageGroupId}', but queue '${path}' is a standard queue: leave messageGroupId out, or give a consumer with a FIFO queue`);
  }
}

/** EventBridge compares no larger numbers, and a pattern with a comparison does not match them. https://github.com/aws/event-ruler */
const LARGEST_COMPARED = 5_000_000_000;

const COMPARED = { unit: 'bytes', max: LARGEST_COMPARED, known: 'EventBridge compares numbers, and a token becomes text' } as const;

export const UPLOAD_CONSUMER_BOUNDS: PropBounds<UploadConsumerOptions> = {
  objectSizeGreaterThan: { ...COMPARED, min: 0, fix: 'leave it out for all that are not empty' },
  objectSizeLessThan: { ...COMPARED, min: 1, fix: 'leave it out for any size' },
};

function checkFilters(problems: Problems, options: UploadConsumerOptions): void {
  const { suffixes, objectSizeGreaterThan, objectSizeLessThan, includeEmptyObjects } = options;
  if (suffixes?.includes('')) {
    problems.add('suffixes has an empty one, with which every key ends: leave suffixes out for any key');
  }
  problems.checkBounds(options, UPLOAD_CONSUMER_BOUNDS);
  const [more, less] = [objectSizeGreaterThan, objectSizeLessThan].map(knownBytes);
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

/** The events of S3 that are uploads for a consumer. https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
export function uploadPattern(bucket: s3.IBucket, options: UploadConsumerOptions): events.EventPattern {
  return {
    source: ['aws.s3'],
    detailType: ['Object Created'],
    detail: { bucket: { name: [bucket.bucketName] }, ...objectPattern(options) },
  };
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
