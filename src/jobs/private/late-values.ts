import type { CfnResource } from 'aws-cdk-lib';
import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { IConstruct } from 'constructs';
import { resourcesBelow } from '../../private/app/resources-below';
import type { DerivedValue } from '../../private/checks/derived-values';
import { byProp, valuesIn } from '../../private/checks/derived-values';
import { allowsAll } from '../../private/iam/policy-statements';
import { madeRole, trustValues } from '../../private/iam/role-promises';
import { keyBehind } from '../../private/kms/key-behind';

/** What the late rules of this family share. */
export const stated = byProp('PollingStatusApi');

export function resource(construct: IConstruct): CfnResource {
  return construct.node.defaultChild as CfnResource;
}

/** Whether what was found has all that it must have, at every depth; it may have more. */
export function hasMembers(found: unknown, value: unknown): boolean {
  if (Array.isArray(value)) {
    return Array.isArray(found) && value.every((element) => found.some((other) => hasMembers(other, element)));
  }
  if (typeof value === 'object' && value !== null) {
    const members = (found ?? {}) as Record<string, unknown>;
    return Object.entries(value).every(([name, member]) => hasMembers(members[name], member));
  }
  return found === value;
}

/** Whether two values are the same, whatever the order of their members. */
export function isSame(found: unknown, value: unknown): boolean {
  return hasMembers(found, value) && hasMembers(value, found);
}

/** Whether a setting is as it should be, or off in whatever way. */
export const orOff = (found: unknown, value: unknown) => found === value || found === undefined || found === false;

/** An action on a resource that a role must be allowed to do. */
export interface Permission {
  readonly actions: readonly string[];
  readonly resource: string;
}

/** The use of a key that a pattern has granted. Of a key that is known by an alias only, CDK grants the use on a condition, or not at all. */
export function keyPermissions(scope: IConstruct, key: kms.IKey | undefined): Permission[] {
  const own = key && keyBehind(key.keyArn, scope);
  const arn = own?.key.keyArn ?? key?.keyArn;
  const isKnown = arn !== undefined && !JSON.stringify(Stack.of(scope).resolve(arn)).includes('alias/');
  return isKnown ? [{ actions: ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'], resource: arn }] : [];
}

/**
 * Whom a role that a pattern made trusts, and what it may do at least. A role that `iam.Role.customizeRoles` has somebody else make is
 * theirs.
 */
export function roleValues(role: iam.IRole, service: string, permissions: readonly Permission[], why: string): DerivedValue[] {
  const made = madeRole(role);
  return made === undefined ? [] : [...trustValues(made, service, service), ...permissionValues(role, permissions, why)];
}

/** What a role may do at least. */
export function permissionValues(role: iam.IRole, permissions: readonly Permission[], why: string): DerivedValue[] {
  return resourcesBelow(role, 'AWS::IAM::Policy').flatMap((policy) => valuesIn(policy, {
    'Properties.PolicyDocument.Statement': [
      permissions.map(({ actions, resource: arn }) => ({ Action: actions, Effect: 'Allow', Resource: arn })), why, allowsAll,
    ],
  }));
}

/** A log group, with the name that keeps it out of the account's resource policy if it has one. */
export function logGroupValues(logGroup: IConstruct | undefined, retention: logs.RetentionDays, name?: string): DerivedValue[] {
  return logGroup === undefined ? [] : valuesIn(resource(logGroup), {
    'Properties.RetentionInDays': [retention, stated('logRetention')],
    ...name === undefined ? {} : {
      'Properties.LogGroupName': [name, 'only a name that begins with /aws/vendedlogs/ takes no room in the resource policy of the account'],
    },
  });
}
