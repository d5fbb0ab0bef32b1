import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import type { AddPattern } from './add-pattern';
import { ALARM, MINUTE, RUNBOOKS } from './plain-alarms';
import { newDeadLetterQueue } from './plain-event-delivery';
import { newConsumer } from './plain-l2';

/** What Scheduler reports of the runs that it does not deliver, and where the runbook says what to do. */
const FAILURES = [
  { id: 'TargetErrorsAlarm', metric: 'TargetErrorCount', section: 'target-errors' },
  { id: 'DroppedRunsAlarm', metric: 'InvocationDroppedCount', section: 'dropped-runs' },
  { id: 'RunsSetAsideAlarm', metric: 'InvocationsSentToDeadLetterCount', section: 'runs-set-aside' },
  { id: 'RunsNotSetAsideAlarm', metric: 'InvocationsFailedToBeSentToDeadLetterCount', section: 'runs-not-set-aside' },
];

/** The template that `ScheduledFunction` gives for a run each hour, by hand with the CDK's own constructs. */
export const addPattern: AddPattern = (stack, id, handler) => {
  const scope = new Construct(stack, id);
  const queue = newConsumer(new Construct(scope, 'Consumer'), handler, true);
  // The CDK's own construct for a group would give it a fixed name.
  const group = new scheduler.CfnScheduleGroup(scope, 'ScheduleGroup');
  const deadLetterQueue = newDeadLetterQueue(scope, 'ScheduleDeadLetterQueue');
  const role = new iam.Role(scope, 'ScheduleRole', {
    assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': stack.account, 'aws:SourceArn': group.attrArn } },
    }),
  });
  const grants = [queue, deadLetterQueue].map((target) => target.grant(role, 'sqs:SendMessage'));
  const schedule = new scheduler.Schedule(scope, 'Schedule', {
    schedule: scheduler.ScheduleExpression.rate(Duration.hours(1)),
    scheduleGroup: scheduler.ScheduleGroup.fromScheduleGroupName(scope, 'Group', group.ref),
    // The target of the CDK for a queue would make a role for all schedules of the stack.
    target: {
      bind: () => ({
        arn: queue.queueArn,
        role,
        deadLetterConfig: { arn: deadLetterQueue.queueArn },
        input: scheduler.ScheduleTargetInput.fromText('{"scheduledTime":"<aws.scheduler.scheduled-time>"}'),
        retryPolicy: { maximumEventAgeInSeconds: 3600, maximumRetryAttempts: 185 },
        sqsParameters: { messageGroupId: 'runs' },
      }),
    },
  });
  grants.forEach((grant) => grant.applyBefore(schedule));

  const ofGroup = (metricName: string, period: Duration) => new cloudwatch.Metric({
    namespace: 'AWS/Scheduler', metricName, dimensionsMap: { ScheduleGroup: group.ref }, statistic: 'Sum', period,
  });
  const missed = new cloudwatch.Alarm(scope, 'MissedRunsAlarm', {
    ...ALARM,
    // An hour and a tenth.
    metric: ofGroup('InvocationAttemptCount', Duration.minutes(66)),
    threshold: 1,
    comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
    treatMissingData: cloudwatch.TreatMissingData.BREACHING,
    alarmDescription: `${scope.node.path} does not run any more. ` +
      `First: see whether the schedule is enabled. Runbook: ${RUNBOOKS}/scheduled-function.md#missed-runs`,
  });
  missed.node.addDependency(schedule);
  for (const { id: alarmId, metric, section } of FAILURES) {
    new cloudwatch.Alarm(scope, alarmId, {
      ...ALARM,
      metric: ofGroup(metric, MINUTE),
      alarmDescription: `Runs of ${scope.node.path} do not reach its queue (${metric}). ` +
        `First: see whether the role of the schedule may send to it. Runbook: ${RUNBOOKS}/scheduled-function.md#${section}`,
    });
  }
  new cloudwatch.Alarm(scope, 'ScheduleDeadLettersAlarm', {
    ...ALARM,
    metric: deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period: MINUTE, statistic: 'Maximum' }),
    alarmDescription: `Runs of ${scope.node.path} wait in the dead-letter queue of the schedule. ` +
      `First: see why; move them only after the repair. Runbook: ${RUNBOOKS}/scheduled-function.md#schedule-dead-letters`,
  });
};
