import type { RuleCases } from './check-rules';
import { checkRules } from './check-rules';
import type { MessageAndUploadFacts, PayloadBucketFacts, PayloadLifecycleFacts, PayloadReaderFacts, PointerFacts } from '../../../src/delivery/rules/claimed-payload';
import {
  daysOf, longest, MESSAGE_AND_UPLOAD_RULES, PAYLOAD_BUCKET_RULES, PAYLOAD_LIFECYCLE_RULES, POINTER_RULES, SECONDS_A_DAY, sumOf,
} from '../../../src/delivery/rules/claimed-payload';
import { findings } from '../../../src/delivery/rules/rule';

const DAYS = 4;

/** A consumer that may claim a payload for four days. */
const READER: PayloadReaderFacts = { consumer: 'C', parts: [{ seconds: DAYS * SECONDS_A_DAY, what: 'in its queue' }], prefix: 'orders/', suffixes: [] };

describe('a consumer of pointers', () => {
  type Queue = Partial<PointerFacts['queue']>;
  type Facts = { readonly thresholdBytes?: number | undefined; readonly queue?: Queue; readonly deadLetterQueue?: Queue };

  const CASES: RuleCases<Facts> = {
    pointersDeduplicated: { breaks: [{ queue: { contentBasedDeduplication: true } }], keeps: [{ queue: { contentBasedDeduplication: undefined } }] },
    thresholdAboveQueue: {
      breaks: [{ queue: { maximumMessageBytes: 262_143 } }],
      keeps: [
        { queue: { maximumMessageBytes: 262_144 } }, { queue: { maximumMessageBytes: undefined } },
        { queue: { maximumMessageBytes: 262_143 }, thresholdBytes: undefined },
      ],
    },
    thresholdAboveDeadLetterQueue: {
      breaks: [{ deadLetterQueue: { maximumMessageBytes: 262_143 } }],
      keeps: [
        { deadLetterQueue: { maximumMessageBytes: 262_144 } }, { deadLetterQueue: { maximumMessageBytes: undefined } },
        { deadLetterQueue: { maximumMessageBytes: 262_143 }, thresholdBytes: undefined },
      ],
    },
  };

  checkRules<PointerFacts, Facts>({
    rules: () => POINTER_RULES,
    facts: ({ queue, deadLetterQueue, ...rest } = {}) => ({
      consumer: 'C',
      thresholdBytes: 262_144,
      ...rest,
      queue: { path: 'Q', contentBasedDeduplication: false, maximumMessageBytes: 1_048_576, ...queue },
      deadLetterQueue: { path: 'D', contentBasedDeduplication: true, maximumMessageBytes: 1_048_576, ...deadLetterQueue },
    }),
    unknown: { consumer: 'C', queue: { path: 'Q' }, deadLetterQueue: { path: 'D' } },
    cases: CASES,
  });
});

describe('a lifecycle rule', () => {
  type Facts = { readonly lifecycle?: PayloadLifecycleFacts['lifecycle']; readonly reader?: Partial<PayloadReaderFacts> };

  const early = (storageClass?: string): RuleCases<Facts>[string] => {
    const kind = storageClass === undefined ? {} : { storageClass };
    return {
      breaks: [
        ...[DAYS - 1, 'date' as const].map((after) => ({ lifecycle: { after, ...kind } })),
        { lifecycle: { after: DAYS, ...kind }, reader: { parts: [{ seconds: DAYS * SECONDS_A_DAY + 1, what: 'in its queue' }] } },
        ...['orders/', 'orders/new/', 'ord', ''].map((prefix) => ({ lifecycle: { after: 1, prefix, ...kind } })),
        { lifecycle: { after: 1, bucket: undefined, ...kind } },
      ],
      keeps: [
        ...[DAYS, undefined].map((after) => ({ lifecycle: { after, ...kind } })),
        ...['logs/', undefined].map((prefix) => ({ lifecycle: { after: 1, prefix, ...kind } })),
        { lifecycle: { after: 'date', prefix: 'logs/', ...kind } },
        { lifecycle: { after: 1, ...kind }, reader: { prefix: undefined } },
      ],
    };
  };

  checkRules<PayloadLifecycleFacts, Facts>({
    rules: () => PAYLOAD_LIFECYCLE_RULES,
    facts: ({ lifecycle, reader } = {}) => ({ reader: { ...READER, ...reader }, lifecycle: { bucket: 'B', after: DAYS, prefix: '', ...lifecycle } }),
    unknown: { reader: { consumer: 'C', parts: [] }, lifecycle: {} },
    cases: { payloadExpiresEarly: early(), payloadArchivedEarly: early('GLACIER') },
  });

  test('of the bucket that is made with the consumers is its expiration', () => {
    expect(findings(PAYLOAD_LIFECYCLE_RULES, { reader: READER, lifecycle: { after: 1, prefix: '' } }).map(({ text }) => text)).toEqual([
      'expiration is 1 days, but C may claim a payload for 4 days (4 days in its queue): set expiration: Duration.days(4) or longer, or leave it out',
    ]);
  });
});

