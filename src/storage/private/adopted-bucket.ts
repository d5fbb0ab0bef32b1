import type { CfnResource } from 'aws-cdk-lib';
import { Annotations } from 'aws-cdk-lib';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { PayloadLifetime, PayloadReader } from './payload-lifetime';
import { daysOf, overlap, sumOf } from './payload-lifetime';
import type { BucketFacts, ExpiryRule } from '../../private/s3/bucket-facts';
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
      `bucket '${path}' is not made in this app, so it cannot be checked: it must keep payloads for at least ${daysOf(needed)} days (${sumOf(needed)}) and out of archives, expire them after that, noncurrent versions too, ` +
      `own all objects (BucketOwnerEnforced), block public access and refuse requests without TLS${hasUploads ? ', and send its events to EventBridge (aws s3api put-bucket-notification-configuration with "EventBridgeConfiguration": {})' : ''}`,
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
  if (facts.writerMayOwn) {
    warn(
      'payloadsOwnedByWriter',
      `bucket '${path}' has objectOwnership ${facts.writerMayOwn}, so what another account puts there may stay its own, and no grant of this app lets a consumer read it: ` +
      'set objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED where the bucket is made',
    );
  }
  return [
    ...problemsOfLifecycle(path, facts, readers),
    ...hasUploads ? problemsOfEvents(path, facts) : [],
  ];
}

/** Rules by which payloads go, or cannot be read, before their messages are gone. */
export function problemsOfLifecycle(path: string, { expiries, archives }: BucketFacts, readers: readonly PayloadReader[]): string[] {
  const early = <R extends ExpiryRule>(rules: readonly R[], reader: PayloadReader) => (
    rules.filter((rule) => overlap(rule.prefix, reader.prefix) && isTooEarly(rule, reader))
  );
  const when = ({ after }: ExpiryRule) => after === 'date' ? 'on a date' : `after ${after} days`;
  return readers.flatMap((reader) => [
    ...early(expiries, reader).map((rule) => (
      `bucket '${path}' expires objects ${when(rule)}, ` +
      `but ${reader.consumer} may claim a payload for ${daysOf(reader)} days: ${sumOf(reader)}; ` +
      `let the lifecycle rule expire after ${daysOf(reader)} days or more`
    )),
    ...early(archives, reader).map((rule) => (
      `bucket '${path}' moves objects to ${rule.storageClass} ${when(rule)}, where they cannot be read until they are restored, ` +
      `but ${reader.consumer} may claim a payload for ${daysOf(reader)} days: ${sumOf(reader)}; ` +
      `move them after ${daysOf(reader)} days or more, or to a storage class that can be read at once, such as GLACIER_IR`
    )),
  ]);
}

function problemsOfEvents(path: string, { sendsEvents, overwrittenBy }: BucketFacts): string[] {
  if (overwrittenBy) {
    return [`${overwritten(path, overwrittenBy)}, or set eventBridgeEnabled: true where the bucket is made`];
  }
  return sendsEvents ? [] : [
    `bucket '${path}' does not send its events to EventBridge, so no upload would be delivered: where it is made, set ` +
    '(bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } }',
  ];
}

/** What an ordinary notification does to uploads. */
export function overwritten(path: string, by: CfnResource): string {
  return `'${by.node.path}' (addEventNotification) replaces all notifications of bucket '${path}' and switches EventBridge off, so no upload would be delivered: ` +
    'use a rule in EventBridge for these events instead (new events.Rule with source \'aws.s3\')';
}

/** On a date everything goes, however new it is. What cannot be known is taken to be late enough. */
function isTooEarly({ after }: ExpiryRule, reader: PayloadLifetime): boolean {
  return after === 'date' || (after !== undefined && after < daysOf(reader));
}
