import type { Reading } from './check';
import { check } from './check';
import type { DeliveryGraph } from '../graph/delivery-graph';
import type { Access } from '../graph/hop-access';
import { assuming, hopAccesses } from '../graph/hop-access';
import { BUCKET, DELIVERY_STREAM, EVENT_BUS, FUNCTION, GLOBAL_TABLE, PERMISSION, PIPE, QUEUE, RULE, STREAM, TABLE, TOPIC } from '../graph/resource-types';
import { identityPolicyOf, roleOf, wideActionsOf } from '../graph/roles';
import { some } from '../policy/texts';
import type { HopPermissionFacts, PermissionFacts, RoleUseFacts } from '../rules/hop-permissions';
import { HOP_PERMISSION_RULES, ROLE_USE_RULES } from '../rules/hop-permissions';
import type { FunctionRoleFacts, PermissionSourceFacts } from '../rules/wide-permissions';
import { FUNCTION_ROLE_RULES, PERMISSION_SOURCE_RULES } from '../rules/wide-permissions';
import type { Resource } from '../template/app';

export const PERMISSION_CHECKS = [
  check(HOP_PERMISSION_RULES, readHops),
  check(ROLE_USE_RULES, readRoleUses),
  check(FUNCTION_ROLE_RULES, readFunctionRoles),
  check(PERMISSION_SOURCE_RULES, readPermissions),
];

const NOUNS: Readonly<Record<string, string>> = {
  [QUEUE]: 'queue',
  [TOPIC]: 'topic',
  [FUNCTION]: 'function',
  [STREAM]: 'stream',
  [BUCKET]: 'bucket',
  [EVENT_BUS]: 'event bus',
  [TABLE]: 'table',
  [GLOBAL_TABLE]: 'table',
  [DELIVERY_STREAM]: 'delivery stream',
};

/** Where what lets a service in stands, of what can. */
const POLICY_TYPES: Readonly<Record<string, string>> = {
  [QUEUE]: 'AWS::SQS::QueuePolicy', [TOPIC]: 'AWS::SNS::TopicPolicy', [FUNCTION]: PERMISSION,
};

/** What texts call a resource. */
export function nameOf({ type, path }: Resource): string {
  return `${NOUNS[type] ?? 'resource'} '${path}'`;
}

export function callerOf({ sender }: Access): Pick<PermissionFacts, 'caller' | 'isService'> {
  return 'service' in sender ? { caller: sender.service, isService: true } : { caller: sender.role.path, isService: false };
}

/** Undefined: not known. */
export function deniedOf({ verdict, actions }: Access): readonly string[] | undefined {
  return verdict === 'unknown' ? undefined : actions;
}

function* readHops(graph: DeliveryGraph): Iterable<Reading<HopPermissionFacts>> {
  for (const [hop, { deliver, setAside, read }] of hopAccesses(graph)) {
    if (deliver ?? setAside ?? read) {
      yield {
        at: hop.at,
        facts: { hop: hop.name, deliver: permissionFacts(deliver), setAside: permissionFacts(setAside), read: permissionFacts(read) },
      };
    }
  }
}

function permissionFacts(access: Access | undefined): PermissionFacts | undefined {
  return access && {
    ...callerOf(access),
    denied: deniedOf(access),
    deniedBy: access.deniedBy,
    on: nameOf(access.on),
    arn: access.arn,
    policyType: POLICY_TYPES[access.on.type],
    sourceArn: 'service' in access.sender ? access.sender.sourceArn : undefined,
  };
}

/** The roles of functions, and those that hops name. */
function* readRoleUses(graph: DeliveryGraph): Iterable<Reading<RoleUseFacts>> {
  const seen = new Set<string>();
  for (const { at, user, service, arn, sourceArn } of roleUses(graph)) {
    const role = roleOf(graph, arn);
    const key = `${at.stack.name} ${at.logicalId} ${arn}`;
    if (role !== undefined && !seen.has(key)) {
      seen.add(key);
      const { verdict } = assuming(role, service, at, sourceArn);
      yield { at, facts: { user, role: role.path, service, assumable: verdict === 'unknown' ? undefined : verdict === 'allowed' } };
    }
  }
}

interface RoleUse {
  readonly at: Resource;
  readonly user: string;
  readonly service: string;
  readonly arn: string | undefined;
  readonly sourceArn?: string | undefined;
}

function* roleUses(graph: DeliveryGraph): Iterable<RoleUse> {
  for (const at of graph.app.ofType(FUNCTION)) {
    yield { at, user: `function '${at.path}'`, service: 'lambda.amazonaws.com', arn: at.props.text('Role') };
  }
  for (const { at, name, service, role } of graph.hops.filter((hop) => hop.service !== 'lambda.amazonaws.com')) {
    // Scheduler names the group of a schedule, and not every service names anything.
    yield { at, user: name, service, arn: role, sourceArn: NAMING_THEMSELVES.has(at.type) ? at.arn : undefined };
  }
}

/** What a service names when it assumes a role for it. */
const NAMING_THEMSELVES = new Set([RULE, PIPE]);

/** Each role once, at the role. */
function* readFunctionRoles(graph: DeliveryGraph): Iterable<Reading<FunctionRoleFacts>> {
  const seen = new Set<Resource>();
  for (const handler of graph.app.ofType(FUNCTION)) {
    const role = roleOf(graph, handler.props.text('Role'));
    if (role !== undefined && !seen.has(role)) {
      seen.add(role);
      yield { at: role, facts: { path: role.path, function: handler.path, wide: wideActionsOf(identityPolicyOf(graph, role)) } };
    }
  }
}

function* readPermissions(graph: DeliveryGraph): Iterable<Reading<PermissionSourceFacts>> {
  for (const permission of graph.app.ofType(PERMISSION)) {
    const { props, path } = permission;
    const principal = props.text('Principal') ?? '';
    const narrowed = some(['SourceArn', 'SourceAccount', 'PrincipalOrgID', 'EventSourceToken'].map((property) => props.has(property)));
    yield { at: permission, facts: { path, principal, isService: principal.endsWith('.amazonaws.com'), narrowed } };
  }
}
