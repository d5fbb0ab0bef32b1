import type { RuleCases } from './check-rules';
import { checkRules } from './check-rules';
import type { AttemptedDeliveryFacts, SetAsideFacts } from '../../../src/delivery/rules/rule-target';
import { RULE_TARGET_RULES } from '../../../src/delivery/rules/rule-target';

type Facts = Partial<Omit<AttemptedDeliveryFacts, 'deadLetters'>> & { readonly deadLetters?: Partial<SetAsideFacts> | 'none' | 'unknown' };

function facts({ deadLetters, ...different }: Facts = {}): AttemptedDeliveryFacts {
  return {
    name: 'target \'T\'',
    region: 'eu-west-1',
    attempts: 185,
    ageSeconds: 86_400,
    deadLetters: deadLetters === 'none' ? 'none' : deadLetters === 'unknown' ? undefined
      : { path: 'D', region: 'eu-west-1', fifo: false, isTarget: false, ...deadLetters },
    ...different,
  };
}

const CASES: RuleCases<Facts> = {
  ruleTargetWithoutDeadLetterQueue: { breaks: [{ deadLetters: 'none' }], keeps: [{ deadLetters: 'unknown' }] },
  ruleTargetDeadLetterQueueType: { breaks: [{ deadLetters: { fifo: true } }], keeps: [{ deadLetters: { fifo: undefined } }] },
  ruleTargetDeadLetterQueueRegion: {
    breaks: [{ deadLetters: { region: 'eu-central-1' } }, { region: 'eu-central-1' }],
    keeps: [{ deadLetters: { region: undefined } }, { region: undefined }],
  },
  ruleTargetDeadLetterQueueIsTarget: { breaks: [{ deadLetters: { isTarget: true } }], keeps: [{ deadLetters: { isTarget: undefined } }] },
  ruleTargetWithoutRetries: { breaks: [{ attempts: 0 }, { attempts: 0, ageSeconds: 60 }], keeps: [{ attempts: 1 }, { attempts: undefined }] },
  ruleTargetRetriesBriefly: {
    breaks: [{ ageSeconds: 299 }, { ageSeconds: 60, attempts: undefined }],
    keeps: [{ ageSeconds: 300 }, { ageSeconds: undefined }],
  },
};

checkRules({
  rules: () => RULE_TARGET_RULES,
  facts,
  unknown: { name: 'target' },
  cases: CASES,
  warnings: ['ruleTargetWithoutDeadLetterQueue', 'ruleTargetWithoutRetries'],
  notes: ['ruleTargetRetriesBriefly'],
});
