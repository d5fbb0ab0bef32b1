import type { CfnResource } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { IConstruct } from 'constructs';
import type { DerivedValue } from '../../private/checks/derived-values';
import { byProp } from '../../private/checks/derived-values';
import { statementValues, valuesOfRole } from '../../private/iam/role-promises';
import { grantedKeyArn } from '../../private/kms/key-behind';
import { valuesOfLogGroup } from '../../private/log-groups/log-group-promises';

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

/** The use of a key that a pattern has granted. */
export function keyPermissions(scope: IConstruct, key: kms.IKey | undefined): Permission[] {
  const arn = grantedKeyArn(key, scope);
  return arn === undefined ? [] : [{ actions: ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'], resource: arn }];
}

/** Whom a role that a pattern made trusts, and what it may do at least. */
export function roleValues(role: iam.IRole, service: string, permissions: readonly Permission[], why: string): DerivedValue[] {
  return valuesOfRole(role, { service, shown: service }, permissions.map(statementOf), why);
}

/** What a role may do at least. */
export function permissionValues(role: iam.IRole, permissions: readonly Permission[], why: string): DerivedValue[] {
  return statementValues(role, permissions.map(statementOf), why);
}

function statementOf({ actions, resource: arn }: Permission): object {
  return { Action: actions, Effect: 'Allow', Resource: arn };
}

export function logGroupValues(logGroup: IConstruct | undefined, retention: logs.RetentionDays, name?: string): DerivedValue[] {
  return logGroup === undefined ? [] : valuesOfLogGroup(logGroup, retention, stated('logRetention'), name);
}
