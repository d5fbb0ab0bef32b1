import { candidatesOf } from './candidates';
import type { Context } from './conditions';
import { conditionsHold, isObject, isScalar, listOf } from './conditions';
import type { Known } from './texts';
import { equal, every, like, not, some, someOf } from './texts';

/** Who sends a request: a service, or a role by its ARN. */
export type Caller =
  | { readonly service: string }
  | { readonly arn: string };

/** What is asked of IAM. */
export interface Request {
  readonly caller: Caller;
  readonly action: string;
  readonly resource: string;
  readonly context: Context;
}

/** A statement of a policy, evaluated, with what texts call the policy. */
export interface Statement {
  readonly place: string;
  readonly content: unknown;
}

/** Everything that is said about one role or resource. */
export interface Policy {
  readonly statements: readonly Statement[];
  /** Whether nothing is missing that could allow more. */
  readonly complete: boolean;
}

export type Verdict = 'allowed' | 'denied' | 'unknown';

export interface Decision {
  readonly verdict: Verdict;
  /** The policy that denies it explicitly. Undefined: none does. */
  readonly deniedBy?: string | undefined;
}

/** What a request is decided by. */
export interface Policies {
  readonly identity: Policy;
  readonly resource: Policy;
  /** The account of the resource. */
  readonly account?: string | undefined;
  /** For keys and roles, which nobody may use whom their own policy does not let in. */
  readonly resourceDecides?: boolean;
}

const ELEMENTS = new Set(['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition']);

export function statementsOf(document: unknown, place: string): Statement[] {
  const statements = isObject(document) ? document.Statement : document;
  return (statements === undefined ? [] : listOf(statements)).map((content) => ({ place, content }));
}

/**
 * Decides whether IAM would allow a request, by the rules that AWS documents for identity-based and resource-based policies.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 *
 * Boundaries and the policies of an organization can only deny more, and are not in the templates. What is not understood leaves the decision open.
 */
export function evaluate(request: Request, { identity, resource, account, resourceDecides = false }: Policies): Decision {
  const { caller } = request;
  const ofIdentity = matching(identity, request, matchIdentity);
  const ofResource = matching(resource, request, matchResource);
  const denying = [...ofIdentity, ...ofResource].filter(({ statement }) => effectOf(statement.content) !== 'Allow');
  const explicit = denying.find(({ statement, matches }) => matches === true && effectOf(statement.content) === 'Deny');
  if (explicit !== undefined) {
    return { verdict: 'denied', deniedBy: explicit.statement.place };
  }
  const byIdentity = allowing(ofIdentity, identity.complete, ({ matches }) => matches);
  const byResource = allowing(ofResource, resource.complete, ({ matches }) => matches);
  // The account as a principal passes the decision on to the policies of its identities.
  const directly = allowing(ofResource, resource.complete, ({ direct }) => direct);
  const within = some([directly, every([byIdentity, resourceDecides ? byResource : true])]);
  const across = every([byIdentity, byResource]);
  const own = 'service' in caller || account === undefined ? undefined : equal(accountOf(caller.arn), account);
  const allowed = 'service' in caller ? directly : own === undefined ? (within === across ? within : undefined) : own ? within : across;
  return { verdict: allowed === false ? 'denied' : allowed === true && denying.length === 0 ? 'allowed' : 'unknown' };
}

/** Whether a statement matches, and whether it does so by more than the account of the caller. */
interface Match {
  readonly matches: Known;
  readonly direct: Known;
}

interface Matched extends Match {
  readonly statement: Statement;
}

const NO_MATCH: Match = { matches: false, direct: false };
const UNKNOWN_MATCH: Match = { matches: undefined, direct: undefined };

/** Those that match or may; the others say nothing. */
function matching(policy: Policy, request: Request, match: (content: unknown, request: Request) => Match): Matched[] {
  return candidatesOf(policy, request).flatMap((statement) => {
    const { matches, direct } = match(statement.content, request);
    return matches === false ? [] : [{ statement, matches, direct }];
  });
}

function allowing(matched: readonly Matched[], complete: boolean, matchOf: (matched: Matched) => Known): Known {
  const ofThese = someOf(matched, (one) => {
    const effect = effectOf(one.statement.content);
    return effect === 'Deny' ? false : effect === 'Allow' ? matchOf(one) : every([matchOf(one), undefined]);
  });
  return ofThese === false && !complete ? undefined : ofThese;
}

