import { Duration } from 'aws-cdk-lib';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { AddPattern } from './add-pattern';
import { ScheduledFunction } from 'cdk-serverless-patterns';

/** The pattern of this library, with its defaults, for a run each hour. */
export const addPattern: AddPattern = (stack, id, handler) => {
  new ScheduledFunction(stack, id, { handler, schedule: ScheduleExpression.rate(Duration.hours(1)) });
};
