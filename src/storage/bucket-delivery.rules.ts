import { Duration, RemovalPolicy, Size, Stack, Token } from 'aws-cdk-lib';
import type * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as firehose from 'aws-cdk-lib/aws-kinesisfirehose';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { BucketDeliveryProps } from './bucket-delivery-props';
import { FAILURE_CONSUMER_ALARMS } from './failure-bucket.alarms';
import type { FailureConsumerOptions } from './failure-consumers';
import type { DeliveryFacts } from './private/delivery-alarms';
import { DELIVERY_ALARMS, KEY_ALARMS, PARTITION_ALARMS, PUT_ALARMS, SOURCE_ALARMS, TRANSFORM_ALARMS } from './private/delivery-alarms';
import { checkParquet, checkPartitioning } from './private/delivery-formats';
import { checkPrefixes, prefixesOf } from './private/delivery-prefixes';
import { BUCKET_EVENTS_RULES } from '../delivery/rules/bucket-events';
import type { IQueueFed } from '../messaging/queue-fed';
import type { Spread } from '../private/alarms/look-back';
import { differ } from '../private/app/environments';
import { resourceBehind } from '../private/app/references';
import { renderedProperty } from '../private/app/rendered-resource';
import { Problems } from '../private/checks/problems';
import type { PropBounds } from '../private/checks/prop-bounds';
import { knownBytes } from '../private/checks/prop-bounds';
import { checkObjectDelivery, eventsFacts } from '../private/events/object-delivery';
import { checkHandlerAlarms } from '../private/lambda/handler-alarms';
import { timeoutSeconds } from '../private/lambda/handler-facts';
import { LOG_RETENTION } from '../private/log-groups/vended-log-group';

// What is derived from the props.

/** How records are written, with what Firehose does by itself stated too. */
export interface DeliveryForm {
  readonly interval: Duration;
  readonly size: Size;
  readonly compression: firehose.Compression;
  /** Of the records as they came. */
  readonly backupCompression: firehose.Compression;
  readonly newLineDelimiter: boolean;
  /** What Firehose has by itself is not stated. */
  readonly transformInterval: Duration | undefined;
  readonly transformSize: Size | undefined;
}

export function formOf(props: BucketDeliveryProps): DeliveryForm {
  const { bufferingInterval, bufferingSize, compression = firehose.Compression.GZIP, newLineDelimiter, parquet } = props;
  return {
    interval: bufferingInterval ?? Duration.minutes(5),
    // The largest there is: fewer and larger objects are cheaper to write and to read, and the interval alone says how late a record may be.
    size: bufferingSize ?? Size.mebibytes(LARGEST_BUFFER_MEBIBYTES),
    // Parquet is compressed in itself.
    compression: parquet ? firehose.Compression.UNCOMPRESSED : compression,
    backupCompression: compression,
    newLineDelimiter: newLineDelimiter ?? !parquet,
    transformInterval: props.transformBufferingInterval,
    transformSize: props.transformBufferingSize,
  };
}

export function logRetentionOf({ logRetention }: BucketDeliveryProps): logs.RetentionDays {
  return logRetention ?? LOG_RETENTION;
}

/** What the alarms are derived from. */
export function deliveryFacts(props: BucketDeliveryProps): DeliveryFacts {
  const { interval, transformInterval = Duration.seconds(0) } = formOf(props);
  const seconds = (duration: Duration) => duration.toSeconds({ integral: false });
  return { intervalSeconds: seconds(interval), transformIntervalSeconds: seconds(transformInterval), keptSeconds: keptSecondsOf(props) };
}

/** https://docs.aws.amazon.com/firehose/latest/dev/retry.html */
const DIRECT_PUT_SECONDS = 86_400;
const SECONDS_AN_HOUR = 3600;
const SHORTEST_RETENTION_HOURS = 24;

/** Of a stream that is not made in this app it is not known for how long it keeps records. */
function keptSecondsOf({ source }: BucketDeliveryProps): number | undefined {
  if (!source) {
    return DIRECT_PUT_SECONDS;
  }
  const resource = resourceBehind(source.streamArn, 'AWS::Kinesis::Stream');
  const hours = resource && (renderedProperty(resource, 'RetentionPeriodHours') ?? SHORTEST_RETENTION_HOURS);
  return typeof hours === 'number' ? hours * SECONDS_AN_HOUR : undefined;
}

/** How late the function's own metrics come. */
export function spreadOf({ transform }: BucketDeliveryProps): Spread {
  const own = transform && timeoutSeconds(transform);
  return { timeoutSeconds: typeof own === 'number' ? own : undefined };
}

