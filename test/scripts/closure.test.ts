import * as fs from 'node:fs';
import * as path from 'node:path';
import { FURTHER_CHECKS, TEST_CHECKS } from '../../scripts/checks';
import { closureOf, filesIn, hashOf } from '../../scripts/closure';
import { unitTestFiles } from '../../scripts/unit-tests';

const ROOT = path.join(__dirname, '..', '..');
const FOLDER = path.join(ROOT, '.build', `closure-${process.pid}`);

beforeAll(() => {
  fs.mkdirSync(FOLDER, { recursive: true });
});

afterAll(() => {
  fs.rmSync(FOLDER, { recursive: true });
});

/** The names of what a module with this text depends on, without itself. */
function dependenciesOf(text: string): string[] {
  const file = path.join(FOLDER, 'module.ts');
  const copy = path.join(FOLDER, `module-${Buffer.from(text).toString('hex').slice(0, 64)}-${text.length}.ts`);
  fs.writeFileSync(copy, text.replaceAll('~', path.relative(path.dirname(file), ROOT)));
  return closureOf([copy]).filter((name) => name !== copy).map((name) => path.relative(ROOT, name));
}

describe('the files that a module depends on', () => {
  test('are those that it imports, and those that they import', () => {
    const found = dependenciesOf("import { QueueFedFunction } from '~/src/messaging/queue-fed-function';");
    expect(found).toEqual(expect.arrayContaining(['src/messaging/queue-fed-function.ts', 'src/alarms/alarms.ts']));
    expect(found).not.toContain('src/jobs/polling-status-api.ts');
  });

  test('are followed through the index by the names that are imported', () => {
    expect(dependenciesOf("import { QueueFedFunction } from '~/src';")).toEqual(['src/index.ts', ...dependenciesOf("import '~/src/messaging/queue-fed-function';")].sort());
    expect(dependenciesOf("import { QueueFedFunction as Q } from 'cdk-serverless-patterns';")).toEqual(dependenciesOf("import { QueueFedFunction } from '~/src';"));
  });

  test.each(["import * as library from '~/src';", "import '~/src';", "const library = require('~/src');"])('are all of the library for %s', (text) => {
    const all = filesIn('src').map((file) => path.relative(ROOT, file));
    // Files of types alone are gone when the code runs.
    expect(dependenciesOf(text).length).toBeGreaterThan(0.8 * all.length);
    expect(dependenciesOf(text)).toContain('src/jobs/polling-status-api.ts');
  });

  test('do not include those of which it takes types alone', () => {
    expect(dependenciesOf("import type { QueueFedFunction } from '~/src';")).toEqual([]);
    expect(dependenciesOf("import { type QueueFedFunction } from '~/src';")).toEqual([]);
  });

  test('do include these where types are read', () => {
    const found = dependenciesOf("import type { PollingStatusApi } from '~/src';\nimport '~/test/rigs/structs';");
    expect(found).toEqual(expect.arrayContaining(['src/jobs/polling-status-api.ts', 'test/rigs/structs.ts']));
  });

  test('include what it reads', () => {
    expect(dependenciesOf("import '~/test/rigs/releases';")).toContain('test/releases/0.0.0/QueueFedFunction.default.json');
  });

  test('must be said of a module that reads files', () => {
    expect(() => dependenciesOf("import * as fs from 'node:fs';\nfs.readFileSync('x');")).toThrow(/reads files; say in READ_BY/);
  });

  test('can be told of every unit test', () => {
    expect(unitTestFiles().length).toBeGreaterThan(30);
  });

  const whole = [...TEST_CHECKS, ...FURTHER_CHECKS].flatMap(({ name, inputs }) => inputs ? [{ name, inputs }] : []);

  test.each(whole)('can be told of the check $name', ({ inputs }) => {
    expect(inputs()).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('the hash of files', () => {
  test('changes with a content, a name and a text', () => {
    const write = (name: string, text: string) => {
      const file = path.join(FOLDER, name);
      fs.writeFileSync(file, text);
      return file;
    };
    const [first, other, renamed] = [write('a.txt', '1'), write('b.txt', '2'), write('c.txt', '1')];
    expect(new Set([hashOf([first]), hashOf([other]), hashOf([renamed]), hashOf([first], 'x'), hashOf([first, other])])).toHaveProperty('size', 5);
    expect(hashOf([first, other])).toBe(hashOf([other, first, first]));
  });
});
