import { Annotations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { bucketResource } from './bucket-facts';
import { differ } from '../app/environments';
import { RoleGrants } from '../iam/role-grants';
import { keyBehind } from '../kms/key-behind';
import { warnOfKeyByAlias } from '../kms/key-by-alias';
import { shown } from '../sqs/queue-sender';

/** What is allowed of a bucket. */
export interface BucketAccess {
  readonly actions: string[];
  /** What the keys begin with that the actions are for; empty for every key. Undefined: they are for the bucket itself. */
  readonly prefix: string | undefined;
  readonly conditions?: Conditions;
}

type Conditions = Record<string, Record<string, unknown>>;

/**
 * Allows access to a bucket, and what that takes of its key. Where a policy cannot be changed here, a warning on `pattern` says what it must allow.
 *
 * @param keyConditions limits the use of the key; only for a grantee of the key's account, to which the policies of keys leave it by default
 */
export function grantAccess(
  pattern: Construct,
  bucket: s3.IBucket,
  grantTo: iam.IGrantable,
  accesses: readonly BucketAccess[],
  keyActions: string[],
  keyConditions?: Conditions,
): iam.Grant {
  const grantee = new RoleGrants(pattern).to(grantTo);
  const toBucket = accesses.map((access) => grantOne(pattern, bucket, grantee, access));
  const key = keyOf(bucket);
  warnOfKeyByAlias(pattern, bucket.encryptionKey);
  const toKey = key && keyConditions
    ? iam.Grant.addToPrincipal({ grantee, actions: keyActions, resourceArns: [key.keyArn], conditions: keyConditions })
    : key?.grant(grantee, ...keyActions);
  const problem = problemOfKey(bucket, grantee, key, toKey);
  if (problem) {
    warn(pattern, 'bucketKeyNotGranted', `the key of bucket '${bucket.node.path}' ${problem}: its policy must allow ${keyActions.join(' and ')} to ${granteeIn(grantee)}`);
  }
  return [...toBucket, ...toKey ? [toKey] : []].reduce((all, one) => all.combine(one));
}

function grantOne(pattern: Construct, bucket: s3.IBucket, grantee: iam.IPrincipal, { actions, prefix, conditions }: BucketAccess): iam.Grant {
  const owner = ownerOf(bucket);
  const resourceArns = [prefix === undefined ? bucket.bucketArn : bucket.arnForObjects(`${prefix}*`)];
  const grant = iam.Grant.addToPrincipalOrResource({ grantee, actions, resourceArns, resource: owner ?? bucket, conditions });
  // The CDK takes a statement for added that an imported bucket has not taken.
  if (grant.principalStatements.length === 0 && !owner) {
    const where = prefix === undefined ? 'the bucket itself' : prefix ? `the keys that begin with '${prefix}'` : 'every key';
    warn(
      pattern,
      'bucketPolicyNotChanged',
      `bucket '${bucket.node.path}' ${bucketResource(bucket) ? 'is a bare CfnBucket' : 'is not made in this app'}, so its policy cannot be changed here: ` +
      `it must allow ${actions.join(' and ')} on ${where} to ${granteeIn(grantee)}`,
    );
  }
  return grant;
}

/** The bucket of this app that another object may stand for, and whose policy can be changed. */
function ownerOf(bucket: s3.IBucket): s3.IBucket | undefined {
  const owner = bucketResource(bucket)?.node.scope;
  return owner && 'addToResourcePolicy' in owner ? owner as unknown as s3.IBucket : undefined;
}

/** An import does not know the key of its bucket. */
function keyOf(bucket: s3.IBucket): kms.IKey | undefined {
  const { keyId } = encryptionOf(bucket);
  return bucket.encryptionKey ?? (keyId === undefined ? undefined : keyBehind(keyId, bucketResource(bucket)!)?.key);
}

interface Encryption {
  readonly algorithm: string;
  readonly keyId: string | undefined;
}

/** By default, as the bucket states it. A bucket that is not made in this app states nothing. */
function encryptionOf(bucket: s3.IBucket): Encryption {
  const encryption = bucketResource(bucket)?.bucketEncryption as s3.CfnBucket.BucketEncryptionProperty | undefined;
  const [rule] = (encryption?.serverSideEncryptionConfiguration ?? []) as s3.CfnBucket.ServerSideEncryptionRuleProperty[];
  const byDefault = rule?.serverSideEncryptionByDefault as s3.CfnBucket.ServerSideEncryptionByDefaultProperty | undefined;
  return { algorithm: byDefault?.sseAlgorithm ?? '', keyId: byDefault?.kmsMasterKeyId };
}

/** Whoever may not use the key may neither deposit nor claim. https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html */
function problemOfKey(bucket: s3.IBucket, grantee: iam.IPrincipal, key: kms.IKey | undefined, toKey: iam.Grant | undefined): string | undefined {
  const { algorithm, keyId } = encryptionOf(bucket);
  const isElsewhere = grantee.principalAccount !== undefined && differ(grantee.principalAccount, bucket.env.account);
  if (key) {
    const isGranted = keyBehind(key.keyArn, bucket) !== undefined || (!isElsewhere && toKey?.principalStatements.length !== 0);
    return isGranted ? undefined : 'is not made in this app, so its policy cannot be changed here';
  }
  if (algorithm.startsWith('aws:kms') && (keyId ?? 'alias/aws/s3').includes('alias/aws/')) {
    return isElsewhere ? 'is managed by AWS and for this account only, so the bucket must have a customer-managed key' : undefined;
  }
  return keyId === undefined ? undefined : 'is not known to the object that stands for the bucket, so it was not granted (Bucket.fromBucketAttributes takes encryptionKey)';
}

/** Who must be allowed something, as a warning shows it. */
function granteeIn({ grantPrincipal: { principalAccount } }: iam.IGrantable): string {
  return principalAccount === undefined ? 'the grantee' : `the grantee in account ${shown(principalAccount, '<account of the grantee>')}`;
}

function warn(scope: Construct, id: string, text: string): void {
  Annotations.of(scope).addWarningV2(`cdk-serverless-patterns:${id}`, text);
}
