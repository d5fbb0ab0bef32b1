import type { Stack } from 'aws-cdk-lib';
import { Duration } from 'aws-cdk-lib';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type { ScheduledFunctionProps } from '../../src';
import { ScheduledFunction } from '../../src';
import { handlerIn, newStack } from '../messaging/fixtures';

export const SCHEDULE = 'AWS::Scheduler::Schedule';

type Props = Partial<ScheduledFunctionProps>;

/** Makes a pattern, 'Nightly', in a new stack, that runs every hour; the handler's timeout is 10 seconds. */
export function make(props: Props | ((stack: Stack) => Props) = {}): { readonly stack: Stack; readonly nightly: ScheduledFunction } {
  const stack = newStack();
  const stated = typeof props === 'function' ? props(stack) : props;
  return { stack, nightly: new ScheduledFunction(stack, 'Nightly', { handler: stated.handler ?? handlerIn(stack), schedule: rate(Duration.hours(1)), ...stated }) };
}

export function rate(duration: Duration): scheduler.ScheduleExpression {
  return scheduler.ScheduleExpression.rate(duration);
}

/** At these minutes and hours of every day. */
export function cron(options: scheduler.CronOptionsWithTimezone): scheduler.ScheduleExpression {
  return scheduler.ScheduleExpression.cron(options);
}
