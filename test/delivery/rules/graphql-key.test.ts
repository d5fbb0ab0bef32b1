import { checkRules } from './check-rules';
import type { GraphqlKeyFacts } from '../../../src/delivery/rules/graphql-key';
import { GRAPHQL_KEY_RULES } from '../../../src/delivery/rules/graphql-key';

checkRules<GraphqlKeyFacts, Partial<GraphqlKeyFacts>>({
  rules: () => GRAPHQL_KEY_RULES,
  facts: (different) => ({ path: 'K', hasExpiry: true, ...different }),
  unknown: { path: 'K' },
  cases: { graphqlKeyExpiryUnset: { breaks: [{ hasExpiry: false }], keeps: [{ hasExpiry: undefined }] } },
  warnings: ['graphqlKeyExpiryUnset'],
});
