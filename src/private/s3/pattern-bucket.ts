import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

export interface PatternBucketProps {
  /** Undefined: encrypted by S3 with keys of its own (SSE-S3). */
  readonly encryptionKey?: kms.IKey | undefined;
  /** After how many days objects expire. Undefined: they are kept. */
  readonly expiration?: Duration | undefined;
  /** Whether it keeps versions, and for how many days those that were replaced or deleted. Undefined: it has none. */
  readonly noncurrentVersionExpiration?: Duration | undefined;
  readonly serverAccessLogsBucket?: s3.IBucket | undefined;
  readonly serverAccessLogsPrefix?: string | undefined;
  readonly cors?: s3.CorsRule[] | undefined;
  /** Undefined: kept, except when the deployment that makes it fails. */
  readonly removalPolicy?: RemovalPolicy | undefined;
}

/** A part of an upload that nobody will finish is charged like any object. https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpu-abort-incomplete-mpu-lifecycle-config.html */
export function abandonedAfter(): Duration {
  return Duration.days(7);
}

/**
 * Makes a bucket as all patterns have them: private, TLS only, encrypted, owned by this account with all that is in it, and without what nobody needs any more.
 */
export function newPatternBucket(scope: Construct, id: string, props: PatternBucketProps): s3.Bucket {
  const { encryptionKey, expiration, noncurrentVersionExpiration, removalPolicy, ...own } = props;
  return new s3.Bucket(scope, id, {
    ...own,
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    encryption: encryptionKey ? s3.BucketEncryption.KMS : s3.BucketEncryption.S3_MANAGED,
    encryptionKey,
    bucketKeyEnabled: encryptionKey ? true : undefined,
    versioned: noncurrentVersionExpiration && true,
    lifecycleRules: [{
      expiration,
      // Should somebody turn versions on in a bucket without them, objects go all the same.
      noncurrentVersionExpiration: noncurrentVersionExpiration ?? Duration.days(1),
      // What is left of a deleted object when its versions are gone. Where objects expire, S3 removes it by itself.
      expiredObjectDeleteMarker: noncurrentVersionExpiration && true,
      abortIncompleteMultipartUploadAfter: abandonedAfter(),
    }],
    removalPolicy: removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  });
}

/** By the property of the bucket itself: `eventBridgeEnabled` of the CDK's bucket would add a function that sets it. */
export function sendEvents(bucket: s3.IBucket): void {
  (bucket.node.defaultChild as s3.CfnBucket).addPropertyOverride('NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled', true);
}
