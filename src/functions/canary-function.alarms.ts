import type { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { CountAlarmOptions, DurationAlarmOptions, PercentAlarmOptions } from '../alarms/alarm-options';
import { AlarmSeverity } from '../alarms/alarms';
import type { AlarmRow } from '../private/alarms/alarm-table';
import { AlarmTable } from '../private/alarms/alarm-table';
import { ThresholdUnit } from '../private/alarms/tuning';
import { nearTimeout, UNTIL_TIMEOUT } from '../private/lambda/handler-alarms';

/**
 * Tuning of the alarms of a `CanaryFunction`.
 *
 * Lambda sends a metric at the end of an invocation, with the timestamp of its start. If the handler's timeout is longer than a period, the
 * alarms therefore evaluate as many more periods as the timeout spans, and still need the same number of datapoints.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html
 */
export interface CanaryFunctionAlarmOptions {
  /**
   * Errors of the new version while traffic shifts to it. Stops the deployment; nobody is notified.
   *
   * @default - on, unless the shift is all at once; above 0 in 1 of 1 periods
   */
  readonly newVersionErrors?: CountAlarmOptions;

  /**
   * By how many percentage points the error rate of the new version exceeds that of the old one. Stops the deployment; nobody is notified.
   *
   * @default - on, unless the shift is all at once; above 5 in 1 of 1 periods
   */
  readonly newVersionErrorRate?: PercentAlarmOptions;

  /**
   * The 99th percentile of the duration of the new version. Stops the deployment; nobody is notified.
   *
   * @default - on, unless the shift is all at once; above 80 % of the handler's timeout in 1 of 1 periods
   */
  readonly newVersionDuration?: DurationAlarmOptions;

  /**
   * Invocations through the alias that ended in an error, of whichever version.
   *
   * @default - on; above 0 in 3 of 3 periods
   */
  readonly errors?: CountAlarmOptions;

  /**
   * The 99th percentile of the duration of invocations through the alias.
   *
   * @default - on; above 80 % of the handler's timeout in 3 of 3 periods
   */
  readonly duration?: DurationAlarmOptions;
}

/**
 * The alarms of a `CanaryFunction`.
 */
export interface CanaryFunctionAlarms {
  /**
   * Errors of the new version; stops the deployment.
   *
   * @default - switched off, or not created because the shift is all at once
   */
  readonly newVersionErrors?: cloudwatch.Alarm;

  /**
   * The error rate of the new version exceeds that of the old one; stops the deployment.
   *
   * @default - switched off, or not created because the shift is all at once
   */
  readonly newVersionErrorRate?: cloudwatch.Alarm;

  /**
   * The duration of the new version; stops the deployment.
   *
   * @default - switched off, or not created because the shift is all at once or the timeout is not known at synthesis
   */
  readonly newVersionDuration?: cloudwatch.Alarm;

  /**
   * Errors of invocations through the alias.
   *
   * @default - switched off
   */
  readonly errors?: cloudwatch.Alarm;

  /**
   * The duration of invocations through the alias.
   *
   * @default - switched off, or not created because the timeout is not known at synthesis
   */
  readonly duration?: cloudwatch.Alarm;
}

interface Timeout {
  /** Undefined where it cannot be known. */
  readonly timeoutSeconds?: number | undefined;
}

interface CanarySubject extends Timeout {
  /** The path of the pattern. */
  readonly path: string;
  readonly alias: lambda.Alias;
  readonly version: lambda.IVersion;
}

type Row = AlarmRow<Timeout, CanarySubject>;

/** Datapoints to alarm of the alarms on the new version: three of three could take longer than the canary. */
const AT_ONCE = 1;

/** Datapoints to alarm of the alarms on the alias. */
const LASTING = 3;

/** What holds for alarms on invocations, which report when they end. */
const INVOCATIONS: Pick<Row, 'spread'> = { spread: UNTIL_TIMEOUT.spread };

const NEAR_TIMEOUT: Pick<Row, 'unit' | 'threshold' | 'ceiling' | 'spread'> = {
  ...UNTIL_TIMEOUT,
  unit: ThresholdUnit.MILLISECONDS,
  threshold: nearTimeout,
};

/**
 * On the new version, as invoked through the alias while traffic shifts. They stop the deployment, which is itself reported as rolled back.
 */
export const SHIFT_ALARMS = new AlarmTable<'newVersionErrors' | 'newVersionErrorRate' | 'newVersionDuration', Timeout, CanarySubject>({
  newVersionErrors: {
    ...INVOCATIONS,
    id: 'NewVersionErrorsAlarm',
    metric: (subject, period) => newVersionMetric(subject, 'Errors', { period, statistic: cloudwatch.Stats.SUM }),
    unit: ThresholdUnit.COUNT,
    threshold: 0,
    datapoints: AT_ONCE,
    meaning: ({ path }) => `The version of ${path} that traffic is shifting to fails.`,
    firstStep: 'read the error in its log; the traffic goes back to the old version by itself.',
    runbook: { page: 'canary', section: 'new-version-errors' },
  },
  newVersionErrorRate: {
    ...INVOCATIONS,
    id: 'NewVersionErrorRateAlarm',
    metric: errorRateBeyondOld,
    unit: ThresholdUnit.PERCENT,
    threshold: 5,
    datapoints: AT_ONCE,
    meaning: ({ path }) => `The version of ${path} that traffic is shifting to fails more often than the old one.`,
    firstStep: 'compare the errors of both versions; the traffic goes back to the old one by itself.',
    runbook: { page: 'canary', section: 'new-version-error-rate' },
  },
  newVersionDuration: {
    ...NEAR_TIMEOUT,
    id: 'NewVersionDurationAlarm',
    metric: (subject, period) => newVersionMetric(subject, 'Duration', { period, statistic: cloudwatch.Stats.p(99) }),
    datapoints: AT_ONCE,
    meaning: ({ path }) => `Invocations of the version of ${path} that traffic is shifting to come near its timeout.`,
    firstStep: 'find what became slow; the traffic goes back to the old version by itself.',
    runbook: { page: 'canary', section: 'new-version-duration' },
  },
});

/** On the alias: after the shift, and for failures that did not show during it. */
export const ALIAS_ALARMS = new AlarmTable<'errors' | 'duration', Timeout, CanarySubject>({
  errors: {
    ...INVOCATIONS,
    id: 'ErrorsAlarm',
    metric: ({ alias }, period) => alias.metricErrors({ period, statistic: cloudwatch.Stats.SUM }),
    unit: ThresholdUnit.COUNT,
    threshold: 0,
    datapoints: LASTING,
    severity: AlarmSeverity.WARNING,
    meaning: ({ path }) => `The deployed version of ${path} fails repeatedly.`,
    firstStep: 'see whether it began with a deployment; if so, point the alias back to the version before.',
    runbook: { page: 'canary', section: 'errors' },
  },
  duration: {
    ...NEAR_TIMEOUT,
    id: 'DurationAlarm',
    metric: ({ alias }, period) => alias.metricDuration({ period, statistic: cloudwatch.Stats.p(99) }),
    datapoints: LASTING,
    severity: AlarmSeverity.WARNING,
    meaning: ({ path }) => `Invocations of the deployed version of ${path} come near its timeout.`,
    firstStep: 'see whether it began with a deployment; if so, point the alias back to the version before.',
    runbook: { page: 'canary', section: 'duration' },
  },
});

/**
 * A metric of the new version, for invocations through the alias only.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html
 */
function newVersionMetric({ alias, version }: CanarySubject, metricName: string, options: cloudwatch.MetricOptions): cloudwatch.Metric {
  const { functionName } = alias.lambda;
  return alias.metric(metricName, {
    ...options,
    dimensionsMap: { FunctionName: functionName, Resource: `${functionName}:${alias.aliasName}`, ExecutedVersion: version.version },
  });
}

/**
 * In percentage points. The metrics of the alias minus those of the new version are those of the old version; a minute without traffic to
 * the old version counts as one without errors.
 *
 * No FILL: the latest minute is often not reported yet, and 0 in its place would keep the alarm from firing.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */
function errorRateBeyondOld(subject: CanarySubject, period: Duration): cloudwatch.MathExpression {
  const options = { period, statistic: cloudwatch.Stats.SUM };
  return new cloudwatch.MathExpression({
    expression: '100 * newErrors / newInvocations - IF(invocations > newInvocations, 100 * (errors - newErrors) / (invocations - newInvocations), 0)',
    label: 'Error rate of the new version beyond the old',
    period,
    usingMetrics: {
      newErrors: newVersionMetric(subject, 'Errors', options),
      newInvocations: newVersionMetric(subject, 'Invocations', options),
      errors: subject.alias.metricErrors(options),
      invocations: subject.alias.metricInvocations(options),
    },
  });
}
