import type { RuleCases } from './check-rules';
import { checkRules } from './check-rules';
import type { AlarmFacts, AlarmMetricFacts, ExpressionFacts } from '../../../src/delivery/rules/alarm';
import { ALARM_RULES } from '../../../src/delivery/rules/alarm';
import { findings } from '../../../src/delivery/rules/rule';

const HERE = { account: '111122223333', region: 'eu-west-1' };
const PAGE = 'https://docs.aws.amazon.com/metrics.html';

const METRIC: AlarmMetricFacts = {
  name: 'AWS/SQS M',
  page: PAGE,
  missing: false,
  dimensions: ['QueueName'],
  dimensionSets: [['QueueName']],
  misnamed: [],
  subject: { path: 'Q', ...HERE },
  accountStated: false,
  periodSeconds: 60,
  onOccurrence: false,
};
const EXPRESSION: ExpressionFacts = { text: 'a + b', unknownIds: [], gaps: [] };

/** Facts with which nothing is wrong, and what is different. */
const facts = (different: Partial<AlarmFacts> = {}): AlarmFacts => ({
  path: 'A', ...HERE, actionsEnabled: true, actions: 1, unheard: true, actionRegions: ['eu-west-1'], missingDataStated: false, metrics: [METRIC], expressions: [EXPRESSION], ...different,
});

const metric = (different: Partial<AlarmMetricFacts>): Partial<AlarmFacts> => ({ metrics: [METRIC, { ...METRIC, ...different }] });
const only = (different: Partial<AlarmMetricFacts>): Partial<AlarmFacts> => ({ metrics: [{ ...METRIC, ...different }] });
const expression = (different: Partial<ExpressionFacts>): Partial<AlarmFacts> => ({ expressions: [EXPRESSION, { ...EXPRESSION, ...different }] });

const MISNAMED = [{ dimension: 'QueueName', is: 'the ARN of \'Q\'', needs: 'the name of a queue' }];

const CASES: RuleCases<Partial<AlarmFacts>> = {
  alarmWithoutAction: {
    breaks: [{ actions: 0 }, { actions: 0, actionsEnabled: false }],
    keeps: [{ actions: undefined }, { actions: 0, unheard: false }, { actions: 0, unheard: undefined }],
  },
  alarmActionsDisabled: {
    breaks: [{ actionsEnabled: false }],
    keeps: [
      { actionsEnabled: undefined }, { actionsEnabled: false, actions: undefined },
      { actionsEnabled: false, unheard: false }, { actionsEnabled: false, unheard: undefined },
    ],
  },
  alarmActionElsewhere: {
    breaks: [{ actionRegions: ['eu-west-1', 'us-east-1'] }],
    keeps: [{ actionRegions: [undefined] }, { actionRegions: undefined }, { actionRegions: ['us-east-1'], region: undefined, metrics: [] }],
  },
  metricNeverReported: {
    breaks: [metric({ missing: true, dimensionSets: undefined }), metric({ missing: true, dimensionSets: undefined, meant: 'AWS/SQS N' })],
    keeps: [metric({ missing: undefined }), metric({ missing: true, page: undefined })],
  },
  metricDimensionsNeverReported: {
    breaks: [
      metric({ dimensions: [] }), metric({ dimensions: ['QueueName', 'Region'] }), metric({ dimensions: ['Queue'], dimensionSets: [['QueueName'], ['Topic']] }),
      metric({ dimensions: ['Queue'], misnamed: MISNAMED }),
    ],
    keeps: [
      metric({ dimensions: undefined }), metric({ dimensions: ['Queue'], dimensionSets: undefined }), metric({ dimensions: [], dimensionSets: [['QueueName'], []] }),
      metric({ dimensions: ['B', 'A'], dimensionSets: [['A', 'B']] }), metric({ dimensions: ['A', 'B'], dimensionSets: [['B', 'A']] }),
    ],
  },
  metricDimensionMisnamed: {
    breaks: [metric({ misnamed: MISNAMED }), metric({ misnamed: MISNAMED, dimensionSets: undefined })],
    keeps: [metric({ misnamed: undefined })],
  },
  metricElsewhere: {
    breaks: [
      metric({ subject: { path: 'Q', ...HERE, region: 'us-east-1' } }), metric({ subject: { path: 'Q', ...HERE, account: '444455556666' } }),
      metric({ subject: { path: 'Q', ...HERE, region: 'us-east-1' }, accountStated: true }),
    ],
    keeps: [
      metric({ subject: undefined }), metric({ subject: { path: 'Q' } }), metric({ subject: { path: 'Q', account: '444455556666' }, accountStated: true }),
      { ...metric({ subject: { path: 'Q', region: 'us-east-1', account: '444455556666' } }), region: undefined, account: undefined },
    ],
  },
  alarmPeriodBelowResolution: {
    breaks: [metric({ periodSeconds: 30 })],
    keeps: [metric({ periodSeconds: undefined }), metric({ periodSeconds: 10, page: undefined })],
  },
  expressionIdUnknown: { breaks: [expression({ unknownIds: ['c'] })], keeps: [expression({ unknownIds: undefined })] },
  expressionOperandWithGaps: { breaks: [expression({ gaps: ['a'] })], keeps: [expression({ gaps: undefined })] },
  missingDataUnstated: {
    breaks: [only({ onOccurrence: true })],
    keeps: [
      only({ onOccurrence: undefined }), metric({ onOccurrence: true }),
      { ...only({ onOccurrence: true }), missingDataStated: true }, { ...only({ onOccurrence: true }), missingDataStated: undefined },
    ],
  },
};

