import * as path from 'node:path';
import { DOUBTS } from './doubts';
import { exists, hasTest, read, titlesIn } from './files';
import { isDrill, meansOf, restsOnSupplements, supplementsOf } from './means';
import type { TestReference } from './promise';
import { PROMISES } from './registry';
import { HOW_TO_WRITE, PAGE, render, runsOnAws } from './render';
import { filesIn } from '../../scripts/closure';
import { patterns } from '../patterns';
import { anchorOf, anchorsOf, pageOf } from '../rigs/docs';
import { ROOT } from '../rigs/structs';

/** Second opinions have a Python environment of their own, and are checked out or not as a whole. */
const OPINIONS = 'test/opinions';

const promises = PROMISES.flatMap(({ name, page, promises: made }) => made.map((promise) => ({ key: `${name}.${promise.id}`, page, ...promise })));
const references = promises.flatMap(({ key, tests }) => tests.map((test) => ({ key, ...test })));
const keys = promises.map(({ key }) => key);

function isMissing({ file, name }: TestReference): boolean {
  if (file.startsWith(`${OPINIONS}/`) && !exists(OPINIONS)) {
    return false;
  }
  return !exists(file) || (name !== undefined && !hasTest(file, name));
}

describe('the promises', () => {
  test.each(patterns())('of $name are listed, for its page', ({ name }) => {
    expect(PROMISES.find((page) => page.name === name)).toMatchObject({ page: pageOf(name), promises: expect.arrayContaining([expect.anything()]) });
  });

  test('are made in a section that is there', () => {
    const unknown = promises.filter(({ page, section }) => {
      const [file = '', anchor = ''] = section.includes('#') ? section.split('#') : [path.basename(page), section];
      return !anchorsOf(path.join('docs', file))?.includes(anchor);
    });
    expect(unknown.map(({ key, section }) => `${key}: ${section}`)).toEqual([]);
  });

  test.each(['docs/delivery-checks.md', 'cli/README.md'])('are made in every section of %s', (page) => {
    const sections = [...read(page).matchAll(/^## +(.+?)\s*$/gm)].map(([, heading = '']) => anchorOf(heading));
    const made = new Set(promises.filter((promise) => promise.page === page).map(({ section }) => section.split('#').pop()));
    expect(sections.length).toBeGreaterThan(5);
    expect(sections.filter((section) => !made.has(section))).toEqual([]);
  });

  test('have ids of their own', () => {
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  });

  test('have tests, or a reason why not', () => {
    expect(promises.filter(({ tests, untested }) => (tests.length > 0) === (untested !== undefined)).map(({ key }) => key)).toEqual([]);
  });

  test('name tests that are there', () => {
    expect(references.filter(isMissing).map(({ key, file, name }) => `${key}: ${file}: ${name}`)).toEqual([]);
  });

  test('name supplements that are there', () => {
    const names = references.flatMap((test) => supplementsOf(test)).filter((name) => !exists(`emulator/supplements/${name}.py`));
    expect([...new Set(names)]).toEqual([]);
  });

  test('name supplements for drills alone', () => {
    expect(references.filter(({ file, supplements }) => supplements !== undefined && !isDrill(file)).map(({ key }) => key)).toEqual([]);
  });

  test('make use of every integ test', () => {
    const drills = filesIn('integ').map((file) => path.relative(ROOT, file)).filter((file) => /^integ\/integ\.[\w-]+\.ts$/.test(file));
    expect(drills.length).toBeGreaterThan(10);
    expect(drills.filter((drill) => !references.some(({ file }) => file === drill))).toEqual([]);
  });
});

describe('the doubts', () => {
  test('are about promises that are made', () => {
    expect(DOUBTS.flatMap(({ promises: about }) => about).filter((key) => !keys.includes(key))).toEqual([]);
  });

  test.each(DOUBTS)('$id names its source and the promises that rest on it', ({ sources, promises: about }) => {
    expect(sources.filter((source) => !source.startsWith('https://'))).toEqual([]);
    expect([sources.length, about.length]).not.toContain(0);
  });
});

test('the runs on AWS are of integ tests, on a day', () => {
  expect(runsOnAws().filter(({ test: file, date }) => !isDrill(file) || !exists(file) || !/^\d{4}-\d{2}-\d{2}$/.test(date))).toEqual([]);
});

describe('the page', () => {
  test(`is what \`${HOW_TO_WRITE}\` writes`, () => {
    // If not: run it, look at what changed, and commit the page.
    expect(exists(PAGE) ? read(PAGE) : '').toBe(render());
  });

  test('links to its own sections only where they are', () => {
    const anchors = [...render().matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor);
    expect(anchors.filter((anchor) => !anchorsOf(PAGE)?.includes(anchor ?? ''))).toEqual([]);
  });
});

describe('a test is found', () => {
  const text = `
    describe.each(all)('with %s', () => {
      describe('and more', () => { test('it works', () => {}); });
      test.each([1])('it works %d times', () => {});
    });
    (command ? describe : describe.skip)('a tool', () => { (some.length > 0 ? test : test.skip).each([1])('is used', () => {}); });
    describeIf(some)('others', () => { test('too', () => {}); });
    test(\`of \${name}\`, () => { expect(test).toBe('no test'); });
  `;

  test('by its titles', () => {
    expect(titlesIn('x.test.ts', text)).toEqual(['with %s › and more › it works', 'with %s › it works %d times', 'a tool › is used', 'others › too']);
  });

  test.each([
    ['test/proof/proof.test.ts', 'a test is found › by its titles', true],
    ['test/proof/proof.test.ts', 'by its titles', false],
    ['emulator/test/test_codedeploy.py', 'test_a_group_follows_its_template', true],
    ['emulator/test/test_codedeploy.py', 'test_a_group_follows', false],
    ['integ/integ.topic-fan-out-alarms.ts', 'silent: [],', true],
    ['integ/integ.topic-fan-out-alarms.ts', 'silent: [\'DeadLettersAlarm\']', false],
  ])('in %s: %s: %s', (file, name, there) => {
    expect(hasTest(file, name)).toBe(there);
  });
});

describe('the means of a test', () => {
  test.each<[TestReference, string]>([
    [{ file: 'integ/integ.queue-fed-function.ts' }, 'emulated'],
    [{ file: 'integ/integ.queue-fed-function.ts', supplements: ['sqs_message_move_tasks'] }, 'patched'],
    [{ file: 'integ/integ.queue-fed-function-alarms.ts' }, 'patched'],
    [{ file: 'integ/integ.canary-function.ts' }, 'patched'],
    [{ file: 'emulator/test/test_codedeploy.py' }, 'patched'],
    [{ file: 'test/opinions/state-machines.test.ts', name: 'asl-validator › accepts %s' }, 'engine'],
    [{ file: 'test/opinions/state-machines.test.ts', name: 'botocore › knows each error that %s retries or catches' }, 'schema'],
    [{ file: 'test/opinions/test_deliveries.py' }, 'policy'],
    [{ file: 'test/messaging/queue-fed-function.defaults.test.ts' }, 'static'],
    [{ file: 'test/runtime/claim.test.ts' }, 'run'],
  ])('%j is %s', (reference, means) => {
    expect(meansOf(reference)).toBe(means);
  });

  test('is asked for where it is not known', () => {
    expect(() => meansOf({ file: 'benchmark/run.ts' })).toThrow('benchmark/run.ts: say in test/proof/means.ts what a test there shows');
  });

  test.each<[string[], string | undefined]>([
    [['integ/integ.canary-function.ts'], 'alone'],
    [['integ/integ.canary-function.ts', 'test/functions/canary-function.defaults.test.ts', 'test/opinions/test_iam_actions.py'], 'when run'],
    [['integ/integ.canary-function.ts', 'test/opinions/test_deliveries.py'], undefined],
    [['integ/integ.queue-fed-function.ts'], undefined],
    [['test/functions/canary-function.defaults.test.ts'], undefined],
  ])('tells how far %j rest on supplements: %s', (files, how) => {
    expect(restsOnSupplements({ id: '', says: '', section: '', tests: files.map((file) => ({ file })) })).toBe(how);
  });
});
