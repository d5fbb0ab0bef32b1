import { Stack } from 'aws-cdk-lib';
import { ContextAttribute } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';

/**
 * The message of a run. It is the same for each attempt to deliver the run, and another for each run, so that a FIFO queue drops one that is delivered twice, and no other. The id of an execution
 * would differ for each attempt. https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
 */
export function runMessage(scope: Construct, input: { readonly [key: string]: unknown } | undefined): string {
  return Stack.of(scope).toJsonString({ scheduledTime: ContextAttribute.scheduledTime, ...input && { input } });
}

/** The same where several schedules may send to one queue: it names its schedule too, or a FIFO queue would drop one of two that come at the same time. */
export function scheduleMessage(scope: Construct, input: { readonly [key: string]: unknown } | undefined): string {
  const { scheduleArn: schedule, scheduledTime } = ContextAttribute;
  return Stack.of(scope).toJsonString({ schedule, scheduledTime, ...input && { input } });
}
