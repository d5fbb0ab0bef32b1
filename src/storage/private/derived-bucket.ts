import type { CfnResource } from 'aws-cdk-lib';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { DerivedValue } from '../../private/checks/derived-values';
import { byProp, hasAll, removalValues, valuesIn } from '../../private/checks/derived-values';
import type { LifecycleRule } from '../../private/s3/bucket-facts';
import type { ClaimCheckBucketProps } from '../claim-check-bucket';

const stated = byProp('ClaimCheckBucket');

/** What the props say of a bucket that is made here, and what follows from them. */
export interface BucketPlan {
  /** After how many days payloads expire; a number, or a token. */
  readonly expirationDays: number;
  readonly abandonedAfterDays: number;
  readonly sendsEvents: boolean;
}

/** What the bucket must be. */
export function valuesOfBucket(bucket: s3.Bucket, props: ClaimCheckBucketProps, plan: BucketPlan): DerivedValue[] {
  const { encryptionKey, serverAccessLogsBucket: logs } = props;
  const key = encryptionKey ?? bucket.encryptionKey;
  const encryption = 'Properties.BucketEncryption.ServerSideEncryptionConfiguration.0';
  return [
    ...removalValues(bucket.node.defaultChild as CfnResource, stated('removalPolicy')),
    ...valuesIn(bucket.node.defaultChild as CfnResource, {
      'Properties.LifecycleConfiguration.Rules': [
        [{
          AbortIncompleteMultipartUpload: { DaysAfterInitiation: plan.abandonedAfterDays },
          ExpirationInDays: plan.expirationDays,
          NoncurrentVersionExpiration: { NoncurrentDays: 1 },
          Status: 'Enabled',
        }],
        `${stated('expiration')}, and add other rules with addLifecycleRule of the bucket`,
        keepsLongEnough,
      ],
      [`${encryption}.ServerSideEncryptionByDefault.SSEAlgorithm`]: [key ? 'aws:kms' : 'AES256', stated('encryptionKey')],
      [`${encryption}.ServerSideEncryptionByDefault.KMSMasterKeyID`]: [key?.keyArn, stated('encryptionKey')],
      ...encryptionKey ? { [`${encryption}.BucketKeyEnabled`]: [true, 'without it S3 asks KMS for every object, which is charged'] as const } : {},
      'Properties.PublicAccessBlockConfiguration': [
        { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true },
        'no payload is public; hand out presigned URLs',
      ],
      'Properties.OwnershipControls.Rules': [
        [{ ObjectOwnership: 'BucketOwnerEnforced' }],
        'consumers cannot read what another account owns; give who writes a grant (grantDeposit)',
      ],
      ...logs ? { 'Properties.LoggingConfiguration.DestinationBucketName': [logs.bucketName, stated('serverAccessLogsBucket')] as const } : {
        'Properties.LoggingConfiguration': [undefined, `the logs would be among the payloads; ${stated('serverAccessLogsBucket')}`, goesElsewhere] as const,
      },
      ...plan.sendsEvents ? {
        'Properties.NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled': [true, 'uploads are delivered by EventBridge'] as const,
      } : {},
    }),
    ...valuesOfPolicy(bucket),
  ];
}

/** Without a destination, S3 puts the access logs of a bucket into the bucket itself. */
function goesElsewhere(logging: unknown): boolean {
  return logging === undefined || (logging as { DestinationBucketName?: unknown }).DestinationBucketName !== undefined;
}

/** Other statements may be added to the policy; grants to other accounts stand there. */
function valuesOfPolicy(bucket: s3.Bucket): DerivedValue[] {
  const policy = bucket.policy?.node.defaultChild as CfnResource | undefined;
  return policy ? valuesIn(policy, {
    'Properties.Bucket': [bucket.bucketName, 'this policy refuses requests without TLS'],
    'Properties.PolicyDocument.Statement': [
      [{
        Action: 's3:*',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        Effect: 'Deny',
        Principal: { AWS: '*' },
        Resource: [bucket.bucketArn, bucket.arnForObjects('*')],
      }],
      'requests without TLS are refused; add other statements to it',
      hasAll,
    ],
  }) : [];
}

/** Whether payloads are kept as long, and all of them expire at some time. */
function keepsLongEnough(found: unknown, value: unknown): boolean {
  const [derived] = value as [LifecycleRule];
  const rules = (Array.isArray(found) ? found as LifecycleRule[] : []).filter(isForAll);
  return rules.some(({ ExpirationInDays }) => isAtLeast(ExpirationInDays, derived.ExpirationInDays))
    && rules.some((rule) => (rule.NoncurrentVersionExpiration ?? rule.NoncurrentVersionExpirationInDays) !== undefined)
    && rules.some(({ AbortIncompleteMultipartUpload }) => AbortIncompleteMultipartUpload !== undefined);
}

function isForAll({ Status, Prefix = '', TagFilters, ObjectSizeGreaterThan, ObjectSizeLessThan }: LifecycleRule): boolean {
  return Status === 'Enabled' && Prefix === '' && !TagFilters?.length && ObjectSizeGreaterThan === undefined && ObjectSizeLessThan === undefined;
}

function isAtLeast(days: unknown, least: unknown): boolean {
  return typeof days === 'number' && typeof least === 'number' ? days >= least : JSON.stringify(days) === JSON.stringify(least);
}
