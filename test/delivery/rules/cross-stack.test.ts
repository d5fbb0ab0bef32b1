import type { RuleCases } from './check-rules';
import { checkRules } from './check-rules';
import type { CrossStackFacts } from '../../../src/delivery/rules/cross-stack';
import { CROSS_STACK_RULES } from '../../../src/delivery/rules/cross-stack';
import { findings } from '../../../src/delivery/rules/rule';

const NAMES = { delivery: 'event source \'B/Source\'', resource: 'A/Queue', stack: 'A' };

const CASES: RuleCases<Partial<CrossStackFacts>> = {
  crossStackReferenceWeak: { breaks: [{ by: 'name' }, { by: 'parameter' }, { by: 'output' }], keeps: [{ by: undefined }] },
};

checkRules({
  rules: () => CROSS_STACK_RULES,
  facts: (different: Partial<CrossStackFacts> = {}): CrossStackFacts => ({ ...NAMES, ...different }),
  unknown: NAMES,
  cases: CASES,
  notes: ['crossStackReferenceWeak'],
});

test.each([
  ['name', 'by its literal name or ARN'], ['parameter', 'by a parameter of Systems Manager'], ['output', 'by Fn::GetStackOutput'],
] as const)('the text for a reference by %s', (by, text) => {
  expect(findings(CROSS_STACK_RULES, { ...NAMES, by }).map(({ what }) => what)).toEqual([expect.stringContaining(`'A/Queue' of stack 'A' ${text}, so`)]);
});
