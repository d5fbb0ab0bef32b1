import { checkRules } from './check-rules';
import type { IotRuleFacts } from '../../../src/delivery/rules/iot-rule';
import { IOT_RULE_RULES } from '../../../src/delivery/rules/iot-rule';

const BARE = { hasErrorAction: false };

checkRules<IotRuleFacts, Partial<IotRuleFacts>>({
  rules: () => IOT_RULE_RULES,
  facts: (different) => ({ path: 'R', hasActions: true, hasErrorAction: true, disabled: false, ...different }),
  unknown: { path: 'R' },
  cases: {
    iotRuleWithoutErrorAction: {
      breaks: [BARE],
      keeps: [
        { hasErrorAction: undefined }, { ...BARE, hasActions: false }, { ...BARE, hasActions: undefined },
        { ...BARE, disabled: true }, { ...BARE, disabled: undefined },
      ],
    },
  },
  warnings: ['iotRuleWithoutErrorAction'],
});
