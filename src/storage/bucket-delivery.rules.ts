import { Duration, RemovalPolicy, Size, Stack, Token } from 'aws-cdk-lib';
import type * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as firehose from 'aws-cdk-lib/aws-kinesisfirehose';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { BucketDeliveryProps } from './bucket-delivery';
import type { DeliveryFacts } from './bucket-delivery.alarms';
import { DELIVERY_ALARMS, KEY_ALARMS, PUT_ALARMS, SOURCE_ALARMS, TRANSFORM_ALARMS } from './bucket-delivery.alarms';
import { FAILURE_CONSUMER_ALARMS } from './failure-bucket.alarms';
import type { FailureConsumerOptions } from './failure-consumers';
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

/** Where Firehose writes what. */
export interface DeliveryPrefixes {
  readonly prefix: string;
  readonly errorPrefix: string;
  readonly backupPrefix: string;
}

/** Three folders side by side, so that no query of one reads another. */
export function prefixesOf({ prefix = 'data/', errorPrefix = 'errors/', backupPrefix = 'source/' }: BucketDeliveryProps): DeliveryPrefixes {
  return { prefix, errorPrefix, backupPrefix };
}

/** How records are written, with what Firehose does by itself stated too. */
export interface DeliveryForm {
  readonly interval: Duration;
  readonly size: Size;
  readonly compression: firehose.Compression;
  readonly newLineDelimiter: boolean;
}

export function formOf({ bufferingInterval, bufferingSize, compression, newLineDelimiter }: BucketDeliveryProps): DeliveryForm {
  return {
    interval: bufferingInterval ?? Duration.minutes(5),
    // The largest there is: fewer and larger objects are cheaper to write and to read, and the interval alone says how late a record may be.
    size: bufferingSize ?? Size.mebibytes(LARGEST_BUFFER_MEBIBYTES),
    compression: compression ?? firehose.Compression.GZIP,
    newLineDelimiter: newLineDelimiter ?? true,
  };
}

export function logRetentionOf({ logRetention }: BucketDeliveryProps): logs.RetentionDays {
  return logRetention ?? LOG_RETENTION;
}

/** What the alarms are derived from. */
export function deliveryFacts(props: BucketDeliveryProps): DeliveryFacts {
  return { intervalSeconds: formOf(props).interval.toSeconds({ integral: false }), keptSeconds: keptSecondsOf(props) };
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

export const BUCKET_DELIVERY_BOUNDS: PropBounds<BucketDeliveryProps> = {
  bufferingInterval: { unit: 'seconds', min: 0, max: LONGEST_INTERVAL_SECONDS, fix: 'leave it out for 5 minutes', known: 'the alarms on freshness are derived from it' },
  bufferingSize: { unit: 'bytes', min: BYTES_A_MEBIBYTE, max: LARGEST_BUFFER_MEBIBYTES * BYTES_A_MEBIBYTE, fix: `leave it out for ${LARGEST_BUFFER_MEBIBYTES} MiB` },
};

export function checkProps(scope: Construct, props: BucketDeliveryProps): void {
  const problems = new Problems(scope, 'BucketDelivery');
  problems.checkBounds(props, BUCKET_DELIVERY_BOUNDS);
  const bytes = knownBytes(props.bufferingSize);
  if (bytes !== undefined && bytes > BYTES_A_MEBIBYTE && bytes % BYTES_A_MEBIBYTE !== 0) {
    problems.add(`bufferingSize is ${bytes} bytes, but must be in whole MiB: state it with Size.mebibytes`);
  }
  checkPrefixes(problems, props);
  checkPlaces(problems, scope, props);
  checkTransform(problems, props);
  problems.requireCustomerKey('encryptionKey', props.encryptionKey, 'leave encryptionKey out for keys of S3, SQS and Firehose');
  if (props.removalPolicy === RemovalPolicy.SNAPSHOT) {
    problems.add('removalPolicy is snapshot, but there are no snapshots of a bucket or a queue: set RemovalPolicy.RETAIN or RemovalPolicy.DESTROY, or leave removalPolicy out');
  }
  checkUseOfProps(problems, props);
  // Otherwise nothing can be derived, which is said of the interval already.
  if (!props.bufferingInterval?.isUnresolved()) {
    checkAlarms(problems, props);
  }
  problems.throwIfAny();
}

/** An expression in a prefix. https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html */
const EXPRESSION = /!\{([^}]*)\}?/g;
const ALLOWED_EXPRESSION = /^!\{(timestamp:[^{}]+|firehose:random-string)\}$/;

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-kinesisfirehose-deliverystream-extendeds3destinationconfiguration.html */
const LONGEST_PREFIX = 1024;

function checkPrefixes(problems: Problems, props: BucketDeliveryProps): void {
  const prefixes = prefixesOf(props);
  for (const [prop, value] of Object.entries(prefixes)) {
    if (Token.isUnresolved(value)) {
      continue;
    }
    if (!value.endsWith('/') || value.startsWith('/')) {
      problems.add(`${prop} is '${value}', but must be the name of a folder, which ends with a slash and does not begin with one: state it as '${folderOf(value)}'`);
    }
    if (value.length > LONGEST_PREFIX) {
      problems.add(`${prop} has ${value.length} characters, but Firehose takes ${LONGEST_PREFIX} at most: state a shorter one`);
    }
    const expressions: readonly string[] = value.match(EXPRESSION) ?? [];
    const wrong = expressions.find((expression) => prop !== 'prefix' || !ALLOWED_EXPRESSION.test(expression));
    if (wrong !== undefined) {
      problems.add(
        prop === 'prefix'
          ? `prefix has the expression '${wrong}', but only !{timestamp:...} and !{firehose:random-string} are evaluated here: take it out`
          : `${prop} has the expression '${wrong}', but is what the keys begin with for everybody who looks there: take it out; Firehose adds the type of the error by itself`,
      );
    }
  }
  checkSideBySide(problems, prefixes, props.transform !== undefined);
}

function folderOf(value: string): string {
  return `${value.replace(/^\/+|\/+$/g, '') || 'data'}/`;
}

/** What lies in one of the three is read by whoever reads that one, and nobody else. */
function checkSideBySide(problems: Problems, { prefix, errorPrefix, backupPrefix }: DeliveryPrefixes, hasBackup: boolean): void {
  const all = [['prefix', prefix], ['errorPrefix', errorPrefix], ...hasBackup ? [['backupPrefix', backupPrefix] as const] : []] as const;
  all.forEach(([one, text], index) => {
    for (const [other, another] of all.slice(index + 1)) {
      const [known, anotherKnown] = [knownPart(text), knownPart(another)];
      if (known.startsWith(anotherKnown) || anotherKnown.startsWith(known)) {
        problems.add(
          `${one} is '${text}' and ${other} is '${another}', but one of them begins with the other, so that what reads one would take the objects of the other for its own: ` +
          'state two folders beside each other, such as \'data/\' and \'errors/\'',
        );
      }
    }
  });
}

/** What a prefix begins with, whatever its expressions are. Of a token nothing is known, not even that. */
function knownPart(prefix: string): string {
  return Token.isUnresolved(prefix) ? `\0${prefix}` : prefix.split('!{', 1)[0]!;
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
    unused(['backupFreshness', 'transformFailures', 'handlerErrors', 'handlerThrottles', 'handlerDuration'], 'transform is not');
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
