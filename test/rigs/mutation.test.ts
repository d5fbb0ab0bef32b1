import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as ts from 'typescript';
import { mutate } from './mutants';
import type { Killers, Subject } from './mutation-plan';
import { mergeKillers, sourceUnits, suitesOf, survivorUnits } from './mutation-plan';
import type { Body, Mutants, SuiteResult } from './mutation-suite';
import { plantMutants, Trial } from './mutation-suite';

const SOURCE = `export function waitSeconds(given?: number) { return given ?? 20; }
export function sides(given?: number) { return 2 * (given ?? 2); }
`;

const WITHOUT_DEFAULT = 'src/wait.ts waitSeconds \'given ?? 20\' without its default';
const OTHER_DEFAULT = 'src/wait.ts waitSeconds with 21 for 20 in \'given ?? 20\'';
const WAIT = [WITHOUT_DEFAULT, OTHER_DEFAULT];

type Wait = (given?: number) => number;

/** A project of one source file, and tests that are told what the source exports; those in `test/other.test.ts` are of something else. */
interface Tests {
  readonly [testFile: string]: { readonly [test: string]: (wait: Wait, sides: Wait) => void };
}

const passes = (condition: boolean) => {
  if (!condition) {
    throw new Error('failed');
  }
};

const TESTS: Tests = {
  'wait.test.ts': {
    'takes a number': (wait) => passes(wait(5) === 5),
    'waits for 20 seconds': (wait) => passes(wait() === 20),
    'has four sides': (_wait, sides) => passes(sides() === 4 && sides(3) === 6),
  },
  'more.test.ts': {
    'waits for some seconds': (wait) => passes(wait() > 0),
    'has sides': (_wait, sides) => passes(sides() > 0),
  },
};

let root = '';
beforeEach(() => root = fs.mkdtempSync(path.join(os.tmpdir(), 'mutation-')));
afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

function write(file: string, text: string): string {
  const name = path.join(root, file);
  fs.mkdirSync(path.dirname(name), { recursive: true });
  fs.writeFileSync(name, text);
  return name;
}

/** Writes the project, so that its files can be hashed. */
function subjectOf(tests: Tests, acknowledged: readonly string[] = []): Subject {
  const file = write('src/wait.ts', SOURCE);
  for (const [name, bodies] of Object.entries(tests)) {
    const texts = Object.entries(bodies).map(([test, body]) => `test('${test}', ${String(body)});\n`);
    write(`test/${name}`, `import { waitSeconds, sides } from '../src/wait';\n${texts.join('')}`);
  }
  write('test/other.test.ts', 'test(\'something else\', () => {});\n');
  const { mutants } = mutate(ts.createSourceFile(file, SOURCE, ts.ScriptTarget.ES2022, true), 'src/wait.ts', 0);
  return {
    root,
    sources: [{ file: 'src/wait.ts', mutants }],
    testFiles: [...Object.keys(tests), 'other.test.ts'].sort(),
    acknowledged: new Set(acknowledged),
    rig: [],
  };
}

/** Runs the project; gives what killed each mutant, by name, and which tests ran while one was awake. */
async function run(tests: Tests, known: Killers = {}, acknowledged: readonly string[] = [], kinds: 'all' | 'survivors' = 'all') {
  const subject = subjectOf(tests, acknowledged);
  const units = [...(kinds === 'all' ? sourceUnits(subject, known) : []), ...survivorUnits(subject)];
  const planted = plantMutants();
  let awake: readonly number[] = [];
  const mutants: Mutants = {
    ...planted,
    wake: (...ids) => {
      awake = ids;
      planted.wake(...ids);
    },
  };
  const { text } = mutate(ts.createSourceFile('wait.ts', SOURCE, ts.ScriptTarget.ES2022, true), 'src/wait.ts', 0);
  const code = ts.transpileModule(text, { compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 } }).outputText;
  const exported: { waitSeconds?: Wait; sides?: Wait } = {};
  new Function('exports', code)(exported);
  const { waitSeconds, sides } = exported;
  if (!waitSeconds || !sides) {
    throw new Error('the source exports neither');
  }
  const ran: string[] = [];
  const load = (file: string) => Object.entries(tests[file] ?? {}).map(([name, body]): Body => ({
    name,
    kind: 'test',
    run: () => {
      ran.push(...(awake.length > 0 ? [name] : []));
      body(waitSeconds, sides);
    },
  }));
  const results: SuiteResult[] = [];
  for (const task of suitesOf(units, 2)) {
    results.push(await new Trial(mutants, load).run(task));
  }
  const killedBy = Object.assign({}, ...results.map((result) => result.killedBy)) as SuiteResult['killedBy'];
  const all = subject.sources.flatMap((source) => source.mutants);
  return { killers: Object.fromEntries(all.map(({ id, name }) => [name, killedBy[id]])) as Killers, ran, subject };
}

