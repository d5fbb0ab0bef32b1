import type { RuleCases } from './check-rules';
import { checkRules } from './check-rules';
import { findings } from '../../../src/delivery/rules/rule';
import type { TrafficShiftFacts } from '../../../src/delivery/rules/traffic-shift';
import { TRAFFIC_SHIFT_RULES } from '../../../src/delivery/rules/traffic-shift';

type Facts = { readonly [part in keyof TrafficShiftFacts]?: Partial<TrafficShiftFacts[part]> };

const HERE = { account: '111122223333', region: 'eu-west-1' };

/** Facts with which nothing is wrong, and what is different. */
function facts({ handler, deployment }: Facts = {}): TrafficShiftFacts {
  return {
    handler: { path: 'F', timeoutSeconds: 30, ...handler },
    deployment: { ...HERE, shiftSeconds: 300, ignoresAlarms: false, alarms: [{ path: 'A', name: 'a', ...HERE }], preHook: { path: 'H', ...HERE }, postHook: { path: 'H', ...HERE }, ...deployment },
  };
}

const alarms = (count: number) => Array.from({ length: count }, (_, index) => ({ path: `A${index}`, name: `a${index}` }));

const REGION = { path: 'P', ...HERE, region: 'us-east-1' };
const ACCOUNT = { path: 'P', ...HERE, account: '444455556666' };
const NOWHERE = { path: 'P' };

const hookCases = (prop: 'preHook' | 'postHook') => ({
  breaks: [{ deployment: { [prop]: REGION } }, { deployment: { [prop]: ACCOUNT } }, { deployment: { [prop]: REGION, account: undefined } }],
  keeps: [
    { deployment: { [prop]: undefined } }, { deployment: { [prop]: NOWHERE } },
    { deployment: { [prop]: REGION, region: undefined } }, { deployment: { [prop]: ACCOUNT, account: undefined } },
  ],
});

const CASES: RuleCases<Facts> = {
  preHookElsewhere: hookCases('preHook'),
  postHookElsewhere: hookCases('postHook'),
  hookRefused: {
    breaks: [
      { deployment: { preHook: { ...NOWHERE, tenantIsolation: true } } }, { deployment: { postHook: { ...NOWHERE, tenantIsolation: true } } },
      { deployment: { postHook: { ...NOWHERE, durable: true, qualified: false } } },
    ],
    keeps: [
      { deployment: { preHook: { ...NOWHERE, tenantIsolation: false } } }, { deployment: { preHook: { ...NOWHERE, durable: true } } },
      { deployment: { preHook: { ...NOWHERE, durable: true, qualified: true } } },
      { deployment: { preHook: { ...NOWHERE, durable: false, qualified: false } } },
    ],
  },
  shiftShorterThanTimeout: {
    breaks: [{ handler: { timeoutSeconds: 181 } }, { deployment: { shiftSeconds: 149 } }],
    keeps: [
      { handler: { timeoutSeconds: 180 } }, { deployment: { shiftSeconds: 150 } }, { deployment: { shiftSeconds: 0 } },
      { handler: { timeoutSeconds: undefined }, deployment: { shiftSeconds: 60 } },
      { handler: { timeoutSeconds: 900 }, deployment: { shiftSeconds: 'unknown' } }, { handler: { timeoutSeconds: 900 }, deployment: { shiftSeconds: undefined } },
    ],
  },
  rollbackAlarmsMissing: {
    breaks: [{ deployment: { alarms: [] } }, { deployment: { alarms: [], shiftSeconds: 'unknown' } }],
    keeps: [
      { deployment: { alarms: undefined } }, { deployment: { alarms: [], shiftSeconds: 0 } }, { deployment: { alarms: [], shiftSeconds: undefined } },
    ],
  },
  rollbackAlarmsTooMany: { breaks: [{ deployment: { alarms: alarms(11) } }], keeps: [{ deployment: { alarms: alarms(10) } }] },
  rollbackAlarmsRepeated: {
    breaks: [{ deployment: { alarms: [...alarms(2), ...alarms(1)] } }],
    keeps: [{ deployment: { alarms: [{ path: 'A' }, { path: 'A' }] } }],
  },
  rollbackAlarmsElsewhere: {
    breaks: [
      { deployment: { alarms: [REGION] } }, { deployment: { alarms: [ACCOUNT] } }, { deployment: { alarms: [NOWHERE, REGION] } },
      { deployment: { alarms: [{ ...ACCOUNT, region: undefined }] } },
    ],
    keeps: [
      { deployment: { alarms: [NOWHERE] } },
      { deployment: { alarms: [REGION], region: undefined } }, { deployment: { alarms: [ACCOUNT], account: undefined } },
    ],
  },
  compositeRollbackAlarm: {
    breaks: [{ deployment: { alarms: [{ path: 'A', composite: true }] } }],
    keeps: [{ deployment: { alarms: [{ path: 'A', composite: false }] } }],
  },
  rollbackAlarmsIgnored: { breaks: [{ deployment: { ignoresAlarms: true } }], keeps: [{ deployment: { ignoresAlarms: undefined } }] },
};

checkRules({
  rules: () => TRAFFIC_SHIFT_RULES,
  facts,
  unknown: { handler: { path: 'F' }, deployment: {} },
  cases: CASES,
  warnings: ['shiftShorterThanTimeout', 'compositeRollbackAlarm', 'rollbackAlarmsIgnored'],
});

test.each<[Facts, string]>([
  [{ deployment: { alarms: [REGION, { ...ACCOUNT, path: 'Q' }] } }, 'rollback alarm \'P\' is in region us-east-1 rather than eu-west-1, \'Q\' is in account 444455556666 rather than 111122223333, but'],
  [{ deployment: { alarms: [...alarms(1), ...alarms(1), ...alarms(1)] } }, 'the deployment group has \'A0\' more than once'],
  [{ handler: { timeoutSeconds: 181 } }, 'state a deploymentConfig that takes at least 301 seconds'],
])('the text for %j', (different, text) => {
  expect(findings(TRAFFIC_SHIFT_RULES, facts(different)).map((finding) => finding.text)).toEqual([expect.stringContaining(text)]);
});
