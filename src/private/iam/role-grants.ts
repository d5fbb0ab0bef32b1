import type { IResolvable } from 'aws-cdk-lib';
import { Annotations, Stack, Stage, StringConcat, Tokenization } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct, IDependable } from 'constructs';
import type { Grantee } from './grant-policies';
import { GrantPolicy, newPatternPolicy, UnplacedStatement } from './grant-policies';
import { checkInlinePolicies } from './inline-policies';
import { differ } from '../app/environments';
import { identityOf, resourceBehind, resourcesIn } from '../app/references';
import { stacksAround } from '../app/stack-order';

type AddStatement = (statement: iam.PolicyStatement) => iam.AddToPrincipalPolicyResult;

/**
 * The grants of a pattern, which make no cycle between stacks. A stand-in for the grantee keeps what is granted:
 *
 * - for a role of the pattern's own stack in the role's default policy, as CDK does: it splits what is too large, and lists what `iam.Role.customizeRoles` asks for;
 * - for an imported role in a policy in the pattern's stack;
 * - for a role of another stack in a policy in whichever of the two stacks may depend on the other. That is known only when the app is complete.
 *
 * A role that may not be changed is left alone, and a warning says what it must be allowed. Users and groups are treated like roles; services and accounts are granted to directly.
 */
export class RoleGrants {
  constructor(private readonly pattern: Construct) {}

  /** The principal to grant to, in place of `grantee`. */
  public to({ grantPrincipal }: iam.IGrantable): iam.IPrincipal {
    const grantee = granteeIn(grantPrincipal);
    return grantee ? this.standInFor(grantee, (statement) => this.addBetween(grantee, statement)) : grantPrincipal;
  }

  /**
   * The principal to grant to, in place of the role of a handler. The policy is in the pattern's stack, which depends on that of the handler anyway, so that what needs the permissions
   * can wait for them.
   */
  public toHandlerRole(role: iam.IRole): StandIn {
    const grantee = granteeOf('role', role, role.roleArn, role.roleName);
    return this.standInFor(grantee, (statement) => this.addHere(grantee, statement));
  }

  /**
   * The principal to grant to, in place of the role of a hook: a function that is invoked while the pattern is being deployed. The policy
   * belongs to the pattern, even if the role is in the same stack: functions wait for the default policy of their role, and the role may be
   * that of a function that the pattern waits for.
   *
   * @param id of the policy in the pattern
   */
  public toHookRole(role: iam.IRole, id: string): StandIn {
    const grantee = granteeOf('role', role, role.roleArn, role.roleName);
    if (isImmutable(role)) {
      return new StandIn(role, role.policyFragment, (statement) => this.leaveAlone(role, statement));
    }
    checkInlinePolicies(this.pattern, grantee);
    if (isCustomized(grantee)) {
      return new StandIn(role, role.policyFragment, (statement) => role.addToPrincipalPolicy(statement));
    }
    const policy = newPatternPolicy(this.pattern, id, grantee);
    return new StandIn(role, role.policyFragment, (statement) => {
      policy.addStatements(statement);
      return { statementAdded: true, policyDependable: policy };
    });
  }

  private standInFor(grantee: Grantee, addToPolicy: AddStatement): StandIn {
    const { identity, resource } = grantee;
    if (isImmutable(identity)) {
      return new StandIn(identity, identity.policyFragment, (statement) => this.leaveAlone(identity, statement));
    }
    const addAsUsual = (statement: iam.PolicyStatement) => identity.addToPrincipalPolicy(statement);
    if (this.isElsewhere(grantee)) {
      return new StandIn(identity, identity.policyFragment, addAsUsual);
    }
    checkInlinePolicies(this.pattern, grantee);
    const isUsual = isCustomized(grantee) || (resource && Stack.of(resource) === Stack.of(this.pattern));
    // A key whose policy must name the grantee (a bare CfnKey) lets the account decide instead, so that it does not depend on the role.
    const named = resource ? new iam.AccountPrincipal(Stack.of(resource).account) : identity;
    return new StandIn(identity, named.policyFragment, isUsual ? addAsUsual : addToPolicy);
  }

  /** CDK reaches a role of another account, region or stage by its physical name, by which no stack depends on another. */
  private isElsewhere({ identity, resource }: Grantee): boolean {
    const { account, region } = Stack.of(this.pattern);
    return differ(identity.env.account, account)
      || (resource !== undefined && (Stage.of(resource) !== Stage.of(this.pattern) || differ(Stack.of(resource).region, region)));
  }

  private addHere(grantee: Grantee, statement: iam.PolicyStatement): iam.AddToPrincipalPolicyResult {
    return GrantPolicy.in(Stack.of(this.pattern), grantee).add(statement);
  }