describe('consumers by message and of uploads', () => {
  type Facts = { readonly [part in keyof MessageAndUploadFacts]?: MessageAndUploadFacts[part] | Partial<MessageAndUploadFacts[part]> };

  checkRules<MessageAndUploadFacts, Facts>({
    rules: () => MESSAGE_AND_UPLOAD_RULES,
    facts: ({ message, upload, ...shared } = {}) => ({
      message: { ...READER, ...message },
      upload: { ...READER, prefix: 'files/', ...upload },
      inOneBucket: true,
      inOneQueue: false,
      ...shared as Pick<MessageAndUploadFacts, 'inOneBucket' | 'inOneQueue'>,
    }),
    unknown: { message: { consumer: 'C', parts: [] }, upload: { consumer: 'C', parts: [] } },
    cases: {
      payloadDeliveredAsUpload: {
        breaks: ['orders/', 'orders/new/', 'ord', ''].flatMap((prefix) => [{ upload: { prefix } }, { message: { prefix }, upload: { prefix: 'orders/' } }]),
        keeps: [
          { upload: { prefix: 'orders/', suffixes: ['.csv'] } }, { upload: { prefix: 'orders/', suffixes: undefined } },
          { upload: { prefix: 'orders/' }, inOneBucket: false }, { upload: { prefix: 'orders/' }, inOneBucket: undefined },
          { upload: { prefix: undefined } }, { upload: { prefix: 'orders/' }, message: { prefix: undefined } },
        ],
      },
      messagesAndUploadsInOneQueue: { breaks: [{ inOneQueue: true }, { inOneQueue: true, inOneBucket: false }], keeps: [{ inOneQueue: undefined }] },
    },
    warnings: ['messagesAndUploadsInOneQueue'],
  });
});

describe('a bucket of payloads', () => {
  checkRules<PayloadBucketFacts, Partial<PayloadBucketFacts>>({
    rules: () => PAYLOAD_BUCKET_RULES,
    facts: (different) => ({ path: 'B', readers: [READER], expiries: [{ after: DAYS, prefix: '' }], keepsOldVersions: false, ...different }),
    unknown: { path: 'B', readers: [READER] },
    cases: {
      payloadsNeverExpire: {
        breaks: [{ expiries: [] }, { expiries: [{ prefix: 'logs/' }] }],
        keeps: [
          { expiries: [], readers: [] }, { expiries: undefined },
          { expiries: [{ prefix: undefined }] }, { expiries: [{ prefix: 'logs/' }], readers: [READER, { ...READER, prefix: undefined }] },
          { expiries: [{ prefix: 'logs/' }, { prefix: 'orders/' }] },
        ],
      },
      noncurrentVersionsNeverExpire: { breaks: [{ keepsOldVersions: true }], keeps: [{ keepsOldVersions: undefined }] },
      payloadsOwnedByWriter: { breaks: [{ writerMayOwn: 'ObjectWriter' }], keeps: [{ writerMayOwn: undefined }] },
    },
    warnings: ['payloadsNeverExpire', 'noncurrentVersionsNeverExpire', 'payloadsOwnedByWriter'],
  });
});

describe('how long a payload may be claimed', () => {
  const ofSeconds = (...parts: number[]) => ({ consumer: 'C', parts: parts.map((seconds) => ({ seconds, what: 'here' })) });

  test.each([[0, 0], [1, 1], [SECONDS_A_DAY, 1], [SECONDS_A_DAY + 1, 2]])('%d seconds are %d days', (seconds, days) => {
    expect(daysOf(ofSeconds(seconds))).toBe(days);
    expect(daysOf(ofSeconds(0, seconds, SECONDS_A_DAY))).toBe(days + 1);
  });

  test('a day has 86,400 seconds', () => {
    expect(SECONDS_A_DAY).toBe(86_400);
  });

  test('is spelled out in whole days, or in seconds', () => {
    expect(sumOf(ofSeconds(86_400, 172_800, 86_401))).toBe('1 day here + 2 days here + 86401 seconds here');
  });

  test('is the longest of all, of equal ones the first', () => {
    const [short, long, equal] = [ofSeconds(1), ofSeconds(SECONDS_A_DAY, 1), ofSeconds(SECONDS_A_DAY, 2)];
    expect(longest([])).toBeUndefined();
    expect(longest([short, long, equal])).toBe(long);
  });
});
