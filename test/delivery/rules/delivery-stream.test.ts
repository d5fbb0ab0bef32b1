import type { RuleCases } from './check-rules';
import { checkRules } from './check-rules';
import type { BucketDestinationFacts } from '../../../src/delivery/rules/delivery-stream';
import { DELIVERY_STREAM_RULES, keysOfQuery } from '../../../src/delivery/rules/delivery-stream';
import { findings } from '../../../src/delivery/rules/rule';

const NO_ERROR_PREFIX = { hasErrorPrefix: false, errorPrefix: undefined };

function facts(different: Partial<BucketDestinationFacts> = {}): BucketDestinationFacts {
  return {
    path: 'S',
    prefix: 'data/!{timestamp:yyyy}/',
    errorPrefix: 'errors/!{firehose:error-output-type}/!{timestamp:yyyy}/',
    hasErrorPrefix: true,
    transforms: true,
    converts: false,
    backsUp: true,
    bufferMebibytes: 128,
    partitions: false,
    queriedKeys: [],
    wholePrefix: true,
    ...different,
  };
}

/** What partitions records by one key of a query and one of the function. */
const PARTITIONED: Partial<BucketDestinationFacts> = {
  prefix: '!{partitionKeyFromQuery:customer}/!{partitionKeyFromLambda: day }/', partitions: true, queriedKeys: ['customer'], bufferMebibytes: 64,
};

const CASES: RuleCases<Partial<BucketDestinationFacts>> = {
  deliveryStreamWithoutErrorPrefix: {
    breaks: [NO_ERROR_PREFIX, { ...NO_ERROR_PREFIX, transforms: false }],
    keeps: [
      { ...NO_ERROR_PREFIX, prefix: 'data/', transforms: false }, { ...NO_ERROR_PREFIX, prefix: undefined, transforms: false },
      { hasErrorPrefix: undefined, errorPrefix: undefined },
    ],
  },
  deliveryStreamErrorTypeMissing: {
    breaks: [{ errorPrefix: 'errors/!{timestamp:yyyy}/' }],
    keeps: [{ errorPrefix: 'errors/' }, { errorPrefix: 'errors/!{firehose:error-output-type}/' }, { errorPrefix: undefined }],
  },
  deliveryStreamErrorTypeInPrefix: { breaks: [{ prefix: 'data/!{firehose:error-output-type}/' }], keeps: [{ prefix: 'data/!{firehose:random-string}/' }] },
  deliveryStreamBufferTooSmall: {
    breaks: [{ ...PARTITIONED, bufferMebibytes: 63 }, { converts: true, bufferMebibytes: 63 }],
    keeps: [
      { ...PARTITIONED, bufferMebibytes: undefined }, { converts: true, bufferMebibytes: 64 },
      { converts: undefined, partitions: undefined, bufferMebibytes: 1 },
    ],
  },
  partitionsWithoutPrefix: {
    breaks: [{ ...PARTITIONED, prefix: 'data/' }, { ...PARTITIONED, prefix: undefined }],
    keeps: [{ ...PARTITIONED, prefix: 'data/', wholePrefix: false }, PARTITIONED],
  },
  partitionKeyNotComputed: {
    breaks: [
      { ...PARTITIONED, partitions: false }, { ...PARTITIONED, queriedKeys: ['id'] }, { ...PARTITIONED, queriedKeys: [] }, { ...PARTITIONED, transforms: false },
    ],
    keeps: [{ ...PARTITIONED, partitions: undefined }, { ...PARTITIONED, queriedKeys: undefined }, { ...PARTITIONED, transforms: undefined }],
  },
  partitionKeyUnused: {
    breaks: [{ ...PARTITIONED, queriedKeys: ['customer', 'region'] }],
    keeps: [
      { ...PARTITIONED, queriedKeys: ['customer', 'region'], wholePrefix: false },
      // That the prefix has none at all is found apart.
      { queriedKeys: ['customer'], prefix: 'data/' },
      { ...PARTITIONED, queriedKeys: ['customer', 'region'], prefix: '!{partitionKeyFromLambda:day}/' },
    ],
  },
  deliveryStreamErrorsAmongData: {
    breaks: [{ ...NO_ERROR_PREFIX, prefix: 'data/' }, { ...NO_ERROR_PREFIX, prefix: undefined, transforms: false, converts: true }],
    keeps: [{ ...NO_ERROR_PREFIX, prefix: 'data/', transforms: undefined }, { prefix: 'data/', hasErrorPrefix: undefined, errorPrefix: undefined }],
  },
  deliveryStreamWithoutBackup: {
    breaks: [{ backsUp: false }],
    keeps: [{ backsUp: undefined }, { backsUp: false, transforms: false }, { backsUp: false, transforms: undefined }],
  },
};

checkRules({
  rules: () => DELIVERY_STREAM_RULES,
  facts,
  unknown: { path: 'S' },
  cases: CASES,
  notes: ['partitionKeyUnused', 'deliveryStreamErrorsAmongData', 'deliveryStreamWithoutBackup'],
});

test.each<[string, string[] | undefined]>([
  ['{customer:.customer_id}', ['customer']],
  [' { "the day" : .day , hour: (.time | strftime("%H, {")) , _all: [.a, .b], deep: {x: .x, y: .y}, "e": "}\\"," , short } ', ['the day', 'hour', '_all', 'deep', 'e', 'short']],
  ['.customer', undefined],
  ['{(.name): .value}', undefined],
  ['{}', undefined],
  ['', undefined],
])('the query %s makes the keys %j', (query, keys) => {
  expect(keysOfQuery(query)).toEqual(keys);
});

describe('what is said of a key that is not computed', () => {
  const textOf = (different: Partial<BucketDestinationFacts>) => (
    findings(DELIVERY_STREAM_RULES, facts({ ...PARTITIONED, ...different })).map(({ text }) => text)
  );

  test.each<[string, Partial<BucketDestinationFacts>, RegExp]>([
    ['by a query with other keys', { queriedKeys: ['id', 'year'] }, /has !\{partitionKeyFromQuery:customer\}, but MetadataExtractionQuery computes only id, year: compute 'customer' in/],
    ['without a query', { queriedKeys: [] }, /but no processor takes keys out of the records \(MetadataExtraction\): compute 'customer'/],
    ['without a function', { transforms: false }, /has !\{partitionKeyFromLambda: day \}, but no function processes the records: add a processor of type Lambda/],
    ['without partitioning', { partitions: false }, /but dynamic partitioning is off, so the deployment fails: set DynamicPartitioningConfiguration.Enabled: true/],
  ])('%s', (_, different, text) => {
    expect(textOf(different)).toEqual([expect.stringMatching(text)]);
  });
});
