import { checkTemplates } from '../../../src/delivery/checks';
import { API_CHECKS } from '../../../src/delivery/checks/apis';
import { FUNCTION_CHECKS } from '../../../src/delivery/checks/functions';
import { STATE_MACHINE_CHECKS } from '../../../src/delivery/checks/state-machines';
import { STATEFUL_RESOURCE_CHECKS } from '../../../src/delivery/checks/stateful-resources';
import type { TemplateInput } from '../../../src/delivery/template/app';

/** The properties of a resource, or any other part of a template, in a test that changes it. */
export interface Changeable {
  [name: string]: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- a template has any form
}

/** The resources of a template, by their logical ids. */
export type Resources = Record<string, Changeable>;

/** Changes resources in place. */
export type Change = (resources: Resources) => void;

/** For each id, changes of a clean template that must be found, and nothing else with them, and changes that must not. */
export type Defects = Readonly<Record<string, {
  readonly breaks: Readonly<Record<string, Change>>;
  readonly keeps?: Readonly<Record<string, Change>>;
}>>;

/** Most templates of tests have no alarms. */
const UNWATCHED = 'deadLettersUnwatched';

/** What is found in nearly every template that is written for a test of something else, and so only where it is wanted. */
const EVERYWHERE = [
  'plainHttpAllowed',
  UNWATCHED,
  ...[...FUNCTION_CHECKS, ...STATEFUL_RESOURCE_CHECKS].flatMap(({ rules }) => rules).map(({ id }) => id),
  ...[...STATE_MACHINE_CHECKS, ...API_CHECKS].flatMap(({ rules }) => rules.filter(({ severity }) => severity === 'note')).map(({ id }) => id),
];

/** What is found in one template, as `id at logicalId`. */
export function found(resources: Resources, different: Partial<TemplateInput> = {}, wanted: readonly string[] = []): string[] {
  return checkTemplates([{ stack: 'Stack', template: { Resources: resources }, ...different }])
    .filter(({ id }) => wanted.includes(id) || !EVERYWHERE.includes(id)).map(({ id, at }) => `${id} at ${at.logicalId}`);
}

/** What is found in one template, alarms that are missing included. */
export function foundWithAlarms(resources: Resources, different: Partial<TemplateInput> = {}): string[] {
  return found(resources, different, [UNWATCHED]);
}

/**
 * Tests of checks by templates: a clean one, and what is found as soon as one thing in it is changed.
 *
 * @param look what is found in resources
 */
export function checkDefects(
  clean: () => Resources,
  defects: Defects,
  look: (resources: Resources) => string[] = (resources) => found(resources, {}, Object.keys(defects)),
): void {
  const after = (change: Change) => {
    const resources = clean();
    change(resources);
    return look(resources);
  };

  test('the clean template is found clean', () => {
    expect(after(() => undefined)).toEqual([]);
  });

  describe.each(Object.entries(defects))('%s', (id, { breaks, keeps = {} }) => {
    test.each(Object.entries(breaks))('finds %s', (_, change) => {
      const ids = new Set(after(change).map((one) => one.split(' at ')[0]));
      expect([...ids]).toEqual([id]);
    });

    if (Object.keys(keeps).length > 0) {
      test.each(Object.entries(keeps))('does not find %s', (_, change) => {
        expect(after(change)).toEqual([]);
      });
    }
  });
}
