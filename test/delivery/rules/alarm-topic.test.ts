import type { RuleCases } from './check-rules';
import { checkRules } from './check-rules';
import type { AlarmTopicFacts } from '../../../src/delivery/rules/alarm-topic';
import { ALARM_TOPIC_RULES } from '../../../src/delivery/rules/alarm-topic';

const CASES: RuleCases<Partial<AlarmTopicFacts>> = {
  alarmTopicKeyManaged: { breaks: [{ awsManagedKey: true, key: undefined }], keeps: [{ awsManagedKey: undefined }] },
  alarmTopicKeyNotGranted: { breaks: [{ key: { path: 'K', allowsCloudWatch: false } }], keeps: [{ key: undefined }, { key: { path: 'K' } }] },
  alarmTopicPolicyWithoutCloudWatch: { breaks: [{ policyAllowsAlarms: false }], keeps: [{ policyAllowsAlarms: undefined }] },
};

checkRules({
  rules: () => ALARM_TOPIC_RULES,
  facts: (different?: Partial<AlarmTopicFacts>): AlarmTopicFacts => (
    { path: 'T', alarm: 'A', awsManagedKey: false, key: { path: 'K', allowsCloudWatch: true }, policyAllowsAlarms: true, ...different }
  ),
  unknown: { path: 'T', alarm: 'A' },
  cases: CASES,
});
