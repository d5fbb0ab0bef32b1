import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import { AWS_METRICS, documentedMetric } from '../../../src/delivery/graph/metrics';

const database = loadAwsServiceSpecSync();

/** As the service specification knows a metric: each set of its dimensions. */
function specified(namespace: string): { readonly name: string; readonly sets: readonly string[][] }[] {
  return [...database.lookup('metric', 'namespace', 'equals', namespace)].map((metric) => ({
    name: metric.name,
    sets: [...database.follow('usesDimensionSet', metric)].map(({ entity: { dimensions } }) => dimensions.map(({ name }) => name).sort()),
  }));
}

const sorted = (sets: readonly (readonly string[])[]) => sets.map((set) => [...set].sort());

test.each(Object.keys(AWS_METRICS))('the metrics of %s have the dimensions that the service specification gives them', (namespace) => {
  const different = specified(namespace).flatMap(({ name, sets }) => {
    const documented = documentedMetric(namespace, name);
    const known = documented === undefined || documented.dimensions === 'none' ? undefined : sorted(documented.dimensions);
    return known === undefined || sets.every((set) => known.some((one) => one.join() === set.join())) ? [] : [`${name}: ${JSON.stringify(sets)}`];
  });
  expect(different).toEqual([]);
});

test.each(Object.keys(AWS_METRICS))('no metric of %s that the service specification has is said not to exist', (namespace) => {
  const missing = specified(namespace).filter(({ name }) => documentedMetric(namespace, name)?.dimensions === 'none').map(({ name }) => name);
  expect(missing).toEqual([]);
});

test('the service specification has most of these metrics', () => {
  const own = Object.entries(AWS_METRICS).flatMap(([namespace, { metrics }]) => metrics.flatMap(({ names }) => names.map((name) => `${namespace} ${name}`)));
  const known = new Set(Object.keys(AWS_METRICS).flatMap((namespace) => specified(namespace).map(({ name }) => `${namespace} ${name}`)));
  expect(own.filter((name) => known.has(name)).length).toBeGreaterThan(110);
  expect(own).toHaveLength(new Set(own).size);
});

test.each(Object.entries(AWS_METRICS))('%s says where AWS lists its metrics', (_, { page }) => {
  expect(page).toMatch(/^https:\/\/docs\.aws\.amazon\.com\/\S+\.html$/);
});

test.each<[string, string, string | undefined]>([
  ['AWS/SQS', 'ApproximateNumberOfMessageVisible', 'AWS/SQS ApproximateNumberOfMessagesVisible'],
  ['AWS/SQS', 'approximateNumberOfMessagesVisible', 'AWS/SQS ApproximateNumberOfMessagesVisible'],
  ['AWS/SQS', 'MessagesInTheQueue', undefined],
  ['AWS/Lambda', 'Error', 'AWS/Lambda Errors'],
  ['AWS/Lambda', 'ApproximateNumberOfMessagesVisible', 'AWS/SQS ApproximateNumberOfMessagesVisible'],
])('%s %s is no metric', (namespace, name, meant) => {
  expect(documentedMetric(namespace, name)).toMatchObject({ dimensions: 'none', meant });
});

test.each([['AWS/Lambda', 'OffsetLag'], ['AWS/Lambda', 'Throws'], ['AWS/ApiGateway', '4xy'], ['Shop', 'Errors']])('%s %s may be one', (namespace, name) => {
  expect(documentedMetric(namespace, name)).toBeUndefined();
});
