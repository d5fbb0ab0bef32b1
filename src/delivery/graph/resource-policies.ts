import type { DeliveryGraph } from './delivery-graph';
import { functionOf } from './functions';
import { documentOf, remembered } from './reading';
import { BUCKET, EVENT_BUS, FUNCTION, GLOBAL_TABLE, KEY, PERMISSION, QUEUE, STREAM, TABLE, TOPIC } from './resource-types';
import type { Policy } from '../policy/evaluator';
import { Statement, statementsOf } from '../policy/statement';
import type { Resource } from '../template/app';
import type { Props } from '../template/props';
import { ACCOUNT_SYMBOL, isLiteral } from '../template/symbols';


/** A type of resource that is a policy of others. */
interface PolicyType {
  readonly of: string;
  /** The property that names what it belongs to. */
  readonly attached: string;
  readonly document: string;
}

const POLICY_TYPES: Readonly<Record<string, PolicyType>> = {
  'AWS::SQS::QueuePolicy': { of: QUEUE, attached: 'Queues', document: 'PolicyDocument' },
  'AWS::SQS::QueueInlinePolicy': { of: QUEUE, attached: 'Queue', document: 'PolicyDocument' },
  'AWS::SNS::TopicPolicy': { of: TOPIC, attached: 'Topics', document: 'PolicyDocument' },
  'AWS::SNS::TopicInlinePolicy': { of: TOPIC, attached: 'TopicArn', document: 'PolicyDocument' },
  'AWS::S3::BucketPolicy': { of: BUCKET, attached: 'Bucket', document: 'PolicyDocument' },
  'AWS::Kinesis::ResourcePolicy': { of: STREAM, attached: 'ResourceArn', document: 'ResourcePolicy' },
  'AWS::Events::EventBusPolicy': { of: EVENT_BUS, attached: 'EventBusName', document: 'Statement' },
};

/** Where resources state their policy themselves. */
const OWN_POLICIES: Readonly<Record<string, readonly string[]>> = {
  [KEY]: ['KeyPolicy'],
  [EVENT_BUS]: ['Policy'],
  [TABLE]: ['ResourcePolicy.PolicyDocument', 'StreamSpecification.ResourcePolicy.PolicyDocument'],
};

/** Where each replica of a global table does. */
const REPLICA_POLICIES = ['ResourcePolicy.PolicyDocument', 'ReplicaStreamSpecification.ResourcePolicy.PolicyDocument'];

interface ResourcePolicies {
  readonly statements: ReadonlyMap<Resource, readonly Statement[]>;
  /** Types of resources to any of which more may belong. */
  readonly incomplete: ReadonlySet<string>;
  /** Those that were asked for. */
  readonly policies: Map<Resource, Policy>;
}

/** What a resource of the app allows others. */
export function resourcePolicyOf(graph: DeliveryGraph, resource: Resource): Policy {
  const all = resourcePolicies(graph);
  const policy = all.policies.get(resource) ?? policyOf(all, resource, graph.isComplete);
  all.policies.set(resource, policy);
  return policy;
}

function policyOf({ statements, incomplete }: ResourcePolicies, resource: Resource, isComplete: boolean): Policy {
  const attached = statements.get(resource) ?? [];
  const own = [
    ...ownStatements(resource.props, OWN_POLICIES[resource.type] ?? [], resource.path),
    ...(resource.type === GLOBAL_TABLE ? resource.props.items('Replicas') ?? [] : []).flatMap((replica) => ownStatements(replica, REPLICA_POLICIES, resource.path)),
  ];
  const all = [...attached, ...own];
  return { statements: all.length === 0 ? defaultStatements(resource) : all, complete: isComplete && !incomplete.has(resource.type) };
}

function ownStatements(props: Props, paths: readonly string[], place: string): Statement[] {
  return paths.flatMap((path) => (props.value(path) === undefined ? [] : statementsOf(documentOf(props, path).content, place)));
}

