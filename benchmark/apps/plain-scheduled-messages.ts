import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { AddPattern } from './add-pattern';
import { consumerQueues } from './consumer-queues';
import { addSchedulingAlarms, newScheduling } from './plain-scheduler';

/** The template that `ScheduledMessages` gives for schedules that the handler creates, by hand with the CDK's own constructs. */
export const addPattern: AddPattern = (stack, id, handler) => {
  const { queue } = consumerQueues(stack, `${id}Target`);
  const scope = new Construct(stack, id);
  const scheduling = newScheduling(scope, queue);
  addSchedulingAlarms(scope, scheduling);
  handler.addToRolePolicy(new iam.PolicyStatement({
    actions: ['scheduler:CreateSchedule', 'scheduler:GetSchedule', 'scheduler:DeleteSchedule'],
    resources: [stack.formatArn({ service: 'scheduler', resource: 'schedule', resourceName: `${scheduling.group.ref}/*` })],
  }));
  handler.addToRolePolicy(new iam.PolicyStatement({
    actions: ['iam:PassRole'],
    resources: [scheduling.role.roleArn],
    conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
  }));
};
