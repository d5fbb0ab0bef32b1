import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as events from 'aws-cdk-lib/aws-events';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { ClaimCheckBucketProps } from './claim-check-bucket';
import { UPLOAD_ALARMS } from './claim-check-bucket.alarms';
import type { ClaimCheckConsumerOptions, UploadConsumerOptions } from './payload-consumers';
import { BUCKET_EVENTS_RULES } from '../delivery/rules/bucket-events';
import type { LifetimePart, PayloadLifetime, PointerFacts } from '../delivery/rules/claimed-payload';
import { longest, POINTER_RULES } from '../delivery/rules/claimed-payload';
import type { IQueueFed } from '../messaging/queue-fed';
import { COMPARED, keyPatterns, LARGEST_COMPARED } from './private/object-pattern';
import type { PayloadReader } from './private/payload-lifetime';
import { lifetimeInQueues, longestOfAnyConsumer } from './private/payload-lifetime';
import { Problems } from '../private/checks/problems';
import type { PropBounds } from '../private/checks/prop-bounds';
import { knownBytes } from '../private/checks/prop-bounds';
import { checkObjectDelivery, eventsFacts, objectCreated } from '../private/events/object-delivery';
import { checkAccessLogs } from '../private/s3/access-logs';
import { queueFacts } from '../private/sqs/queue-facts';

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
    checkAccessLogs(problems, scope, props, 'the logs would be among the payloads, and delivered as uploads');
  }
  problems.requireCustomerKey('encryptionKey', props.encryptionKey, 'leave encryptionKey out for SSE-S3');
  problems.checkBounds(props, CLAIM_CHECK_BUCKET_BOUNDS);
  if (props.removalPolicy === RemovalPolicy.SNAPSHOT) {
    problems.add('removalPolicy is snapshot, but there are no snapshots of a bucket: set RemovalPolicy.RETAIN or RemovalPolicy.DESTROY, or leave removalPolicy out');
  }
  problems.throwIfAny();
}

/** What the rules about delivery are told of a consumer by message, when it is added and again when the app is complete. */
export function pointerFacts({ consumer, threshold, queue, deadLetterQueue }: Pick<PayloadReader, 'consumer' | 'threshold' | keyof IQueueFed>): PointerFacts {
  const of = (one: sqs.IQueue) => ({ path: one.node.path, ...queueFacts(one) });
  return { consumer, thresholdBytes: threshold, queue: of(queue), deadLetterQueue: of(deadLetterQueue) };
}

/** Throws for what is wrong with a consumer by message; gives how long its queues keep a message. */
export function checkConsumer(scope: Construct, consumer: IQueueFed, threshold: number, { lifetime }: ClaimCheckConsumerOptions): LifetimePart[] {
  const { queue, deadLetterQueue } = consumer;
  const problems = new Problems(scope, 'ClaimCheckBucket consumer');
  problems.addFindings(POINTER_RULES, pointerFacts({ consumer: scope.node.path, queue, deadLetterQueue, threshold }));
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
  const { queue } = consumer;
  const { messageGroupId } = options;
  const problems = new Problems(scope, 'ClaimCheckBucket upload consumer');
  problems.addFindings(BUCKET_EVENTS_RULES, eventsFacts(pattern, bucket));
  checkObjectDelivery(problems, pattern, bucket, scope.node.id, queue, messageGroupId);
  checkFilters(problems, options);
  const inQueues = lifetimeInQueues(problems, consumer, options.lifetime);
  UPLOAD_ALARMS.check(problems, {}, options.alarms);
  problems.throwIfAny();
  return inQueues;
}

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

/** The events of S3 that are uploads for a consumer. */
export function uploadPattern(bucket: s3.IBucket, options: UploadConsumerOptions): events.EventPattern {
  return objectCreated(bucket, objectPattern(options));
}

/** Which objects a rule is for. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html */
function objectPattern(options: UploadConsumerOptions): { [key: string]: unknown } {
  const [key, size] = [keyPatterns(options.prefix, options.suffixes), sizePatterns(options)];
  return key || size ? { object: { ...key ? { key } : {}, ...size ? { size } : {} } } : {};
}

function sizePatterns({ objectSizeGreaterThan, objectSizeLessThan, includeEmptyObjects }: UploadConsumerOptions): unknown[] | undefined {
  if (objectSizeLessThan) {
    const least = includeEmptyObjects ? [] : ['>', objectSizeGreaterThan?.toBytes() ?? 0];
    return [{ numeric: [...least, '<', objectSizeLessThan.toBytes()] }];
  }
  // Not by a comparison, which leaves out what is larger than the largest number that is compared.
  return includeEmptyObjects ? undefined : [{ 'anything-but': [0] }];
}
