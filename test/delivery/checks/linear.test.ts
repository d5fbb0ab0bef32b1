import * as fs from 'node:fs';
import * as path from 'node:path';
import { checkTemplates } from '../../../src/delivery/checks';
import { TemplateApp } from '../../../src/delivery/template/app';
import { Props } from '../../../src/delivery/template/props';
import { Stack } from '../../../src/delivery/template/stack';
import { ROOT } from '../../rigs/structs';

const SNAPSHOTS = path.join(ROOT, 'integ', 'snapshots');

/** As many copies of all resources of a template, in one stack. */
function copies(template: string, count: number): unknown {
  const { Resources } = JSON.parse(template) as { Resources: Record<string, unknown> };
  const logicalIds = new RegExp(Object.keys(Resources).sort((one, other) => other.length - one.length).join('|'), 'g');
  const text = JSON.stringify(Resources);
  return {
    Resources: Object.assign({}, ...Array.from({ length: count }, (_, index) => JSON.parse(text.replace(logicalIds, (logicalId) => `${logicalId}x${index}`)) as object)) as object,
  };
}

/** How often the checks of a template ask for something. */
function questions(template: unknown): number {
  const asked = [
    jest.spyOn(Props.prototype, 'value'), jest.spyOn(Stack.prototype, 'evaluate'), jest.spyOn(TemplateApp.prototype, 'find'), jest.spyOn(TemplateApp.prototype, 'ofType'),
  ];
  checkTemplates([{ stack: 'Stack', template }]);
  const count = asked.reduce((sum, { mock }) => sum + mock.calls.length, 0);
  jest.restoreAllMocks();
  return count;
}

const templates = fs.readdirSync(SNAPSHOTS, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.template.json')).sort();

// The time depends on the machine; how much is done does not.
test.each(templates)('four times as much of %s takes four times as much', (name) => {
  const text = fs.readFileSync(path.join(SNAPSHOTS, name), 'utf8');
  const [some, more] = [questions(copies(text, 4)), questions(copies(text, 16))];
  expect(some).toBeGreaterThan(0);
  expect(more).toBeLessThan(4.4 * some);
});
