import { exposedIds, idsIn } from '../../../src/delivery/graph/metric-math';

test.each<[string, string[]]>([
  ['a + b', ['a', 'b']],
  ['100 * newErrors / newInvocations', ['newErrors', 'newInvocations']],
  ['FILL(a, 0) + b', ['a', 'b']],
  ['a + (b - c)', ['a', 'b', 'c']],
  ['sum(a)', ['a']],
  ['IF(a > 1e5, a, REPEAT)', ['a']],
  ['SUM(METRICS("errors")) / m1', ['m1']],
  ['SUM(METRICS(\'errors\')) / m1', ['m1']],
  ['SELECT AVG(x) FROM "AWS/SQS"', []],
  ['SUM(SEARCH(\'{AWS/SQS,QueueName} orders\', \'Sum\', 60))', []],
  ['select max(visible) from sqs', []],
])('the ids in %s', (expression, ids) => {
  expect(idsIn(expression)).toEqual(ids);
});

test.each<[string, string[]]>([
  ['a + b', ['a', 'b']],
  ['a + FILL(b, 0)', ['a']],
  ['DIFF(a + FILL(b, 0)) / c', ['a', 'c']],
  ['(a + b) / c', ['a', 'b', 'c']],
  ['IF(a > b, a - b, 0)', []],
  ['IF((a > b), a - b, 0) + c', ['c']],
  ['MAX([a, b])', []],
  ['[a, b]', []],
  ['SUM(ABS(a) + b)', []],
  ['SELECT a + b', []],
  ['a + a', ['a']],
  ['', []],
])('what stands in %s as it is', (expression, ids) => {
  expect(exposedIds(expression)).toEqual(ids);
});
