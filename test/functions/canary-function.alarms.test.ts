import { CfnParameter, Duration } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as sns from 'aws-cdk-lib/aws-sns';
import type { CanaryFunctionAlarmOptions, CanaryFunctionProps } from '../../src';
import { Alarms, AlarmSeverity, CanaryFunction } from '../../src';
import { handlerIn, newStack, ref, resourceOf, resourcesOf } from '../messaging/fixtures';

const ALARM = 'AWS::CloudWatch::Alarm';
const RUNBOOK = 'https://github.com/cdkserverlesspatterns/cdk-serverless-patterns/blob/v0.0.0/docs/runbooks/canary.md';

/** A stack with one canary, 'Billing', of a function with a timeout of 10 seconds. */
function stackWith(props: Partial<CanaryFunctionProps> = {}) {
  const stack = newStack();
  new CanaryFunction(stack, 'Billing', { handler: handlerIn(stack), ...props });
  return stack;
}

const FUNCTION = { Name: 'FunctionName', Value: ref('Handler') };
const ALIAS = { Name: 'Resource', Value: { 'Fn::Join': ['', [ref('Handler'), ':live']] } };
const NEW_VERSION = { Name: 'ExecutedVersion', Value: { 'Fn::GetAtt': [Match.stringLikeRegexp('^HandlerCurrentVersion'), 'Version'] } };

const metric = (Id: string, MetricName: string, Dimensions: object[]) => ({
  Id, ReturnData: false, MetricStat: { Metric: { MetricName, Namespace: 'AWS/Lambda', Dimensions }, Period: 60, Stat: 'Sum' },
});

const ALARMS = [
  {
    prop: 'newVersionErrors',
    id: 'BillingNewVersionErrorsAlarm',
    metric: { MetricName: 'Errors', Namespace: 'AWS/Lambda', Statistic: 'Sum', Period: 60, Dimensions: [NEW_VERSION, FUNCTION, ALIAS] },
    threshold: 0,
    evaluationPeriods: 1,
    description: `The version of Stack/Billing that traffic is shifting to fails. First: read the error in its log; the traffic goes back to the old version by itself. Runbook: ${RUNBOOK}#new-version-errors`,
  },
  {
    prop: 'newVersionErrorRate',
    id: 'BillingNewVersionErrorRateAlarm',
    metric: {
      Metrics: [
        {
          Id: 'expr_1',
          Expression: '100 * newErrors / newInvocations - IF(invocations > newInvocations, 100 * (errors - newErrors) / (invocations - newInvocations), 0)',
          Label: 'Error rate of the new version beyond the old',
          ReturnData: true,
        },
        metric('newErrors', 'Errors', [NEW_VERSION, FUNCTION, ALIAS]),
        metric('newInvocations', 'Invocations', [NEW_VERSION, FUNCTION, ALIAS]),
        metric('errors', 'Errors', [FUNCTION, ALIAS]),
        metric('invocations', 'Invocations', [FUNCTION, ALIAS]),
      ],
    },
    threshold: 5,
    evaluationPeriods: 1,
    description: `The version of Stack/Billing that traffic is shifting to fails more often than the old one. First: compare the errors of both versions; the traffic goes back to the old one by itself. Runbook: ${RUNBOOK}#new-version-error-rate`,
  },
  {
    prop: 'newVersionDuration',
    id: 'BillingNewVersionDurationAlarm',
    metric: { MetricName: 'Duration', Namespace: 'AWS/Lambda', ExtendedStatistic: 'p99', Period: 60, Dimensions: [NEW_VERSION, FUNCTION, ALIAS] },
    threshold: 8000,
    evaluationPeriods: 1,
    description: `Invocations of the version of Stack/Billing that traffic is shifting to come near its timeout. First: find what became slow; the traffic goes back to the old version by itself. Runbook: ${RUNBOOK}#new-version-duration`,
  },
  {
    prop: 'errors',
    id: 'BillingErrorsAlarm',
    metric: { MetricName: 'Errors', Namespace: 'AWS/Lambda', Statistic: 'Sum', Period: 60, Dimensions: [FUNCTION, ALIAS] },
    threshold: 0,
    evaluationPeriods: 3,
    description: `The deployed version of Stack/Billing fails repeatedly. First: see whether it began with a deployment; if so, point the alias back to the version before. Runbook: ${RUNBOOK}#errors`,
  },
  {
    prop: 'duration',
    id: 'BillingDurationAlarm',
    metric: { MetricName: 'Duration', Namespace: 'AWS/Lambda', ExtendedStatistic: 'p99', Period: 60, Dimensions: [FUNCTION, ALIAS] },
    threshold: 8000,
    evaluationPeriods: 3,
    description: `Invocations of the deployed version of Stack/Billing come near its timeout. First: see whether it began with a deployment; if so, point the alias back to the version before. Runbook: ${RUNBOOK}#duration`,
  },
] as const;

