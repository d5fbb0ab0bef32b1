import type { RuleCases } from './check-rules';
import { checkRules } from './check-rules';
import { findings } from '../../../src/delivery/rules/rule';
import type { FilterFacts, RegisteredConsumerFacts, StreamConsumerFacts, StreamReadersFacts } from '../../../src/delivery/rules/stream-consumer';
import { REGISTERED_CONSUMER_RULES, STREAM_CONSUMER_RULES, STREAM_READERS_RULES } from '../../../src/delivery/rules/stream-consumer';

type Facts = Partial<Omit<StreamConsumerFacts, 'filters' | 'handler'>> & {
  readonly filters?: Partial<FilterFacts>;
  readonly handler?: Partial<StreamConsumerFacts['handler']>;
};

const BUCKET = { path: 'D', kind: 'bucket' } as const;

function facts({ filters, handler, ...different }: Facts = {}): StreamConsumerFacts {
  return {
    name: 'event source \'E\'',
    kind: 'stream',
    retentionSeconds: 86_400,
    attempts: 5,
    recordAgeSeconds: 43_200,
    batchSize: 100,
    bisects: true,
    partialResponses: true,
    startingPosition: 'TRIM_HORIZON',
    failures: BUCKET,
    filters: { unknownFields: [], untypedAttributes: [], missingImages: [], ofData: true, counted: true, ...filters },
    handler: { path: 'F', durable: false, qualified: false, tenantIsolation: false, ...handler },
    ...different,
  };
}

const CASES: RuleCases<Facts> = {
  streamRetriesUnbounded: {
    breaks: [{ attempts: -1, recordAgeSeconds: -1 }, { attempts: -1, recordAgeSeconds: -1, kind: 'table' }],
    keeps: [
      { attempts: -1 }, { recordAgeSeconds: -1 }, { attempts: 0, recordAgeSeconds: -1 }, { attempts: undefined, recordAgeSeconds: -1 },
      { attempts: -1, recordAgeSeconds: -1, kind: undefined },
    ],
  },
  streamRecordAgeBeyondRetention: {
    breaks: [{ recordAgeSeconds: 86_400 }, { recordAgeSeconds: 604_800 }, { retentionSeconds: 43_200 }],
    keeps: [
      { recordAgeSeconds: 86_399 }, { recordAgeSeconds: 604_800, retentionSeconds: undefined },
      { recordAgeSeconds: undefined }, { recordAgeSeconds: -1, retentionSeconds: -2 },
    ],
  },
  streamStartsLatest: {
    breaks: [{ startingPosition: 'LATEST' }],
    keeps: [{ startingPosition: 'AT_TIMESTAMP' }, { startingPosition: undefined }, { startingPosition: 'LATEST', kind: undefined }],
  },
  streamBatchFailsWhole: {
    breaks: [{ bisects: false, partialResponses: false }, { bisects: false, partialResponses: false, batchSize: 2 }],
    keeps: [
      { bisects: false, partialResponses: false, batchSize: 1 }, { bisects: false, partialResponses: false, batchSize: undefined },
      { bisects: undefined, partialResponses: false }, { bisects: false, partialResponses: undefined },
    ],
  },
  streamBatchNotBisected: {
    breaks: [{ bisects: false }, { bisects: false, batchSize: 2 }],
    keeps: [{ bisects: undefined }, { bisects: false, batchSize: 1 }, { bisects: false, batchSize: undefined }],
  },
  streamBatchReprocessed: {
    breaks: [{ partialResponses: false }, { partialResponses: false, batchSize: 2 }],
    keeps: [{ partialResponses: undefined }, { partialResponses: false, batchSize: 1 }, { partialResponses: false, batchSize: undefined }],
  },
  streamFailureDestinationMissing: { breaks: [{ failures: 'none' }], keeps: [{ failures: undefined }, { failures: 'none', kind: undefined }] },
  streamFailureDestinationFifo: {
    breaks: [{ failures: { path: 'D', kind: 'queue', fifo: true } }, { failures: { path: 'D', kind: 'topic', fifo: true } }],
    keeps: [{ failures: BUCKET }],
  },
  streamFailureWithoutPayload: {
    breaks: [{ failures: { path: 'D', kind: 'queue' } }, { failures: { path: 'D', kind: 'topic', fifo: false } }],
    keeps: [{ failures: { path: 'D' } }],
  },
  streamFilterUnknownField: { breaks: [{ filters: { unknownFields: ['kinesis'] } }], keeps: [{ filters: { unknownFields: [] } }] },
  tableFilterUntyped: { breaks: [{ filters: { untypedAttributes: ['NewImage.status'] } }], keeps: [{ filters: { untypedAttributes: [] } }] },
  tableFilterImageMissing: { breaks: [{ filters: { missingImages: ['OldImage'] } }], keeps: [{ filters: { missingImages: [] } }] },
  streamFilterDropsOtherData: {
    breaks: [{ filters: { counted: false } }],
    keeps: [{ filters: { counted: undefined } }, { filters: { counted: false, ofData: false } }, { filters: { counted: false }, kind: 'table' }],
  },
  streamHandlerUnqualified: {
    breaks: [{ handler: { durable: true } }],
    keeps: [{ handler: { durable: true, qualified: true } }, { handler: { durable: true, qualified: undefined } }],
  },
  streamHandlerTenantIsolation: { breaks: [{ handler: { tenantIsolation: true } }], keeps: [{ handler: { tenantIsolation: undefined } }] },
};