/** Undefined: not known. */
function effectOf(content: unknown): 'Allow' | 'Deny' | undefined {
  const effect = isObject(content) ? content.Effect : undefined;
  return effect === 'Allow' || effect === 'Deny' ? effect : undefined;
}

function matchIdentity(content: unknown, request: Request): Match {
  if (!isObject(content)) {
    return UNKNOWN_MATCH;
  }
  const subject = matchesSubject(content, request);
  // Most statements are about something else.
  const matches = subject === false ? false : every([subject, conditionsHold(content.Condition, request.context)]);
  return { matches, direct: matches };
}

function matchResource(content: unknown, request: Request): Match {
  if (!isObject(content)) {
    return UNKNOWN_MATCH;
  }
  // A trust policy has no resource.
  const subject = matchesSubject('Resource' in content || 'NotResource' in content ? content : { ...content, Resource: '*' }, request);
  if (subject === false) {
    return NO_MATCH;
  }
  const { caller } = request;
  const negated = content.NotPrincipal !== undefined;
  const principals = principalsOf(negated ? content.NotPrincipal : content.Principal);
  const direct = someOf(principals, (name) => isPrincipal(name, caller));
  const any = direct === true ? direct : some([direct, someOf(principals, (name) => isAccountOf(name, caller))]);
  const [matches, directly] = negated ? [not(any), not(any)] : [any, direct];
  if (matches === false) {
    return NO_MATCH;
  }
  const conditions = conditionsHold(content.Condition, request.context);
  return { matches: every([subject, matches, conditions]), direct: every([subject, directly, conditions]) };
}

/** Whether a statement is about what is asked for, whoever asks. */
function matchesSubject(content: Readonly<Record<string, unknown>>, { action, resource, context }: Request): Known {
  const ofAction = matchesElement(content, 'Action', action.toLowerCase(), (pattern) => pattern.toLowerCase(), context);
  return ofAction === false ? false : every([
    ofAction,
    matchesElement(content, 'Resource', resource, (pattern) => pattern, context),
    Object.keys(content).every((name) => ELEMENTS.has(name)) ? true : undefined,
  ]);
}

/** Whether `Action` or `Resource` matches, or `NotAction` or `NotResource` does not. */
function matchesElement(
  content: Readonly<Record<string, unknown>>, element: 'Action' | 'Resource', value: string, fold: (pattern: string) => string, context: Context,
): Known {
  const given = content[element] ?? content[`Not${element}`];
  const patterns = listOf(given);
  if (given === undefined || !patterns.every(isScalar)) {
    return undefined;
  }
  const found = someOf(patterns, (pattern) => like(value, fold(String(pattern)), context));
  return content[element] === undefined ? not(found) : found;
}

interface Principal {
  readonly kind: string;
  readonly name: unknown;
}

function principalsOf(element: unknown): Principal[] {
  return isObject(element) ? Object.entries(element).flatMap(([kind, names]) => listOf(names).map((name) => ({ kind, name })))
    : [{ kind: element === '*' ? 'AWS' : '', name: element }];
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html */
function isPrincipal({ kind, name }: Principal, caller: Caller): Known {
  if (!isScalar(name) || (kind !== 'AWS' && kind !== 'Service')) {
    return undefined;
  }
  const text = String(name);
  if (kind === 'AWS') {
    return text === '*' ? true : 'service' in caller ? (/^[⟨⟪]/.test(text) ? undefined : false) : isIdentity(text, caller.arn);
  }
  return 'service' in caller ? isService(text, caller.service) : false;
}

/** Some services have a name in each region besides. */
function isService(name: string, service: string): Known {
  const regional = name !== service && name.split('.')[0] === service.split('.')[0];
  return regional ? undefined : equal(service, name);
}

function isIdentity(name: string, arn: string): Known {
  const same = equal(arn, name);
  // A session of the role, or the role with a path.
  const related = same === false && lastPart(name) !== '' && name.split('/').includes(lastPart(arn));
  return related ? undefined : same;
}

function lastPart(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

function isAccountOf({ kind, name }: Principal, caller: Caller): Known {
  if ('service' in caller || kind === 'Service' || !isScalar(name)) {
    return false;
  }
  const [, root] = /^arn:[^:]+:iam::([^:]+):root$/.exec(String(name)) ?? [];
  const account = root ?? (/^(?:\d+|⟦.*⟧)$/.test(String(name)) ? String(name) : undefined);
  return account === undefined ? false : equal(accountOf(caller.arn), account);
}

function accountOf(arn: string): string {
  return arn.split(':')[4] ?? '';
}
