import { Token } from 'aws-cdk-lib';
import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { DurationAlarmOptions, PercentAlarmOptions } from '../../alarms/alarm-options';
import { AlarmSeverity } from '../../alarms/alarms';
import { addPatternAlarm, checkAlarmOptions } from '../alarms/pattern-alarm';
import { runbook } from '../alarms/runbook';
import type { Problems } from '../checks/problems';

interface ApiAlarmOptions {
  readonly serverErrors?: PercentAlarmOptions;
  readonly latency?: DurationAlarmOptions;
}

/**
 * Adds the alarms on an API's stage, with the thresholds that AWS recommends.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html
 */
export function addApiAlarms(scope: Construct, stage: apigateway.Stage, options: ApiAlarmOptions = {}): cloudwatch.Alarm[] {
  return [
    ...addPatternAlarm(scope, 'ServerErrorsAlarm', {
      // The average over all requests is their share, as a fraction.
      metric: (period) => stage.metricServerError({ period, statistic: cloudwatch.Stats.AVERAGE }),
      threshold: (options.serverErrors?.threshold ?? 5) / 100,
      evaluationPeriods: 3,
      severity: AlarmSeverity.ACT_NOW,
      meaning: `The API of ${scope.node.path} cannot answer its callers.`,
      firstStep: 'read status and error of the failed requests in the access log.',
      runbook: runbook('polling-status-api', 'server-errors'),
    }, options.serverErrors),
    ...addPatternAlarm(scope, 'LatencyAlarm', {
      metric: (period) => stage.metricLatency({ period, statistic: cloudwatch.Stats.p(90) }),
      threshold: options.latency?.threshold?.toMilliseconds({ integral: false }) ?? 2500,
      evaluationPeriods: 5,
      severity: AlarmSeverity.LOOK_SOON,
      meaning: `The API of ${scope.node.path} answers slowly.`,
      firstStep: 'compare latency and integration latency in the access log: the difference is API Gateway and its authorizer, the rest the table.',
      runbook: runbook('polling-status-api', 'latency'),
    }, options.latency),
  ];
}

/**
 * Notes what is wrong with the tuning of these alarms.
 */
export function checkApiAlarms(problems: Problems, options: ApiAlarmOptions = {}): void {
  checkAlarmOptions(problems, 'alarms.serverErrors', options.serverErrors, 3);
  checkAlarmOptions(problems, 'alarms.latency', options.latency, 5);
  const percent = options.serverErrors?.threshold;
  if (percent !== undefined && Token.isUnresolved(percent)) {
    problems.add('alarms.serverErrors.threshold is a token, but must be known, because CloudWatch wants it as a fraction: state it, or leave it out for 5 percent');
  } else if (percent !== undefined && !(percent >= 0 && percent < 100)) {
    problems.add(`alarms.serverErrors.threshold is ${percent}, but must be a percentage from 0 to below 100: leave it out for 5`);
  }
  const latency = options.latency?.threshold;
  if (latency?.isUnresolved() && latency.unitLabel() !== 'millis') {
    problems.add(`alarms.latency.threshold is a token in ${latency.unitLabel()}, which cannot be converted to milliseconds: state it with Duration.millis`);
  }
}