  private addBetween(grantee: Grantee, statement: iam.PolicyStatement): iam.AddToPrincipalPolicyResult {
    const { resource } = grantee;
    if (!resource) {
      return this.addHere(grantee, statement);
    }
    const there = stacksAround(resource);
    // Of nested stacks, the innermost that has both in it: nothing there depends on the policy.
    const shared = stacksAround(this.pattern).filter((stack) => there.includes(stack)).pop();
    return shared
      ? GrantPolicy.in(shared, grantee).add(statement)
      : { statementAdded: true, policyDependable: new UnplacedStatement(statement, { ...grantee, resource }, this.pattern) };
  }

  private leaveAlone(identity: iam.IIdentity, statement: iam.PolicyStatement): iam.AddToPrincipalPolicyResult {
    const result = identity.addToPrincipalPolicy(statement);
    // Otherwise it goes into the policies of the resources (`addGrantsToResources`).
    if (result.statementAdded) {
      Annotations.of(this.pattern).addWarningV2(
        'cdk-serverless-patterns:roleNotChanged',
        `role '${identity.node.path}' may not be changed here (it is without policy updates, imported as not mutable, or of another account), so somebody else must allow it: ` +
        `${statement.actions.join(', ')} on ${statement.resources.map((arn) => shownArn(arn, this.pattern)).join(', ')}`,
      );
    }
    return result;
  }
}

/**
 * Stands for an identity in grants.
 */
export class StandIn implements iam.IPrincipal {
  public readonly grantPrincipal: iam.IPrincipal = this;
  public readonly assumeRoleAction: string;
  public readonly principalAccount: string | undefined;
  /** What must wait for the permissions depends on these. */
  public readonly permissions: IDependable[] = [];

  constructor(
    identity: iam.IPrincipal,
    public readonly policyFragment: iam.PrincipalPolicyFragment,
    private readonly add: AddStatement,
  ) {
    this.assumeRoleAction = identity.assumeRoleAction;
    this.principalAccount = identity.principalAccount;
  }

  public addToPrincipalPolicy(statement: iam.PolicyStatement): iam.AddToPrincipalPolicyResult {
    const result = this.add(statement);
    if (result.policyDependable) {
      this.permissions.push(result.policyDependable);
    }
    return result;
  }
}

/** Not by `instanceof`, which does not know the role of another copy of the CDK. */
function granteeIn(principal: iam.IPrincipal): Grantee | undefined {
  if ('attachInlinePolicy' in principal && 'roleArn' in principal) {
    return granteeOf('role', principal as iam.IRole, (principal as iam.IRole).roleArn, (principal as iam.IRole).roleName);
  }
  if ('attachInlinePolicy' in principal && 'userArn' in principal) {
    return granteeOf('user', principal as iam.IUser, (principal as iam.IUser).userArn, (principal as iam.IUser).userName);
  }
  if ('attachInlinePolicy' in principal && 'groupArn' in principal) {
    return granteeOf('group', principal as iam.IGroup, (principal as iam.IGroup).groupArn, (principal as iam.IGroup).groupName);
  }
  return undefined;
}

function granteeOf(kind: Grantee['kind'], identity: iam.IIdentity, arn: string, physicalName: string): Grantee {
  const type = `AWS::IAM::${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
  const resource = resourceBehind(arn, type);
  return { kind, identity, resource, physicalName, key: resource?.node.path ?? identityOf(arn, type, identity) };
}

/** `role.withoutPolicyUpdates()`, and what is imported as not mutable or from another account. It has no other mark. */
function isImmutable(identity: iam.IIdentity): boolean {
  return (identity.constructor as { PROPERTY_INJECTION_ID?: string }).PROPERTY_INJECTION_ID === 'aws-cdk-lib.aws-iam.ImmutableRole';
}

/** Whether somebody else makes the roles, by the list that `iam.Role.customizeRoles` writes. What is not granted to the role itself is missing in it. */
function isCustomized({ kind, identity }: Grantee): boolean {
  return kind === 'role' && identity.node.tryGetContext('@aws-cdk/iam:customizeRoles') !== undefined;
}

/** An ARN as a warning shows it. What is made of several references ends with the resource that it is of. */
function shownArn(arn: string, scope: Construct): string {
  const shownToken = (token: IResolvable) => {
    const path = resourcesIn(token, scope).pop()?.node.path.replace(/\/Resource$/, '');
    return path === undefined ? '<ARN>' : `<ARN of '${path}'>`;
  };
  return Tokenization.reverseString(arn).mapTokens({ mapToken: shownToken }).join(new StringConcat()) as string;
}
