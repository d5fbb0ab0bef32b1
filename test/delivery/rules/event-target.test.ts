import type { RuleCases } from './check-rules';
import { checkRules } from './check-rules';
import type { EventTargetFacts } from '../../../src/delivery/rules/event-target';
import { EVENT_TARGET_RULES } from '../../../src/delivery/rules/event-target';

type Facts = { readonly [part in keyof EventTargetFacts]?: EventTargetFacts[part] | Partial<EventTargetFacts[part]> };

const HERE = { region: 'eu-west-1', account: '111122223333' };

function facts({ rule, queue, ...target }: Facts = {}): EventTargetFacts {
  return {
    rule: { ...HERE, ...rule },
    queue: { path: 'Q', ...HERE, fifo: false, contentBasedDeduplication: false, awsManagedKey: false, ...queue },
    messageGroup: false,
    role: false,
    ...target as Pick<EventTargetFacts, 'messageGroup' | 'role'>,
  };
}

const CASES: RuleCases<Facts> = {
  eventTargetOtherRegion: {
    breaks: [{ queue: { region: 'eu-central-1' } }, { rule: { region: 'eu-central-1' }, role: true }],
    keeps: [{ queue: { region: undefined } }, { rule: { region: undefined } }],
  },
  eventTargetOtherAccount: {
    breaks: [{ queue: { account: '444455556666' } }, { rule: { account: '444455556666' } }],
    keeps: [
      { queue: { account: undefined } }, { rule: { account: undefined } },
      { queue: { account: '444455556666' }, role: true }, { queue: { account: '444455556666' }, role: undefined },
    ],
  },
  eventTargetAwsManagedKey: { breaks: [{ queue: { awsManagedKey: true } }], keeps: [{ queue: { awsManagedKey: undefined } }] },
  eventTargetWithoutDeduplication: {
    breaks: [{ queue: { fifo: true }, messageGroup: true }],
    keeps: [
      { queue: { fifo: true, contentBasedDeduplication: true }, messageGroup: true },
      { queue: { fifo: true, contentBasedDeduplication: undefined }, messageGroup: true },
      { queue: { fifo: undefined }, messageGroup: true },
    ],
  },
  eventTargetWithoutMessageGroup: {
    breaks: [{ queue: { fifo: true, contentBasedDeduplication: true } }],
    keeps: [
      { queue: { fifo: true, contentBasedDeduplication: true }, messageGroup: true },
      { queue: { fifo: true, contentBasedDeduplication: true }, messageGroup: undefined },
      { queue: { fifo: undefined, contentBasedDeduplication: true } },
    ],
  },
};

checkRules({ rules: () => EVENT_TARGET_RULES, facts, unknown: { rule: {}, queue: { path: 'Q' } }, cases: CASES });
