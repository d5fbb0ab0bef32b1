import { Token } from 'aws-cdk-lib';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { FailureBucketProps } from './failure-bucket';
import { keptFor, lifecycleOf } from './failure-bucket.rules';
import { problemsOfLifecycle } from './private/adopted-bucket';
import type { FailureDelivery } from './private/failure-delivery';
import { readerOf, valuesOfArrival, valuesOfDelivery } from './private/failure-delivery';
import { BUCKET_EVENTS_RULES } from '../delivery/rules/bucket-events';
import type { PayloadReaderFacts } from '../delivery/rules/claimed-payload';
import { PAYLOAD_LIFECYCLE_RULES } from '../delivery/rules/claimed-payload';
import { EVENT_TARGET_RULES } from '../delivery/rules/event-target';
import { FAILURE_LIFECYCLE_RULES } from '../delivery/rules/failure-store';
import { changedValues } from '../private/checks/derived-values';
import { reportFindings } from '../private/checks/problems';
import type { ObjectDelivery } from '../private/events/object-delivery';
import { eventsFacts, targetFacts } from '../private/events/object-delivery';
import { bucketFacts } from '../private/s3/bucket-facts';
import { problemsOfPolicies, valuesOfBucket } from '../private/s3/bucket-promises';

/** What a `FailureBucket` made. */
export interface Failures {
  readonly bucket: s3.IBucket;
  readonly arrival: Pick<ObjectDelivery, 'rule' | 'eventPattern'>;
  readonly deliveries: readonly FailureDelivery[];
}

/** What is wrong now that the app is complete. */
export function checkAtSynthesis(scope: Construct, props: FailureBucketProps, { bucket, arrival, deliveries }: Failures): string[] {
  return [
    ...deliveries.flatMap((delivery) => reportFindings(scope, EVENT_TARGET_RULES, targetFacts(scope, bucket, delivery))),
    ...problemsOfBucket(scope, props, bucket as s3.Bucket, deliveries),
    ...changedValues([...valuesOfArrival(arrival), ...deliveries.flatMap((delivery) => valuesOfDelivery(delivery, 'addConsumer'))]),
  ];
}

/** Of consumers whose queues somebody has changed since. */
function problemsOfExpiration(scope: Construct, props: FailureBucketProps, readers: readonly PayloadReaderFacts[]): string[] {
  return readers.flatMap((reader) => reportFindings(scope, PAYLOAD_LIFECYCLE_RULES, { reader, lifecycle: lifecycleOf(props) }));
}

/** What changed since, and what others do to it. */
function problemsOfBucket(scope: Construct, props: FailureBucketProps, bucket: s3.Bucket, deliveries: readonly FailureDelivery[]): string[] {
  const { path } = bucket.node;
  const expirationDays = (props.expiration ?? keptFor()).toDays();
  const changed = changedValues(valuesOfBucket(bucket, {
    ...props,
    pattern: 'FailureBucket',
    objects: 'failures',
    expirationDays,
    eventsFor: 'stored failures are counted, and delivered to consumers, by EventBridge',
    insteadOfPublic: 'no failure is public; give who reads a grant (grantRead)',
    insteadOfOwners: 'nobody here can read what another account owns',
  }));
  const { expiries, archives, ...facts } = bucketFacts(bucket)!;
  const readers = deliveries.map(readerOf);
  const store = { bucket: path, store: scope.node.path, keptDays: Token.isUnresolved(expirationDays) ? undefined : expirationDays };
  return [
    ...problemsOfPolicies(bucket),
    ...problemsOfExpiration(scope, props, readers),
    ...changed.length > 0 ? changed : [
      ...expiries.flatMap((lifecycle) => reportFindings(scope, FAILURE_LIFECYCLE_RULES, { ...store, lifecycle })),
      ...problemsOfLifecycle(scope, path, { expiries: [], archives }, readers),
      ...reportFindings(scope, BUCKET_EVENTS_RULES, eventsFacts(scope, bucket, facts)),
    ],
  ];
}
