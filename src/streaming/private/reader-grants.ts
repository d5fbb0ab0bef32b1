import { Annotations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct, IDependable } from 'constructs';
import { RoleGrants } from '../../private/iam/role-grants';
import { warnOfKeyByAlias } from '../../private/kms/key-by-alias';
import { grantFailures } from '../../private/s3/failure-grants';

/** What a reader of a stream must be allowed. */
export interface Reading {
  readonly actions: string[];
  readonly on: string;
  /** What a warning calls it. */
  readonly called: string;
}

/**
 * Allows the role of a handler to read a stream, to use its key, and to store what it could not process.
 *
 * @returns what the event source must wait for: Lambda refuses one whose stream the handler may not read yet
 */
export function grantToHandler(
  pattern: Construct,
  { node, role }: lambda.IFunction,
  readings: readonly Reading[],
  key: kms.IKey | undefined,
  failures: s3.IBucket,
): IDependable[] {
  if (!role) {
    Annotations.of(pattern).addWarningV2(
      'cdk-serverless-patterns:handlerRoleUnknown',
      `the role of handler '${node.path}' is not known, so it cannot be allowed to read the stream here: allow it ` +
      `${readings.map(({ actions, called }) => `${actions.join(', ')} on ${called}`).join('; ')}${key ? '; kms:Decrypt on the key of the stream' : ''}; ` +
      `s3:PutObject on the objects of bucket '${failures.node.path}' and s3:ListBucket on the bucket${failures.encryptionKey ? ', and kms:GenerateDataKey on its key' : ''}, ` +
      'or import the function with its role (Function.fromFunctionAttributes)',
    );
    return [];
  }
  warnOfKeyByAlias(pattern, key);
  const grantee = new RoleGrants(pattern).toHandlerRole(role);
  readings.forEach(({ actions, on }) => iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [on] }));
  key?.grantDecrypt(grantee);
  grantFailures(pattern, { bucket: failures }, grantee);
  return grantee.permissions;
}
