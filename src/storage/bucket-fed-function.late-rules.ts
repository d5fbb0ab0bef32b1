import { Annotations, Token } from 'aws-cdk-lib';
import type * as events from 'aws-cdk-lib/aws-events';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { BucketFedFunction, BucketFedFunctionProps } from './bucket-fed-function';
import { keptVersions, readerOf } from './bucket-fed-function.rules';
import { problemsOfLifecycle } from './private/adopted-bucket';
import { writesOf } from './private/object-writes';
import { BUCKET_EVENTS_RULES, BUCKET_WRITER_RULES } from '../delivery/rules/bucket-events';
import type { PayloadReaderFacts } from '../delivery/rules/claimed-payload';
import { daysOf, sumOf } from '../delivery/rules/claimed-payload';
import { EVENT_TARGET_RULES } from '../delivery/rules/event-target';
import type { DerivedValue } from '../private/checks/derived-values';
import { changedValues } from '../private/checks/derived-values';
import { reportFindings } from '../private/checks/problems';
import type { ObjectDelivery } from '../private/events/object-delivery';
import { eventsFacts, targetFacts, valuesOfRule, valuesOfTarget } from '../private/events/object-delivery';
import type { BucketFacts } from '../private/s3/bucket-facts';
import { bucketFacts } from '../private/s3/bucket-facts';
import { problemsOfPolicies, valuesOfBucket } from '../private/s3/bucket-promises';

/** How objects are delivered, and how those are counted that are too large. */
export interface Deliveries {
  readonly delivery: ObjectDelivery;
  readonly tooLarge: { readonly rule: events.Rule; readonly eventPattern: events.EventPattern } | undefined;
}

/** What breaks the promises of a bucket-fed function, now that the app is complete. */
export function checkAtSynthesis(pattern: BucketFedFunction, props: BucketFedFunctionProps, { delivery, tooLarge }: Deliveries): string[] {
  const { bucket } = pattern;
  const reader = readerOf(pattern.node.path, pattern, props);
  return [
    ...reportFindings(pattern, EVENT_TARGET_RULES, targetFacts(pattern, bucket, delivery)),
    ...problemsOfWrites(pattern, props),
    ...props.bucket ? problemsOfBucketGiven(pattern, reader) : problemsOfOwnBucket(pattern, props, reader),
    ...changedValues([...valuesOfDelivery(delivery), ...tooLarge ? valuesOfCounting(tooLarge) : []]),
  ];
}

/** Whether the handler may put objects of which it would be told again. */
function problemsOfWrites(pattern: BucketFedFunction, { prefix = '' }: BucketFedFunctionProps): string[] {
  const { bucket, handler } = pattern;
  return Token.isUnresolved(prefix) ? [] : reportFindings(pattern, BUCKET_WRITER_RULES, {
    bucket: bucket.node.path, handler: handler.node.path, prefix, writes: writesOf(handler, bucket, prefix),
  });
}

function problemsOfBucketGiven(pattern: BucketFedFunction, reader: PayloadReaderFacts): string[] {
  const { bucket } = pattern;
  const facts = bucketFacts(bucket);
  if (!facts) {
    Annotations.of(pattern).addWarningV2(
      'cdk-serverless-patterns:adoptedBucketUnchecked',
      `bucket '${bucket.node.path}' is not made in this app, so it cannot be checked: it must send its events to EventBridge ` +
      '(aws s3api put-bucket-notification-configuration with "EventBridgeConfiguration": {}, beside the notifications that it has), ' +
      `and keep objects for at least ${daysOf(reader)} days (${sumOf(reader)}) and out of archives, versions that were replaced too`,
    );
  }
  return problemsOfObjects(pattern, reader, facts);
}

/** Of a bucket that is made here, what changed since, and what others do to it. */
function problemsOfOwnBucket(pattern: BucketFedFunction, props: BucketFedFunctionProps, reader: PayloadReaderFacts): string[] {
  const bucket = pattern.bucket as s3.Bucket;
  const changed = changedValues(valuesOfBucket(bucket, {
    ...props.encryptionKey ? { encryptionKey: props.encryptionKey } : {},
    pattern: 'BucketFedFunction',
    objects: 'objects',
    noncurrentDays: keptVersions(reader).toDays(),
    eventsFor: 'objects are delivered by EventBridge',
    insteadOfPublic: 'no object is public; hand out presigned URLs',
    insteadOfOwners: 'the handler cannot read what another account owns; give who writes a grant (grantPut of the bucket)',
  }));
  return [...problemsOfPolicies(bucket), ...changed.length > 0 ? changed : problemsOfObjects(pattern, reader, bucketFacts(bucket))];
}

/** Whether objects reach EventBridge, and can still be read when their messages are. */
function problemsOfObjects(pattern: BucketFedFunction, reader: PayloadReaderFacts, facts: BucketFacts | undefined): string[] {
  const { bucket } = pattern;
  return [
    ...reportFindings(pattern, BUCKET_EVENTS_RULES, eventsFacts(pattern, bucket, facts)),
    ...facts ? problemsOfLifecycle(pattern, bucket.node.path, facts, [reader]) : [],
  ];
}

/** What the rule that delivers objects must be. */
function valuesOfDelivery(delivery: ObjectDelivery): DerivedValue[] {
  return [
    ...valuesOfRule(delivery, {
      pattern: 'state prefix, suffix and sizes of the BucketFedFunction',
      state: 'the handler would never be told of what is put meanwhile; set enabled: false, and messages wait in the queue',
    }),
    ...valuesOfTarget(delivery, {
      method: 'the BucketFedFunction by its prop queue',
      event: 's3Records reads the event as S3 sends it',
      retries: 'what is given up earlier only fills the dead-letter queue',
    }).map((value) => (value.at.endsWith('.MessageGroupId') ? { ...value, instead: 'a FIFO queue gets all objects in one group' } : value)),
  ];
}

/** What the rule that counts objects must be. */
function valuesOfCounting(tooLarge: NonNullable<Deliveries['tooLarge']>): DerivedValue[] {
  return valuesOfRule(tooLarge, {
    pattern: 'state maxObjectSize of the BucketFedFunction',
    state: 'nobody would be told of objects that are too large; tune the alarm by deliveryAlarms.objectsTooLarge',
  });
}
