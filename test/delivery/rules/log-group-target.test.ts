import { checkRules } from './check-rules';
import type { LogGroupTargetFacts } from '../../../src/delivery/rules/log-group-target';
import { LOG_GROUP_TARGET_RULES } from '../../../src/delivery/rules/log-group-target';

checkRules<LogGroupTargetFacts, Partial<LogGroupTargetFacts>>({
  rules: () => LOG_GROUP_TARGET_RULES,
  facts: (different) => ({ name: 'a target', logGroup: 'L', isKeptOut: false, ...different }),
  unknown: { name: 'a target', logGroup: 'L', isKeptOut: false },
  cases: { logGroupTargetNotAllowed: { breaks: [{ isKeptOut: true }], keeps: [{ isKeptOut: false }] } },
  warnings: ['logGroupTargetNotAllowed'],
});
