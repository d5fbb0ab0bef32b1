import * as fs from 'node:fs';
import * as path from 'node:path';
import { ROOT, sourceFiles } from './rigs/structs';
import type { Rule } from '../src/delivery/rules/rule';

const SRC = path.join(ROOT, 'src');
const FAMILIES = ['messaging', 'jobs', 'storage', 'functions', 'apis', 'operations', 'services', 'streaming', 'workflows'];

/** What patterns of other families make: a place of its own for what they could not process, and the queue-fed function that most of them end in. */
const JOINTS = ['storage/failure-bucket', 'storage/failure-store', 'messaging/queue-fed-function', 'messaging/queue-fed-function.rules'];

/** One import of a source file: from which file, of which, and whether of types alone. Files are named from `src/`. */
interface Import {
  readonly by: string;
  readonly of: string;
  readonly typesOnly: boolean;
}

const files = sourceFiles(SRC);
const imports = files.flatMap((file): Import[] => (
  [...fs.readFileSync(file, 'utf8').matchAll(/^(?:import|export) (type )?.*from '(\.[^']+)';$/gm)].map(([, type, of]) => ({
    by: path.relative(SRC, file),
    of: path.relative(SRC, path.resolve(path.dirname(file), of ?? '')),
    typesOnly: type !== undefined,
  }))
));

const isIn = (room: string) => (file: string) => file.startsWith(`${room}/`);
const shown = (found: readonly Import[]) => found.map(({ by, of }) => `${by} imports ${of}`);

test('imports are found', () => {
  expect(imports.length).toBeGreaterThan(files.length);
});

test('the rules about delivery import nothing but one another', () => {
  expect(shown(imports.filter(({ by, of }) => isIn('delivery/rules')(by) && !isIn('delivery/rules')(of)))).toEqual([]);
  const outside = files.filter((file) => isIn('delivery/rules')(path.relative(SRC, file)) && /from '[^.]/.test(fs.readFileSync(file, 'utf8')));
  expect(outside).toEqual([]);
});

test('what all patterns share knows none of them', () => {
  expect(shown(imports.filter(({ by, of }) => isIn('private')(by) && FAMILIES.some((family) => isIn(family)(of))))).toEqual([]);
});

test('what a family keeps to itself is used by no other', () => {
  const foreign = imports.filter(({ by, of }) => FAMILIES.some((family) => isIn(`${family}/private`)(of) && !isIn(family)(by)));
  expect(shown(foreign)).toEqual([]);
});

test('of another family only types are imported', () => {
  const familyOf = (file: string) => FAMILIES.find((family) => isIn(family)(file));
  const foreign = imports.filter(({ by, of, typesOnly }) => !typesOnly && familyOf(by) && familyOf(of) && familyOf(by) !== familyOf(of));
  expect(shown(foreign.filter(({ of }) => !JOINTS.includes(of)))).toEqual([]);
});

test('each pattern has at most 300 lines in a file that people read first', () => {
  const long = files.filter((file) => FAMILIES.some((family) => isIn(family)(path.relative(SRC, file))) && !file.endsWith('rules.ts'))
    .filter((file) => fs.readFileSync(file, 'utf8').split('\n').length > 301);
  expect(long).toEqual([]);
});

describe('the tables of rules', () => {
  const tables = files.map((file) => path.relative(SRC, file)).filter((file) => isIn('delivery/rules')(file) && file !== 'delivery/rules/rule.ts');
  const rulesOf = (file: string) => Object.entries(jest.requireActual<Record<string, unknown>>(path.join(SRC, file)))
    .flatMap(([name, value]) => (name.endsWith('_RULES') ? value as Rule<unknown>[] : []));

  test.each(tables)('of %s are checked by a test of their own', (file) => {
    expect(rulesOf(file).length).toBeGreaterThan(0);
    expect(fs.existsSync(path.join(ROOT, 'test', file.replace(/\.ts$/, '.test.ts')))).toBe(true);
  });

  test('name no two rules alike', () => {
    const ids = tables.flatMap(rulesOf).map(({ id }) => id);
    expect(ids.filter((id, index) => ids.indexOf(id) < index)).toEqual([]);
    expect(ids.filter((id) => !/^[a-z]+(?:[A-Z][a-z]*)*$/.test(id))).toEqual([]);
  });
});
