import { Annotations } from 'aws-cdk-lib';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { BucketDelivery } from './bucket-delivery';
import type { BucketDeliveryProps } from './bucket-delivery-props';
import { logRetentionOf } from './bucket-delivery.rules';
import { keptFor } from './failure-bucket.rules';
import { problemsOfLifecycle } from './private/adopted-bucket';
import type { DeliveryStreamParts } from './private/delivery-stream';
import { deliveryStreamValues, roleValues } from './private/delivery-stream-promises';
import type { FailureDelivery } from './private/failure-delivery';
import { readerOf, valuesOfDelivery } from './private/failure-delivery';
import { BUCKET_EVENTS_RULES } from '../delivery/rules/bucket-events';
import { daysOf, longest } from '../delivery/rules/claimed-payload';
import { EVENT_TARGET_RULES } from '../delivery/rules/event-target';
import { byProp, changedValues } from '../private/checks/derived-values';
import { reportFindings } from '../private/checks/problems';
import type { ObjectDelivery } from '../private/events/object-delivery';
import { eventsFacts, targetFacts, valuesOfRule } from '../private/events/object-delivery';
import { timeoutValues } from '../private/lambda/handler-checks';
import { timeoutSeconds } from '../private/lambda/handler-facts';
import { valuesOfLogGroup } from '../private/log-groups/log-group-promises';
import type { BucketFacts, ExpiryRule } from '../private/s3/bucket-facts';
import { bucketFacts } from '../private/s3/bucket-facts';
import { problemsOfPolicies, valuesOfBucket } from '../private/s3/bucket-promises';

/** What a `BucketDelivery` made. */
export interface DeliveryParts extends DeliveryStreamParts {
  readonly arrival: Pick<ObjectDelivery, 'rule' | 'eventPattern'>;
  readonly failureDeliveries: readonly FailureDelivery[];
  /** As it was when the alarms were derived from it. */
  readonly transformTimeout: ReturnType<typeof timeoutSeconds>;
}

/** What breaks the promises of a delivery, now that the app is complete. */
export function checkAtSynthesis(pattern: BucketDelivery, props: BucketDeliveryProps, parts: DeliveryParts): string[] {
  const { bucket, arrival, failureDeliveries, transform } = parts;
  return [
    ...failureDeliveries.flatMap((delivery) => reportFindings(pattern, EVENT_TARGET_RULES, targetFacts(pattern, bucket, delivery))),
    ...props.bucket ? problemsOfBucketGiven(pattern, parts) : problemsOfOwnBucket(pattern, props, parts),
    ...changedValues([
      ...deliveryStreamValues(pattern.deliveryStream, parts),
      ...roleValues(pattern, parts),
      ...valuesOfLogGroup(pattern.logGroup, logRetentionOf(props), byProp('BucketDelivery')('logRetention')),
      ...transform ? timeoutValues(transform, parts.transformTimeout, 'the alarm on duration is') : [],
      ...valuesOfRule(arrival, {
        pattern: 'every object with records that failed is counted; make another rule for some of them',
        state: 'the alarm on stored failures would be silent; tune it by the prop alarms.failuresStored',
      }),
      ...failureDeliveries.flatMap((delivery) => valuesOfDelivery(delivery, 'addFailureConsumer')),
    ]),
  ];
}

function problemsOfBucketGiven(pattern: BucketDelivery, { bucket, errorPrefix, failureDeliveries }: DeliveryParts): string[] {
  const facts = bucketFacts(bucket);
  if (!facts) {
    const needed = longest(failureDeliveries.map(readerOf));
    Annotations.of(pattern).addWarningV2(
      'cdk-serverless-patterns:adoptedBucketUnchecked',
      `bucket '${bucket.node.path}' is not made in this app, so it cannot be checked: it must send its events to EventBridge ` +
      '(aws s3api put-bucket-notification-configuration with "EventBridgeConfiguration": {}, beside the notifications that it has), ' +
      `and keep what is below '${errorPrefix}' ${needed ? `for at least ${daysOf(needed)} days and out of archives` : 'for as long as you need to repair and replay it'}`,
    );
  }
  return problemsOfFailures(pattern, bucket, facts, failureDeliveries);
}

/** Of a bucket that is made here, what changed since, and what others do to it. */
function problemsOfOwnBucket(pattern: BucketDelivery, { encryptionKey }: BucketDeliveryProps, parts: DeliveryParts): string[] {
  const bucket = parts.bucket as s3.Bucket;
  const changed = changedValues(valuesOfBucket(bucket, {
    encryptionKey,
    pattern: 'BucketDelivery',
    objects: 'records',
    eventsFor: 'records that failed are counted, and delivered to consumers, by EventBridge',
    insteadOfPublic: 'no record is public; give who reads them a grant (grantRead of the bucket)',
    insteadOfOwners: 'nobody here can read what another account owns',
  }));
  const facts = bucketFacts(bucket)!;
  return [
    ...problemsOfPolicies(bucket),
    ...changed.length > 0 ? changed : [
      ...earlyExpiries(pattern, parts, facts.expiries),
      ...problemsOfFailures(pattern, bucket, facts, parts.failureDeliveries),
    ],
  ];
}

/** Rules that somebody added by which what failed, or an original, goes before people had time to look at it. */
function earlyExpiries({ node: { path } }: BucketDelivery, parts: DeliveryParts, expiries: readonly ExpiryRule[]): string[] {
  const { bucket, errorPrefix, backupPrefix, transform } = parts;
  const days = keptFor().toDays();
  const kept = [errorPrefix, ...transform ? [backupPrefix] : []];
  return expiries.flatMap(({ after, prefix }) => {
    const isEarly = after === 'date' || (after !== undefined && after < days);
    const hit = kept.find((one) => prefix !== undefined && (one.startsWith(prefix) || prefix.startsWith(one)));
    return !isEarly || hit === undefined ? [] : [
      `bucket '${bucket.node.path}' expires objects ${after === 'date' ? 'on a date' : `after ${after} days`}, but ${path} keeps what is below '${hit}' for ${days} days: ` +
      'give the lifecycle rule the prefix of the data, or give a bucket of your own (bucket)',
    ];
  });
}

/** Whether failures reach EventBridge, and can still be read when their messages are. */
function problemsOfFailures(
  pattern: BucketDelivery, bucket: s3.IBucket, facts: BucketFacts | undefined, deliveries: readonly FailureDelivery[],
): string[] {
  return [
    ...reportFindings(pattern, BUCKET_EVENTS_RULES, eventsFacts(pattern, bucket, facts)),
    ...facts ? problemsOfLifecycle(pattern, bucket.node.path, facts, deliveries.map(readerOf)) : [],
  ];
}
