import type { IPostProcessor, IResolvable, IResolveContext } from 'aws-cdk-lib';
import { CfnResource, DefaultTokenResolver, Reference, Stack, StringConcat, Token, Tokenization } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import type { Grantee } from './grant-policies';
import { onceInAValidation } from '../app/once-in-a-validation';
import { targetsIn } from '../app/references';
import { resourcesBelow } from '../app/resources-below';
import { stageOf } from '../app/stage-of';

/** How many characters the inline policies of a role, a user or a group may have together. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const QUOTAS = { role: 10_240, user: 2_048, group: 5_120 } as const;

/** For each stage, the keys of those who are checked there. */
const checked = new WeakMap<IConstruct, Set<string>>();

/**
 * Checks, once the app is complete, that the inline policies of a grantee fit into the quota of IAM, as far as they are made in this app. Nothing is refused that IAM would take: what is
 * known at the deployment only counts as the shortest that it can be.
 */
export function checkInlinePolicies(pattern: IConstruct, grantee: Grantee): void {
  const stage = stageOf(pattern);
  const known = checked.get(stage) ?? new Set<string>();
  if (!known.has(grantee.key)) {
    checked.set(stage, known.add(grantee.key));
    grantee.identity.node.addValidation({ validate: () => problemsOf(grantee, stage) });
  }
}

function problemsOf(grantee: Grantee, stage: IConstruct): string[] {
  const attached = onceInAValidation(stage, 'policies', policiesIn).filter((policy) => isAttachedTo(policy, grantee));
  const made = attached.map(({ policy }) => least(policy.policyDocument, policy)).filter((document) => document !== undefined);
  const documents = [...made, ...ownDocuments(grantee)];
  // IAM does not count white space.
  const size = documents.reduce<number>((sum, document) => sum + JSON.stringify(document).length, 0);
  const { kind } = grantee;
  return size <= QUOTAS[kind] ? [] : [
    `the inline policies of this ${kind} have at least ${size} characters in ${documents.length} policies, but IAM takes ${QUOTAS[kind]} in all: ` +
    `grant to several ${kind}s, as those of a function for some of the queues each, or allow all of it by a managed policy and give the patterns a ${kind} that may not be changed`,
  ];
}

/** A policy, and to whom it is attached. */
interface AttachedPolicy {
  readonly policy: iam.CfnPolicy;
  /** The roles, users and groups, as the policy states them. */
  readonly stated: readonly (string[] | undefined)[];
  /** Those that are made in this app. */
  readonly holders: ReadonlySet<IConstruct>;
}

function policiesIn(stage: IConstruct): AttachedPolicy[] {
  return (resourcesBelow(stage, 'AWS::IAM::Policy') as iam.CfnPolicy[]).map((policy) => {
    const stated = [policy.roles, policy.users, policy.groups];
    return { policy, stated, holders: new Set(targetsIn(stated, policy)) };
  });
}

function isAttachedTo({ policy, stated, holders }: AttachedPolicy, { resource, physicalName }: Grantee): boolean {
  if (resource) {
    return holders.has(resource);
  }
  return JSON.stringify(Stack.of(policy).resolve(stated)).includes(JSON.stringify(Stack.of(policy).resolve(physicalName)));
}

/** The documents of the inline policies that are stated with the identity itself. */
function ownDocuments({ resource }: Grantee): unknown[] {
  const policies = resource && least((resource as iam.CfnRole).policies, resource);
  return Array.isArray(policies) ? policies.map(({ policyDocument }: iam.CfnRole.PolicyProperty) => policyDocument as unknown) : [];
}

/** A value with the shortest that it can be for all that is known at the deployment only. */
function least(value: unknown, scope: IConstruct): unknown {
  return Tokenization.resolve(value, { scope, resolver: new LeastValues() });
}

class LeastValues extends DefaultTokenResolver {
  constructor() {
    super(new StringConcat());
  }

  public resolveToken(token: IResolvable, context: IResolveContext, postProcessor: IPostProcessor): unknown {
    if (Reference.isReference(token)) {
      return CfnResource.isCfnResource(token.target) && /arn/i.test(token.displayName) ? leastArn(token.target) : '';
    }
    const value = super.resolveToken(token, context, postProcessor) as unknown;
    return isIntrinsic(value) ? PSEUDO_PARAMETERS[`${value.Ref}`] ?? '' : value;
  }
}

/** The shortest of each. */
const PSEUDO_PARAMETERS: { readonly [name: string]: string } = { 'AWS::Partition': 'aws', 'AWS::Region': 'eu-west-1', 'AWS::AccountId': '111122223333' };

/** The ARN that a resource gets, or one that is certainly no longer. */
function leastArn(target: CfnResource): string {
  const inRegion = (service: string, resource: string) => least(Stack.of(target).formatArn({ service, resource }), target) as string;
  switch (target.cfnResourceType) {
    case 'AWS::SQS::Queue':
      return inRegion('sqs', queueName(target as sqs.CfnQueue));
    case 'AWS::KMS::Key':
      return inRegion('kms', 'key/11112222-3333-4444-5555-666677778888');
    default:
      return 'arn:aws:s3:::abc';
  }
}

/** CloudFormation names a queue by its stack, its logical id and twelve characters, and cuts that to what SQS takes. */
function queueName(queue: sqs.CfnQueue): string {
  const stack = Stack.of(queue);
  const stated: unknown = stack.resolve(queue.queueName);
  const stackName = Token.isUnresolved(stack.stackName) ? '' : stack.stackName;
  return (stated === undefined ? `${stackName}-${stack.getLogicalId(queue)}-AbCdEfGhIjKl` : typeof stated === 'string' ? stated : '').slice(0, 80);
}

function isIntrinsic(value: unknown): value is { readonly Ref?: unknown } {
  const [key, ...others] = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  return key !== undefined && others.length === 0 && (key === 'Ref' || key.startsWith('Fn::'));
}
