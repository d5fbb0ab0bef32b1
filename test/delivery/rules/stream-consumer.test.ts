import type { RuleCases } from './check-rules';
import { checkRules } from './check-rules';
import { findings } from '../../../src/delivery/rules/rule';
import type {
  RegisteredConsumerFacts, RegisteredConsumersFacts, StreamConsumerFacts, StreamReadersFacts,
} from '../../../src/delivery/rules/stream-consumer';
import {
  REGISTERED_CONSUMER_RULES, REGISTERED_CONSUMERS_RULES, STREAM_CONSUMER_RULES, STREAM_READERS_RULES,
} from '../../../src/delivery/rules/stream-consumer';

type Facts = Partial<Omit<StreamConsumerFacts, 'handler'>> & {
  readonly handler?: Partial<StreamConsumerFacts['handler']>;
};

const BUCKET = { path: 'D', kind: 'bucket' } as const;

function facts({ handler, ...different }: Facts = {}): StreamConsumerFacts {
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
    tumblingWindowSeconds: undefined,
    parallelizationFactor: 1,
    enhancedFanOut: false,
    anyStream: false,
    source: { region: 'eu-west-1' },
    place: { region: 'eu-west-1' },
    handler: { path: 'F', durable: false, qualified: false, tenantIsolation: false, ...handler },
    ...different,
  };
}

const CASES: RuleCases<Facts> = {
  streamRetriesUnbounded: {
    breaks: [{ attempts: -1, recordAgeSeconds: -1 }, { attempts: -1, recordAgeSeconds: -1, kind: 'table' }],
    keeps: [
      { attempts: -1 }, { recordAgeSeconds: -1 }, { attempts: 1, recordAgeSeconds: -1 }, { attempts: undefined, recordAgeSeconds: -1 },
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
  streamRetriesNone: {
    breaks: [{ attempts: 0 }, { attempts: 0, batchSize: 2 }],
    keeps: [{ attempts: 1 }, { attempts: 0, batchSize: 1 }, { attempts: 0, batchSize: undefined }, { attempts: undefined }],
  },
  streamTumblingParallel: {
    breaks: [{ tumblingWindowSeconds: 60, parallelizationFactor: 2 }],
    keeps: [
      { tumblingWindowSeconds: 60 }, { tumblingWindowSeconds: 60, parallelizationFactor: undefined },
      { tumblingWindowSeconds: 0, parallelizationFactor: 2 }, { parallelizationFactor: 2 },
    ],
  },
  streamAggregatedRecordsLost: {
    breaks: [{ enhancedFanOut: true, parallelizationFactor: 2 }],
    keeps: [
      { enhancedFanOut: true }, { enhancedFanOut: true, parallelizationFactor: undefined }, { enhancedFanOut: undefined, parallelizationFactor: 2 },
    ],
  },
  tableStartsAtTimestamp: {
    breaks: [{ kind: 'table', startingPosition: 'AT_TIMESTAMP' }],
    keeps: [{ startingPosition: 'AT_TIMESTAMP' }, { kind: undefined, startingPosition: 'AT_TIMESTAMP' }],
  },
  tableStreamUnnamed: { breaks: [{ kind: 'table', anyStream: true }], keeps: [{ anyStream: undefined }] },
  streamRegion: {
    breaks: [{ source: { region: 'eu-central-1' } }],
    keeps: [{ source: {} }, { source: undefined }, { place: undefined }, { source: { region: 'eu-west-1', account: '1' }, place: { region: 'eu-west-1', account: '2' } }],
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
      'streamRetriesNone', 'streamTumblingParallel', 'streamAggregatedRecordsLost',
    ],
    notes: ['streamBatchNotBisected', 'streamBatchReprocessed', 'streamFailureWithoutPayload'],
  });

  test.each<[Facts, string, string]>([
    [{ recordAgeSeconds: 86_400 }, 'maxRecordAge is 86400 seconds, but the stream keeps records for 86400 seconds only', 'set it to less than 86400 seconds, or leave it out for 43200'],
    [{ startingPosition: 'LATEST' }, 'startingPosition is LATEST', 'leave startingPosition out for TRIM_HORIZON'],
    [{ startingPosition: 'AT_TIMESTAMP', kind: 'table' }, 'startingPosition is AT_TIMESTAMP', 'leave startingPosition out for TRIM_HORIZON'],
    [{ attempts: 0 }, 'retryAttempts is 0', 'leave retryAttempts out for 5'],
    [{ tumblingWindowSeconds: 60, parallelizationFactor: 2 }, 'parallelizationFactor is 2 with a tumblingWindow', 'leave one of them out'],
    [{ enhancedFanOut: true, parallelizationFactor: 2 }, 'parallelizationFactor is 2 with enhancedFanOut', 'leave one of them out'],
  ])('texts for a pattern name its props: %j', (different, what, fix) => {
    const textsOf = (byProps: boolean) => findings(STREAM_CONSUMER_RULES, facts({ ...different, byProps }));
    expect(textsOf(true)).toEqual([expect.objectContaining({ what: expect.stringMatching(`^${what}`), fix: expect.stringContaining(fix) })]);
    expect(textsOf(false)).toEqual([expect.objectContaining({ what: expect.stringMatching("^event source 'E' ") })]);
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

describe('of the consumers of one stream', () => {
  const cases: RuleCases<Partial<RegisteredConsumersFacts>> = {
    streamConsumersTooMany: { breaks: [{ consumers: 51 }], keeps: [{ consumers: 20 }] },
    streamConsumersNeedAdvantage: { breaks: [{ consumers: 21 }, { consumers: 50 }], keeps: [{ consumers: 20 }] },
  };

  checkRules({
    rules: () => REGISTERED_CONSUMERS_RULES,
    facts: (different = {}): RegisteredConsumersFacts => ({ path: 'S', consumers: 1, ...different }),
    unknown: { path: 'S', consumers: 0 },
    cases,
    warnings: ['streamConsumersNeedAdvantage'],
  });
});
