import type { RuleCases } from './check-rules';
import { checkRules } from './check-rules';
import { findings } from '../../../src/delivery/rules/rule';
import type { WatchedShiftFacts } from '../../../src/delivery/rules/watched-shift';
import { WATCHED_SHIFT_RULES } from '../../../src/delivery/rules/watched-shift';

const NAMES = { name: 'deployment group \'G\'', property: 'AlarmConfiguration.Alarms', atOnce: 'DeploymentConfigName to CodeDeployDefault.LambdaAllAtOnce' };

const facts = (different: Partial<WatchedShiftFacts> = {}): WatchedShiftFacts => (
  { ...NAMES, shifts: true, alarms: 1, alarmsDisabled: false, namedByArn: [], watchesNewVersion: true, ...different }
);

const CASES: RuleCases<Partial<WatchedShiftFacts>> = {
  shiftWithoutAlarms: { breaks: [{ alarms: 0 }], keeps: [{ alarms: undefined }, { alarms: 0, shifts: false }, { alarms: 0, shifts: undefined }] },
  shiftAlarmsDisabled: {
    breaks: [{ alarmsDisabled: true }, { alarmsDisabled: true, alarms: 0 }],
    keeps: [{ alarmsDisabled: undefined }, { alarmsDisabled: true, shifts: false }],
  },
  shiftAlarmNamedByArn: { breaks: [{ namedByArn: ['A'] }], keeps: [{ namedByArn: undefined }, { namedByArn: ['A'], shifts: false }] },
  shiftAlarmsOfAliasOnly: {
    breaks: [{ watchesNewVersion: false }],
    keeps: [{ watchesNewVersion: undefined }, { watchesNewVersion: false, shifts: false }],
  },
};

checkRules({
  rules: () => WATCHED_SHIFT_RULES,
  facts,
  unknown: NAMES,
  cases: CASES,
  warnings: ['shiftWithoutAlarms', 'shiftAlarmsDisabled', 'shiftAlarmNamedByArn'],
  notes: ['shiftAlarmsOfAliasOnly'],
});

test.each<[Partial<WatchedShiftFacts>, string]>([
  [{ alarms: 0 }, 'set AlarmConfiguration.Alarms to alarms on the new version, or DeploymentConfigName to CodeDeployDefault.LambdaAllAtOnce'],
  [{ namedByArn: ['A', 'B'] }, 'names an alarm in AlarmConfiguration.Alarms by its ARN (A, B)'],
])('the text for %j', (different, text) => {
  expect(findings(WATCHED_SHIFT_RULES, facts(different)).map((finding) => finding.text)).toEqual([expect.stringContaining(text)]);
});
