import { mapOfStacks } from './example-map';
import type { Wish } from '../../../cli/map-page/view';
import { foldedId, MapIndex, worstOf } from '../../../cli/map-page/view';

const QUEUE = { Type: 'AWS::SQS::Queue' };
const THEIRS = 'arn:aws:sqs:eu-west-1:111122223333:theirs';
const SHARED = 'arn:aws:sqs:eu-west-1:111122223333:shared';

/** Orders: Topic to Queue, and Topic to something outside. Billing: Bills to Worker, and Bills to what both use. Across: Queue to Bills. */
const map = mapOfStacks({
  Orders: { Topic: { Type: 'AWS::SNS::Topic' }, Queue: QUEUE, Dead: QUEUE },
  Billing: { Bills: QUEUE, Worker: { Type: 'AWS::Lambda::Function' }, Role: { Type: 'AWS::IAM::Role' } },
}, [
  { at: 'Topic', from: 'Topic', to: 'Queue', deadLetters: 'Dead', retries: '50 attempts' },
  { at: 'Topic', from: 'Topic', to: THEIRS, deadLetters: 'none' },
  { at: 'Queue', from: 'Queue', to: 'Bills', kind: 'pipe' },
  { at: 'Bills', from: 'Bills', to: 'Worker', kind: 'eventSource' },
  { at: 'Bills', from: 'Bills', to: SHARED, kind: 'eventSource' },
  { at: 'Queue', from: 'Queue', to: SHARED, kind: 'pipe' },
], [{ at: 'Worker', id: 'tooSlow', severity: 'warning' }, { at: 'Dead', id: 'lost', severity: 'error' }]);
const index = new MapIndex(map);
const NOTHING: Wish = { folded: new Set(), hiddenKinds: new Set(), severities: new Set(), text: '', onlyMatches: false };

const nameOf = (id: string) => index.nodes.get(id)?.label ?? id;
const view = (wish: Partial<Wish>) => {
  const { links, shapes, stacks } = index.view({ ...NOTHING, ...wish });
  return {
    stacks,
    shapes: shapes.map(({ id, stack }) => `${nameOf(id)} in ${stack ?? 'none'}`),
    links: links.map(({ from, to, deadLetters, hops }) => `${nameOf(from)} > ${nameOf(to)}${deadLetters.length > 0 ? ` else ${deadLetters.map(nameOf).join(', ')}` : ''}${hops.length > 1 ? ` (${hops.length})` : ''}`),
  };
};

test('all is shown at first; what only one stack has to do with is in its box', () => {
  expect(view({})).toEqual({
    stacks: ['Orders', 'Billing'],
    shapes: ['Topic in Orders', 'Queue in Orders', 'Dead in Orders', 'theirs in Orders', 'Bills in Billing', 'Worker in Billing', 'shared in none'],
    links: ['Topic > Queue else Dead', 'Topic > theirs', 'Queue > Bills', 'Bills > Worker', 'Bills > shared', 'Queue > shared'],
  });
});

test('a folded stack is one shape, and what happens in it is not shown', () => {
  expect(view({ folded: new Set(['Orders']) })).toEqual({
    stacks: ['Billing'],
    shapes: ['stack Orders in none', 'Bills in Billing', 'Worker in Billing', 'shared in none'],
    links: ['stack Orders > Bills', 'Bills > Worker', 'Bills > shared', 'stack Orders > shared'],
  });
});

test('deliveries between the same two stacks are one line', () => {
  const two = new MapIndex(mapOfStacks({ A: { One: QUEUE, Two: QUEUE }, B: { Three: QUEUE } }, [
    { at: 'One', from: 'One', to: 'Three', deadLetters: 'Two' },
    { at: 'Two', from: 'Two', to: 'Three', deadLetters: 'none' },
    { at: 'Three', from: 'Three', to: 'One' },
  ]));
  const { links, shapes } = two.view({ ...NOTHING, folded: new Set(['A', 'B']) });
  expect(shapes.map(({ folded }) => folded?.stack)).toEqual(['A', 'B']);
  expect(links.map(({ from, to, hops, deadLetters }) => [from, to, hops.map(({ id }) => id), deadLetters])).toEqual([
    [foldedId('A'), foldedId('B'), ['h1', 'h2'], []],
    [foldedId('B'), foldedId('A'), ['h3'], []],
  ]);
});

