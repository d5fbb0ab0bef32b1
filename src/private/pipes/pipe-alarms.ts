import type { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as pipes from 'aws-cdk-lib/aws-pipes';
import { AlarmSeverity } from '../../alarms/alarms';
import type { AlarmRow } from '../alarms/alarm-table';
import { ANY } from '../alarms/alarm-table';
import { ThresholdUnit } from '../alarms/tuning';

export interface PipeSubject {
  /** The path of the pattern. */
  readonly path: string;
  readonly pipe: pipes.CfnPipe;
}

/** What the alarms on a pipe say. */
export interface PipeTexts<S> {
  readonly failed: { readonly meaning: (subject: S) => string; readonly firstStep: string };
  readonly throttled: { readonly meaning: (subject: S) => string; readonly firstStep: string };
  /** The page of the runbook; its sections are `pipe-failed` and `pipe-throttled`. */
  readonly page: string;
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-monitoring.html */
export function pipeMetric(metricName: string, { pipe }: Pick<PipeSubject, 'pipe'>, period?: Duration): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: 'AWS/EventBridge/Pipes', metricName, dimensionsMap: { PipeName: pipe.ref }, statistic: cloudwatch.Stats.SUM, ...period && { period },
  });
}

/** The alarms on what a pipe could not deliver, and on its throttles. */
export function pipeRows<F extends object, S extends F & PipeSubject>(
  { failed, throttled, page }: PipeTexts<S>,
): { readonly pipeFailed: AlarmRow<F, S>; readonly pipeThrottled: AlarmRow<F, S> } {
  const metricOf = (metricName: string): AlarmRow<F, S>['metric'] => (subject, period) => pipeMetric(metricName, subject, period);
  return {
    pipeFailed: {
      id: 'PipeFailedAlarm',
      metric: metricOf('ExecutionFailed'),
      ...ANY,
      severity: AlarmSeverity.CRITICAL,
      ...failed,
      runbook: { page, section: 'pipe-failed' },
    },
    pipeThrottled: {
      id: 'PipeThrottledAlarm',
      metric: metricOf('ExecutionThrottled'),
      unit: ThresholdUnit.COUNT,
      threshold: 0,
      datapoints: 5,
      severity: AlarmSeverity.WARNING,
      ...throttled,
      runbook: { page, section: 'pipe-throttled' },
    },
  };
}
