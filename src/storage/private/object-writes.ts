import { Stack } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { statementsAllowing } from '../../private/iam/role-statements';

/** Whether it puts an object. */
const PUTS = /^(\*|s3:(\*|Put\*|PutObject\*?))$/;

/** Stands for the key in an ARN. */
const KEY = '<key>';

/** What a handler is allowed that puts objects whose keys may begin with a prefix, as far as the policies are in this app. */
export function writesOf({ role }: lambda.IFunction, bucket: s3.IBucket, prefix: string): string[] {
  const there = statementsAllowing(role).filter(({ policy, resources }) => {
    const [before = '', after = ''] = JSON.stringify(Stack.of(policy).resolve(bucket.arnForObjects(KEY))).split(KEY);
    return resources.map((one) => keysIn(JSON.stringify(one), before, after)).some((keys) => keys !== undefined && mayBeginWith(keys, prefix));
  });
  return [...new Set(there.flatMap(({ actions }) => actions).map(String).filter((action) => PUTS.test(action)))];
}

/** The keys that a resource of a statement is for, with wildcards; undefined if it is of another bucket, or not known. */
function keysIn(resource: string, before: string, after: string): string | undefined {
  if (resource === '"*"') {
    return '*';
  }
  const isOfBucket = resource.startsWith(before) && resource.endsWith(after) && resource.length >= before.length + after.length;
  return isOfBucket ? resource.slice(before.length, resource.length - after.length) : undefined;
}

/** By what comes before the first wildcard. */
function mayBeginWith(keys: string, prefix: string): boolean {
  const known = keys.replace(/[*?].*$/s, '');
  return known.length === keys.length ? keys.startsWith(prefix) : known.startsWith(prefix) || prefix.startsWith(known);
}
