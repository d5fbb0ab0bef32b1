import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import type { AddPattern } from './add-pattern';
import { ALARM, RUNBOOKS } from './plain-alarms';
import { newConsumer } from './plain-l2';
import { addSchedulingAlarms, newScheduling, ofGroup } from './plain-scheduler';

/** The template that `ScheduledFunction` gives for a run each hour, by hand with the CDK's own constructs. */
export const addPattern: AddPattern = (stack, id, handler) => {
  const scope = new Construct(stack, id);
  const queue = newConsumer(new Construct(scope, 'Consumer'), handler, true);
  const scheduling = newScheduling(scope, queue);
  const { group, deadLetterQueue, role, grants } = scheduling;
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

  const missed = new cloudwatch.Alarm(scope, 'MissedRunsAlarm', {
    ...ALARM,
    // An hour and a tenth.
    metric: ofGroup(group, 'InvocationAttemptCount', Duration.minutes(66)),
    threshold: 1,
    comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
    treatMissingData: cloudwatch.TreatMissingData.BREACHING,
    alarmDescription: `${scope.node.path} does not run any more. ` +
      `First: see whether the schedule is enabled. Runbook: ${RUNBOOKS}/scheduled-function.md#missed-runs`,
  });
  missed.node.addDependency(schedule);
  addSchedulingAlarms(scope, scheduling);
};
