import type * as iam from 'aws-cdk-lib/aws-iam';

/**
 * Stands for a role in grants, but keeps what is granted in a policy of its own.
 *
 * A grant to a role goes into the policy beside the role, so a role in another stack would come to depend on the stack of the resource, which depends on
 * the role's stack already. Kept in a policy beside the resource, the dependency has one direction.
 */
export class PolicyPrincipal implements iam.IPrincipal {
  public readonly grantPrincipal: iam.IPrincipal = this;
  public readonly assumeRoleAction: string;
  public readonly policyFragment: iam.PrincipalPolicyFragment;
  public readonly principalAccount: string | undefined;

  constructor(role: iam.IRole, private readonly policy: iam.Policy) {
    this.assumeRoleAction = role.assumeRoleAction;
    this.policyFragment = role.policyFragment;
    this.principalAccount = role.principalAccount;
    // Unlike Policy's own `roles`, this leaves alone a role that its owner imported as not to be changed.
    role.attachInlinePolicy(policy);
  }

  public addToPrincipalPolicy(statement: iam.PolicyStatement): iam.AddToPrincipalPolicyResult {
    this.policy.addStatements(statement);
    return { statementAdded: true, policyDependable: this.policy };
  }
}
