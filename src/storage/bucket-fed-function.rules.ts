import { Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import type * as events from 'aws-cdk-lib/aws-events';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { BucketFedFunctionProps } from './bucket-fed-function';
import { OBJECT_DELIVERY_ALARMS, OBJECT_SIZE_ALARMS } from './bucket-fed-function.alarms';
import { BUCKET_EVENTS_RULES, KEY_PATTERN_RULES } from '../delivery/rules/bucket-events';
import type { PayloadReaderFacts } from '../delivery/rules/claimed-payload';
import { daysOf } from '../delivery/rules/claimed-payload';
import { EVENT_TARGET_RULES } from '../delivery/rules/event-target';
import type { IQueueFed } from '../messaging/queue-fed';
import type { QueueFedFunctionProps } from '../messaging/queue-fed-function';
import { QUEUE_FED_FUNCTION_BOUNDS } from '../messaging/queue-fed-function.rules';
import { COMPARED, keyPatterns, LARGEST_COMPARED } from './private/object-pattern';
import { EVENTBRIDGE_RETRIES } from './private/payload-lifetime';
import { placeOf } from '../private/app/environments';
import { Problems } from '../private/checks/problems';
import type { PropBounds } from '../private/checks/prop-bounds';
import { knownBytes } from '../private/checks/prop-bounds';
import { checkObjectDelivery, eventsFacts, objectCreated } from '../private/events/object-delivery';
import { DEAD_LETTER_RETENTION } from '../private/sqs/pattern-queue';
import { queueFacts, receivingQueueFacts } from '../private/sqs/queue-facts';

/** Those of the consumer are read here too, so that all that is wrong is told of at once. */
export const BUCKET_FED_FUNCTION_BOUNDS: PropBounds<BucketFedFunctionProps> = {
  ...QUEUE_FED_FUNCTION_BOUNDS,
  minObjectSize: { ...COMPARED, min: 0, fix: 'leave it out for all that are not empty' },
  maxObjectSize: { ...COMPARED, min: 1, fix: 'leave it out for any size' },
};

// What is derived from the props.

/** The props of the consumer. An adopted queue has its own key and removal policy. */
export function consumerProps(props: BucketFedFunctionProps): QueueFedFunctionProps {
  const { encryptionKey: _, removalPolicy: __, ...others } = props;
  return props.queue ? others : props;
}

/** The events of S3 about the objects that are delivered. */
export function deliveredPattern(bucket: s3.IBucket, props: BucketFedFunctionProps): events.EventPattern {
  return patternFor(bucket, props, sizePatterns(props));
}

/** Those about the objects that would be, if they were not too large. */
export function tooLargePattern(bucket: s3.IBucket, props: BucketFedFunctionProps, maxBytes: number): events.EventPattern {
  return patternFor(bucket, props, [{ numeric: ['>', maxBytes] }]);
}

function patternFor(bucket: s3.IBucket, { prefix, suffix }: BucketFedFunctionProps, size: unknown[] | undefined): events.EventPattern {
  const key = keyPatterns(prefix, suffix === undefined ? [] : [suffix]);
  return objectCreated(bucket, key || size ? { object: { ...key ? { key } : {}, ...size ? { size } : {} } } : {});
}

function sizePatterns({ minObjectSize, maxObjectSize }: BucketFedFunctionProps): unknown[] | undefined {
  const least = minObjectSize?.toBytes() ?? 1;
  if (maxObjectSize) {
    return [{ numeric: ['>=', least, '<=', maxObjectSize.toBytes()] }];
  }
  // Not by a comparison, which leaves out what is larger than the largest number that is compared.
  return least === 0 ? undefined : [{ 'anything-but': [0] }];
}

/** For how long a message may name an object. SQS keeps a message for at most 14 days, in a queue of which nothing is known too. */
export function readerOf(path: string, { queue, deadLetterQueue }: IQueueFed, { prefix }: BucketFedFunctionProps): PayloadReaderFacts {
  const keptIn = (one: sqs.IQueue, what: string) => ({ seconds: queueFacts(one).retentionSeconds ?? DEAD_LETTER_RETENTION.toSeconds(), what });
  return {
    consumer: path,
    prefix: Token.isUnresolved(prefix) ? undefined : prefix ?? '',
    does: 'read an object',
    parts: [EVENTBRIDGE_RETRIES, keptIn(queue, 'in its queue'), keptIn(deadLetterQueue, 'in its dead-letter queue')],
  };
}

/** How long versions are kept that were replaced or deleted: as long as a message may name them. */
export function keptVersions(reader: PayloadReaderFacts): Duration {
  return Duration.days(daysOf(reader));
}

// What is wrong with the props, before anything is made.

export function checkProps(scope: Construct, props: BucketFedFunctionProps): void {
  const problems = new Problems(scope, 'BucketFedFunction');
  problems.checkBounds(props, BUCKET_FED_FUNCTION_BOUNDS);
  if (props.bucket) {
    problems.addFindings(BUCKET_EVENTS_RULES, eventsFacts(scope, props.bucket));
  }
  checkTarget(problems, scope, props);
  checkKeys(problems, props);
  checkSizes(problems, props);
  checkOutput(problems, props);
  problems.requireCustomerKey('encryptionKey', props.encryptionKey, 'leave encryptionKey out for SSE-S3 and SSE-SQS');
  if (props.removalPolicy === RemovalPolicy.SNAPSHOT) {
    problems.add('removalPolicy is snapshot, but there are no snapshots of a bucket or a queue: set RemovalPolicy.RETAIN or RemovalPolicy.DESTROY, or leave removalPolicy out');
  }
  OBJECT_DELIVERY_ALARMS.check(problems, {}, props.deliveryAlarms, 'deliveryAlarms');
  OBJECT_SIZE_ALARMS.check(problems, {}, props.deliveryAlarms, 'deliveryAlarms');
  problems.throwIfAny();
}

/** Whether the rule can deliver to the queue. */
function checkTarget(problems: Problems, scope: Construct, props: BucketFedFunctionProps): void {
  const { bucket, queue, fifo, contentBasedDeduplication = false } = props;
  const here = Stack.of(scope);
  if (queue && bucket) {
    checkObjectDelivery(problems, scope, bucket, scope.node.id, queue, undefined);
  } else {
    const { path } = scope.node;
    const made = { path: `${path}/Consumer/Queue`, fifo, contentBasedDeduplication };
    const facts = queue ? receivingQueueFacts(queue) : made;
    problems.addFindings(EVENT_TARGET_RULES, { rule: placeOf(here), queue: facts, role: false });
  }
  if (queue && queueFacts(queue).owned && Stack.of(queue) !== here) {
    problems.add(
      `queue '${queue.node.path}' is made in another stack (${Stack.of(queue).node.path}), whose policy would have to name the rule that is made here, so that each stack would wait for the other: ` +
      'make the BucketFedFunction in the stack of the queue, or leave queue out',
    );
  }
}

function checkKeys(problems: Problems, props: BucketFedFunctionProps): void {
  for (const prop of ['prefix', 'suffix'] as const) {
    const text = props[prop];
    if (text === '') {
      problems.add(`${prop} is '', with which every key ${prop === 'prefix' ? 'begins' : 'ends'}: leave ${prop} out for any key`);
    } else if (text !== undefined && !Token.isUnresolved(text)) {
      problems.addFindings(KEY_PATTERN_RULES, { what: prop, text });
    }
  }
  const { suffix } = props;
  if (!Token.isUnresolved(suffix) && suffix?.endsWith('/')) {
    problems.add(`suffix is '${suffix}', but only the keys of folders end with a slash: state what the keys of files end with, or the folder as prefix`);
  }
}

function checkSizes(problems: Problems, { minObjectSize, maxObjectSize, suffix, deliveryAlarms }: BucketFedFunctionProps): void {
  const [least, most] = [minObjectSize, maxObjectSize].map(knownBytes);
  if (least === 0 && suffix === undefined) {
    problems.add(
      'minObjectSize is 0 bytes, but suffix is not set, so that folders would be delivered, which are empty objects whose keys end with a slash: ' +
      'set the suffix that the empty objects have, or leave minObjectSize out',
    );
  }
  if (least !== undefined && least > 1 && !maxObjectSize) {
    problems.add(
      `minObjectSize is ${least} bytes, but maxObjectSize is not set: EventBridge compares numbers up to ${LARGEST_COMPARED} only, so larger objects would be left out unsaid: ` +
      `set maxObjectSize, at most Size.bytes(${LARGEST_COMPARED}), or leave out objects by their prefix`,
    );
  }
  if (least !== undefined && most !== undefined && most < least) {
    problems.add(`maxObjectSize is ${most} bytes, but minObjectSize is ${least} bytes, so no object would be delivered: state a larger maxObjectSize`);
  }
  if (!maxObjectSize && deliveryAlarms?.objectsTooLarge) {
    problems.add('deliveryAlarms.objectsTooLarge is set, but maxObjectSize is not, so no object is too large: set maxObjectSize, or leave deliveryAlarms.objectsTooLarge out');
  }
}

/** With EventBridge and a queue in between, Lambda does not notice that a function feeds itself. https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html */
function checkOutput(problems: Problems, { prefix, outputPrefix }: BucketFedFunctionProps): void {
  if (outputPrefix === undefined || Token.isUnresolved(outputPrefix) || Token.isUnresolved(prefix)) {
    return;
  }
  const watched = prefix ?? '';
  if (outputPrefix.startsWith(watched) || watched.startsWith(outputPrefix)) {
    problems.add(
      `outputPrefix is '${outputPrefix}', but ${prefix === undefined ? 'prefix is not set, so that every object is delivered' : `objects with the prefix '${prefix}' are delivered`} to the handler, ` +
      'and what it writes would come back to it without end: set prefix and outputPrefix so that neither begins with the other, or let the handler write to another bucket',
    );
  }
}