function without(tests: Tests, file: string, test: string): Tests {
  const { [test]: _left, ...others } = tests[file] ?? {};
  return { ...tests, [file]: others };
}

const KILLER = 'wait.test.ts › waits for 20 seconds';

test('finds the test that kills each mutant', async () => {
  const { killers } = await run(TESTS);
  expect(WAIT.map((name) => killers[name])).toEqual(['more.test.ts › waits for some seconds', KILLER]);
  expect(Object.values(killers)).not.toContain(undefined);
});

test('tries the known killer first, and then nothing else', async () => {
  const names = subjectOf(TESTS).sources.flatMap(({ mutants }) => mutants).map(({ name }) => name);
  const known = Object.fromEntries(names.map((name) => [name, WAIT.includes(name) ? KILLER : 'wait.test.ts › has four sides']));
  const { killers, ran } = await run(TESTS, known);
  expect(killers).toEqual(known);
  expect(new Set(ran)).toEqual(new Set(['waits for 20 seconds', 'has four sides']));
  expect(ran).toHaveLength(Object.keys(known).length);
});

test.each<[string, string]>([
  ['does not kill any more', 'wait.test.ts › takes a number'],
  ['is there no more', 'wait.test.ts › waits for an hour'],
  ['was in a file that is there no more', 'gone.test.ts › waits for 20 seconds'],
])('looks further when the known killer %s', async (_what, outdated) => {
  const { killers } = await run(TESTS, { [OTHER_DEFAULT]: outdated });
  expect(killers[OTHER_DEFAULT]).toBe(KILLER);
});

test.each<[string, Tests]>([
  ['is gone', without(TESTS, 'wait.test.ts', 'waits for 20 seconds')],
  ['asserts less', { ...TESTS, 'wait.test.ts': { ...TESTS['wait.test.ts'], 'waits for 20 seconds': (wait) => passes(wait() >= 20) } }],
])('finds a survivor whose killer %s, and runs its unit again', async (_what, tests) => {
  const { killers: known, subject } = await run(TESTS);
  const before = sourceUnits(subject, known);
  const after = await run(tests, known);
  expect(after.killers[OTHER_DEFAULT]).toBeUndefined();
  expect(sourceUnits(after.subject, known)[0]?.inputs).not.toBe(before[0]?.inputs);
});

test('finds the killer of a constant where another suite has found out which tests reach what', async () => {
  const { text, mutants } = mutate(ts.createSourceFile('wait.ts', 'const SECONDS = 20;\nexports.seconds = () => SECONDS;', ts.ScriptTarget.ES2022, true), 'src/wait.ts', 0);
  const suite = async () => {
    const planted = plantMutants();
    const load = (): Body[] => {
      const exported: { seconds?: () => number } = {};
      new Function('exports', text)(exported);
      return [{ name: 'is 20', kind: 'test', run: () => passes(exported.seconds?.() === 20) }];
    };
    const task = { sources: [{ mutants: mutants.map(({ id }) => ({ id })), testFiles: ['wait.test.ts'] }], survivors: [] };
    return (await new Trial(planted, load, { reachFolder: root }).run(task)).killedBy;
  };
  const killed = Object.fromEntries(mutants.map(({ id }) => [id, 'wait.test.ts › is 20']));
  expect(Object.keys(killed)).toHaveLength(1);
  expect([await suite(), await suite()]).toEqual([killed, killed]);
});

test('says so when the tests of a file fail without a mutant', async () => {
  const broken: Tests = { ...TESTS, 'more.test.ts': { 'is broken': (wait) => passes(wait() === 1) } };
  await expect(run(broken)).rejects.toThrow('\'more.test.ts › is broken\' fails while no mutant is awake');
});

