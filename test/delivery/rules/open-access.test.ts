import { checkRules } from './check-rules';
import type { AllowingStatementFacts, TransportFacts } from '../../../src/delivery/rules/open-access';
import { ALLOWING_STATEMENT_RULES, TRANSPORT_RULES } from '../../../src/delivery/rules/open-access';

describe('policies', () => {
  const read = ['s3:GetObject', 's3:GetObjectVersion'];

  checkRules<AllowingStatementFacts, Partial<AllowingStatementFacts>>({
    rules: () => ALLOWING_STATEMENT_RULES,
    facts: (different) => ({ resource: "bucket 'B'", actions: read, anyone: true, narrowed: true, ...different }),
    unknown: { resource: "bucket 'B'", actions: [] },
    cases: {
      openToAnyone: {
        breaks: [{ narrowed: false }, { narrowed: false, actions: ['s3:GetObject', 's3:PutObject'], website: true }],
        keeps: [
          { narrowed: undefined }, { narrowed: false, anyone: false }, { narrowed: false, anyone: undefined }, { narrowed: false, website: true },
        ],
      },
    },
  });
});

describe('transport', () => {
  checkRules<TransportFacts, Partial<TransportFacts>>({
    rules: () => TRANSPORT_RULES,
    facts: (different) => ({ resource: "queue 'Q'", refusesPlainHttp: true, ...different }),
    unknown: { resource: "queue 'Q'" },
    cases: { plainHttpAllowed: { breaks: [{ refusesPlainHttp: false }], keeps: [{ refusesPlainHttp: undefined }] } },
    notes: ['plainHttpAllowed'],
  });
});
