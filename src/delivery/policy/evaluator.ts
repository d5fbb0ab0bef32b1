import { candidatesOf } from './candidates';
import type { Context } from './conditions';
import { conditionsHold, isScalar } from './conditions';
import type { Elements, Patterns, Principal, Statement } from './statement';
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

/** Everything that is said about one role or resource. */
export interface Policy {
  readonly statements: readonly Statement[];
  /** Whether nothing is missing that could allow more. */
  readonly complete: boolean;
}

/** Of those of whom nothing is said. */
export const NO_POLICY: Policy = { statements: [], complete: true };

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
  const denying = [...ofIdentity, ...ofResource].filter(({ statement: { elements } }) => elements?.effect !== 'Allow');
  const explicit = denying.find(({ statement: { elements }, matches }) => matches === true && elements?.effect === 'Deny');
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
function matching(policy: Policy, request: Request, match: (elements: Elements, request: Request) => Match): Matched[] {
  return candidatesOf(policy, request).flatMap((statement) => {
    const { matches, direct } = statement.elements ? match(statement.elements, request) : UNKNOWN_MATCH;
    return matches === false ? [] : [{ statement, matches, direct }];
  });
}

function allowing(matched: readonly Matched[], complete: boolean, matchOf: (matched: Matched) => Known): Known {
  const ofThese = someOf(matched, (one) => {
    const effect = one.statement.elements?.effect;
    return effect === 'Deny' ? false : effect === 'Allow' ? matchOf(one) : every([matchOf(one), undefined]);
  });
  return ofThese === false && !complete ? undefined : ofThese;
}

function matchIdentity(elements: Elements, request: Request): Match {
  const subject = matchesSubject(elements, elements.resources, request);
  // Most statements are about something else.
  const matches = subject === false ? false : every([subject, conditionsHold(elements.conditions, request.context)]);
  return { matches, direct: matches };
}

const ANY_RESOURCE: Patterns = { texts: ['*'], negated: false };

function matchResource(elements: Elements, request: Request): Match {
  const { ofNoResource, resources, principals, exceptPrincipals, conditions } = elements;
  const subject = matchesSubject(elements, ofNoResource ? ANY_RESOURCE : resources, request);
  if (subject === false) {
    return NO_MATCH;
  }
  const { caller } = request;
  const direct = someOf(principals, (name) => isPrincipal(name, caller));
  const any = direct === true ? direct : some([direct, someOf(principals, (name) => isAccountOf(name, caller))]);
  const [matches, directly] = exceptPrincipals ? [not(any), not(any)] : [any, direct];
  if (matches === false) {
    return NO_MATCH;
  }
  const hold = conditionsHold(conditions, request.context);
  return { matches: every([subject, matches, hold]), direct: every([subject, directly, hold]) };
}

/** Whether a statement is about what is asked for, whoever asks. */
function matchesSubject({ actions, complete }: Elements, resources: Patterns | undefined, { action, resource, context }: Request): Known {
  const ofAction = matchesPatterns(actions, action.toLowerCase(), context);
  return ofAction === false ? false : every([ofAction, matchesPatterns(resources, resource, context), complete ? true : undefined]);
}

function matchesPatterns(patterns: Patterns | undefined, value: string, context: Context): Known {
  const found = patterns && someOf(patterns.texts, (pattern) => like(value, pattern, context));
  return patterns?.negated ? not(found) : found;
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
