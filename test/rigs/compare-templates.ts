import type { CloudFormationResource, CloudFormationTemplate } from './synth';

/** One difference between a released template and today's. */
export interface Change {
  readonly breaking: boolean;
  readonly text: string;
}

/** Texts for people, which may be reworded at any time. */
const TEXTS = ['AlarmDescription', 'Description', 'Label'];

/**
 * What changed between the template that a release gave for a form and the one that it gives today.
 *
 * Logical ids, what is stated of a resource, and alarms are contract: losing or changing one is breaking. A new property of an old resource is breaking too,
 * because it replaces the default that AWS gave until then. New resources and longer lists (policy statements, dependencies) are compatible.
 */
export function compareTemplates(released: CloudFormationTemplate, current: CloudFormationTemplate): Change[] {
  const [before, after] = [released.Resources ?? {}, current.Resources ?? {}];
  return [
    ...Object.entries(before).flatMap(([id, resource]) => compareResource(id, resource, after[id])),
    ...Object.entries(after).filter(([id]) => !(id in before)).map(([id, { Type }]) => ({ breaking: false, text: `${id} (${Type}) is new` })),
    ...Object.keys({ ...released, ...current }).filter((section) => section !== 'Resources').flatMap((section) => compareValue(section, released[section], current[section], true)),
  ];
}

function compareResource(id: string, before: CloudFormationResource, after: CloudFormationResource | undefined): Change[] {
  const what = `${id} (${before.Type})`;
  if (!after) {
    return [{ breaking: true, text: `${what} is gone, or has another logical id` }];
  }
  if (before.Type !== after.Type) {
    return [{ breaking: true, text: `${what} is an ${after.Type} now` }];
  }
  return compareValue(what, { ...before, Metadata: undefined }, { ...after, Metadata: undefined }, false);
}

/** `additive`: whether a new member is compatible here. */
function compareValue(what: string, before: unknown, after: unknown, additive: boolean): Change[] {
  if (JSON.stringify(before) === JSON.stringify(after)) {
    return [];
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    return compareLists(what, before, after);
  }
  if (isObject(before) && isObject(after)) {
    return Object.keys({ ...before, ...after }).flatMap((key) => compareValue(`${what} ${key}`, before[key], after[key], additive));
  }
  const reworded = before !== undefined && after !== undefined && TEXTS.some((name) => what.endsWith(` ${name}`));
  return [{ breaking: !reworded && !(additive && before === undefined), text: `${what} was ${show(before)}, is ${show(after)}` }];
}

function compareLists(what: string, before: unknown[], after: unknown[]): Change[] {
  const has = (list: unknown[], item: unknown) => list.some((other) => JSON.stringify(other) === JSON.stringify(item));
  const [lost, added] = [before.filter((item) => !has(after, item)), after.filter((item) => !has(before, item))];
  if (lost.length === 1 && added.length === 1) {
    return compareValue(`${what}[${before.indexOf(lost[0])}]`, lost[0], added[0], false);
  }
  return [
    ...lost.map((item) => ({ breaking: true, text: `${what} has lost ${show(item)}` })),
    ...added.map((item) => ({ breaking: false, text: `${what} has also ${show(item)}` })),
    ...(lost.length + added.length === 0 ? [{ breaking: true, text: `${what} has another order` }] : []),
  ];
}

function isObject(value: unknown): value is { [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  return value === undefined ? 'not stated' : JSON.stringify(value);
}
