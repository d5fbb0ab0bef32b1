import * as ts from 'typescript';
import { mutate } from './mutants';

/** What a piece of source exports as `result`, as it is and with each of its mutants awake. */
function resultsOf(text: string): { [awake: string]: unknown } {
  const source = ts.createSourceFile('a.ts', text, ts.ScriptTarget.ES2022, true);
  const mutated = mutate(source, 'a.ts', 0);
  const code = ts.transpileModule(mutated.text, { compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 } }).outputText;
  const constants: (() => void)[] = [];
  let awake = -1;
  const exported: { result?: () => unknown } = {};
  new Function('exports', '__mutant', '__whenMutantWakes', code)(exported, (id: number) => id === awake, (compute: () => void) => constants.push(compute));
  const results: { [awake: string]: unknown } = {};
  for (const { id, name } of [{ id: -1, name: 'none' }, ...mutated.mutants]) {
    awake = id;
    constants.forEach((compute) => compute());
    results[name] = exported.result?.();
  }
  return results;
}

const MAKE = 'const make = (...args: unknown[]) => args;\n';

test.each<[string, string, { [awake: string]: unknown }]>([
  ['a default', 'export function result(given?: number) { return given ?? 10; }', {
    'none': 10,
    'a.ts result \'given ?? 10\' without its default': undefined,
    'a.ts result with 11 for 10 in \'given ?? 10\'': 11,
  }],
  ['what is handed to a child', `${MAKE}export function result() { return make('Queue', { enforceSSL: true }); }`, {
    'none': ['Queue', { enforceSSL: true }],
    'a.ts result Queue without \'enforceSSL: true\'': ['Queue', {}],
    'a.ts result Queue with false in \'enforceSSL: true\'': ['Queue', { enforceSSL: false }],
  }],
  ['a constant of the module, although it is computed once', 'const WAIT_SECONDS = 3 * 20;\nexport function result() { return WAIT_SECONDS; }', {
    'none': 60,
    'a.ts with 4 for 3 in \'WAIT_SECONDS = 3 * 20\'': 80,
    'a.ts with 21 for 20 in \'WAIT_SECONDS = 3 * 20\'': 63,
  }],
  ['a constant that another one is computed from', 'const MINUTE = 60;\nconst SECONDS = { minute: MINUTE };\nexport function result() { return SECONDS.minute; }', {
    'none': 60,
    'a.ts with 61 for 60 in \'MINUTE = 60\'': 61,
  }],
  ['a function that a constant is computed by', 'const rows = (given?: number) => given ?? 3;\nconst TABLE = [rows()];\nexport function result() { return TABLE; }', {
    'none': [3],
    'a.ts \'given ?? 3\' without its default': [undefined],
    'a.ts with 4 for 3 in \'rows = (given?: number) => given ?? 3\'': [4],
  }],
  ['nothing in what a whole process shares', 'const SEEN = new Set<string>();\nexport function result(own = true) { SEEN.add(String(own)); return [...SEEN]; }', {
    'none': ['true'],
    'a.ts result \'own = true\' without its default': ['true', 'undefined'],
    'a.ts result with false in \'own = true\'': ['true', 'undefined', 'false'],
  }],
  ['a factor below 1', 'export function result() { return 100 * 0.8; }', {
    'none': 80,
    'a.ts result with 101 for 100 in \'100 * 0.8\'': 80.80000000000001,
    'a.ts result with 0.85 for 0.8 in \'100 * 0.8\'': 85,
  }],
  ['a permission', `${MAKE}export function result() { return make('sqs:SendMessage', 'sqs:ReceiveMessage'); }`, {
    'none': ['sqs:SendMessage', 'sqs:ReceiveMessage'],
    'a.ts result without \'sqs:SendMessage\'': ['sqs:ReceiveMessage'],
    'a.ts result without \'sqs:ReceiveMessage\'': ['sqs:SendMessage'],
  }],
  ['an assignment', 'const Policy = { RETAIN: 1 };\nexport function result() { const options = { policy: 0 };\noptions.policy = Policy.RETAIN;\nreturn options.policy; }', {
    'none': 1,
    'a.ts result without \'options.policy = Policy.RETAIN\'': 0,
  }],
  ['the branches of a choice', 'const Key = { OWN: 1, AWS: 2 };\nexport function result(own = true) { return own ? Key.OWN : Key.AWS; }', {
    'none': 1,
    'a.ts result \'own = true\' without its default': 2,
    'a.ts result with false in \'own = true\'': 2,
    'a.ts result \'own ? Key.OWN : Key.AWS\' without \'Key.OWN\'': undefined,
    'a.ts result \'own ? Key.OWN : Key.AWS\' without \'Key.AWS\'': 1,
  }],
  ['nothing in bounds, texts and empty beginnings', 'export function result(list?: string[]) { return `${(list ?? []).length > 3 ? "many" : "few"}`; }', { none: 'few' }],
])('mutates %s', (_what, text, results) => {
  expect(resultsOf(text)).toEqual(results);
});

test('tells equal mutants apart, and which is inside which', () => {
  const { mutants } = mutate(ts.createSourceFile('a.ts', 'f({ a: 1 }); f({ a: 1 });', ts.ScriptTarget.ES2022, true), 'a.ts', 5);
  expect(mutants).toEqual([
    { id: 5, name: 'a.ts without \'a: 1\'', inside: [] },
    { id: 6, name: 'a.ts with 2 for 1 in \'a: 1\'', inside: [5] },
    { id: 7, name: 'a.ts without \'a: 1\' (2)', inside: [] },
    { id: 8, name: 'a.ts with 2 for 1 in \'a: 1\' (2)', inside: [7] },
  ]);
});
