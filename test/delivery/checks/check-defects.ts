import * as path from 'node:path';
import { checkTemplates } from '../../../src/delivery/checks';
import type { Check, DeliveryProblem } from '../../../src/delivery/checks/check';
import type { TemplateInput } from '../../../src/delivery/template/app';
import { ROOT } from '../../rigs/structs';

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

/** The rules that a test is about: those of the file in src/delivery/checks that is called like its own. */
function subjectOf(testPath: string): ReadonlySet<string> {
  const subject = path.basename(testPath, '.test.ts');
  const exported = jest.requireActual<Readonly<Record<string, unknown>>>(path.join(ROOT, 'src', 'delivery', 'checks', `${subject}.ts`));
  const checks = Object.entries(exported).flatMap(([name, value]) => (name.endsWith('_CHECKS') ? value as readonly Check[] : []));
  return new Set(checks.flatMap(({ rules }) => rules.map(({ id }) => id)));
}

/**
 * What the rules of the subject find in one template, as `id at logicalId`. What others find in templates that are written for this one is left out: that all of them together find nothing in a
 * clean app is tested by whole apps.
 *
 * @param wanted ids of other rules to look for too
 */
export function found(resources: Resources, different: Partial<TemplateInput> = {}, wanted: readonly string[] = []): string[] {
  return foundIn([{ stack: 'Stack', template: { Resources: resources }, ...different }], wanted);
}

/** The same of several templates. */
export function foundIn(inputs: readonly TemplateInput[], wanted: readonly string[] = []): string[] {
  return problemsIn(inputs, wanted).map(({ id, at }) => `${id} at ${at.logicalId}`);
}

/** The same with all that is said of it. */
export function problemsIn(inputs: readonly TemplateInput[], wanted: readonly string[] = []): DeliveryProblem[] {
  const subject = subjectOf(expect.getState().testPath ?? '');
  return checkTemplates(inputs).filter(({ id }) => wanted.includes(id) || subject.has(id));
}

/** What is said to be wrong in one template, of one kind. */
export function whatOf(id: string, resources: Resources): string[] {
  return problemsIn([{ stack: 'Stack', template: { Resources: resources } }]).filter((problem) => problem.id === id).map(({ what }) => what);
}

/**
 * Tests of checks by templates: a clean one, and what is found as soon as one thing in it is changed.
 */
export function checkDefects(clean: () => Resources, defects: Defects): void {
  const after = (change: Change) => {
    const resources = clean();
    change(resources);
    return found(resources, {}, Object.keys(defects));
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
