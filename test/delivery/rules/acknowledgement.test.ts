import { checkRules } from './check-rules';
import type { AcknowledgementFacts } from '../../../src/delivery/rules/acknowledgement';
import { ACKNOWLEDGEMENT_RULES } from '../../../src/delivery/rules/acknowledgement';

const used: AcknowledgementFacts = { path: 'Shop/Orders', id: 'deadLetterQueueMissing', reason: 'The producer sends again.', isRule: true, isUsed: true };

checkRules<AcknowledgementFacts, Partial<AcknowledgementFacts>>({
  rules: () => ACKNOWLEDGEMENT_RULES,
  facts: (different) => ({ ...used, ...different }),
  unknown: used,
  warnings: ['acknowledgementUnknown', 'acknowledgementStale', 'acknowledgementWithoutReason'],
  cases: {
    acknowledgementUnknown: { breaks: [{ isRule: false, isUsed: false }], keeps: [{ isRule: true }] },
    acknowledgementStale: { breaks: [{ isUsed: false }, { isUsed: false, reason: '' }], keeps: [{ isUsed: true }] },
    acknowledgementWithoutReason: { breaks: [{ reason: undefined }, { reason: ' ' }], keeps: [{ reason: 'a' }] },
  },
});
