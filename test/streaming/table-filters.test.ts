import { TableFilters } from '../../src';

const patternOf = ({ pattern }: { [key: string]: unknown }) => JSON.parse(pattern as string) as unknown;

test('deletes', () => {
  expect(patternOf(TableFilters.deletesOnly())).toEqual({ eventName: ['REMOVE'] });
});

test('deletes by TTL', () => {
  expect(patternOf(TableFilters.ttlDeletesOnly())).toEqual({ eventName: ['REMOVE'], userIdentity: { type: ['Service'], principalId: ['dynamodb.amazonaws.com'] } });
});

test('all but deletes by TTL, also records without a user identity', () => {
  expect(patternOf(TableFilters.withoutTtlDeletes())).toEqual({ userIdentity: { principalId: [{ exists: false }, { 'anything-but': ['dynamodb.amazonaws.com'] }] } });
});
