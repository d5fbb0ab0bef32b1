import type { CfnResource, IResolvable } from 'aws-cdk-lib';
import { Annotations, Names, Reference, Stack, Stage, StringConcat, Token, Tokenization } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct, IDependable } from 'constructs';
import type { Grantee } from './grant-policies';
import { GrantPolicy, UnplacedStatement } from './grant-policies';
import { differ } from '../app/environments';
import { identityOf, resourceBehind } from '../app/references';
import { stacksAround } from '../app/stack-order';

/** A role, a user or a group. */
export type Identity = iam.IIdentity & Partial<Pick<iam.IRole, 'roleArn'> & Pick<iam.IUser, 'userArn'> & Pick<iam.IGroup, 'groupArn'>>;

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
    return isIdentity(grantPrincipal) ? this.standInFor(grantPrincipal, (grantee, resource) => this.policyFor(grantee, resource)) : grantPrincipal;
  }

  /**
   * The principal to grant to, in place of the role of a handler. The policy is in the pattern's stack, which depends on that of the handler anyway, so that what needs the permissions
   * can wait for them.
   */
  public toHandlerRole(role: iam.IRole): StandIn {
    return this.standInFor(role, (grantee) => this.policyHere(grantee));
  }

  private standInFor(identity: Identity, policyFor: (grantee: Grantee, resource: CfnResource | undefined) => AddStatement): StandIn {
    if (isImmutable(identity)) {
      return new StandIn(identity, identity.policyFragment, (statement) => this.leaveAlone(identity, statement));
    }
    const resource = resourceOf(identity);
    if (this.isElsewhere(identity, resource)) {
      return new StandIn(identity, identity.policyFragment, (statement) => identity.addToPrincipalPolicy(statement));
    }
    const isUsual = isCustomized(identity) || (resource && Stack.of(resource) === Stack.of(this.pattern));
    return new StandIn(
      identity,
      // A key whose policy must name the grantee (a bare CfnKey) lets the account decide instead, so that it does not depend on the role.
      resource ? new iam.AccountPrincipal(Stack.of(resource).account).policyFragment : identity.policyFragment,
      isUsual ? (statement) => identity.addToPrincipalPolicy(statement) : policyFor(granteeOf(identity, resource), resource),
    );
  }

  /** CDK reaches a role of another account, region or stage by its physical name, by which no stack depends on another. */
  private isElsewhere(identity: Identity, resource: CfnResource | undefined): boolean {
    const { account, region } = Stack.of(this.pattern);
    return differ(identity.env.account, account)
      || (resource !== undefined && (Stage.of(resource) !== Stage.of(this.pattern) || differ(Stack.of(resource).region, region)));
  }

  private policyFor(grantee: Grantee, resource: CfnResource | undefined): AddStatement {
    if (!resource) {
      return this.policyHere(grantee);
    }
    const there = stacksAround(resource);
    // Of nested stacks, the innermost that has both in it: nothing there depends on the policy.
    const shared = stacksAround(this.pattern).filter((stack) => there.includes(stack)).pop();
    return shared
      ? (statement) => GrantPolicy.in(shared, grantee).add(statement)
      : (statement) => ({ statementAdded: true, policyDependable: new UnplacedStatement(statement, grantee, resource, this.pattern) });
  }

  private policyHere(grantee: Grantee): AddStatement {
    return (statement) => GrantPolicy.in(Stack.of(this.pattern), grantee).add(statement);
  }

  private leaveAlone(identity: Identity, statement: iam.PolicyStatement): iam.AddToPrincipalPolicyResult {
    const result = identity.addToPrincipalPolicy(statement);
    // Otherwise it goes into the policies of the resources (`addGrantsToResources`).
    if (result.statementAdded) {
      Annotations.of(this.pattern).addWarningV2(
        'cdk-serverless-patterns:roleNotChanged',
        `role '${identity.node.path}' may not be changed here (it is without policy updates, imported as not mutable, or of another account), so somebody else must allow it: ` +
        `${statement.actions.join(', ')} on ${statement.resources.map((arn) => shownArn(arn)).join(', ')}`,
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

function granteeOf(identity: Identity, resource: CfnResource | undefined): Grantee {
  const arn = arnOf(identity);
  const name = resource ? Names.nodeUniqueId(resource.node) : Token.isUnresolved(arn) ? identity.node.id : arn.slice(arn.lastIndexOf('/'));
  return { identity, key: resource?.node.path ?? identityOf(arn, 'AWS::IAM::Role', identity), name: name.replace(/[^A-Za-z0-9]/g, '').slice(-60) };
}

/** The resource of an identity that is made in this app. */
function resourceOf(identity: Identity): CfnResource | undefined {
  return ['Role', 'User', 'Group'].map((type) => resourceBehind(arnOf(identity), `AWS::IAM::${type}`)).find((resource) => resource !== undefined);
}

function arnOf({ roleArn, userArn, groupArn }: Identity): string {
  return roleArn ?? userArn ?? groupArn ?? '';
}

/** Not by `instanceof`, which does not know the role of another copy of the CDK. */
function isIdentity(principal: iam.IPrincipal): principal is Identity {
  return 'attachInlinePolicy' in principal && 'node' in principal;
}

/** `role.withoutPolicyUpdates()`, and what is imported as not mutable or from another account. It has no other mark. */
function isImmutable(identity: Identity): boolean {
  return (identity.constructor as { PROPERTY_INJECTION_ID?: string }).PROPERTY_INJECTION_ID === 'aws-cdk-lib.aws-iam.ImmutableRole';
}

/** Whether somebody else makes the roles, by the list that `iam.Role.customizeRoles` writes. What is not granted to the role itself is missing in it. */
function isCustomized(identity: Identity): boolean {
  return identity.roleArn !== undefined && identity.node.tryGetContext('@aws-cdk/iam:customizeRoles') !== undefined;
}

/** An ARN as a warning shows it. */
function shownArn(arn: string): string {
  const shownToken = (token: IResolvable) => (Reference.isReference(token) ? `<ARN of '${token.target.node.path.replace(/\/Resource$/, '')}'>` : '<ARN>');
  return Tokenization.reverseString(arn).mapTokens({ mapToken: shownToken }).join(new StringConcat()) as string;
}
