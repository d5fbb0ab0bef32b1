import type { CfnResource } from 'aws-cdk-lib';
import { Token } from 'aws-cdk-lib';
import type * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type { ScheduleExpressionFacts } from '../../delivery/rules/schedule-expression';

/** What the rules are told of an expression. */
export function expressionFacts(name: string, { expressionString, timeZone }: scheduler.ScheduleExpression): ScheduleExpressionFacts {
  return { name, expression: known(expressionString), timeZone: known(timeZone?.timezoneName) };
}

function known(text: string | undefined): string | undefined {
  return Token.isUnresolved(text) ? undefined : text;
}

/** The L1 of a schedule. */
export function scheduleResource(schedule: scheduler.Schedule): CfnResource {
  return schedule.node.defaultChild as CfnResource;
}
