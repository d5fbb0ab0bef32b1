import { parseYaml } from '../../cli/src/yaml';

test.each<[string, unknown]>([
  ['!Ref Queue', { Ref: 'Queue' }],
  ['!Ref 5', { Ref: '5' }],
  ['!Condition Some', { Condition: 'Some' }],
  ['!GetAtt Queue.Arn', { 'Fn::GetAtt': ['Queue', 'Arn'] }],
  ['!GetAtt Nested.Outputs.Arn', { 'Fn::GetAtt': ['Nested', 'Outputs.Arn'] }],
  ['!GetAtt [Queue, Arn]', { 'Fn::GetAtt': ['Queue', 'Arn'] }],
  ['!Sub "${Queue}"', { 'Fn::Sub': '${Queue}' }],
  ['!Sub ["${A}", { A: !Ref B }]', { 'Fn::Sub': ['${A}', { A: { Ref: 'B' } }] }],
  ['!Join ["", [a, !Ref B]]', { 'Fn::Join': ['', ['a', { Ref: 'B' }]] }],
  ['!Select [0, !Split [",", !ImportValue Names]]', { 'Fn::Select': [0, { 'Fn::Split': [',', { 'Fn::ImportValue': 'Names' }] }] }],
  ['!If [Some, 1, !Ref AWS::NoValue]', { 'Fn::If': ['Some', 1, { Ref: 'AWS::NoValue' }] }],
  ['!And [!Equals [a, b], !Not [!Or [!Condition C]]]', { 'Fn::And': [{ 'Fn::Equals': ['a', 'b'] }, { 'Fn::Not': [{ 'Fn::Or': [{ Condition: 'C' }] }] }] }],
  ['!FindInMap [A, !Ref AWS::Region, C]', { 'Fn::FindInMap': ['A', { Ref: 'AWS::Region' }, 'C'] }],
  ['!GetAZs ""', { 'Fn::GetAZs': '' }],
  ['!Base64 x', { 'Fn::Base64': 'x' }],
  ['!Cidr [a, 1, 8]', { 'Fn::Cidr': ['a', 1, 8] }],
  ['!Transform { Name: AWS::Include }', { 'Fn::Transform': { Name: 'AWS::Include' } }],
  ['!ToJsonString { a: 1 }', { 'Fn::ToJsonString': { a: 1 } }],
  ['{ "Fn::Sub": x }', { 'Fn::Sub': 'x' }],
  ['!!str 5', '5'],
  ['2012-10-17', '2012-10-17'],
  ['012345678901', '012345678901'],
  ['0', 0],
  ['0.5', 0.5],
  ['yes', 'yes'],
  ['true', true],
  ['~', null],
  ['', null],
  ['|\n  a\n  b\n', 'a\nb\n'],
  ['{ 5: a, a: }', { 5: 'a', a: null }],
  ['{ a: 1, a: 2 }', { a: 2 }],
  ['{ [a, b]: 1 }', { '["a","b"]': 1 }],
])('reads %s', (text, expected) => {
  expect(parseYaml(text)).toEqual(expected);
});

test('reads aliases and what is merged', () => {
  expect(parseYaml('a: &a { x: 1, y: 2 }\nb: *a\nc: { <<: *a, y: 3 }\nd: { <<: [*a, { z: 4 }] }\n')).toEqual({
    a: { x: 1, y: 2 }, b: { x: 1, y: 2 }, c: { x: 1, y: 3 }, d: { x: 1, y: 2, z: 4 },
  });
});

test.each<[string, string, unknown]>([
  ['a map', 'a:\n  b: {\n  c: 1,\n d: x\n}\ne: 2\n', { a: { b: { c: 1, d: 'x' } }, e: 2 }],
  ['a list', 'a:\n  b: [\n  c,\n  [d,\n  e]\n  ]\n  f: 1\n', { a: { b: ['c', ['d', 'e']], f: 1 } }],
])('%s within brackets may be indented less than what is around it, as CloudFormation takes it', (_, text, expected) => {
  expect(parseYaml(text)).toEqual(expected);
});

test('where more is wrong, the error says the place in the file', () => {
  expect(() => parseYaml('a:\n  b: [\n  c\n]]\n')).toThrow(/at line 3, column 3$/);
});

test('an alias means the last that was called so before it', () => {
  expect(parseYaml('[&a 1, *a, &a 2, *a]')).toEqual([1, 1, 2, 2]);
});

test('a key is a key, whatever it is called', () => {
  const read = parseYaml('{ __proto__: { polluted: true }, constructor: x }') as object;
  expect(Object.keys(read)).toEqual(['__proto__', 'constructor']);
  expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
});

test.each<[string, string, RegExp]>([
  ['a list that does not end', 'a:\n  - [b', /at line 2, column \d+$/],
  ['two documents', 'a: 1\n---\nb: 2', /document/],
  ['an alias of nothing', 'a: *b', /[uU]nresolved alias|nothing is called/],
  ['an alias of itself', '&a [*a]', /nested too deep|[uU]nresolved alias|nothing is called/],
  ['more levels than anybody writes', `${'['.repeat(600)}${']'.repeat(600)}`, /nested too deep/],
])('says what is wrong with %s', (_, text, message) => {
  expect(() => parseYaml(text)).toThrow(message);
});

test('aliases of aliases end', () => {
  const levels = Array.from({ length: 30 }, (_, index) => `a${index + 1}: &a${index + 1} [${Array(10).fill(`*a${index}`).join(', ')}]`);
  expect(() => parseYaml(`a0: &a0 x\n${levels.join('\n')}\n`)).toThrow('aliases');
});
