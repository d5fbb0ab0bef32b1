import type { RuleCases } from './check-rules';
import { checkRules } from './check-rules';
import { findings } from '../../../src/delivery/rules/rule';
import type { FilteredReadFacts, FilterFacts } from '../../../src/delivery/rules/stream-filter';
import { filterFacts, STREAM_FILTER_RULES } from '../../../src/delivery/rules/stream-filter';

type Facts = Partial<Omit<FilteredReadFacts, 'filters'>> & { readonly filters?: Partial<FilterFacts> };

function facts({ filters, ...different }: Facts = {}): FilteredReadFacts {
  return {
    name: 'event source \'E\'',
    kind: 'stream',
    filters: { unknownFields: [], untypedAttributes: [], plainNumbers: [], missingImages: [], ofData: true, ofTtl: false, ...filters },
    counted: true,
    replicated: false,
    ...different,
  };
}

const CASES: RuleCases<Facts> = {
  streamFilterUnknownField: { breaks: [{ filters: { unknownFields: ['kinesis'] } }], keeps: [{ filters: { unknownFields: [] } }] },
  tableFilterUntyped: { breaks: [{ filters: { untypedAttributes: ['NewImage.status'] } }], keeps: [{ filters: { untypedAttributes: [] } }] },
  tableFilterPlainNumber: { breaks: [{ filters: { plainNumbers: ['NewImage.price'] } }], keeps: [{ filters: { plainNumbers: [] } }] },
  tableFilterImageMissing: { breaks: [{ filters: { missingImages: ['OldImage'] } }], keeps: [{ filters: { missingImages: [] } }] },
  tableTtlFilterReplicated: {
    breaks: [{ filters: { ofTtl: true }, replicated: true }],
    keeps: [{ filters: { ofTtl: true } }, { filters: { ofTtl: true }, replicated: undefined }, { replicated: true }],
  },
  streamFilterDropsOtherData: {
    breaks: [{ counted: false }],
    keeps: [{ counted: undefined }, { counted: false, filters: { ofData: false } }, { counted: false, kind: 'table' }],
  },
};

checkRules({
  rules: () => STREAM_FILTER_RULES,
  facts,
  unknown: { name: 'event source' },
  cases: CASES,
  warnings: ['streamFilterUnknownField', 'tableFilterUntyped', 'tableFilterPlainNumber', 'tableFilterImageMissing', 'tableTtlFilterReplicated'],
  notes: ['streamFilterDropsOtherData'],
});

test.each([['stream', 'data'], ['table', 'dynamodb']] as const)('a filter of a %s goes by %s', (kind, field) => {
  expect(findings(STREAM_FILTER_RULES, facts({ kind, filters: { unknownFields: ['body'] } })).map(({ fix }) => fix)).toEqual([`filter by '${field}'`]);
});

test.each([[true, 'filters ask for \'body\''], [false, 'FilterCriteria of event source \'E\' asks for \'body\'']])('texts name the prop of a pattern, or the property of a template', (byProps, beginning) => {
  expect(findings(STREAM_FILTER_RULES, facts({ byProps, filters: { unknownFields: ['body'] } })).map(({ what }) => what)).toEqual([expect.stringContaining(beginning)]);
});

describe('facts of filters', () => {
  const of = (kind: 'stream' | 'table', pattern: object, viewType?: string) => filterFacts(kind, [JSON.stringify(pattern)], viewType);

  test('are not there without filters', () => {
    expect(filterFacts('stream', [])).toBeUndefined();
  });

  test.each([undefined, '{', '[1]', 'null'])('say nothing of a pattern that is %s', (pattern) => {
    expect(filterFacts('table', [pattern])).toEqual({ unknownFields: [], untypedAttributes: [], plainNumbers: [], missingImages: [], ofData: false, ofTtl: false });
  });

  test.each([['a text', ['1'], []], ['a number', [1], ['NewImage.price']], ['a matcher', [{ numeric: ['>', 1] }], []]])('know a number that is compared by %s', (_, value, expected) => {
    expect(of('table', { dynamodb: { NewImage: { price: { N: value } } } })?.plainNumbers).toEqual(expected);
  });

  test('tell deletes by TTL from others', () => {
    expect(of('table', { userIdentity: { type: ['Service'] } })?.ofTtl).toBe(true);
    expect(of('table', { eventName: ['REMOVE'] })?.ofTtl).toBe(false);
  });

  test.each([
    ['KEYS_ONLY', ['OldImage', 'NewImage']], ['NEW_IMAGE', ['OldImage']], ['OLD_IMAGE', ['NewImage']], ['NEW_AND_OLD_IMAGES', []], [undefined, []],
  ])('with the view type %s miss %j', (viewType, missing) => {
    expect(of('table', { dynamodb: { Keys: {}, OldImage: {}, NewImage: {} } }, viewType)?.missingImages).toEqual(missing);
  });
});
