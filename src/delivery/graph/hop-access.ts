import type { DeliveryGraph } from './delivery-graph';
import type { End, Hop } from './hop';
import { keyOf } from './keys';
import { remembered } from './reading';
import { functionArnOf, resourcePolicyOf } from './resource-policies';
import { BUCKET, DELIVERY_STREAM, EVENT_BUS, FUNCTION, GLOBAL_TABLE, QUEUE, STREAM, STREAM_CONSUMER, TABLE, TOPIC } from './resource-types';
import { identityPolicyOf, roleOf, trustPolicyOf } from './roles';
import type { Context } from '../policy/conditions';
import type { Decision } from '../policy/evaluator';
import { evaluate, NO_POLICY } from '../policy/evaluator';
import type { Resource } from '../template/app';
import { ACCOUNT_SYMBOL, REGION_SYMBOL } from '../template/symbols';

/** A service, for a resource of the app, or a role of the app. */
export type Sender =
  | { readonly service: string; readonly sourceArn?: string | undefined; readonly account: string }
  | { readonly role: Resource };

/** What somebody needs to be allowed on a resource of the app. */
export interface Access extends Decision {
  readonly sender: Sender;
  readonly on: Resource;
  /** Its ARN, or that of what is in it, as a statement must have it. */
  readonly arn: string;
  /** Those that are denied, if any. */
  readonly actions: readonly string[];
}

/** What is encrypted, and what somebody needs to be allowed to do with its key. */
export interface KeyAccess {
  readonly encrypted: Resource;
  readonly access: Access | 'awsManaged';
}

/** Everything that a hop needs to be allowed. What is undefined needs nothing, or is not known. */
export interface HopAccess {
  /** To read from the source. */
  readonly read?: Access | undefined;
  readonly readKey?: KeyAccess | undefined;
  /** To send to the target. */
  readonly deliver?: Access | undefined;
  readonly deliverKey?: KeyAccess | undefined;
  /** To send to the dead-letter queue or the destination for failures. */
  readonly setAside?: Access | undefined;
  readonly setAsideKey?: KeyAccess | undefined;
}

/** What it takes to send something to a resource of one type. */
interface Sending {
  readonly actions: readonly string[];
  readonly keyActions: readonly string[];
  /** Whether its own policy can let a service in; a service sends to the others only by a role. */
  readonly letsServicesIn?: boolean;
}

/**
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html, https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html,
 * https://docs.aws.amazon.com/streams/latest/dev/permissions-user-key-KMS.html
 */
const SENDING: Readonly<Record<string, Sending>> = {
  [QUEUE]: { actions: ['sqs:SendMessage'], keyActions: ['kms:GenerateDataKey', 'kms:Decrypt'], letsServicesIn: true },
  [TOPIC]: { actions: ['sns:Publish'], keyActions: ['kms:GenerateDataKey', 'kms:Decrypt'], letsServicesIn: true },
  [FUNCTION]: { actions: ['lambda:InvokeFunction'], keyActions: [], letsServicesIn: true },
  [STREAM]: { actions: ['kinesis:PutRecord'], keyActions: ['kms:GenerateDataKey'] },
  [BUCKET]: { actions: ['s3:PutObject'], keyActions: ['kms:GenerateDataKey'] },
  [EVENT_BUS]: { actions: ['events:PutEvents'], keyActions: [] },
  [DELIVERY_STREAM]: { actions: ['firehose:PutRecord'], keyActions: [] },
};

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
const READ_QUEUE = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];
/** https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html */
const READ_STREAM = ['kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:DescribeStream'];
const READ_BY_CONSUMER = ['kinesis:SubscribeToShard'];
/** https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html */
const READ_TABLE_STREAM = ['dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:DescribeStream'];

