import { checkRules } from './check-rules';
import type { FunctionSettingsFacts } from '../../../src/delivery/rules/function-settings';
import { FUNCTION_SETTINGS_RULES } from '../../../src/delivery/rules/function-settings';

checkRules<FunctionSettingsFacts, Partial<FunctionSettingsFacts>>({
  rules: () => FUNCTION_SETTINGS_RULES,
  facts: (different) => ({ path: 'F', hasDefaultTimeout: false, fedBy: 'event source', hasLogGroup: true, ...different }),
  unknown: { path: 'F' },
  cases: {
    functionTimeoutUnset: {
      breaks: [{ hasDefaultTimeout: true }],
      keeps: [{ hasDefaultTimeout: undefined }, { hasDefaultTimeout: true, fedBy: undefined }],
    },
    secretInEnvironment: { breaks: [{ secretVariable: 'PASSWORD' }], keeps: [{ secretVariable: undefined }] },
    functionLogGroupImplicit: { breaks: [{ hasLogGroup: false }], keeps: [{ hasLogGroup: undefined }] },
  },
  warnings: ['functionTimeoutUnset', 'secretInEnvironment'],
  notes: ['functionLogGroupImplicit'],
});
