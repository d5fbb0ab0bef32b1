import type { CfnResource } from 'aws-cdk-lib';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { LifecycleRule } from './bucket-facts';
import { otherPolicies } from './bucket-facts';
import type { PatternBucketProps } from './pattern-bucket';
import { abandonedAfter } from './pattern-bucket';
import { byProp, hasAll, removalValues, valuesIn } from '../checks/derived-values';
import type { DerivedValue } from '../checks/derived-values';

/** What the props say of a bucket that is made here, and what follows from them. */
export interface BucketPlan extends Pick<PatternBucketProps, 'encryptionKey' | 'serverAccessLogsBucket'> {
  /** The class of the pattern. */
  readonly pattern: string;
  /** What is in the bucket, in the plural. */
  readonly objects: string;
  /** After how many days they expire; a number, or a token. Undefined: they are kept. */
  readonly expirationDays?: number;
  /** For how many days versions are kept that were replaced or deleted. Undefined: it has no versions. */
  readonly noncurrentDays?: number;
  /** Who needs them to be delivered by EventBridge. Undefined: nobody. */
  readonly eventsFor: string | undefined;
  /** What to do in place of letting the public, or other owners, in. */
  readonly insteadOfPublic: string;
  readonly insteadOfOwners: string;
}

/** What the bucket must be. */
export function valuesOfBucket(bucket: s3.Bucket, plan: BucketPlan): DerivedValue[] {
  const { encryptionKey, serverAccessLogsBucket: logs, objects, eventsFor, expirationDays, noncurrentDays } = plan;
  const stated = byProp(plan.pattern);
  const key = encryptionKey ?? bucket.encryptionKey;
  const encryption = 'Properties.BucketEncryption.ServerSideEncryptionConfiguration.0';
  return [
    ...removalValues(bucket.node.defaultChild as CfnResource, stated('removalPolicy')),
    ...valuesIn(bucket.node.defaultChild as CfnResource, {
      'Properties.LifecycleConfiguration.Rules': [
        [{
          AbortIncompleteMultipartUpload: { DaysAfterInitiation: abandonedAfter().toDays() },
          ...expirationDays === undefined ? {} : { ExpirationInDays: expirationDays },
          NoncurrentVersionExpiration: { NoncurrentDays: noncurrentDays ?? 1 },
          Status: 'Enabled',
        }],
        `${expirationDays === undefined ? `${objects} and their versions are kept for as long as messages may name them` : stated('expiration')}, and add other rules with addLifecycleRule of the bucket`,
        noncurrentDays === undefined ? keepsLongEnough : keepsVersions,
      ],
      ...noncurrentDays === undefined ? {} : {
        'Properties.VersioningConfiguration': [{ Status: 'Enabled' }, 'a message names the version that was put, which must stay readable while the message waits'] as const,
      },
      [`${encryption}.ServerSideEncryptionByDefault.SSEAlgorithm`]: [key ? 'aws:kms' : 'AES256', stated('encryptionKey')],
      [`${encryption}.ServerSideEncryptionByDefault.KMSMasterKeyID`]: [key?.keyArn, stated('encryptionKey')],
      ...encryptionKey ? { [`${encryption}.BucketKeyEnabled`]: [true, 'without it S3 asks KMS for every object, which is charged'] as const } : {},
      'Properties.PublicAccessBlockConfiguration': [
        { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true },
        plan.insteadOfPublic,
      ],
      'Properties.OwnershipControls.Rules': [[{ ObjectOwnership: 'BucketOwnerEnforced' }], plan.insteadOfOwners],
      ...logs ? { 'Properties.LoggingConfiguration.DestinationBucketName': [logs.bucketName, stated('serverAccessLogsBucket')] as const } : {
        'Properties.LoggingConfiguration': [undefined, `the logs would be among the ${objects}; ${stated('serverAccessLogsBucket')}`, goesElsewhere] as const,
      },
      ...eventsFor !== undefined ? {
        'Properties.NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled': [true, eventsFor] as const,
      } : {},
    }),
    ...valuesOfPolicy(bucket),
  ];
}

/** What is wrong with the policies of a bucket that is made here. */
export function problemsOfPolicies(bucket: s3.Bucket): string[] {
  const { path } = bucket.node;
  return [
    ...bucket.policy ? [] : [`bucket '${path}' has no policy, so it takes requests without TLS: leave its enforceSSL on`],
    ...otherPolicies(bucket).map((other) => (
      `'${other.node.path}' is a second policy of bucket '${path}', and S3 keeps the one that is deployed last: add its statements by addToResourcePolicy of the bucket`
    )),
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

/** Whether versions are kept as long, by whatever rule, and go at some time. Rules by which objects expire are looked at where it is known who reads them. */
function keepsVersions(found: unknown, value: unknown): boolean {
  const [derived] = value as [LifecycleRule];
  const rules = (Array.isArray(found) ? found as LifecycleRule[] : []).filter(({ Status }) => Status === 'Enabled');
  const kept = rules.filter((rule) => daysOfVersions(rule) !== undefined);
  return kept.every((rule) => isAtLeast(daysOfVersions(rule), daysOfVersions(derived)))
    && kept.some(isForAll)
    && rules.filter(isForAll).some(({ AbortIncompleteMultipartUpload }) => AbortIncompleteMultipartUpload !== undefined);
}

function daysOfVersions({ NoncurrentVersionExpiration, NoncurrentVersionExpirationInDays }: LifecycleRule): unknown {
  return (NoncurrentVersionExpiration as { NoncurrentDays?: unknown } | undefined)?.NoncurrentDays ?? NoncurrentVersionExpirationInDays;
}

function isForAll({ Status, Prefix = '', TagFilters, ObjectSizeGreaterThan, ObjectSizeLessThan }: LifecycleRule): boolean {
  return Status === 'Enabled' && Prefix === '' && !TagFilters?.length && ObjectSizeGreaterThan === undefined && ObjectSizeLessThan === undefined;
}

function isAtLeast(days: unknown, least: unknown): boolean {
  return typeof days === 'number' && typeof least === 'number' ? days >= least : JSON.stringify(days) === JSON.stringify(least);
}