/** Which hops reach their target by its own policy, and which by a role. A task may do anything with what it names. */
const DELIVERED_BY: Readonly<Record<string, 'service' | 'role'>> = {
  subscription: 'service',
  ruleTarget: 'service',
  notification: 'service',
  integration: 'service',
  iotRule: 'service',
  schedule: 'role',
  pipe: 'role',
  subscriber: 'role',
  deliveryStream: 'role',
  destination: 'role',
};
/** A rule that reaches its target by a role still reaches its dead-letter queue by the policy of the queue. */
const SET_ASIDE_BY: Readonly<Record<string, 'service' | 'role'>> = {
  subscription: 'service', ruleTarget: 'service', bus: 'service', schedule: 'role', pipe: 'role', subscriber: 'role', eventSource: 'role', asynchronous: 'role',
};
const READING = new Set<string>(['eventSource', 'pipe']);
/** What a function does by its own role. */
const FUNCTION_HOPS = new Set<string>(['eventSource', 'asynchronous', 'destination']);
/** Where a function sends what failed is a destination, and what its invocations set aside. */
const OUTCOMES = new Set<string>(['asynchronous', 'destination']);

/** What the hops take. What several of one resource need, such as the targets of a rule their dead-letter queue, only the first of them does. */
export const hopAccesses = remembered((graph: DeliveryGraph): readonly (readonly [Hop, HopAccess])[] => [...readAccesses(graph)]);

function* readAccesses(graph: DeliveryGraph): Iterable<readonly [Hop, HopAccess]> {
  const seen = new Set<string>();
  const isNew = (key: string) => !seen.has(key) && seen.add(key).has(key);
  for (const hop of graph.hops) {
    const place = OUTCOMES.has(hop.kind) ? 'outcome' : `${hop.at.stack.name} ${hop.at.logicalId}`;
    const once = (access: Access | undefined) => (access && isNew(`${place} ${needOf(access)}`) ? access : undefined);
    const keyOnce = (use: KeyAccess | undefined) => (
      use && isNew(`${place} ${typeof use.access === 'object' ? needOf(use.access) : use.encrypted.arn}`) ? use : undefined
    );
    const { read, readKey, deliver, deliverKey, setAside, setAsideKey } = accessOf(graph, hop);
    yield [hop, {
      read: once(read),
      readKey: keyOnce(readKey),
      deliver: once(deliver),
      deliverKey: keyOnce(deliverKey),
      setAside: once(setAside),
      setAsideKey: keyOnce(setAsideKey),
    }];
  }
}

function needOf({ sender, on, arn, actions }: Access): string {
  return `${'service' in sender ? sender.service : sender.role.arn} ${on.stack.name} ${arn} ${actions.join()}`;
}

function accessOf(graph: DeliveryGraph, hop: Hop): HopAccess {
  const { kind, at, to, role: named, deadLetters } = hop;
  const role = roleOfHop(graph, hop);
  const byRole = role && { role };
  // What Firehose reads it delivers to itself first.
  const reads = READING.has(kind) || (kind === 'deliveryStream' && to.resource === at);
  // A role that is not of this app may be allowed anything.
  const ways = DELIVERED_BY[kind] === undefined || to.resource === at || (named !== undefined && role === undefined) ? []
    : [byRole, isLetIn(hop) ? serviceOf(hop) : undefined].filter((sender) => sender !== undefined && sendingOf(sender, to.resource) !== undefined);
  const setAsideBy = SET_ASIDE_BY[kind] === 'service' ? serviceOf(hop) : SET_ASIDE_BY[kind] === 'role' ? byRole : undefined;
  const setAside = typeof deadLetters === 'object' ? deadLetters : undefined;
  return {
    ...(role && reads && reading(graph, hop.from, role)),
    // What is read as a consumer is allowed to receive; the key is another matter.
    ...(role && kind === 'consumer' && hop.from.resource && { readKey: withKey(graph, { role }, hop.from.resource, ['kms:Decrypt']) }),
    deliver: easiest(ways.map((sender) => sender && sending(graph, sender, to)), (access) => access.verdict),
    deliverKey: easiest(ways.map((sender) => sender && keyToSend(graph, sender, to)), ({ access }) => (access === 'awsManaged' ? 'denied' : access.verdict)),
    setAside: setAsideBy && setAside && sending(graph, setAsideBy, setAside),
    setAsideKey: setAsideBy && setAside && keyToSend(graph, setAsideBy, setAside),
  };
}

