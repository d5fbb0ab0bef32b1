import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

export const RUNBOOKS = 'https://github.com/cdkserverlesspatterns/cdk-serverless-patterns/blob/v0.0.0/docs/runbooks';

export const MINUTE = Duration.minutes(1);

/** What the alarms of a team that writes them by hand have in common. */
export const ALARM = {
  threshold: 0,
  evaluationPeriods: 1,
  comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
  treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
};

/** The two alarms on a dead-letter queue. */
export function addDeadLetterAlarms(scope: Construct, deadLetterQueue: sqs.Queue, page: string): void {
  new cloudwatch.Alarm(scope, 'DeadLettersAlarm', {
    ...ALARM,
    metric: deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period: MINUTE, statistic: 'Maximum' }),
    alarmDescription: `Something of ${scope.node.path} could not be delivered and waits in a dead-letter queue. ` +
      `First: see why; move it on only after the repair. Runbook: ${RUNBOOKS}/${page}.md#dead-letters`,
  });
  new cloudwatch.Alarm(scope, 'MoreDeadLettersAlarm', {
    ...ALARM,
    metric: new cloudwatch.MathExpression({
      expression: 'DIFF(visible + FILL(inFlight, 0))',
      label: 'Growth of the dead-letter queue',
      period: MINUTE,
      usingMetrics: {
        visible: deadLetterQueue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' }),
        inFlight: deadLetterQueue.metricApproximateNumberOfMessagesNotVisible({ statistic: 'Maximum' }),
      },
    }),
    alarmDescription: `More of ${scope.node.path} could not be delivered within the last period. ` +
      `First: see whether the cause is the known one. Runbook: ${RUNBOOKS}/${page}.md#more-dead-letters`,
  });
}