// What is wrong with the props, before anything is made.

const BYTES_A_MEBIBYTE = 1_048_576;

/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_BufferingHints.html */
const LARGEST_BUFFER_MEBIBYTES = 128;
const LONGEST_INTERVAL_SECONDS = 900;

const SHORTEST_INTERVAL_OF_PARTITIONS = 60;
/** https://docs.aws.amazon.com/firehose/latest/dev/enable-record-format-conversion.html */
const SMALLEST_BUFFER_OF_FORMATS = 64;
const LONGEST_RETRY_SECONDS = 7200;
/** https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html */
const SMALLEST_TRANSFORM_BYTES = 209_716;
const LARGEST_TRANSFORM_MEBIBYTES = 3;
const ON_FRESHNESS = 'the alarms on freshness are derived from it';

export const BUCKET_DELIVERY_BOUNDS: PropBounds<BucketDeliveryProps> = {
  'bufferingInterval': ({ partitioning }) => ({
    unit: 'seconds', min: partitioning ? SHORTEST_INTERVAL_OF_PARTITIONS : 0, max: LONGEST_INTERVAL_SECONDS, fix: 'leave it out for 5 minutes', known: ON_FRESHNESS,
  }),
  'bufferingSize': ({ partitioning, parquet }) => ({
    unit: 'bytes',
    min: (partitioning ?? parquet ? SMALLEST_BUFFER_OF_FORMATS : 1) * BYTES_A_MEBIBYTE,
    max: LARGEST_BUFFER_MEBIBYTES * BYTES_A_MEBIBYTE,
    fix: `leave it out for ${LARGEST_BUFFER_MEBIBYTES} MiB`,
  }),
  'transformBufferingInterval': { unit: 'seconds', min: 0, max: LONGEST_INTERVAL_SECONDS, fix: 'leave it out for 1 minute', known: ON_FRESHNESS },
  'transformBufferingSize': {
    unit: 'bytes', min: SMALLEST_TRANSFORM_BYTES, max: LARGEST_TRANSFORM_MEBIBYTES * BYTES_A_MEBIBYTE, fix: 'leave it out for 1 MiB', known: 'what the function answers to them must fit into 6 MB',
  },
  'partitioning.retryDuration': { unit: 'seconds', min: 0, max: LONGEST_RETRY_SECONDS, fix: 'leave it out for 2 hours' },
};

export function checkProps(scope: Construct, props: BucketDeliveryProps): void {
  const problems = new Problems(scope, 'BucketDelivery');
  problems.checkBounds(props, BUCKET_DELIVERY_BOUNDS);
  const bytes = knownBytes(props.bufferingSize);
  if (bytes !== undefined && bytes > BYTES_A_MEBIBYTE && bytes % BYTES_A_MEBIBYTE !== 0) {
    problems.add(`bufferingSize is ${bytes} bytes, but must be in whole MiB: state it with Size.mebibytes`);
  }
  checkPrefixes(problems, props);
  checkPartitioning(problems, props);
  checkParquet(problems, props);
  checkPlaces(problems, scope, props);
  checkTransform(problems, props);
  problems.requireCustomerKey('encryptionKey', props.encryptionKey, 'leave encryptionKey out for keys of S3, SQS and Firehose');
  if (props.removalPolicy === RemovalPolicy.SNAPSHOT) {
    problems.add('removalPolicy is snapshot, but there are no snapshots of a bucket or a queue: set RemovalPolicy.RETAIN or RemovalPolicy.DESTROY, or leave removalPolicy out');
  }
  checkUseOfProps(problems, props);
  // Otherwise nothing can be derived, which is said of the interval already.
  if (![props.bufferingInterval, props.transformBufferingInterval].some((interval) => interval?.isUnresolved())) {
    checkAlarms(problems, props);
  }
  problems.throwIfAny();
}

function checkPlaces(problems: Problems, scope: Construct, { bucket, source, transform }: BucketDeliveryProps): void {
  if (bucket) {
    problems.addFindings(BUCKET_EVENTS_RULES, eventsFacts(scope, bucket));
  }
  const here = Stack.of(scope);
  const others = [
    ...source ? [{ prop: 'source', construct: source, does: 'reads streams' }] : [],
    ...transform ? [{ prop: 'transform', construct: transform, does: 'invokes functions' }] : [],
  ];
  for (const { prop, construct, does } of others) {
    for (const place of ['region', 'account'] as const) {
      if (differ(construct.env[place], here[place])) {
        problems.add(
          `${prop} '${construct.node.path}' is in ${place} ${construct.env[place]}, but this stack is in ${here[place]}, and Firehose ${does} of its own ${place} only: ` +
          `make the BucketDelivery in a stack of that ${place}`,
        );
      }
    }
  }
}