function roleOfHop(graph: DeliveryGraph, { kind, from, to, role }: Hop): Resource | undefined {
  const handler = kind === 'destination' ? from.resource : to.resource;
  return roleOf(graph, FUNCTION_HOPS.has(kind) ? handler?.props.text('Role') : role);
}

/** EventBridge delivers for a rule or a bus, not for where the events came from; which method of an API calls is not known. */
function serviceOf({ at, from, service, kind }: Hop): Sender {
  const source = at.type.startsWith('AWS::Events::') || kind === 'iotRule' ? at : from.resource;
  return { service, sourceArn: kind === 'integration' ? undefined : source?.arn, account: accountOf(source ?? at) };
}

function accountOf({ stack }: Resource): string {
  return stack.account ?? ACCOUNT_SYMBOL;
}

/** API Gateway and AWS IoT call functions by their own policy, and everything else by a role. */
function isLetIn({ kind, to }: Hop): boolean {
  return DELIVERED_BY[kind] === 'service' && ((kind !== 'integration' && kind !== 'iotRule') || to.resource?.type === FUNCTION);
}

/** A target that names a role may be reached by it or by its own policy. Undefined: one of the ways needs nothing, or is not known. */
function easiest<T>(ways: readonly (T | undefined)[], verdictOf: (way: T) => string): T | undefined {
  return ways.find((way) => way === undefined || verdictOf(way) !== 'denied') ?? (ways.includes(undefined) ? undefined : ways[0]);
}

function sendingOf(sender: Sender, resource: Resource | undefined): Sending | undefined {
  const needed = resource && SENDING[resource.type];
  return 'service' in sender && needed?.letsServicesIn !== true ? undefined : needed;
}

function sending(graph: DeliveryGraph, sender: Sender, { text, resource }: End): Access | undefined {
  const needed = sendingOf(sender, resource);
  const arn = resource?.type === FUNCTION ? functionArnOf(graph, text) : resource?.type === BUCKET ? `${resource.arn}/${ANY_OBJECT}` : resource?.arn;
  return resource === undefined || needed === undefined || arn === undefined ? undefined : allOf(graph, sender, resource, needed.actions, arn);
}

function keyToSend(graph: DeliveryGraph, sender: Sender, { resource }: End): KeyAccess | undefined {
  const needed = sendingOf(sender, resource);
  const actions = needed?.keyActions ?? [];
  return resource === undefined || actions.length === 0 ? undefined : withKey(graph, sender, resource, actions);
}

function reading(graph: DeliveryGraph, { text, resource: named }: End, role: Resource): Pick<HopAccess, 'read' | 'readKey'> {
  const source = named?.type === STREAM_CONSUMER ? graph.app.find(named.props.text('StreamARN'), STREAM) : named;
  const [actions, arn] = source === undefined ? [] : readingOf(source, text);
  return source === undefined || actions === undefined || arn === undefined ? {}
    : { read: allOf(graph, { role }, source, actions, arn), readKey: withKey(graph, { role }, source, ['kms:Decrypt']) };
}

/** What it takes to read something, and on which ARN. */
function readingOf({ type, arn }: Resource, text: string | undefined): readonly [actions?: readonly string[], arn?: string] {
  switch (type) {
    case QUEUE:
      return [READ_QUEUE, arn];
    case STREAM:
      return text?.includes('/consumer/') ? [READ_BY_CONSUMER, text] : [READ_STREAM, arn];
    case TABLE: case GLOBAL_TABLE:
      return text?.includes('/stream/') ? [READ_TABLE_STREAM, text] : [];
    default:
      return [];
  }
}