const resourcePolicies = remembered((graph: DeliveryGraph): ResourcePolicies => {
  const statements = new Map<Resource, Statement[]>();
  const incomplete = new Set<string>();
  const add = (resource: Resource, more: readonly Statement[]) => {
    const known = statements.get(resource);
    known ? known.push(...more) : statements.set(resource, [...more]);
  };
  for (const [type, { of, attached, document }] of Object.entries(POLICY_TYPES)) {
    for (const policy of graph.app.ofType(type)) {
      const named = policy.props.list(attached);
      const found = named?.map((text) => ({ text, resource: attachedTo(graph, text, of) }));
      found?.forEach(({ resource }) => resource && add(resource, statementsOf(documentOf(policy.props, document).content, policy.path)));
      if (found === undefined || found.some(({ text, resource }) => resource === undefined && !isLiteral(text))) {
        incomplete.add(of);
      }
    }
  }
  for (const permission of graph.app.ofType(PERMISSION)) {
    const arn = functionArnOf(graph, permission.props.text('FunctionName'));
    const { function: resource } = functionOf(graph, arn);
    if (resource !== undefined) {
      add(resource, [new Statement(permission.path, permissionStatement(permission, arn))]);
    } else if (!isLiteral(arn)) {
      incomplete.add(FUNCTION);
    }
  }
  return { statements, incomplete, policies: new Map<Resource, Policy>() };
});

/** A queue by its URL, anything else by its ARN or its name. */
function attachedTo(graph: DeliveryGraph, text: unknown, type: string): Resource | undefined {
  return typeof text === 'string' ? graph.app.find(text, type) ?? graph.app.find(text.slice(text.lastIndexOf('/') + 1), type) : undefined;
}

/** The ARN of a function, version or alias, by its ARN, or by its name, to which a version or an alias may be added. Undefined: not known. */
export function functionArnOf(graph: DeliveryGraph, text: string | undefined): string | undefined {
  if (text === undefined || text.startsWith('arn:')) {
    return text;
  }
  const [name, qualifier] = text.split(':', 2);
  const arn = graph.app.find(name, FUNCTION)?.arn;
  return arn === undefined ? undefined : qualifier === undefined ? arn : `${arn}:${qualifier}`;
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html */
function permissionStatement({ props }: Resource, arn: string | undefined): unknown {
  const principal = props.text('Principal') ?? '';
  const equals = {
    ...conditionOf('aws:SourceAccount', props.text('SourceAccount')),
    ...conditionOf('aws:PrincipalOrgID', props.text('PrincipalOrgID')),
    ...conditionOf('lambda:EventSourceToken', props.text('EventSourceToken')),
    ...conditionOf('lambda:FunctionUrlAuthType', props.text('FunctionUrlAuthType')),
    ...conditionOf('lambda:InvokedViaFunctionUrl', props.text('InvokedViaFunctionUrl')),
  };
  return {
    Effect: 'Allow',
    Action: props.text('Action'),
    Principal: principal === '*' ? '*' : /^(?:\d{12}$|arn:|⟦)/.test(principal) ? { AWS: principal } : { Service: principal },
    Resource: arn,
    Condition: { StringEquals: equals, ArnLike: conditionOf('aws:SourceArn', props.text('SourceArn')) },
  };
}

function conditionOf(key: string, value: string | undefined): Readonly<Record<string, string>> {
  return value === undefined ? {} : { [key]: value };
}

/**
 * What AWS lets in where no policy is stated: the owner of a topic (https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html), and whom the policies of the account
 * let use a key (https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html).
 */
function defaultStatements({ type, arn, path, stack }: Resource): Statement[] {
  const account = stack.account ?? ACCOUNT_SYMBOL;
  switch (type) {
    case TOPIC:
      return [new Statement(path, {
        Effect: 'Allow', Principal: { AWS: '*' }, Action: ['sns:Publish', 'sns:Subscribe'], Resource: arn, Condition: { StringEquals: { 'aws:SourceOwner': account } },
      })];
    case KEY:
      return [new Statement(path, { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' })];
    default:
      return [];
  }
}