test('deliveries that are alike are one line, unless something was found of them', () => {
  const hop = { at: 'Role', from: 'One', to: 'Two', kind: 'task', retries: '3 attempts' } as const;
  const several = new MapIndex(mapOfStacks({ A: { One: QUEUE, Two: QUEUE, Role: { Type: 'AWS::IAM::Role' } } }, [
    { ...hop, name: 'first' }, { ...hop, name: 'second' }, { ...hop, name: 'third', retries: '4 attempts' }, { ...hop, name: 'fourth' },
  ], [{ at: 'Role', what: 'second' }]));
  expect(several.view(NOTHING).links.map(({ hops }) => hops.map(({ name }) => name))).toEqual([['first', 'fourth'], ['second'], ['third']]);
});

test('a folded stack tells how much is in it and what was found there', () => {
  expect(index.summaryOf('Orders')).toMatchObject({ resources: 4, hops: 4, problems: [{ id: 'lost' }] });
  expect(index.summaryOf('Billing')).toMatchObject({ resources: 2, hops: 2, problems: [{ id: 'tooSlow' }] });
});

test('a problem of several hops counts once, also after it was read from a page', () => {
  const twice = mapOfStacks({ A: { One: QUEUE, Two: QUEUE, Role: { Type: 'AWS::IAM::Role' } } }, [{ at: 'Role', from: 'One', to: 'Two' }, { at: 'Role', from: 'Two', to: 'One' }], [{ at: 'Role' }]);
  expect(new MapIndex(JSON.parse(JSON.stringify(twice))).summaryOf('A').problems).toHaveLength(1);
});

test.each<[string, Partial<Wish>, string[]]>([
  ['kinds of deliveries', { hiddenKinds: new Set(['pipe', 'eventSource']) }, ['Topic > Queue else Dead', 'Topic > theirs']],
  ['problems of a severity', { severities: new Set(['warning']) }, ['Bills > Worker']],
  ['problems at dead letters', { severities: new Set(['error']) }, ['Topic > Queue else Dead']],
  ['what is lost', { severities: new Set(['lost']) }, ['Topic > theirs']],
  ['several of them', { severities: new Set(['lost', 'warning']) }, ['Topic > theirs', 'Bills > Worker']],
  ['what the search finds', { text: 'BILLS', onlyMatches: true }, ['Queue > Bills', 'Bills > Worker', 'Bills > shared']],
  ['nothing, while nothing is searched', { text: ' ', onlyMatches: true }, ['Topic > Queue else Dead', 'Topic > theirs', 'Queue > Bills', 'Bills > Worker', 'Bills > shared', 'Queue > shared']],
  ['everything, if the search only marks', { text: 'bills' }, ['Topic > Queue else Dead', 'Topic > theirs', 'Queue > Bills', 'Bills > Worker', 'Bills > shared', 'Queue > shared']],
])('a filter leaves %s', (_, wish, links) => {
  expect(view(wish).links).toEqual(links);
});

test.each([
  ['part of a name', 'work', ['Worker']],
  ['a type', 'sns::topic', ['Topic']],
  ['an ARN', ':theirs', ['theirs']],
  ['the id of a finding', 'tooslow', ['Worker']],
  ['retries', '50 att', ['h1']],
  ['nothing', '  ', []],
])('%s is searched for', (_, text, found) => {
  expect(index.matches(text).map(nameOf)).toEqual(found);
});

test('findings are told once, the worst first, with the first of what they are of', () => {
  const several = mapOfStacks({ A: { One: QUEUE, Two: QUEUE, Role: { Type: 'AWS::IAM::Role' }, Key: { Type: 'AWS::KMS::Key' } } }, [
    { at: 'Role', from: 'One', to: 'Two' }, { at: 'Role', from: 'Two', to: 'One' },
  ], [{ at: 'Role', severity: 'note' }, { at: 'Two', severity: 'warning' }, { at: 'Key' }]);
  const { findings } = new MapIndex(JSON.parse(JSON.stringify(several)));
  expect(findings.map(({ problem, id }) => [problem.severity, id])).toEqual([['error', undefined], ['warning', 'n2'], ['note', 'h1']]);
});

test('the worst problem counts', () => {
  const [warning, error] = ['warning', 'error'].map((severity) => ({ severity })) as unknown as Parameters<typeof worstOf>[0];
  expect(worstOf([warning!, error!])).toBe('error');
  expect(worstOf([warning!])).toBe('warning');
  expect(worstOf([])).toBeUndefined();
});
