import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { AlarmSeverity } from '../../alarms/alarms';
import type { AlarmRow } from '../alarms/alarm-table';
import { ThresholdUnit } from '../alarms/tuning';

interface ApiSubject {
  /** The path of the pattern. */
  readonly path: string;
  readonly stage: apigateway.Stage;
}

/**
 * The alarms on an API's stage, with the thresholds that AWS recommends.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html
 *
 * @param page the page of the runbook; its sections are `server-errors` and `latency`
 */
export function apiRows<F extends object, S extends F & ApiSubject>(
  page: string,
): { readonly serverErrors: AlarmRow<F, S>; readonly latency: AlarmRow<F, S> } {
  return {
    serverErrors: {
      id: 'ServerErrorsAlarm',
      // The average over all requests is their share, as a fraction.
      metric: ({ stage }, period) => stage.metricServerError({ period, statistic: cloudwatch.Stats.AVERAGE }),
      unit: ThresholdUnit.FRACTION,
      threshold: 0.05,
      datapoints: 3,
      severity: AlarmSeverity.CRITICAL,
      meaning: ({ path }) => `The API of ${path} cannot answer its callers.`,
      firstStep: 'read status and error of the failed requests in the access log.',
      runbook: { page, section: 'server-errors' },
    },
    latency: {
      id: 'LatencyAlarm',
      metric: ({ stage }, period) => stage.metricLatency({ period, statistic: cloudwatch.Stats.p(90) }),
      unit: ThresholdUnit.MILLISECONDS,
      threshold: 2500,
      datapoints: 5,
      severity: AlarmSeverity.WARNING,
      meaning: ({ path }) => `The API of ${path} answers slowly.`,
      firstStep: 'compare latency and integration latency in the access log: the difference is API Gateway and its authorizer, the rest the table.',
      runbook: { page, section: 'latency' },
    },
  };
}
