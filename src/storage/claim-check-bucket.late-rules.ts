import { Annotations } from 'aws-cdk-lib';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { ClaimCheckBucketProps } from './claim-check-bucket';
import { neededLifetime, pointerFacts } from './claim-check-bucket.rules';
import { problemsOfAdoptedBucket, problemsOfLifecycle } from './private/adopted-bucket';
import type { PayloadReader } from './private/payload-lifetime';
import { messagesAndUploads } from './private/readers-of-app';
import { valuesOfUpload } from './private/upload-promises';
import { BUCKET_EVENTS_RULES } from '../delivery/rules/bucket-events';
import { daysOf, longest, MESSAGE_AND_UPLOAD_RULES, PAYLOAD_LIFECYCLE_RULES, POINTER_RULES } from '../delivery/rules/claimed-payload';
import { EVENT_TARGET_RULES } from '../delivery/rules/event-target';
import { changedValues } from '../private/checks/derived-values';
import { reportFindings } from '../private/checks/problems';
import type { ObjectDelivery } from '../private/events/object-delivery';
import { eventsFacts, targetFacts } from '../private/events/object-delivery';
import type { BucketFacts } from '../private/s3/bucket-facts';
import { bucketFacts } from '../private/s3/bucket-facts';
import { problemsOfPolicies, valuesOfBucket } from '../private/s3/bucket-promises';

/** What a `ClaimCheckBucket` made, and who reads from it. */
export interface Payloads {
  readonly bucket: s3.IBucket;
  readonly readers: readonly PayloadReader[];
  readonly uploads: readonly ObjectDelivery[];
}

/** What is wrong, or may be, now that the app is complete. */
export function checkAtSynthesis(scope: Construct, props: ClaimCheckBucketProps, payloads: Payloads): string[] {
  const { bucket, readers, uploads } = payloads;
  warnWithoutConsumers(scope, props, readers);
  return [
    ...problemsOfExpiration(scope, props, readers),
    ...messagesAndUploads(scope, bucket, readers).flatMap((facts) => reportFindings(scope, MESSAGE_AND_UPLOAD_RULES, facts)),
    ...readers.filter(({ by }) => by === 'message').flatMap((reader) => reportFindings(scope, POINTER_RULES, pointerFacts(reader))),
    ...uploads.flatMap((upload) => reportFindings(scope, EVENT_TARGET_RULES, targetFacts(scope, bucket, upload))),
    ...props.bucket
      ? problemsOfBucketGiven(scope, props, payloads)
      : problemsOfOwnBucket(scope, props, payloads),
    ...changedValues(uploads.flatMap(valuesOfUpload)),
  ];
}

function problemsOfBucketGiven(scope: Construct, props: ClaimCheckBucketProps, payloads: Payloads): string[] {
  const { bucket, readers } = payloads;
  const facts = bucketFacts(bucket);
  return [...problemsOfAdoptedBucket(scope, bucket, facts, readers, neededLifetime(readers, props)), ...problemsOfEvents(scope, payloads, facts)];
}

/** Of a bucket that is made here, what changed since, and what others do to it. */
function problemsOfOwnBucket(scope: Construct, props: ClaimCheckBucketProps, payloads: Payloads): string[] {
  const { readers, uploads } = payloads;
  const bucket = payloads.bucket as s3.Bucket;
  const { path } = bucket.node;
  const expirationDays = props.expiration?.toDays() ?? daysOf(neededLifetime(readers, props));
  const changed = changedValues(valuesOfBucket(bucket, {
    ...props,
    pattern: 'ClaimCheckBucket',
    objects: 'payloads',
    expirationDays,
    eventsFor: uploads.length > 0 ? 'uploads are delivered by EventBridge' : undefined,
    insteadOfPublic: 'no payload is public; hand out presigned URLs',
    insteadOfOwners: 'consumers cannot read what another account owns; give who writes a grant (grantDeposit)',
  }));
  const facts = bucketFacts(bucket)!;
  const added = { ...facts, expiries: facts.expiries.filter(({ after }) => after !== expirationDays) };
  return [
    ...problemsOfPolicies(bucket),
    ...changed.length > 0 ? changed : [...problemsOfLifecycle(scope, path, added, readers), ...problemsOfEvents(scope, payloads, facts)],
  ];
}

/** Whether uploads reach EventBridge. */
function problemsOfEvents(scope: Construct, { bucket, uploads }: Payloads, facts: BucketFacts | undefined): string[] {
  return uploads.length === 0 ? [] : reportFindings(scope, BUCKET_EVENTS_RULES, eventsFacts(scope, bucket, facts));
}

function problemsOfExpiration(scope: Construct, props: ClaimCheckBucketProps, readers: readonly PayloadReader[]): string[] {
  const { expiration } = props;
  const reader = longest(readers);
  return !expiration || expiration.isUnresolved() || !reader ? []
    : reportFindings(scope, PAYLOAD_LIFECYCLE_RULES, { reader, lifecycle: { after: expiration.toDays(), prefix: '' } });
}

function warnWithoutConsumers(scope: Construct, props: ClaimCheckBucketProps, readers: readonly PayloadReader[]): void {
  if (readers.length === 0) {
    Annotations.of(scope).addWarningV2(
      'cdk-serverless-patterns:claimCheckWithoutConsumers',
      `no consumer is registered, so how long payloads are needed is not known: it is taken for ${daysOf(neededLifetime(readers, props))} days. ` +
      'Register each consumer with addConsumer or addUploadConsumer, also those of other apps (QueueFed.of(queue, deadLetterQueue) with lifetime)',
    );
  }
}
