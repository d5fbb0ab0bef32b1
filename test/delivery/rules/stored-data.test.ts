import { checkRules } from './check-rules';
import { findings } from '../../../src/delivery/rules/rule';
import type { LogGroupFacts, StoredBucketFacts, StoredTableFacts } from '../../../src/delivery/rules/stored-data';
import { LOG_GROUP_RULES, STORED_BUCKET_RULES, STORED_TABLE_RULES } from '../../../src/delivery/rules/stored-data';

const KEPT = { deletionPolicy: 'RetainExceptOnCreate', updateReplacePolicy: 'Retain' };
const UNSET = { deletionPolicy: 'absent', updateReplacePolicy: 'absent' };
const DELETED = { deletionPolicy: 'Delete', updateReplacePolicy: 'Delete' };

describe('tables', () => {
  checkRules<StoredTableFacts, Partial<StoredTableFacts>>({
    rules: () => STORED_TABLE_RULES,
    facts: (different) => ({ path: 'T', ...KEPT, deletionProtection: false, pointInTimeRecovery: true, ...different }),
    unknown: { path: 'T' },
    cases: {
      tableDeletionPolicyUnset: {
        breaks: [UNSET, { deletionPolicy: 'absent' }],
        keeps: [{ ...UNSET, deletionProtection: true }, { ...UNSET, deletionProtection: undefined }, { deletionPolicy: undefined }, DELETED],
      },
      tableReplacementPolicyUnset: {
        breaks: [{ updateReplacePolicy: 'absent' }, { updateReplacePolicy: 'Delete' }, { deletionPolicy: 'Retain', updateReplacePolicy: 'absent' }],
        keeps: [{ updateReplacePolicy: undefined }, { updateReplacePolicy: 'Snapshot' }, { deletionPolicy: 'Delete', updateReplacePolicy: 'absent' }],
      },
      pointInTimeRecoveryOff: {
        breaks: [{ pointInTimeRecovery: false }],
        keeps: [
          { pointInTimeRecovery: undefined }, { ...DELETED, pointInTimeRecovery: false }, { deletionPolicy: undefined, pointInTimeRecovery: false },
        ],
      },
      timeToLiveNotNumber: {
        breaks: [{ timeToLive: { attribute: 'a', enabled: true, type: 'S' } }],
        keeps: [{ timeToLive: { attribute: 'a', enabled: true, type: 'N' } }, { timeToLive: { attribute: 'a', enabled: true } }, { timeToLive: { attribute: 'a', type: 'S' } }],
      },
      timeToLiveOff: {
        breaks: [{ timeToLive: { attribute: 'a', enabled: false } }, { timeToLive: { attribute: 'a', enabled: false, type: 'S' } }],
        keeps: [{ timeToLive: { attribute: 'a' } }],
      },
      protectedTableStopsRollback: {
        breaks: [{ deletionProtection: true }],
        keeps: [{ deletionProtection: undefined }, { deletionProtection: true, deletionPolicy: 'Retain' }, { deletionProtection: true, deletionPolicy: undefined }],
      },
    },
    warnings: ['tableDeletionPolicyUnset', 'tableReplacementPolicyUnset', 'pointInTimeRecoveryOff', 'timeToLiveNotNumber'],
    notes: ['timeToLiveOff', 'protectedTableStopsRollback'],
  });

  test.each([['absent', 'not set'], ['Delete', 'Delete']])('a policy that is %s is called %s', (updateReplacePolicy, said) => {
    const found = findings(STORED_TABLE_RULES, { path: 'T', ...KEPT, updateReplacePolicy });
    expect(found.map(({ what }) => what).join()).toContain(`(DeletionPolicy RetainExceptOnCreate), but its UpdateReplacePolicy is ${said},`);
  });
});

describe('buckets', () => {
  checkRules<StoredBucketFacts, Partial<StoredBucketFacts>>({
    rules: () => STORED_BUCKET_RULES,
    facts: (different) => ({ path: 'B', deletionPolicy: 'Retain', abortsUploads: true, ...different }),
    unknown: { path: 'B' },
    cases: {
      bucketDeletionPolicyUnset: { breaks: [{ deletionPolicy: 'absent' }], keeps: [{ deletionPolicy: undefined }, { deletionPolicy: 'Delete' }] },
      incompleteUploadsKept: { breaks: [{ abortsUploads: false }], keeps: [{ abortsUploads: undefined }] },
    },
    notes: ['bucketDeletionPolicyUnset', 'incompleteUploadsKept'],
  });
});

describe('log groups', () => {
  checkRules<LogGroupFacts, Partial<LogGroupFacts>>({
    rules: () => LOG_GROUP_RULES,
    facts: (different) => ({ path: 'L', hasRetention: true, ...different }),
    unknown: { path: 'L' },
    cases: { logsKeptForEver: { breaks: [{ hasRetention: false }], keeps: [{ hasRetention: undefined }] } },
    notes: ['logsKeptForEver'],
  });
});
