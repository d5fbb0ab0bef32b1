import type { RuleCases } from './check-rules';
import { checkRules } from './check-rules';
import type { BucketEventsFacts, BucketWriterFacts, KeyPatternFacts } from '../../../src/delivery/rules/bucket-events';
import { BUCKET_EVENTS_RULES, BUCKET_WRITER_RULES, KEY_PATTERN_RULES } from '../../../src/delivery/rules/bucket-events';
import { findings } from '../../../src/delivery/rules/rule';

type Facts = { readonly [part in keyof BucketEventsFacts]?: Partial<BucketEventsFacts[part]> };

const HERE = { region: 'eu-west-1', account: '111122223333' };

function facts({ bucket, rule }: Facts = {}): BucketEventsFacts {
  return { bucket: { path: 'B', ...HERE, sendsEvents: true, ...bucket }, rule: { ...HERE, ...rule } };
}

const CASES: RuleCases<Facts> = {
  bucketEventsOtherRegion: {
    breaks: [{ bucket: { region: 'eu-central-1' } }, { rule: { region: 'eu-central-1' } }],
    keeps: [{ bucket: { region: undefined } }, { rule: { region: undefined } }],
  },
  bucketEventsOtherAccount: {
    breaks: [{ bucket: { account: '444455556666' } }, { rule: { account: '444455556666' } }],
    keeps: [{ bucket: { account: undefined } }, { rule: { account: undefined } }],
  },
  bucketEventsReplaced: { breaks: [{ bucket: { replacedBy: 'N' } }, { bucket: { replacedBy: 'N', sendsEvents: false } }], keeps: [{ bucket: { replacedBy: undefined } }] },
  bucketEventsNotSent: { breaks: [{ bucket: { sendsEvents: false } }], keeps: [{ bucket: { sendsEvents: undefined } }] },
};

checkRules({ rules: () => BUCKET_EVENTS_RULES, facts, unknown: { bucket: { path: 'B' }, rule: {} }, cases: CASES });

test('where nobody can state whether the bucket sends events, nobody is told to', () => {
  const textOf = (madeWithRule: boolean) => findings(BUCKET_EVENTS_RULES, facts({ bucket: { replacedBy: 'N', madeWithRule } })).map(({ text }) => text).join();
  expect(textOf(false)).toMatch(/, or set eventBridgeEnabled: true where the bucket is made$/);
  expect(textOf(true)).toMatch(/\(new events\.Rule with source 'aws\.s3'\)$/);
});

describe('writers', () => {
  checkRules({
    rules: () => BUCKET_WRITER_RULES,
    facts: (different: Partial<BucketWriterFacts> = {}): BucketWriterFacts => ({ bucket: 'B', handler: 'F', prefix: 'in/', writes: [], ...different }),
    unknown: { bucket: 'B', handler: 'F', prefix: '', writes: [] },
    cases: { bucketWritesBack: { breaks: [{ writes: ['s3:PutObject'] }, { prefix: '', writes: ['s3:*'] }], keeps: [{ prefix: '' }] } },
    warnings: ['bucketWritesBack'],
  });

  test('are told which objects they are told of', () => {
    const whatOf = (prefix: string) => findings(BUCKET_WRITER_RULES, { bucket: 'B', handler: 'F', prefix, writes: ['s3:PutObject', 's3:Put*'] }).map(({ what }) => what);
    expect(whatOf('in/')).toEqual([
      "function 'F' is told of objects in bucket 'B' with the prefix 'in/' and may put objects there (s3:PutObject, s3:Put*), so it could feed itself without end",
    ]);
    expect(whatOf('')).toEqual([expect.stringContaining("in bucket 'B' and may put")]);
  });
});

describe('keys', () => {
  checkRules({
    rules: () => KEY_PATTERN_RULES,
    facts: (different: Partial<KeyPatternFacts> = {}): KeyPatternFacts => ({ what: 'prefix', text: 'in/a b ü%.csv', ...different }),
    unknown: { what: 'prefix', text: '' },
    cases: { objectKeyEncoded: { breaks: [{ text: 'a+b' }, { text: 'a%20b' }, { text: 'a%c3%BC/' }], keeps: [{ text: '100%' }, { text: 'a%2' }, { text: '%zz' }] } },
    warnings: ['objectKeyEncoded'],
  });

  test.each([['a%20b+c', 'a b c'], ['100%+%20', '100% %20']])('of %s: write %s', (text, plain) => {
    expect(findings(KEY_PATTERN_RULES, { what: 'prefix', text }).map((found) => found.text)).toEqual([
      `prefix is '${text}', which looks encoded, but EventBridge has the keys of objects as they are, so it would match only keys that really have these characters: ` +
      `write '${plain}', or acknowledge this if the keys are so`,
    ]);
  });
});
