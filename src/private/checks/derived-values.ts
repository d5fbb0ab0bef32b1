import type { CfnResource } from 'aws-cdk-lib';
import { CfnDeletionPolicy, Stack } from 'aws-cdk-lib';
import { renderedResource } from '../app/rendered-resource';

/** A value in the template that a pattern derived, and that must not be changed behind its back. */
export interface DerivedValue {
  readonly resource: CfnResource;
  /** Where it is in the resource, such as `Properties.MinCapacity`. */
  readonly at: string;
  /** What it must be; tokens are resolved. Undefined if it must not be there. */
  readonly value: unknown;
  /** Whether a value that was found will do; by default only one that is equal. */
  readonly allows?: ((found: unknown, value: unknown) => boolean) | undefined;
  /** How to say it properly. */
  readonly instead: string;
}

/** What a value must be, how to say otherwise, and which others will do. */
export type Promised = readonly [value: unknown, instead: string, allows?: DerivedValue['allows']];

/** The derived values of one resource, by where they are in it. */
export function valuesIn(resource: CfnResource, values: Readonly<Record<string, Promised>>): DerivedValue[] {
  return Object.entries(values).map(([at, [value, instead, allows]]) => ({ resource, at, value, instead, allows }));
}

/**
 * The values that an aspect, a property injector or an override has changed, once the app is complete.
 */
export function changedValues(values: readonly DerivedValue[]): string[] {
  // Rendered once for all of their values.
  const resources = new Map([...new Set(values.map(({ resource }) => resource))].map((resource) => [resource, renderedResource(resource)]));
  return values.flatMap(({ resource, at, value, allows = isEqual, instead }) => {
    const found = at.split('.').reduce((parent: unknown, key) => (parent as Record<string, unknown> | undefined)?.[key], resources.get(resource));
    const expected: unknown = Stack.of(resource).resolve(value);
    if (allows(found, expected)) {
      return [];
    }
    return [
      `${at.replace(/^Properties\./, '')} of '${resource.node.path}' ${found === undefined ? 'was taken out' : `was changed to ${shown(found)}`}, ` +
      `but must ${expected === undefined ? 'not be there' : `${allows === hasAll || at.endsWith('.Statement') ? 'have' : 'be'} ${shown(expected)}`}: ${instead}`,
    ];
  });
}

/** A value as an error shows it: the beginning of a long one. */
function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}

const LONGEST_SHOWN = 300;

const STAYS_OR_GOES: readonly unknown[] = [CfnDeletionPolicy.DELETE, CfnDeletionPolicy.RETAIN, CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE];

/** The removal policy of something stateful. A change for a whole stack, such as one for tests, is meant; but there must be a policy, and not one of a snapshot that the service cannot make. */
export function removalValues(resource: CfnResource, instead: string): DerivedValue[] {
  const removal: Promised = [STAYS_OR_GOES.join(' or '), instead, (found) => STAYS_OR_GOES.includes(found)];
  return valuesIn(resource, { DeletionPolicy: removal, UpdateReplacePolicy: removal });
}

/** How to say it properly: by a prop of the pattern. */
export function byProp(pattern: string): (prop: string) => string {
  return (prop) => `state ${prop} of the ${pattern}`;
}

/** The same for a part that has some of its props from the pattern; for the others, what to do otherwise. */
export function byProps(pattern: string, props: readonly string[], otherwise: string): (prop: string) => string {
  return (prop) => (props.includes(prop) ? byProp(pattern)(prop) : otherwise);
}

/** Whether a list has all that it must have; it may have more. */
export function hasAll(found: unknown, value: unknown): boolean {
  const texts = Array.isArray(found) ? found.map((element) => JSON.stringify(element)) : [];
  return (value as unknown[]).every((element) => texts.includes(JSON.stringify(element)));
}

export function isEqual(found: unknown, value: unknown): boolean {
  return JSON.stringify(found) === JSON.stringify(value);
}
