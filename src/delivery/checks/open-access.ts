import type { Reading } from './check';
import { check } from './check';
import type { DeliveryGraph } from '../graph/delivery-graph';
import type { End } from '../graph/hop';
import { documentOf } from '../graph/reading';
import { BUCKET, QUEUE, TOPIC } from '../graph/resource-types';
import type { AllowingStatementFacts, TransportFacts } from '../rules/open-access';
import { ALLOWING_STATEMENT_RULES, TRANSPORT_RULES } from '../rules/open-access';
import type { Resource } from '../template/app';
import { Props } from '../template/props';
import { isUnknown } from '../template/symbols';

export const OPEN_ACCESS_CHECKS = [
  check(ALLOWING_STATEMENT_RULES, readAllowingStatements),
  check(TRANSPORT_RULES, readTransport),
];

/** By type of policy: what it belongs to, and the property that names that. */
const POLICIES: readonly (readonly [policy: string, property: string, type: string, noun: string])[] = [
  ['AWS::SQS::QueuePolicy', 'Queues', QUEUE, 'queue'],
  ['AWS::SQS::QueueInlinePolicy', 'Queue', QUEUE, 'queue'],
  ['AWS::SNS::TopicPolicy', 'Topics', TOPIC, 'topic'],
  ['AWS::SNS::TopicInlinePolicy', 'TopicArn', TOPIC, 'topic'],
  ['AWS::S3::BucketPolicy', 'Bucket', BUCKET, 'bucket'],
];

/** A policy, and one of those it belongs to. */
interface Attachment {
  readonly policy: Resource;
  readonly to: End;
  readonly noun: string;
  readonly type: string;
}

function* attachments(graph: DeliveryGraph): Iterable<Attachment> {
  for (const [policyType, property, type, noun] of POLICIES) {
    for (const policy of graph.app.ofType(policyType)) {
      for (const text of policy.props.list(property) ?? [policy.props.text(property)]) {
        yield { policy, to: graph.endOf(String(text), type), noun, type };
      }
    }
  }
}

/** One that belongs to many is read once. */
function* readAllowingStatements(graph: DeliveryGraph): Iterable<Reading<AllowingStatementFacts>> {
  const seen = new Set<Resource>();
  for (const { policy, to, noun } of attachments(graph)) {
    if (!seen.has(policy)) {
      for (const statement of documentOf(policy.props, 'PolicyDocument').items('Statement') ?? []) {
        yield {
          at: policy,
          facts: {
            resource: `${noun} '${to.resource?.path ?? to.text}'`,
            actions: (statement.list('NotAction')?.length === 0 ? statement.list('Action') ?? [] : ['*']).map(String),
            anyone: statement.literal('Effect') === 'Allow' && isForAnyone(statement) && !(noun === 'bucket' && isOfNoObject(statement)),
            narrowed: isNarrowed(statement),
            website: to.resource?.props.has('WebsiteConfiguration'),
          },
        };
      }
    }
    seen.add(policy);
  }
}

/** Also those are for anyone that are not for some. */
function isForAnyone(statement: Props): boolean {
  const principal = statement.value('Principal');
  const accounts = principal === '*' ? ['*'] : statement.list('Principal.AWS') ?? [];
  return accounts.includes('*') || statement.value('NotPrincipal') !== undefined;
}

/** What is allowed with the objects of a bucket is not allowed where only the bucket is named. */
function isOfNoObject(statement: Props): boolean {
  const [actions, resources] = [statement.list('Action') ?? [], statement.list('Resource') ?? []];
  return actions.length > 0 && actions.every((action) => /^s3:\w+Object(Version)?$/i.test(String(action)))
    && resources.length > 0 && resources.every((resource) => /^arn:[^*?/]*$/.test(String(resource)) && !isUnknown(resource));
}

/** Conditions that hold for anyone as well. */
const OF_NOBODY = ['aws:securetransport', 'aws:currenttime', 'aws:epochtime', 'aws:tokenissuetime', 'aws:useragent', 'aws:referer', 's3:x-amz-acl', 'sns:protocol'];
const ANYTHING = ['*', '0.0.0.0/0', '::/0', 'arn:*', 'arn:aws:*'];

/** Undefined: not known. A condition that excludes some lets in all others. */
function isNarrowed(statement: Props): boolean | undefined {
  const condition = statement.value('Condition');
  if (isUnknown(condition)) {
    return undefined;
  }
  return members(condition).some(([operator, keys]) => !/^(ForAnyValue:|ForAllValues:)?(.*Not|Null)/.test(operator)
    && members(keys).some(([key, value]) => !OF_NOBODY.includes(key.toLowerCase()) && !new Props({ value }).list('value')?.some((one) => ANYTHING.includes(String(one)))));
}

function members(content: unknown): [string, unknown][] {
  return typeof content === 'object' && content !== null ? Object.entries(content) : [];
}

/** Nothing is said to be missing where a policy may belong to any of them. */
function* readTransport(graph: DeliveryGraph): Iterable<Reading<TransportFacts>> {
  const refusing = new Set<Resource>();
  const unknown = new Set<string>();
  for (const { policy, to, type } of attachments(graph)) {
    const statements = documentOf(policy.props, 'PolicyDocument').items('Statement');
    if (to.resource && (statements === undefined || statements.some(refusesPlainHttp))) {
      refusing.add(to.resource);
    }
    if (to.resource === undefined && isUnknown(to.text)) {
      unknown.add(type);
    }
  }
  for (const [type, noun] of [[QUEUE, 'queue'], [TOPIC, 'topic'], [BUCKET, 'bucket']] as const) {
    for (const resource of graph.app.ofType(type)) {
      const known = graph.isComplete && !unknown.has(type);
      yield { at: resource, facts: { resource: `${noun} '${resource.path}'`, refusesPlainHttp: refusing.has(resource) || !known ? undefined : false } };
    }
  }
}

function refusesPlainHttp(statement: Props): boolean {
  const keys = members(statement.value('Condition')).flatMap(([, ofOperator]) => members(ofOperator).map(([key]) => key.toLowerCase()));
  return statement.literal('Effect') === 'Deny' && (keys.includes('aws:securetransport') || keys.includes('s3:tlsversion'));
}
