import { CfnParameter } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/aws-events';
import { takenTypes, unroutedPattern } from '../../../src/private/events/unrouted';
import { newStack } from '../../messaging/fixtures';

const but = (...values: string[]) => [{ 'anything-but': values }];

describe('what no consumer takes', () => {
  test('is everything, where there is no consumer, or only those that take everything', () => {
    const everything = { source: [{ prefix: '' }] };
    expect(unroutedPattern([])).toEqual(everything);
    expect(unroutedPattern([{}, {}])).toEqual(everything);
  });

  test('is of another source, or of another detail type of a known source', () => {
    expect(unroutedPattern([
      { source: ['store', 'shop'], detailType: ['OrderShipped', 'OrderPlaced'] },
      { source: ['shop'], detailType: ['OrderPlaced'] },
      {},
    ])).toEqual({
      $or: [
        { source: but('shop', 'store') },
        { 'source': ['shop'], 'detail-type': but('OrderPlaced', 'OrderShipped') },
        { 'source': ['store'], 'detail-type': but('OrderPlaced', 'OrderShipped') },
      ],
    });
  });

  test('is nothing of a source of which somebody takes every detail type', () => {
    expect(unroutedPattern([{ source: ['shop'] }, { source: ['shop'], detailType: ['OrderPlaced'] }, { source: ['stock'], detailType: ['Empty'] }])).toEqual({
      $or: [{ source: but('shop', 'stock') }, { 'source': ['stock'], 'detail-type': but('Empty') }],
    });
    expect(unroutedPattern([{ source: ['shop'] }])).toEqual({ source: but('shop') });
  });

  test('is not of a detail type that somebody takes of any source', () => {
    expect(unroutedPattern([{ detailType: ['Failed'] }])).toEqual({ 'source': [{ prefix: '' }], 'detail-type': but('Failed') });
    expect(unroutedPattern([{ detailType: ['Failed'] }, { source: ['shop'], detailType: ['OrderPlaced'] }])).toEqual({
      $or: [{ 'source': but('shop'), 'detail-type': but('Failed') }, { 'source': ['shop'], 'detail-type': but('Failed', 'OrderPlaced') }],
    });
  });
});

describe('what a consumer takes', () => {
  test('is what its pattern says of source and detail type', () => {
    const stack = newStack();
    expect(takenTypes(stack, { source: ['shop'], detailType: ['OrderPlaced'], detail: { total: Match.greaterThan(5) } })).toEqual({ source: ['shop'], detailType: ['OrderPlaced'] });
    expect(takenTypes(stack, { account: ['111122223333'] })).toEqual({});
  });

  test('is not known where it says them by anything but plain texts', () => {
    const stack = newStack();
    expect(takenTypes(stack, { source: Match.prefix('shop.') })).toBe('unknown');
    expect(takenTypes(stack, { source: ['shop'], detailType: Match.anythingBut('Test') })).toBe('unknown');
    expect(takenTypes(stack, { source: [new CfnParameter(stack, 'Source').valueAsString] })).toBe('unknown');
  });
});
