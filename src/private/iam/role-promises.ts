import type { CfnResource } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { allowsAll } from './policy-statements';
import { resourcesBelow } from '../app/resources-below';
import type { DerivedValue } from '../checks/derived-values';
import { valuesIn } from '../checks/derived-values';

/** The resource of a role that a pattern made. Undefined if `iam.Role.customizeRoles` has somebody else make it: its report lists what the role needs. */
export function madeRole(role: iam.IRole): CfnResource | undefined {
  const isPrecreated = role.node.children.some(({ node }) => node.id.startsWith('PrecreatedRole'));
  return isPrecreated ? undefined : resourcesBelow(role, 'AWS::IAM::Role')[0];
}

/**
 * Which service must still be able to take a role.
 *
 * @param shown the service as an error names it
 */
export function trustValues(role: CfnResource, service: string, shown: string): DerivedValue[] {
  const trust = { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: service } };
  return valuesIn(role, { 'Properties.AssumeRolePolicyDocument.Statement': [[trust], `${shown} takes this role; add others to it`, allowsAll] });
}

/**
 * Whom a role that a pattern made must still trust, and what it must still be allowed. A role that `iam.Role.customizeRoles` has somebody else make is theirs.
 *
 * @param shown the service as an error names it
 */
export function valuesOfRole(
  role: iam.IRole, { service, shown }: { readonly service: string; readonly shown: string }, statements: readonly object[], why: string,
): DerivedValue[] {
  const made = madeRole(role);
  return made === undefined ? [] : [...trustValues(made, service, shown), ...statementValues(role, statements, why)];
}

/** What a role must still be allowed, by whichever of its policies it is. */
export function statementValues(role: IConstruct, statements: readonly object[], why: string): DerivedValue[] {
  return resourcesBelow(role, 'AWS::IAM::Policy').flatMap((policy) => valuesIn(policy, { 'Properties.PolicyDocument.Statement': [statements, why, allowsAll] }));
}
