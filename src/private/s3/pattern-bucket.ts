import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

export interface PatternBucketProps {
  /** Undefined: encrypted by S3 with keys of its own (SSE-S3). */
  readonly encryptionKey?: kms.IKey | undefined;
  /** After how many days objects expire. */
  readonly expiration: Duration;
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
 * Makes a bucket as all patterns have them: private, TLS only, encrypted, owned by this account with all that is in it, and expiring what it keeps.
 */
export function newPatternBucket(scope: Construct, id: string, props: PatternBucketProps): s3.Bucket {
  const { encryptionKey, expiration, removalPolicy, ...own } = props;
  return new s3.Bucket(scope, id, {
    ...own,
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    encryption: encryptionKey ? s3.BucketEncryption.KMS : s3.BucketEncryption.S3_MANAGED,
    encryptionKey,
    bucketKeyEnabled: encryptionKey ? true : undefined,
    lifecycleRules: [{
      expiration,
      // The bucket has no versions. Should somebody turn them on, objects go all the same.
      noncurrentVersionExpiration: Duration.days(1),
      abortIncompleteMultipartUploadAfter: abandonedAfter(),
    }],
    removalPolicy: removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  });
}

/** By the property of the bucket itself: `eventBridgeEnabled` of the CDK's bucket would add a function that sets it. */
export function sendEvents(bucket: s3.IBucket): void {
  (bucket.node.defaultChild as s3.CfnBucket).addPropertyOverride('NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled', true);
}
