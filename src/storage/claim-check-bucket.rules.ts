import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type * as events from 'aws-cdk-lib/aws-events';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { ClaimCheckBucketProps } from './claim-check-bucket';
import { UPLOAD_ALARMS } from './claim-check-bucket.alarms';
import type { ClaimCheckConsumerOptions, UploadConsumerOptions } from './payload-consumers';
import type { BucketEventsFacts } from '../delivery/rules/bucket-events';
import { BUCKET_EVENTS_RULES } from '../delivery/rules/bucket-events';
import type { LifetimePart, PayloadLifetime, PointerFacts } from '../delivery/rules/claimed-payload';
import { longest, POINTER_RULES } from '../delivery/rules/claimed-payload';
import type { EventTargetFacts } from '../delivery/rules/event-target';
import { EVENT_TARGET_RULES } from '../delivery/rules/event-target';
import { knownToDiffer } from '../delivery/rules/rule';
import type { IQueueFed } from '../messaging/queue-fed';
import type { Upload } from './private/derived-upload';
import type { PayloadReader } from './private/payload-lifetime';
import { lifetimeInQueues, longestOfAnyConsumer } from './private/payload-lifetime';
import { differ, placeOf } from '../private/app/environments';
import { Problems } from '../private/checks/problems';
import type { PropBounds } from '../private/checks/prop-bounds';
import { knownBytes } from '../private/checks/prop-bounds';
import type { BucketFacts } from '../private/s3/bucket-facts';
import { isFifoQueue, queueFacts, receivingQueueFacts } from '../private/sqs/queue-facts';

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

// What the rules about delivery are told, when a consumer is added and again when the app is complete.

/** Of a consumer by message. */
export function pointerFacts({ consumer, threshold, queue, deadLetterQueue }: Pick<PayloadReader, 'consumer' | 'threshold' | keyof IQueueFed>): PointerFacts {
  const of = (one: sqs.IQueue) => ({ path: one.node.path, ...queueFacts(one) });
  return { consumer, thresholdBytes: threshold, queue: of(queue), deadLetterQueue: of(deadLetterQueue) };
}

/** Of the rule that delivers uploads to a queue. */
export function targetFacts(pattern: Construct, bucket: s3.IBucket, { queue, messageGroupId }: Pick<Upload, 'queue' | 'messageGroupId'>): EventTargetFacts {
  const [here, there] = [placeOf(Stack.of(pattern)), placeOf(bucket.env)];
  // A rule that is not where its bucket is must move, so nothing is said yet of how far it reaches.
  const settled = (place: 'region' | 'account') => (knownToDiffer(there[place], here[place]) ? undefined : here[place]);
  return {
    rule: { region: settled('region'), account: settled('account') },
    queue: receivingQueueFacts(queue),
    messageGroup: messageGroupId !== undefined,
    role: false,
  };
}

/** Of the bucket whose uploads are delivered; whether it sends them is settled when the app is complete. */
export function eventsFacts(pattern: Construct, bucket: s3.IBucket, settled?: BucketFacts): BucketEventsFacts {
  return {
    bucket: {
      path: bucket.node.path,
      ...placeOf(bucket.env),
      sendsEvents: settled?.sendsEvents,
      replacedBy: settled?.overwrittenBy?.node.path,
      madeWithRule: bucket.node.scope === pattern,
    },
    rule: placeOf(Stack.of(pattern)),
  };
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
  problems.addFindings(EVENT_TARGET_RULES, targetFacts(pattern, bucket, { queue, messageGroupId: messageGroupOf(scope.node.id, queue, options) }));
  if (messageGroupId !== undefined && !isFifoQueue(queue)) {
    problems.add(`messageGroupId is '${messageGroupId}', but queue '${queue.node.path}' is a standard queue: leave messageGroupId out, or give a consumer with a FIFO queue`);
  }
  checkFilters(problems, options);
  const inQueues = lifetimeInQueues(problems, consumer, options.lifetime);
  UPLOAD_ALARMS.check(problems, {}, options.alarms);
  problems.throwIfAny();
  return inQueues;
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
