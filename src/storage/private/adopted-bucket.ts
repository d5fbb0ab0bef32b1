import { Annotations } from 'aws-cdk-lib';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { PayloadReader } from './payload-lifetime';
import type { PayloadLifetime, PayloadReaderFacts } from '../../delivery/rules/claimed-payload';
import { daysOf, PAYLOAD_BUCKET_RULES, PAYLOAD_LIFECYCLE_RULES, sumOf } from '../../delivery/rules/claimed-payload';
import { reportFindings } from '../../private/checks/problems';
import type { BucketFacts } from '../../private/s3/bucket-facts';

/**
 * What is wrong with a live bucket that is to keep payloads; warns of what only may be.
 *
 * @param facts what is known of it; undefined if it is not made in this app
 * @param needed the longest lifetime of all readers
 */
export function problemsOfAdoptedBucket(
  scope: Construct, bucket: s3.IBucket, facts: BucketFacts | undefined, readers: readonly PayloadReader[], needed: PayloadLifetime,
): string[] {
  const { path } = bucket.node;
  if (!facts) {
    const hasUploads = readers.some(({ by }) => by === 'upload');
    Annotations.of(scope).addWarningV2(
      'cdk-serverless-patterns:adoptedBucketUnchecked',
      `bucket '${path}' is not made in this app, so it cannot be checked: it must keep payloads for at least ${daysOf(needed)} days (${sumOf(needed)}) and out of archives, expire them after that, noncurrent versions too, ` +
      `own all objects (BucketOwnerEnforced), block public access and refuse requests without TLS${hasUploads ? ', and send its events to EventBridge (aws s3api put-bucket-notification-configuration with "EventBridgeConfiguration": {})' : ''}`,
    );
    return [];
  }
  return [...reportFindings(scope, PAYLOAD_BUCKET_RULES, { path, readers, ...facts }), ...problemsOfLifecycle(scope, path, facts, readers)];
}

/** What a bucket's lifecycle rules do. */
type BucketLifecycle = Pick<BucketFacts, 'expiries' | 'archives'>;

/** Rules by which payloads go, or cannot be read, before their messages are gone. */
export function problemsOfLifecycle(scope: Construct, path: string, facts: BucketLifecycle, readers: readonly PayloadReaderFacts[]): string[] {
  const rules = [...facts.expiries, ...facts.archives].map((rule) => ({ bucket: path, ...rule }));
  return readers.flatMap((reader) => rules.flatMap((lifecycle) => reportFindings(scope, PAYLOAD_LIFECYCLE_RULES, { reader, lifecycle })));
}
