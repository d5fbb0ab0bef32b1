import { createHash } from 'crypto';
import type { CfnResource, IResolveContext } from 'aws-cdk-lib';
import { Names, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { IConstruct, IDependable } from 'constructs';
import { Construct, Dependable } from 'constructs';
import { targetsIn } from '../app/references';
import { appState } from '../app/registry';
import { StackOrder, topStackOf } from '../app/stack-order';
import { stageOf } from '../app/stage-of';

/** A role, a user or a group that is granted to. */
export interface Grantee {
  readonly kind: 'role' | 'user' | 'group';
  readonly identity: iam.IIdentity;
  /** Undefined: not made in this app. */
  readonly resource: CfnResource | undefined;
  readonly physicalName: string;
  /** Tells it from others. */
  readonly key: string;
}

/**
 * The policy of a grantee in a stack that is not its own, for all patterns: a role has little room for inline policies, and equal statements become one with a list of resources.
 */
export class GrantPolicy extends iam.Policy {
  public static in(stack: Stack, grantee: Grantee): GrantPolicy {
    const parent = stack.node.tryFindChild('RoleGrants') ?? new Construct(stack, 'RoleGrants');
    const id = idFor(grantee);
    return parent.node.tryFindChild(id) as GrantPolicy | undefined ?? new GrantPolicy(parent as Construct, id, grantee);
  }

  private constructor(scope: Construct, id: string, private readonly grantee: Grantee) {
    super(scope, id, { document: new GrantDocument(scope), policyName: uniqueName(scope, id) });
  }

  public add(statement: iam.PolicyStatement): iam.AddToPrincipalPolicyResult {
    const isFirst = this.document.statementCount === 0;
    this.addStatements(statement);
    if (isFirst) {
      // Unlike Policy's own `roles`, this leaves it to the grantee what to make of the policy.
      this.grantee.identity.attachInlinePolicy(this);
    }
    return { statementAdded: true, policyDependable: this };
  }
}

/**
 * A separate policy of one pattern for one grantee, in the pattern's stack whichever stack the grantee is in: what the functions of a role
 * wait for must not refer to the pattern.
 */
export function newPatternPolicy(pattern: Construct, id: string, { identity, resource }: Grantee): iam.Policy {
  const isOwn = resource && Stack.of(resource) === Stack.of(pattern);
  const policy = new iam.Policy(pattern, id, { policyName: isOwn ? undefined : uniqueName(pattern, id) });
  // Unlike Policy's own `roles`, this leaves it to the grantee what to make of the policy.
  identity.attachInlinePolicy(policy);
  return policy;
}

/**
 * A statement for a role of another stack. In which stack it makes no cycle is known only when the app is complete: beside the role, where CDK would have it, or in a stack that depends on the
 * role's.
 */
export class UnplacedStatement implements IDependable {
  private readonly needed: IConstruct[];
  private readonly candidates: GrantPolicy[];
  private policy: GrantPolicy;

  constructor(private readonly statement: iam.PolicyStatement, grantee: Grantee & { readonly resource: CfnResource }, pattern: Construct) {
    const targets = targetsIn(statement.toStatementJson(), pattern);
    this.needed = [grantee.resource, ...targets];
    this.policy = GrantPolicy.in(topStackOf(grantee.resource), grantee);
    this.candidates = [this.policy, ...[pattern, ...targets].map((construct) => GrantPolicy.in(topStackOf(construct), grantee))];
    const stage = stageOf(pattern);
    const roots = () => {
      placeAll(stage);
      return [this.policy];
    };
    Dependable.implement(this, { get dependencyRoots() { return roots(); } });
    unplacedIn(stage).set(stage, [...unplacedIn(stage).get(stage) ?? [], this]);
  }

  /** Notes in `order` what depends on what by that. */
  public place(order: StackOrder): void {
    // Where each makes a cycle there was one before, which CDK reports.
    this.policy = this.candidates.find((candidate) => !order.isNeededBy(candidate, this.needed)) ?? this.policy;
    this.policy.add(this.statement);
    order.add(this.policy, this.needed);
  }
}

/** What is still to be placed in each stage. */
const unplacedIn = (scope: IConstruct) => appState(scope, 'unplacedGrants', () => new Map<IConstruct, UnplacedStatement[]>());

function placeAll(stage: IConstruct): void {
  const statements = unplacedIn(stage).get(stage) ?? [];
  // What is placed is looked at meanwhile, and must not be placed then.
  unplacedIn(stage).delete(stage);
  if (statements.length > 0) {
    const order = new StackOrder(stage);
    statements.forEach((statement) => statement.place(order));
  }
}

/** Where it is asked whether it is empty, CDK wants to know whether the policy is to be made. */
class GrantDocument extends iam.PolicyDocument {
  constructor(private readonly scope: IConstruct) {
    super({ minimize: true });
  }

  public override get isEmpty(): boolean {
    placeAll(stageOf(this.scope));
    return super.isEmpty;
  }

  /** Of a policy that was not needed nothing is in the template, but tools such as cdk-nag look at its document. */
  public override resolve(context: IResolveContext): unknown {
    return super.resolve(context) as unknown ?? { Statement: [] };
  }
}

function idFor({ identity, resource, physicalName, key }: Grantee): string {
  const name = resource ? Names.nodeUniqueId(resource.node) : Token.isUnresolved(physicalName) ? identity.node.id : physicalName;
  return `${name.replace(/[^A-Za-z0-9]/g, '').slice(-60)}${createHash('sha256').update(key).digest('hex').slice(0, 8)}`;
}

/** By its path within the stack, which it is by default, the name could be that of another stack's policy, and whichever is deployed last would take the place of the other. */
function uniqueName(scope: Construct, id: string): string {
  return `${Names.uniqueResourceName(scope, { maxLength: 50 })}-${scope.node.addr.slice(-8)}-${id.slice(-60)}`;
}
