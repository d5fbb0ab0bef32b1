import { Stack, Token } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { grantAccess } from './bucket-grants';
import { FAILURE_STORE_RULES } from '../../delivery/rules/failure-store';
import { placeOf } from '../app/environments';
import type { Problems } from '../checks/problems';

/** Where failures are stored: an `IFailureStore`. */
interface Store {
  readonly bucket: s3.IBucket;
  readonly prefix?: string;
  readonly form?: string;
}

/** How Lambda stores what it gives up. */
interface Stored {
  /** In the plural. */
  readonly what: string;
  readonly form: string;
  /** What the keys begin with. */
  readonly prefix: string;
}

/** Notes what is wrong with a store that was given for what `pattern` gives up. */
export function checkFailureStore(problems: Problems, pattern: Construct, store: Store | undefined, stored: Stored): void {
  if (!store) {
    return;
  }
  const { bucket, prefix = '', form = stored.form } = store;
  problems.addFindings(FAILURE_STORE_RULES, { bucket: { path: bucket.node.path, ...placeOf(bucket.env) }, source: placeOf(Stack.of(pattern)) });
  if (!Token.isUnresolved(prefix) && !stored.prefix.startsWith(prefix) && !prefix.startsWith(stored.prefix)) {
    problems.add(`failureStore.prefix is '${prefix}', but Lambda stores under '${stored.prefix}' and takes no other prefix: give the whole bucket (FailureStore.of)`);
  }
  if (form !== stored.form) {
    problems.add(
      `failureStore.form is ${form}, but Lambda stores ${stored.what} as ${stored.form}: give a failure store of another bucket, or of the whole bucket (FailureStore.of)`,
    );
  }
}

/**
 * Allows what Lambda needs to store failures on behalf of a function: `s3:PutObject` on the objects and `s3:ListBucket` on the bucket, both only while it is a bucket of this account, and
 * `kms:GenerateDataKey` on its customer-managed key. Where a policy cannot be changed here, a warning on `pattern` says what it must allow.
 *
 * The CDK's `S3OnFailureDestination` would allow to read and delete, too, and names no account: whoever takes the name of a deleted bucket would get the records.
 * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 *
 * @param grantee the execution role, or what stands for it (`RoleGrants`)
 */
export function grantFailures(pattern: Construct, { bucket }: Store, grantee: iam.IGrantable): iam.Grant {
  const conditions = { StringEquals: ofAccount(pattern) };
  return grantAccess(pattern, bucket, grantee, [
    { actions: ['s3:PutObject'], prefix: '', conditions },
    { actions: ['s3:ListBucket'], prefix: undefined, conditions },
  ], ['kms:GenerateDataKey']);
}

/** Allows to read failures, for whoever replays them. */
export function grantReadOfFailures(pattern: Construct, bucket: s3.IBucket, grantee: iam.IGrantable, prefix: string | undefined): iam.Grant {
  const account = { StringEquals: ofAccount(pattern) };
  return grantAccess(pattern, bucket, grantee, [
    { actions: ['s3:GetObject'], prefix: prefix ?? '', conditions: account },
    { actions: ['s3:ListBucket'], prefix: undefined, conditions: { ...account, ...prefix ? { StringLike: { 's3:prefix': `${prefix}*` } } : {} } },
  ], ['kms:Decrypt']);
}

function ofAccount(pattern: Construct): { readonly [key: string]: string } {
  return { 's3:ResourceAccount': Stack.of(pattern).account };
}

/** The failure store as the destination of an event source mapping. */
export function failureDestination({ bucket }: Store): lambda.IEventSourceDlq {
  return { bind: () => ({ destination: bucket.bucketArn }) };
}