test('five alarms are made, and all are in alarms', () => {
  const stack = newStack();
  const canary = new CanaryFunction(stack, 'Billing', { handler: handlerIn(stack) });
  expect(Object.keys(resourcesOf(stack, ALARM))).toHaveLength(5);
  expect(canary.allAlarms.map(({ node }) => `Billing${node.id}`)).toEqual(ALARMS.map(({ id }) => id));
  expect(Object.keys(canary.alarms)).toEqual(ALARMS.map(({ prop }) => prop));
});

test.each(ALARMS)('$prop', ({ id, metric: expected, threshold, evaluationPeriods, description }) => {
  const { Properties } = resourceOf(stackWith(), ALARM, id);
  Template.fromJSON({ Resources: { Alarm: { Type: ALARM, Properties } } }).hasResourceProperties(ALARM, {
    ...expected,
    Threshold: threshold,
    EvaluationPeriods: evaluationPeriods,
    ComparisonOperator: 'GreaterThanThreshold',
    TreatMissingData: 'notBreaching',
    AlarmDescription: description,
  });
});

describe.each(ALARMS)('tuning of $prop', ({ prop, id }) => {
  const isTime = prop === 'duration' || prop === 'newVersionDuration';

  test('threshold', () => {
    const alarms: CanaryFunctionAlarmOptions = { [prop]: { threshold: isTime ? Duration.millis(1500) : 7 } };
    expect(resourceOf(stackWith({ alarms }), ALARM, id).Properties.Threshold).toBe(isTime ? 1500 : 7);
  });

  test('period and datapoints', () => {
    const alarms: CanaryFunctionAlarmOptions = { [prop]: { period: Duration.minutes(2), evaluationPeriods: 4, datapointsToAlarm: 2 } };
    const { Properties } = resourceOf(stackWith({ alarms }), ALARM, id);
    const stat = ((Properties.Metrics ?? []) as { MetricStat?: { Period: number } }[]).find(({ MetricStat }) => MetricStat)?.MetricStat;
    expect([Properties.EvaluationPeriods, Properties.DatapointsToAlarm, Properties.Period ?? stat?.Period]).toEqual([4, 2, 120]);
  });

  test('off', () => {
    const stack = stackWith({ alarms: { [prop]: { enabled: false } } });
    expect(Object.keys(resourcesOf(stack, ALARM)).filter((name) => name.startsWith(id))).toEqual([]);
  });

  test('a period that CloudWatch does not take is an error', () => {
    expect(() => stackWith({ alarms: { [prop]: { period: Duration.seconds(90) } } })).toThrow(`\n  - alarms.${prop}.period is 90 seconds, but must be a multiple of 60`);
  });
});

test.each([7, 17, 29, 57, 900])('the threshold on durations is a whole number of milliseconds, for a timeout of %i seconds too', (seconds) => {
  const stack = newStack();
  new CanaryFunction(stack, 'Billing', { handler: handlerIn(stack, { timeout: Duration.seconds(seconds) }) });
  expect(['BillingNewVersionDurationAlarm', 'BillingDurationAlarm'].map((id) => resourceOf(stack, ALARM, id).Properties.Threshold)).toEqual([seconds * 800, seconds * 800]);
});

describe('thresholds that no alarm can have', () => {
  const timed = { threshold: Duration.seconds(10) };

  test.each<[keyof CanaryFunctionAlarmOptions, object, string]>([
    ['newVersionErrors', { threshold: -1 }, 'is -1, but must be 0 or more'],
    ['newVersionErrorRate', { threshold: 100 }, 'is 100, but must be a percentage from 0 to below 100'],
    ['newVersionDuration', timed, 'is 10000 milliseconds, but must be less than 10000'],
    ['errors', { threshold: -1 }, 'is -1, but must be 0 or more'],
    ['duration', timed, 'is 10000 milliseconds, but must be less than 10000'],
  ])('%s: %j', (prop, options, problem) => {
    expect(() => stackWith({ alarms: { [prop]: options } })).toThrow(`alarms.${prop}.threshold ${problem}`);
  });

  test.each<[keyof CanaryFunctionAlarmOptions, object]>([
    ['newVersionErrors', { threshold: 100 }],
    ['newVersionErrorRate', { threshold: 99 }],
    ['newVersionDuration', { threshold: Duration.millis(9999) }],
    ['errors', { threshold: 100 }],
    ['duration', { threshold: Duration.millis(9999) }],
  ])('but %s: %j', (prop, options) => {
    expect(() => stackWith({ alarms: { [prop]: options } })).not.toThrow();
  });
});

