import * as fs from 'node:fs';
import * as path from 'node:path';
import { ALL_IDS, LISTED_IDS, OF_PATTERNS_ONLY, PAGE, render } from './catalogue';
import { read } from '../proof/files';
import { ROOT } from '../rigs/structs';

test('the page has all rules', () => {
  expect(LISTED_IDS).toEqual(ALL_IDS);
});

test('the page is what the rules say: npm run rules writes it anew', () => {
  expect(read(PAGE)).toBe(render());
});

describe('each rule', () => {
  const folder = path.join(ROOT, 'test', 'delivery', 'checks');
  const tests = [...fs.readdirSync(folder).map((file) => path.join('test', 'delivery', 'checks', file)), 'test/delivery/rules/acknowledgement.test.ts'].map(read).join('\n');
  const named = (id: string) => new RegExp(`\\b${id}\\b`).test(tests);

  test('is broken by a template in a test', () => {
    expect(ALL_IDS.filter((id) => !named(id))).toEqual([]);
  });

  test('of which only patterns know the facts is broken by none', () => {
    expect(OF_PATTERNS_ONLY.filter(named)).toEqual([]);
  });
});