describe('of event sources', () => {
  checkRules({
    rules: () => STREAM_CONSUMER_RULES,
    facts,
    unknown: { name: 'event source' },
    cases: CASES,
    warnings: [
      'streamRetriesUnbounded', 'streamRecordAgeBeyondRetention', 'streamStartsLatest', 'streamBatchFailsWhole', 'streamFailureDestinationMissing',
      'streamFilterUnknownField', 'tableFilterUntyped', 'tableFilterImageMissing',
    ],
    notes: ['streamBatchNotBisected', 'streamBatchReprocessed', 'streamFailureWithoutPayload', 'streamFilterDropsOtherData'],
  });

  test.each([['stream', 'data'], ['table', 'dynamodb']] as const)('a filter of a %s goes by %s', (kind, field) => {
    expect(findings(STREAM_CONSUMER_RULES, facts({ kind, filters: { unknownFields: ['body'] } })).map(({ fix }) => fix)).toEqual([`filter by '${field}'`]);
  });
});

describe('of readers of one stream', () => {
  const cases: RuleCases<Partial<StreamReadersFacts>> = {
    streamReadersShareThroughput: { breaks: [{ readers: ['A', 'B', 'C'] }], keeps: [{ readers: ['A', 'B'] }] },
    tableStreamReadersThrottled: {
      breaks: [{ kind: 'table', readers: ['A', 'B', 'C'] }, { kind: 'table', readers: ['A', 'B'], replicated: true }],
      keeps: [{ kind: 'table', readers: ['A', 'B'] }, { kind: 'table', readers: ['A'], replicated: true }],
    },
  };

  checkRules({
    rules: () => STREAM_READERS_RULES,
    facts: (different = {}): StreamReadersFacts => ({ path: 'S', kind: 'stream', readers: ['A'], replicated: false, ...different }),
    unknown: { path: 'S', kind: 'stream', readers: [] },
    cases,
    warnings: ['tableStreamReadersThrottled'],
    notes: ['streamReadersShareThroughput'],
  });
});

describe('of registered consumers', () => {
  const cases: RuleCases<Partial<RegisteredConsumerFacts>> = { streamConsumerTagged: { breaks: [{ tagged: true }], keeps: [{ tagged: undefined }] } };

  checkRules({
    rules: () => REGISTERED_CONSUMER_RULES,
    facts: (different = {}): RegisteredConsumerFacts => ({ path: 'C', tagged: false, ...different }),
    unknown: { path: 'C' },
    cases,
    warnings: ['streamConsumerTagged'],
  });
});