checkRules({
  rules: () => ALARM_RULES,
  facts,
  unknown: { path: 'A' },
  cases: CASES,
  warnings: [
    'alarmWithoutAction', 'alarmActionsDisabled', 'metricNeverReported', 'metricDimensionsNeverReported', 'metricDimensionMisnamed', 'metricElsewhere', 'alarmPeriodBelowResolution',
    'expressionOperandWithGaps',
  ],
  notes: ['missingDataUnstated'],
});

test.each<[Partial<AlarmFacts>, string]>([
  [{ actionRegions: ['eu-west-1', 'us-east-1'] }, 'alarm \'A\' is in region eu-west-1, but one of its actions is in us-east-1'],
  [metric({ missing: true, dimensionSets: undefined }), `not among the metrics that AWS lists (${PAGE}), so it never goes off: set MetricName to one of them`],
  [metric({ missing: true, dimensionSets: undefined, meant: 'AWS/SQS N' }), 'set Namespace and MetricName to those of \'AWS/SQS N\''],
  [metric({ dimensions: [], dimensionSets: [['B', 'A'], ['C']] }), 'with the dimensions none, with which it is never reported, so the alarm never goes off: set Dimensions to A and B, or C'],
  [metric({ misnamed: MISNAMED }), 'with the dimension QueueName set to the ARN of \'Q\', so it never goes off: set QueueName to the name of a queue'],
  [metric({ subject: { path: 'Q', ...HERE, region: 'us-east-1' } }), 'in region us-east-1 rather than eu-west-1, so it never goes off: define the alarm in the region of what it watches'],
  [metric({ subject: { path: 'Q', ...HERE, account: '444455556666' } }), 'in account 444455556666 rather than 111122223333, so it never goes off: define the alarm in the account'],
  [expression({ unknownIds: ['c', 'd'] }), '\'a + b\' with \'c\', \'d\', which none'],
  [expression({ gaps: ['a', 'b'] }), 'in which \'a\', \'b\' may have no datapoint when another operand has one, so the alarm misses that one too: write FILL(a, 0), FILL(b, 0) in it'],
])('the text for %j', (different, text) => {
  expect(findings(ALARM_RULES, facts(different)).map((finding) => finding.text)).toEqual([expect.stringContaining(text)]);
});
