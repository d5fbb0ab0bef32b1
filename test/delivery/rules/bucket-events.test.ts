import type { RuleCases } from './check-rules';
import { checkRules } from './check-rules';
import type { BucketEventsFacts } from '../../../src/delivery/rules/bucket-events';
import { BUCKET_EVENTS_RULES } from '../../../src/delivery/rules/bucket-events';
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
