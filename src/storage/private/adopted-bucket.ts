import { Annotations } from 'aws-cdk-lib';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { PayloadLifetime, PayloadReader } from './payload-lifetime';
import { daysOf, overlap, sumOf } from './payload-lifetime';
import type { ExpiryRule } from '../../private/s3/bucket-facts';
import { bucketFacts } from '../../private/s3/bucket-facts';

/**
 * What is wrong with a live bucket that is to keep payloads; warns of what only may be.
 *
 * @param needed the longest lifetime of all readers
 */
export function problemsOfAdoptedBucket(scope: Construct, bucket: s3.IBucket, readers: readonly PayloadReader[], needed: PayloadLifetime): string[] {
  const facts = bucketFacts(bucket);
  const path = bucket.node.path;
  const hasUploads = readers.some(({ by }) => by === 'upload');
  const warn = (id: string, text: string) => Annotations.of(scope).addWarningV2(`cdk-serverless-patterns:${id}`, text);
  if (!facts) {
    warn(
      'adoptedBucketUnchecked',
      `bucket '${path}' is not made in this app, so it cannot be checked: it must keep payloads for at least ${daysOf(needed)} days (${sumOf(needed)}), expire them after that, noncurrent versions too, ` +
      `block public access and refuse requests without TLS${hasUploads ? ', and send its events to EventBridge (aws s3api put-bucket-notification-configuration with "EventBridgeConfiguration": {})' : ''}`,
    );
    return [];
  }
  const touching = facts.expiries.filter(({ prefix }) => readers.some((reader) => overlap(prefix, reader.prefix)));
  if (touching.length === 0 && readers.length > 0) {
    warn('payloadsNeverExpire', `bucket '${path}' has no lifecycle rule that expires the payloads, so they are kept, and paid for, for ever: let it expire them after ${daysOf(needed)} days or more`);
  }
  if (facts.keepsOldVersions) {
    warn('noncurrentVersionsNeverExpire', `bucket '${path}' is versioned, and no lifecycle rule expires noncurrent versions, so payloads that expired are still kept, and paid for: add noncurrentVersionExpiration to a rule`);
  }
  if (hasUploads && facts.sendsEvents === undefined) {
    warn('bucketEventsUnchecked', `the notifications of bucket '${path}' are set by a custom resource, so it cannot be checked that it sends its events to EventBridge: it must have eventBridgeEnabled: true`);
  }
  const early = (reader: PayloadReader) => touching.filter((rule) => overlap(rule.prefix, reader.prefix) && expiresTooEarly(rule, reader));
  return [
    ...readers.flatMap((reader) => early(reader).map(({ after }) => (
      `bucket '${path}' expires objects ${after === 'date' ? 'on a date' : `after ${after} days`}, ` +
      `but ${reader.consumer} may claim a payload for ${daysOf(reader)} days: ${sumOf(reader)}; ` +
      `let the lifecycle rule expire after ${daysOf(reader)} days or more`
    ))),
    ...hasUploads && facts.sendsEvents === false ? [
      `bucket '${path}' does not send its events to EventBridge, so no upload would be delivered: where it is made, set ` +
      '(bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } }',
    ] : [],
  ];
}

/** On a date everything goes, however new it is. What cannot be known is taken to be late enough. */
function expiresTooEarly({ after }: ExpiryRule, reader: PayloadLifetime): boolean {
  return after === 'date' || (after !== undefined && after < daysOf(reader));
}
