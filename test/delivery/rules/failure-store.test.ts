import { checkRules } from './check-rules';
import type { FailureLifecycleFacts, FailureStoreFacts } from '../../../src/delivery/rules/failure-store';
import { FAILURE_LIFECYCLE_RULES, FAILURE_STORE_RULES } from '../../../src/delivery/rules/failure-store';
import { findings } from '../../../src/delivery/rules/rule';

const HERE = { region: 'eu-west-1', account: '111122223333' };

describe('a bucket for failures', () => {
  type Facts = { readonly [part in keyof FailureStoreFacts]?: Partial<FailureStoreFacts[part]> };

  const facts = ({ bucket, source }: Facts = {}): FailureStoreFacts => ({ bucket: { path: 'B', ...HERE, ...bucket }, source: { ...HERE, ...source } });

  checkRules<FailureStoreFacts, Facts>({
    rules: () => FAILURE_STORE_RULES,
    facts,
    unknown: { bucket: { path: 'B' }, source: {} },
    cases: {
      failureStoreOtherAccount: {
        breaks: [{ bucket: { account: '444455556666' } }, { source: { account: '444455556666' } }],
        keeps: [{ bucket: { account: undefined } }, { source: { account: undefined } }],
      },
      failureStoreOtherRegion: {
        breaks: [{ bucket: { region: 'eu-central-1' } }, { source: { region: 'eu-central-1' } }],
        keeps: [{ bucket: { region: undefined } }, { source: { region: undefined } }],
      },
    },
  });

  test('elsewhere is refused with what is where, and with the fix', () => {
    expect(findings(FAILURE_STORE_RULES, facts({ bucket: { account: '444455556666', region: 'eu-central-1' } })).map(({ text }) => text)).toEqual([
      'bucket \'B\' for failures is in account 444455556666, but what stores them is in 111122223333: permission is given only for a bucket of the own account (s3:ResourceAccount): ' +
      'give a bucket in account 111122223333, and replicate it if another account is to have the failures too',
      'bucket \'B\' for failures is in region eu-central-1, but what stores them is in eu-west-1, and AWS does not document that they are delivered to another region: ' +
      'give a bucket in eu-west-1',
    ]);
  });
});

describe('a lifecycle rule of a bucket for failures', () => {
  type Facts = { readonly [part in keyof FailureLifecycleFacts]?: FailureLifecycleFacts[part] };

  const facts = (different: Facts = {}): FailureLifecycleFacts => ({ bucket: 'B', store: 'F', keptDays: 90, lifecycle: { after: 90, prefix: '' }, ...different });

  checkRules<FailureLifecycleFacts, Facts>({
    rules: () => FAILURE_LIFECYCLE_RULES,
    facts,
    unknown: { bucket: 'B', store: 'F', keptDays: undefined, lifecycle: { after: 1 } },
    cases: {
      failureExpiresEarly: {
        breaks: [{ lifecycle: { after: 89 } }, { lifecycle: { after: 89, prefix: 'tmp/' } }, { lifecycle: { after: 'date' } }, { keptDays: 91 }],
        keeps: [{ lifecycle: {} }, { lifecycle: { after: 89, storageClass: 'GLACIER' } }, { keptDays: undefined, lifecycle: { after: 'date' } }],
      },
    },
  });

  test.each<[FailureLifecycleFacts['lifecycle'], string]>([
    [{ after: 1 }, 'after 1 days'],
    [{ after: 'date' }, 'on a date'],
  ])('%j is refused with what is promised, and with the fix', (lifecycle, when) => {
    expect(findings(FAILURE_LIFECYCLE_RULES, facts({ lifecycle })).map(({ text }) => text)).toEqual([
      `bucket 'B' expires objects ${when}, but F keeps failures for 90 days (expiration): state a shorter expiration, or give what may go earlier a FailureBucket of its own`,
    ]);
  });
});
