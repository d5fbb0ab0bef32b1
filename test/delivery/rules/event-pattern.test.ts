import type { RuleCases } from './check-rules';
import { checkRules } from './check-rules';
import type { EventPatternFacts } from '../../../src/delivery/rules/event-pattern';
import { contentOfPattern, EVENT_PATTERN_RULES } from '../../../src/delivery/rules/event-pattern';

const cases: RuleCases<Partial<EventPatternFacts>> = {
  eventPatternEmpty: { breaks: [{ fields: 0 }], keeps: [{ fields: undefined }] },
  eventPatternWithEmptyField: { breaks: [{ emptyFields: ['detail.kind'] }], keeps: [{ emptyFields: undefined }] },
  eventPatternTooLong: { breaks: [{ characters: 2049 }], keeps: [{ characters: 2048 }, { characters: undefined }] },
  awsEventsOnCustomBus: {
    breaks: [{ ofAwsServices: true }],
    keeps: [
      { ofAwsServices: true, onCustomBus: false }, { ofAwsServices: true, onCustomBus: undefined },
      { ofAwsServices: true, receivesFromRules: true }, { ofAwsServices: true, receivesFromRules: undefined }, { ofAwsServices: undefined },
    ],
  },
};

checkRules({
  rules: () => EVENT_PATTERN_RULES,
  facts: (different = {}): EventPatternFacts => ({
    name: 'eventPattern', fields: 1, emptyFields: [], characters: 30, ofAwsServices: false, onCustomBus: true, receivesFromRules: false, ...different,
  }),
  unknown: { name: 'eventPattern' },
  cases,
  warnings: ['eventPatternTooLong', 'awsEventsOnCustomBus'],
});

describe('what a pattern says', () => {
  test.each<[string, unknown, object]>([
    ['of orders', { 'source': ['shop'], 'detail-type': ['OrderPlaced'] }, { fields: 2, emptyFields: [], characters: 49, ofAwsServices: false }],
    ['of nothing', {}, { fields: 0, emptyFields: [], characters: 2, ofAwsServices: false }],
    ['with lists of nothing', { source: [], detail: { order: { kind: [] } } }, { fields: 2, emptyFields: ['source', 'detail.order.kind'], ofAwsServices: false }],
    ['of services of AWS', { source: ['aws.s3', { prefix: 'aws.ec2' }] }, { ofAwsServices: true }],
    ['of a service and others', { source: ['aws.s3', 'shop'] }, { ofAwsServices: false }],
    ['of a partner', { source: [{ prefix: 'aws.partner/example.com' }] }, { ofAwsServices: false }],
    ['of a source that nobody knows', { source: ['aws.s3', undefined] }, { ofAwsServices: undefined, characters: 24 }],
    ['of any source but some', { source: [{ 'anything-but': ['aws.s3'] }] }, { ofAwsServices: undefined }],
    ['of no field that may be there', { detail: { error: [null] } }, { emptyFields: [] }],
  ])('%s', (_, pattern, expected) => {
    expect(contentOfPattern(pattern)).toMatchObject(expected);
  });

  test('that is not known is nothing', () => {
    expect(contentOfPattern(undefined)).toEqual({});
  });
});
