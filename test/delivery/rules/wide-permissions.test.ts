import { checkRules } from './check-rules';
import type { FunctionRoleFacts, PermissionSourceFacts } from '../../../src/delivery/rules/wide-permissions';
import { FUNCTION_ROLE_RULES, PERMISSION_SOURCE_RULES } from '../../../src/delivery/rules/wide-permissions';

checkRules<FunctionRoleFacts, Partial<FunctionRoleFacts>>({
  rules: () => FUNCTION_ROLE_RULES,
  facts: (different) => ({ path: 'R', function: 'F', wide: [], ...different }),
  unknown: { path: 'R', function: 'F' },
  cases: { functionRoleWide: { breaks: [{ wide: ['*'] }, { wide: ['sqs:*', 's3:*'] }], keeps: [{ wide: undefined }] } },
  warnings: ['functionRoleWide'],
});

describe('a permission', () => {
  checkRules<PermissionSourceFacts, Partial<PermissionSourceFacts>>({
    rules: () => PERMISSION_SOURCE_RULES,
    facts: (different) => ({ path: 'P', principal: 's3.amazonaws.com', isService: true, narrowed: true, ...different }),
    unknown: { path: 'P', principal: 's3.amazonaws.com' },
    cases: {
      permissionWithoutSource: {
        breaks: [{ narrowed: false }],
        keeps: [{ narrowed: undefined }, { narrowed: false, isService: false }, { narrowed: false, isService: undefined }],
      },
    },
    notes: ['permissionWithoutSource'],
  });
});
