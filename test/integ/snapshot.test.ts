import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Templates } from '../../integ/runner/snapshot';
import { differences, format, readSnapshot, templatesOf, writeSnapshot } from '../../integ/runner/snapshot';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'snapshot-test-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A test with a queue in one stack, and its assertions in another. */
function synthesize({ visibilitySeconds = 30, code = 'exports.handler = () => 1;', asserted = 'a' } = {}) {
  const app = new App();
  const stack = new Stack(app, 'Stack');
  new sqs.CfnQueue(stack, 'Queue', { visibilityTimeout: visibilitySeconds, tags: [{ key: 'b', value: '2' }, { key: 'a', value: '1' }] });
  const source = join(folder, 'handler');
  rmSync(source, { recursive: true, force: true });
  writeSnapshot(source, new Map([['index.js', code]]));
  new lambda.Function(stack, 'Handler', { runtime: lambda.Runtime.NODEJS_22_X, handler: 'index.handler', code: lambda.Code.fromAsset(source) });
  new CfnOutput(new Stack(app, 'Assertions'), 'Expected', { value: asserted });
  return { assembly: app.synth().directory, cases: [{ stacks: ['Stack'], assertionStack: 'Assertions', assertionStackName: 'Assertions' }] };
}

function templates(changes?: Parameters<typeof synthesize>[0]): Templates {
  return templatesOf(synthesize(changes));
}

test('what was written is what is read, and does not differ', () => {
  writeSnapshot(join(folder, 'snapshot'), templates());
  expect(readdirSync(join(folder, 'snapshot'))).toEqual(['Stack.template.json']);
  expect(differences(readSnapshot(join(folder, 'snapshot')), templates())).toEqual([]);
});

test('a changed property is shown with both values', () => {
  expect(differences(templates(), templates({ visibilitySeconds: 60 }))).toEqual([
    'Stack:',
    '  - Resources.Queue.Properties.VisibilityTimeout: 30',
    '  + Resources.Queue.Properties.VisibilityTimeout: 60',
  ]);
});

test('a property that came or went is shown', () => {
  const [before, after] = [new Map([['S.template.json', { Resources: { A: { Old: 1 } } }]]), new Map([['S.template.json', { Resources: { A: { New: [1] } } }]])];
  expect(differences(before, after)).toEqual(['S:', '  - Resources.A.Old: 1', '  + Resources.A.New: [1]']);
});

test('a list is shown whole, and its order counts', () => {
  expect(differences(new Map([['S.template.json', { L: ['a', 'b'] }]]), new Map([['S.template.json', { L: ['b', 'a'] }]])))
    .toEqual(['S:', '  - L: ["a","b"]', '  + L: ["b","a"]']);
});

test('of long texts, the part in which they differ is shown', () => {
  const definition = (result: string) => new Map([['S.template.json', { Definition: `${'a'.repeat(500)}${result}${'z'.repeat(500)}` }]]);
  expect(differences(definition('old'), definition('newer'))).toEqual([
    'S:',
    `  - Definition: "…${'a'.repeat(60)}old${'z'.repeat(60)}…"`,
    `  + Definition: "…${'a'.repeat(60)}newer${'z'.repeat(60)}…"`,
  ]);
});

test('of a list of objects, what differs inside is shown', () => {
  expect(differences(new Map([['S.template.json', { L: [{ a: 1, b: 2 }] }]]), new Map([['S.template.json', { L: [{ a: 1, b: 3 }, { c: 4 }] }]])))
    .toEqual(['S:', '  - L.0.b: 2', '  + L.0.b: 3', '  + L.1: {"c":4}']);
});

test('a stack that is missing, and one that is new, differ', () => {
  const none: Templates = new Map();
  expect(differences(templates(), none)).toEqual(['Stack:', '  the stack is gone']);
  expect(differences(none, templates())).toEqual(['Stack:', '  the stack is new']);
});

test('a test without a snapshot differs', () => {
  expect(differences(readSnapshot(join(folder, 'none')), templates())).toEqual(['Stack:', '  the stack is new']);
});

test('the code of a handler is not compared, but whose it is', () => {
  expect(differences(templates(), templates({ code: 'exports.handler = () => 2;' }))).toEqual([]);
  expect(JSON.stringify([...templates().values()])).toContain('"S3Key":"<Handler/Code>.zip"');
});

test('what the assertions expect is not compared', () => {
  expect(differences(templates(), templates({ asserted: 'b' }))).toEqual([]);
});

test('a snapshot that was edited by hand is compared by its values', () => {
  writeSnapshot(folder, new Map([['S.template.json', { A: 1 }]]));
  writeFileSync(join(folder, 'S.template.json'), '{\n\n"A": 1 }');
  expect(differences(readSnapshot(folder), new Map([['S.template.json', { A: 1 }]]))).toEqual([]);
});

test('what fits into a line is in one', () => {
  const long = 'x'.repeat(100);
  const value = { A: { Ref: 'B' }, C: [{ D: [1, 'two', null] }, long], E: long };
  expect(format(value).split('\n')).toEqual([
    '{',
    '  "A": {"Ref": "B"},',
    `  "C": [{"D": [1, "two", null]}, "${long}"],`,
    `  "E": "${long}"`,
    '}',
  ]);
  expect(JSON.parse(format(value))).toEqual(value);
});