/** https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html */
const LONGEST_TRANSFORM_SECONDS = 300;

function checkTransform(problems: Problems, { transform }: BucketDeliveryProps): void {
  const seconds = transform && timeoutSeconds(transform);
  if (typeof seconds === 'number' && seconds > LONGEST_TRANSFORM_SECONDS) {
    problems.add(
      `the timeout of transform '${transform!.node.path}' is ${seconds} seconds, but Firehose waits for at most ${LONGEST_TRANSFORM_SECONDS}, and then invokes it again: ` +
      'lower the timeout where the function is made',
    );
  }
}

/** A prop that nothing would use is a mistake. */
function checkUseOfProps(problems: Problems, props: BucketDeliveryProps): void {
  const { source, transform, encryptionKey, alarms } = props;
  const unused = (names: readonly (keyof NonNullable<typeof alarms>)[], why: string) => {
    for (const name of names.filter((one) => alarms?.[one] !== undefined)) {
      problems.add(`alarms.${name} is set, but ${why}, so there is no such alarm: leave it out`);
    }
  };
  if (!transform) {
    if (props.backupPrefix !== undefined) {
      problems.add(`backupPrefix is '${props.backupPrefix}', but transform is not set, so that the records are not changed and no others are kept: leave backupPrefix out`);
    }
    for (const prop of (['transformBufferingInterval', 'transformBufferingSize'] as const).filter((one) => props[one])) {
      problems.add(`${prop} is set, but transform is not, so that nothing is collected for it: leave ${prop} out`);
    }
    unused(['backupFreshness', 'transformFailures', 'handlerErrors', 'handlerThrottles', 'handlerDuration'], 'transform is not');
  }
  if (!props.partitioning) {
    unused(['partitionsExceeded'], 'partitioning is not');
  }
  if (source) {
    unused(['throttledRecords', ...KEY_ALARM_NAMES], 'the records come from a stream (source)');
  } else {
    unused(['sourceLag'], 'source is not');
    if (!encryptionKey) {
      unused(KEY_ALARM_NAMES, 'encryptionKey is not');
    }
  }
}

const KEY_ALARM_NAMES = Object.keys(KEY_ALARMS.rows) as (keyof typeof KEY_ALARMS.rows)[];

function checkAlarms(problems: Problems, props: BucketDeliveryProps): void {
  const { transform, alarms } = props;
  for (const table of [DELIVERY_ALARMS, TRANSFORM_ALARMS, SOURCE_ALARMS]) {
    table.check(problems, deliveryFacts(props), alarms);
  }
  PUT_ALARMS.check(problems, {}, alarms);
  PARTITION_ALARMS.check(problems, {}, alarms);
  KEY_ALARMS.check(problems, {}, alarms);
  if (transform) {
    checkHandlerAlarms(problems, transform, spreadOf(props), alarms);
  }
}

/** Throws for what is wrong with a consumer of records that could not be processed. */
export function checkConsumer(
  scope: Construct,
  pattern: Construct,
  bucket: s3.IBucket,
  { queue }: IQueueFed,
  props: BucketDeliveryProps,
  { prefix, messageGroupId, alarms }: FailureConsumerOptions,
): void {
  const problems = new Problems(scope, 'BucketDelivery failure consumer');
  const { errorPrefix } = prefixesOf(props);
  const isKnown = prefix !== undefined && ![prefix, errorPrefix].some((one) => Token.isUnresolved(one));
  if (isKnown && !prefix.startsWith(errorPrefix)) {
    problems.add(`prefix is '${prefix}', but what could not be processed is below '${errorPrefix}': state a prefix that begins with it, or leave it out for all`);
  }
  checkObjectDelivery(problems, pattern, bucket, scope.node.id, queue, messageGroupId);
  FAILURE_CONSUMER_ALARMS.check(problems, {}, alarms);
  problems.throwIfAny();
}

/** Throws where producers cannot put records themselves. */
export function checkProducers(pattern: Construct, source: kinesis.IStream | undefined): void {
  if (source) {
    throw new Error(
      `records of BucketDelivery '${pattern.node.path}' come from stream '${source.node.path}', and Firehose refuses those that are put beside it: ` +
      'allow the producers to write to the stream (grantWrite of the stream)',
    );
  }
}