test('does not take a test for a killer that fails without a mutant', async () => {
  const broken: Tests = { ...TESTS, 'wait.test.ts': { ...TESTS['wait.test.ts'], 'waits for 20 seconds': () => passes(false) } };
  await expect(run(broken, { [OTHER_DEFAULT]: KILLER })).rejects.toThrow('fails on its own while no mutant is awake');
});

describe('what a source file\'s mutants depend on', () => {
  const known: Killers = { [WITHOUT_DEFAULT]: KILLER, [OTHER_DEFAULT]: KILLER };
  const inputs = () => sourceUnits(subjectOf(TESTS), known)[0]?.inputs;

  test('is the same twice', () => {
    expect(inputs()).toBe(inputs());
  });

  test('are the tests that killed', () => {
    const { 'more.test.ts': _left, ...tests } = TESTS;
    const before = inputs();
    const after = sourceUnits(subjectOf({ ...tests, 'more.test.ts': { 'has many sides': (_wait, sides) => passes(sides() > 1) } }), known);
    expect(after[0]?.inputs).toBe(before);
    expect(sourceUnits(subjectOf(without(TESTS, 'wait.test.ts', 'takes a number')), known)[0]?.inputs).not.toBe(before);
  });

  test('are the killers, the rig and what is acknowledged', () => {
    const before = inputs();
    expect(sourceUnits(subjectOf(TESTS), { ...known, [OTHER_DEFAULT]: 'wait.test.ts › takes a number' })[0]?.inputs).not.toBe(before);
    expect(sourceUnits({ ...subjectOf(TESTS), rig: [write('rig.ts', '')] }, known)[0]?.inputs).not.toBe(before);
    expect(sourceUnits(subjectOf(TESTS, [WITHOUT_DEFAULT]), known)[0]?.inputs).not.toBe(before);
  });
});

describe('acknowledged survivors', () => {
  const weak: Tests = without(TESTS, 'wait.test.ts', 'waits for 20 seconds');

  test('run once for each test file that can reach them, all at once', async () => {
    const acknowledged = [OTHER_DEFAULT, 'src/wait.ts sides with 3 for 2 in \'2 * (given ?? 2)\''];
    const tests: Tests = { 'wait.test.ts': { 'takes a number': (wait, sides) => passes(wait(5) === 5 && wait() > 0 && sides() > 0) } };
    const subject = subjectOf(tests, acknowledged);
    const units = survivorUnits(subject).map(({ testFile, mutants }) => [testFile, mutants.map(({ name }) => name)]);
    expect(units).toEqual([['wait.test.ts', acknowledged]]);
    const { killers, ran } = await run(tests, {}, acknowledged, 'survivors');
    expect(acknowledged.map((name) => killers[name])).toEqual([undefined, undefined]);
    expect(ran).toEqual(['takes a number']);
  });

  test('are found out when a test kills them', async () => {
    const { killers } = await run({ 'wait.test.ts': TESTS['wait.test.ts'] ?? {} }, {}, WAIT);
    expect(WAIT.map((name) => killers[name])).toEqual([KILLER, KILLER]);
  });

  test('are found out when another one hides them', async () => {
    const tests: Tests = {
      'wait.test.ts': { 'takes a number': (wait) => passes(wait(5) === 5), 'waits less': (wait) => passes(wait() !== 21) },
    };
    const { killers } = await run(tests, {}, WAIT);
    expect(WAIT.map((name) => killers[name])).toEqual([undefined, 'wait.test.ts › waits less']);
  });

  test('depend on the test file', () => {
    const inputs = (tests: Tests) => survivorUnits(subjectOf(tests, [OTHER_DEFAULT])).map((unit) => unit.inputs);
    const [more, wait] = inputs(TESTS);
    expect(inputs(weak)).toEqual([more, expect.not.stringMatching(wait ?? '')]);
  });
});

test('keeps killers that were found, then those that were known, and none of a mutant that is gone', () => {
  expect(mergeKillers({ a: 'known', b: 'known', gone: 'known' }, { b: 'found' }, ['b', 'c', 'a'])).toEqual({ a: 'known', b: 'found' });
  expect(Object.keys(mergeKillers({ a: '', b: '' }, {}, ['b', 'a']))).toEqual(['a', 'b']);
});