function withKey(graph: DeliveryGraph, sender: Sender, encrypted: Resource, actions: readonly string[]): KeyAccess | undefined {
  const key = keyOf(graph, encrypted);
  // What has a role uses the AWS-managed key by the service that has the key.
  return key === 'awsManaged' ? ('service' in sender ? { encrypted, access: key } : undefined)
    : typeof key === 'object' ? { encrypted, access: allOf(graph, sender, key, actions, key.arn, encrypted) } : undefined;
}

/** Whether all of several actions are allowed, and which are not. */
function allOf(graph: DeliveryGraph, sender: Sender, on: Resource, actions: readonly string[], arn: string, encrypted?: Resource): Access {
  const context = contextOf(sender, encrypted);
  const decisions = actions.map((action) => decide(graph, sender, on, action, arn, context, encrypted !== undefined));
  const denied = actions.filter((_, index) => decisions[index]?.verdict === 'denied');
  const verdict = denied.length > 0 ? 'denied' : decisions.every((decision) => decision.verdict === 'allowed') ? 'allowed' : 'unknown';
  return { verdict, deniedBy: decisions.find(({ deniedBy }) => deniedBy !== undefined)?.deniedBy, sender, on, arn: arn.replace(ANY_OBJECT, '*'), actions: denied };
}

/** A key of an object that nobody knows; a statement allows it for all of them. */
const ANY_OBJECT = '⟪|*⟫';

function decide(
  graph: DeliveryGraph, sender: Sender, on: Resource, action: string, arn: string, context: Context, resourceDecides: boolean,
): Decision {
  const caller = 'service' in sender ? { service: sender.service } : { arn: sender.role.arn };
  return evaluate({ caller, action, resource: arn, context }, {
    identity: 'service' in sender ? NO_POLICY : identityPolicyOf(graph, sender.role),
    resource: resourcePolicyOf(graph, on),
    account: accountOf(on),
    resourceDecides,
  });
}

/** Whether the trust policy of a role lets a service assume it, for a resource that the service may not name. */
export function assuming(role: Resource, service: string, user: Resource, sourceArn: string | undefined): Decision {
  const context = contextOf({ service, sourceArn, account: accountOf(user) }, undefined);
  return evaluate({ caller: { service }, action: 'sts:AssumeRole', resource: role.arn, context }, { identity: NO_POLICY, resource: trustPolicyOf(role) });
}

/** By the names that KMS knows services by. */
const SERVICE_NAMES: Readonly<Record<string, string>> = { [QUEUE]: 'sqs', [TOPIC]: 'sns', [STREAM]: 'kinesis', [BUCKET]: 's3', [TABLE]: 'dynamodb' };

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html */
function contextOf(sender: Sender, encrypted: Resource | undefined): Context {
  const known = 'service' in sender ? ofService(sender) : ofRole(sender.role, encrypted);
  return (key) => {
    const name = key.toLowerCase();
    return name === 'aws:securetransport' ? ['true'] : known(name);
  };
}

function ofService({ service, sourceArn, account }: Extract<Sender, { service: string }>): Context {
  return (key) => {
    switch (key) {
      case 'aws:principalisawsservice': return ['true'];
      case 'aws:principalservicename': return [service];
      case 'aws:sourcearn': return sourceArn === undefined ? undefined : [sourceArn];
      case 'aws:sourceaccount': return [account];
      // The policy that a topic has by default lets neither EventBridge nor S3 publish; both need a statement of their own.
      case 'aws:sourceowner': return [];
      default: return undefined;
    }
  };
}

function ofRole(role: Resource, encrypted: Resource | undefined): Context {
  return (key) => {
    switch (key) {
      case 'aws:principalisawsservice': return ['false'];
      case 'aws:principalarn': return [role.arn];
      case 'aws:principalaccount': return [accountOf(role)];
      // Only where a service calls by itself.
      case 'aws:sourcearn': case 'aws:sourceaccount': return [];
      case 'kms:viaservice': return encrypted && [`${SERVICE_NAMES[encrypted.type]}.${encrypted.stack.region ?? REGION_SYMBOL}.amazonaws.com`];
      case 'kms:calleraccount': return encrypted && [accountOf(role)];
      default: return undefined;
    }
  };
}
