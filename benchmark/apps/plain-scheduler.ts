import type { Duration } from 'aws-cdk-lib';
import { Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { ALARM, MINUTE, RUNBOOKS } from './plain-alarms';
import { newDeadLetterQueue } from './plain-event-delivery';

/** A group of schedules, and what they send by. */
export interface Scheduling {
  readonly group: scheduler.CfnScheduleGroup;
  readonly deadLetterQueue: sqs.Queue;
  readonly role: iam.Role;
  readonly grants: iam.Grant[];
}

export function newScheduling(scope: Construct, queue: sqs.IQueue): Scheduling {
  // The CDK's own construct for a group would give it a fixed name.
  const group = new scheduler.CfnScheduleGroup(scope, 'ScheduleGroup');
  const deadLetterQueue = newDeadLetterQueue(scope, 'ScheduleDeadLetterQueue');
  const role = new iam.Role(scope, 'ScheduleRole', {
    assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account, 'aws:SourceArn': group.attrArn } },
    }),
  });
  return { group, deadLetterQueue, role, grants: [queue, deadLetterQueue].map((target) => target.grant(role, 'sqs:SendMessage')) };
}

/** What Scheduler reports of the runs that it does not deliver, and where the runbook says what to do. */
const FAILURES = [
  { id: 'TargetErrorsAlarm', metric: 'TargetErrorCount', section: 'target-errors' },
  { id: 'DroppedRunsAlarm', metric: 'InvocationDroppedCount', section: 'dropped-runs' },
  { id: 'RunsSetAsideAlarm', metric: 'InvocationsSentToDeadLetterCount', section: 'runs-set-aside' },
  { id: 'RunsNotSetAsideAlarm', metric: 'InvocationsFailedToBeSentToDeadLetterCount', section: 'runs-not-set-aside' },
];

export function ofGroup(group: scheduler.CfnScheduleGroup, metricName: string, period: Duration): cloudwatch.Metric {
  return new cloudwatch.Metric({ namespace: 'AWS/Scheduler', metricName, dimensionsMap: { ScheduleGroup: group.ref }, statistic: 'Sum', period });
}

export function addSchedulingAlarms(scope: Construct, { group, deadLetterQueue }: Scheduling): void {
  for (const { id, metric, section } of FAILURES) {
    new cloudwatch.Alarm(scope, id, {
      ...ALARM,
      metric: ofGroup(group, metric, MINUTE),
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
}
