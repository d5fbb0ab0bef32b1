import { Names, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { resourceBehind } from '../app/references';

/**
 * Stands for a role in grants, but keeps what is granted in a policy of its own, beside the pattern that grants.
 *
 * A grant to a role goes into the policy beside the role, so a role in another stack would come to depend on the stack of the resource, which depends on
 * the role's stack already. Kept in a policy beside the resource, the dependency has one direction.
 */
export class PolicyPrincipal implements iam.IPrincipal {
  public readonly grantPrincipal: iam.IPrincipal = this;
  public readonly assumeRoleAction: string;
  public readonly policyFragment: iam.PrincipalPolicyFragment;
  public readonly principalAccount: string | undefined;
  public readonly policy: iam.Policy;

  /**
   * @param pattern who grants; no other policy that it makes for this role may be named by it
   * @param id of the policy
   */
  constructor(pattern: Construct, id: string, role: iam.IRole) {
    this.assumeRoleAction = role.assumeRoleAction;
    this.policyFragment = role.policyFragment;
    this.principalAccount = role.principalAccount;
    this.policy = new iam.Policy(pattern, id, { policyName: policyName(pattern, role) });
    // Unlike Policy's own `roles`, this leaves alone a role that its owner imported as not to be changed.
    role.attachInlinePolicy(this.policy);
  }

  public addToPrincipalPolicy(statement: iam.PolicyStatement): iam.AddToPrincipalPolicyResult {
    this.policy.addStatements(statement);
    return { statementAdded: true, policyDependable: this.policy };
  }
}

/**
 * By default a policy is named by its path within the stack. On a role that is not this stack's own, the policy of another stack could have that name too, and
 * whichever is deployed last would take the place of the other.
 */
function policyName(pattern: Construct, role: iam.IRole): string | undefined {
  const resource = resourceBehind(role.roleArn, 'AWS::IAM::Role');
  const isOwn = resource && Stack.of(resource) === Stack.of(pattern);
  return isOwn ? undefined : `${Names.uniqueResourceName(pattern, { maxLength: 100 })}-${pattern.node.addr.slice(-8)}`;
}

/** Not by `instanceof`, which does not know the role of another copy of the CDK. */
export function isRole(principal: iam.IPrincipal): principal is iam.IRole {
  return 'roleArn' in principal && 'attachInlinePolicy' in principal;
}
