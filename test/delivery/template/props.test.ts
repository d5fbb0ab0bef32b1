import { Props } from '../../../src/delivery/template/props';

const UNKNOWN = '⟪Shop|P⟫';
const props = new Props({
  number: 5,
  text: '5',
  blank: ' ',
  word: 'five',
  yes: true,
  no: 'False',
  nothing: null,
  list: [1, { a: 2 }],
  object: { a: { b: 3 } },
  unknown: UNKNOWN,
  part: `arn:${UNKNOWN}`,
  symbol: '⟨Shop|Queue⟩',
});

test('values are found by their paths', () => {
  expect(props.value('object.a.b')).toBe(3);
  expect(props.value('object.b.a')).toBeUndefined();
  expect(props.value('nothing')).toBeUndefined();
  expect(props.value('number.a')).toBeUndefined();
  expect(props.value('toString')).toBeUndefined();
  expect(props.value('unknown.a.b')).toBe(UNKNOWN);
});

test('something is given, or not, or only the deployment knows', () => {
  expect(props.has('object.a')).toBe(true);
  expect(props.has('object.c')).toBe(false);
  expect(props.has('unknown')).toBeUndefined();
  expect(props.has('unknown.a')).toBeUndefined();
  expect(props.has('part')).toBe(true);
});

test('texts', () => {
  expect(props.text('number')).toBe('5');
  expect(props.text('unknown')).toBe(UNKNOWN);
  expect(props.text('object')).toBeUndefined();
  expect(props.text('other')).toBeUndefined();
});

test('literals', () => {
  expect(props.literal('word')).toBe('five');
  expect(props.literal('unknown', 'absent')).toBeUndefined();
  expect(props.literal('symbol')).toBeUndefined();
  expect(props.literal('object', 'absent')).toBeUndefined();
  expect(props.literal('other', 'absent')).toBe('absent');
});

test('numbers', () => {
  expect(props.number('number')).toBe(5);
  expect(props.number('text')).toBe(5);
  expect(props.number('other', 30)).toBe(30);
  expect(['blank', 'word', 'unknown', 'object', 'yes'].map((name) => props.number(name, 30))).toEqual([undefined, undefined, undefined, undefined, undefined]);
});

test('flags', () => {
  expect(props.flag('yes')).toBe(true);
  expect(props.flag('no')).toBe(false);
  expect(props.flag('other', true)).toBe(true);
  expect(props.flag('word', true)).toBeUndefined();
  expect(props.flag('unknown', true)).toBeUndefined();
});

test('lists', () => {
  expect(props.list('list')).toEqual([1, { a: 2 }]);
  expect(props.list('word')).toEqual(['five']);
  expect(props.list('other')).toEqual([]);
  expect(props.list('unknown')).toBeUndefined();
  expect(props.items('list')?.map((item) => item.value('a'))).toEqual([undefined, 2]);
  expect(props.items('unknown')).toBeUndefined();
});

test('parts', () => {
  expect(props.part('object').part('a').number('b')).toBe(3);
  expect(props.part('other').has('a')).toBe(false);
  expect(props.part('unknown').has('a')).toBeUndefined();
  expect(props.part('object').names()).toEqual(['a']);
  expect(props.part('number').names()).toEqual([]);
  expect(props.part('unknown').names()).toBeUndefined();
});