test('without a timeout that is known, durations have no threshold, and no alarm unless one is stated', () => {
  const idsWith = (alarms?: CanaryFunctionAlarmOptions) => {
    const stack = newStack();
    const timeout = Duration.seconds(new CfnParameter(stack, 'Timeout', { type: 'Number' }).valueAsNumber);
    return new CanaryFunction(stack, 'Billing', { handler: handlerIn(stack, { timeout }), alarms }).allAlarms.map(({ node }) => node.id);
  };
  expect(idsWith()).toEqual(['NewVersionErrorsAlarm', 'NewVersionErrorRateAlarm', 'ErrorsAlarm']);
  expect(idsWith({ newVersionDuration: { threshold: Duration.seconds(1) } })).toContain('NewVersionDurationAlarm');
});

// Lambda dates a metric at the start of the invocation and sends it at the end: a minute is complete only when all that began in it has ended.
describe('where invocations may outlast a period', () => {
  const datapointsOf = (timeout: Duration, id: string, prop: string, options?: object) => {
    const stack = newStack();
    new CanaryFunction(stack, 'Billing', { handler: handlerIn(stack, { timeout }), alarms: options && { [prop]: options } });
    const { EvaluationPeriods, DatapointsToAlarm } = resourceOf(stack, ALARM, id).Properties;
    return [EvaluationPeriods, DatapointsToAlarm];
  };
  const TEN_MINUTES = Duration.minutes(10);

  describe.each(ALARMS)('$prop', ({ id, prop, evaluationPeriods: datapoints }) => {
    test.each([[61, 2], [120, 2], [600, 10], [900, 15]])('looks back as long as the timeout of %i seconds', (seconds, more) => {
      expect(datapointsOf(Duration.seconds(seconds), id, prop)).toEqual([datapoints + more, datapoints]);
    });

    test('does not look back for one that fits into a period', () => {
      expect(datapointsOf(Duration.minutes(1), id, prop)).toEqual([datapoints, undefined]);
      expect(datapointsOf(TEN_MINUTES, id, prop, { period: TEN_MINUTES })).toEqual([datapoints, undefined]);
    });

    test('counts periods of a length of one\'s own', () => {
      expect(datapointsOf(TEN_MINUTES, id, prop, { period: Duration.minutes(3) })).toEqual([datapoints + 4, datapoints]);
    });

    test('finds no more datapoints than it looks at', () => {
      expect(() => datapointsOf(Duration.minutes(1), id, prop, { datapointsToAlarm: datapoints + 1 })).toThrow(
        `alarms.${prop}.datapointsToAlarm is ${datapoints + 1}, but must be a whole number from 1 to ${datapoints}`,
      );
      expect(datapointsOf(TEN_MINUTES, id, prop, { datapointsToAlarm: datapoints + 10 })).toEqual([datapoints + 10, datapoints + 10]);
    });

    test('has a period that is known', () => {
      const period = Duration.seconds(new CfnParameter(newStack(), 'Period', { type: 'Number' }).valueAsNumber);
      expect(() => datapointsOf(TEN_MINUTES, id, prop, { period })).toThrow(`alarms.${prop}.period is a token, but must be known`);
      expect(() => datapointsOf(TEN_MINUTES, id, prop, { period: Duration.millis(1500) })).toThrow(`alarms.${prop}.period is 1.5 seconds, but must be`);
    });

    test('takes what is stated', () => {
      expect(datapointsOf(TEN_MINUTES, id, prop, { evaluationPeriods: 4 })).toEqual([4, undefined]);
      expect(datapointsOf(TEN_MINUTES, id, prop, { datapointsToAlarm: 2 })).toEqual([datapoints + 10, 2]);
    });
  });

  test('a timeout that is a token is taken for a short one', () => {
    const stack = newStack();
    const timeout = Duration.seconds(new CfnParameter(stack, 'Timeout', { type: 'Number' }).valueAsNumber);
    new CanaryFunction(stack, 'Billing', { handler: handlerIn(stack, { timeout }) });
    expect(resourceOf(stack, ALARM, 'BillingNewVersionErrorsAlarm').Properties.EvaluationPeriods).toBe(1);
  });
});

describe('who hears them', () => {
  test('people hear those on the alias, which can wait until working hours', () => {
    const stack = stackWith();
    Alarms.of(stack).notifyOf(AlarmSeverity.WARNING, new SnsAction(new sns.Topic(stack, 'Topic')));
    const heard = Object.entries(resourcesOf(stack, ALARM)).filter(([, { Properties }]) => Properties.AlarmActions).map(([id]) => id.slice(0, -8));
    expect(heard.sort()).toEqual(['BillingDurationAlarm', 'BillingErrorsAlarm']);
  });

  test('those on the new version are for CodeDeploy alone', () => {
    const off = { enabled: false };
    const stack = stackWith({ alarms: { errors: off, duration: off } });
    Alarms.of(stack).notify(new SnsAction(new sns.Topic(stack, 'Topic')));
    expect(Object.values(resourcesOf(stack, ALARM)).filter(({ Properties }) => Properties.AlarmActions)).toEqual([]);
    expect(Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('notify nobody'))).toEqual([]);
  });
});
