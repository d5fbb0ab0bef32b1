import type { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { AlarmSeverity } from '../../alarms/alarms';
import type { AlarmRow } from '../../private/alarms/alarm-table';
import { ANY } from '../../private/alarms/alarm-table';

/**
 * How many executions of a state machine did not succeed: one that is stopped or reaches its timeout leaves as much behind as one that fails.
 * https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
 */
export function unsuccessfulExecutions(stateMachineArn: string, label: string, period: Duration): cloudwatch.IMetric {
  const count = (metricName: string) => new cloudwatch.Metric({
    namespace: 'AWS/States', metricName, dimensionsMap: { StateMachineArn: stateMachineArn }, statistic: cloudwatch.Stats.SUM,
  });
  return new cloudwatch.MathExpression({
    expression: 'FILL(failed, 0) + FILL(timedOut, 0) + FILL(aborted, 0)',
    label,
    period,
    usingMetrics: { failed: count('ExecutionsFailed'), timedOut: count('ExecutionsTimedOut'), aborted: count('ExecutionsAborted') },
  });
}

/** The alarm on the dead-letter queue of a rule on the ends of executions. Its section in the runbook is `rule-dead-letters`. */
export function ruleDeadLetterRow<S extends { readonly ruleDeadLetterQueue: sqs.IQueue }>(
  page: string, texts: Pick<AlarmRow<object, S>, 'meaning' | 'firstStep'>,
): AlarmRow<object, S> {
  return {
    ...ANY,
    id: 'RuleDeadLettersAlarm',
    metric: ({ ruleDeadLetterQueue }, period) => ruleDeadLetterQueue.metricApproximateNumberOfMessagesVisible({ period }),
    severity: AlarmSeverity.CRITICAL,
    ...texts,
    runbook: { page, section: 'rule-dead-letters' },
  };
}
