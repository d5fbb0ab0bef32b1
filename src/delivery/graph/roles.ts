import type { DeliveryGraph } from './delivery-graph';
import { documentOf, remembered } from './reading';
import { ROLE } from './resource-types';
import { isObject, listOf } from '../policy/conditions';
import type { Policy } from '../policy/evaluator';
import { evaluate } from '../policy/evaluator';
import { Statement, statementsOf } from '../policy/statement';
import type { Resource } from '../template/app';
import { isLiteral } from '../template/symbols';

const MANAGED_POLICY = 'AWS::IAM::ManagedPolicy';
const INLINE_POLICIES = ['AWS::IAM::Policy', 'AWS::IAM::RolePolicy'] as const;

/**
 * What AWS's own policies allow on everything of what a delivery takes, for those that functions usually have. Each has its page, such as
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaSQSQueueExecutionRole.html. A role with another is known in part only.
 */
const AWS_POLICIES: Readonly<Record<string, readonly string[]>> = {
  AdministratorAccess: ['*'],
  AWSLambdaBasicExecutionRole: [],
  AWSLambdaBasicDurableExecutionRolePolicy: [],
  AWSLambdaVPCAccessExecutionRole: [],
  AWSLambdaSQSQueueExecutionRole: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
  AWSLambdaKinesisExecutionRole: ['kinesis:DescribeStream', 'kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:SubscribeToShard'],
  AWSLambdaDynamoDBExecutionRole: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
  AWSXRayDaemonWriteAccess: [],
  AmazonDynamoDBFullAccess: ['dynamodb:*', 'kinesis:DescribeStream'],
  AmazonDynamoDBFullAccess_v2: ['dynamodb:*', 'kinesis:DescribeStream'],
  AmazonKinesisFirehoseFullAccess: ['firehose:*'],
  AmazonKinesisFullAccess: ['kinesis:*'],
  AmazonS3FullAccess: ['s3:*'],
  AmazonSNSFullAccess: ['sns:*'],
  AmazonSQSFullAccess: ['sqs:*'],
};
const AWS_POLICY = /^arn:[^:]+:iam::aws:policy\/(?:[^/]+\/)*([^/]+)$/;

export function roleOf(graph: DeliveryGraph, arn: string | undefined): Resource | undefined {
  return graph.app.find(arn, ROLE);
}

/** What a role of the app is allowed. */
export function identityPolicyOf(graph: DeliveryGraph, role: Resource): Policy {
  return identityPolicies(graph).get(role) ?? { statements: [], complete: false };
}

/** Whether a role of the app is certainly allowed something, whatever the resource says of it. */
export function isCertainlyAllowed(graph: DeliveryGraph, role: Resource, action: string, resource: string): boolean {
  // The ARN of a bucket has no account.
  const account = resource.split(':')[4] || role.arn.split(':')[4];
  const policies = { identity: identityPolicyOf(graph, role), resource: { statements: [], complete: true }, account };
  return evaluate({ caller: { arn: role.arn }, action, resource, context: () => undefined }, policies).verdict === 'allowed';
}

/** Who may assume a role. */
export function trustPolicyOf({ props, path }: Resource): Policy {
  return { statements: statementsOf(documentOf(props, 'AssumeRolePolicyDocument').content, path), complete: true };
}

const identityPolicies = remembered((graph: DeliveryGraph): ReadonlyMap<Resource, Policy> => {
  const roles = graph.app.ofType(ROLE);
  const statements = new Map(roles.map((role) => [role, [] as Statement[]]));
  const incomplete = new Set<Resource>(graph.isComplete ? [] : roles);
  for (const role of roles) {
    const [inline, managed] = [role.props.items('Policies'), role.props.list('ManagedPolicyArns')];
    inline?.forEach((policy) => statements.get(role)?.push(...statementsOf(documentOf(policy, 'PolicyDocument').content, role.path)));
    const known = managed?.map((arn) => statementsOfManaged(graph, arn));
    known?.forEach((found) => statements.get(role)?.push(...found ?? []));
    if (inline === undefined || known === undefined || known.includes(undefined)) {
      incomplete.add(role);
    }
  }
  let anyMayHaveMore = false;
  for (const policy of graph.app.ofType(...INLINE_POLICIES, MANAGED_POLICY)) {
    const attached = policy.props.list(policy.type === 'AWS::IAM::RolePolicy' ? 'RoleName' : 'Roles');
    const found = attached?.map((name) => ({ name, role: typeof name === 'string' ? graph.app.find(name, ROLE) : undefined }));
    found?.forEach(({ role }) => role && statements.get(role)?.push(...statementsOfResource(policy)));
    // What is attached to one that is not known may belong to any of them.
    anyMayHaveMore ||= found === undefined || found.some(({ name, role }) => role === undefined && !isLiteral(name));
  }
  return new Map(roles.map((role) => [role, { statements: statements.get(role) ?? [], complete: !anyMayHaveMore && !incomplete.has(role) }]));
});

/** Undefined: not known. */
function statementsOfManaged(graph: DeliveryGraph, arn: unknown): readonly Statement[] | undefined {
  if (typeof arn !== 'string') {
    return undefined;
  }
  const [, name = ''] = AWS_POLICY.exec(arn) ?? [];
  const actions = Object.hasOwn(AWS_POLICIES, name) ? AWS_POLICIES[name] : undefined;
  const policy = graph.app.find(arn, MANAGED_POLICY);
  return actions !== undefined ? [new Statement(name, { Effect: 'Allow', Action: actions, Resource: '*' })]
    : policy && statementsOfResource(policy);
}

function statementsOfResource(policy: Resource): Statement[] {
  return statementsOf(documentOf(policy.props, 'PolicyDocument').content, policy.path);
}

/** The actions with a wildcard, `*` or those of a service, that are allowed on everything without a condition. */
export function wideActionsOf({ statements }: Policy): string[] {
  const onEverything = statements.filter(({ content }) => (
    isObject(content) && content.Effect === 'Allow' && content.Condition === undefined && listOf(content.Resource).includes('*')
  ));
  const actions = onEverything.flatMap(({ content }) => listOf(Object(content).Action).map(String));
  return [...new Set(actions.filter((action) => /^(?:\*|[a-z0-9-]+:\*)$/i.test(action)))];
}
