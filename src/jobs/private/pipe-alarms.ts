import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as pipes from 'aws-cdk-lib/aws-pipes';
import { AlarmSeverity } from '../../alarms/alarms';
import type { AlarmRow } from '../../private/alarms/alarm-table';
import { ANY } from '../../private/alarms/alarm-table';
import { ThresholdUnit } from '../../private/alarms/tuning';

export interface PipeSubject {
  /** The path of the pattern. */
  readonly path: string;
  readonly pipe: pipes.CfnPipe;
}

/**
 * The alarms on a pipe. What it cannot deliver is tried for as long as the job could be done, and only then a dead letter.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-monitoring.html
 *
 * @param page the page of the runbook; its sections are `pipe-failed` and `pipe-throttled`
 */
export function pipeRows<F extends object, S extends F & PipeSubject>(
  page: string,
): { readonly pipeFailed: AlarmRow<F, S>; readonly pipeThrottled: AlarmRow<F, S> } {
  const metricOf = (metricName: string): AlarmRow<F, S>['metric'] => ({ pipe }, period) => new cloudwatch.Metric({
    namespace: 'AWS/EventBridge/Pipes', metricName, dimensionsMap: { PipeName: pipe.ref }, statistic: cloudwatch.Stats.SUM, period,
  });
  return {
    pipeFailed: {
      id: 'PipeFailedAlarm',
      metric: metricOf('ExecutionFailed'),
      ...ANY,
      severity: AlarmSeverity.CRITICAL,
      meaning: ({ path }) => `The pipe of ${path} cannot give jobs to their engine; they wait, and become dead letters when their time is over.`,
      firstStep: 'read the log of the pipe.',
      runbook: { page, section: 'pipe-failed' },
    },
    pipeThrottled: {
      id: 'PipeThrottledAlarm',
      metric: metricOf('ExecutionThrottled'),
      unit: ThresholdUnit.COUNT,
      threshold: 0,
      datapoints: 5,
      severity: AlarmSeverity.WARNING,
      meaning: ({ path }) => `The pipe of ${path} is throttled, so jobs wait.`,
      firstStep: 'compare the quota of concurrent pipe executions with the jobs that come in.',
      runbook: { page, section: 'pipe-throttled' },
    },
  };
}
