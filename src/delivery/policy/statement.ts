import type { Condition } from './conditions';
import { conditionsOf, isObject, isScalar, listOf } from './conditions';

/** A statement of a policy, evaluated, with what texts call the policy. It is read once, because it is asked of many requests. */
export class Statement {
  private known?: { readonly elements: Elements | undefined };

  public constructor(public readonly place: string, public readonly content: unknown) {}

  /** Undefined: it is not known what it says. */
  public get elements(): Elements | undefined {
    this.known ??= { elements: isObject(this.content) ? elementsOf(this.content) : undefined };
    return this.known.elements;
  }
}

/** What a statement says. */
export interface Elements {
  /** Undefined: not known. */
  readonly effect: 'Allow' | 'Deny' | undefined;
  /** In lower case. Undefined: not known. */
  readonly actions: Patterns | undefined;
  /** Undefined: not known. */
  readonly resources: Patterns | undefined;
  /** Whether it states no resources at all, as in a trust policy. */
  readonly ofNoResource: boolean;
  readonly principals: readonly Principal[];
  /** Whether it is of everybody but its principals. */
  readonly exceptPrincipals: boolean;
  /** Undefined: not known. */
  readonly conditions: readonly Condition[] | undefined;
  /** Whether it has nothing else. */
  readonly complete: boolean;
}

/** What `Action` or `Resource` lists, or `NotAction` or `NotResource`. */
export interface Patterns {
  readonly texts: readonly string[];
  readonly negated: boolean;
}

export interface Principal {
  readonly kind: string;
  readonly name: unknown;
}

const ELEMENTS = new Set(['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition']);

export function statementsOf(document: unknown, place: string): Statement[] {
  const statements = isObject(document) ? document.Statement : document;
  return (statements === undefined ? [] : listOf(statements)).map((content) => new Statement(place, content));
}

function elementsOf(content: Readonly<Record<string, unknown>>): Elements {
  const { Effect, Principal: principal, NotPrincipal: notPrincipal, Condition: conditions } = content;
  return {
    effect: Effect === 'Allow' || Effect === 'Deny' ? Effect : undefined,
    actions: patternsOf(content, 'Action', (pattern) => pattern.toLowerCase()),
    resources: patternsOf(content, 'Resource', (pattern) => pattern),
    ofNoResource: !('Resource' in content) && !('NotResource' in content),
    principals: principalsOf(notPrincipal === undefined ? principal : notPrincipal),
    exceptPrincipals: notPrincipal !== undefined,
    conditions: conditionsOf(conditions),
    complete: Object.keys(content).every((name) => ELEMENTS.has(name)),
  };
}

function patternsOf(content: Readonly<Record<string, unknown>>, element: 'Action' | 'Resource', fold: (pattern: string) => string): Patterns | undefined {
  const given = content[element] ?? content[`Not${element}`];
  const patterns = listOf(given);
  return given === undefined || !patterns.every(isScalar) ? undefined
    : { texts: patterns.map((pattern) => fold(String(pattern))), negated: content[element] === undefined };
}

function principalsOf(element: unknown): Principal[] {
  return isObject(element) ? Object.entries(element).flatMap(([kind, names]) => listOf(names).map((name) => ({ kind, name })))
    : [{ kind: element === '*' ? 'AWS' : '', name: element }];
}
