import type { CfnResource } from 'aws-cdk-lib';
import { Token } from 'aws-cdk-lib';
import type * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type { Runs, ScheduleExpressionFacts } from '../../delivery/rules/schedule-expression';
import { runsOf } from '../../delivery/rules/schedule-expression';

/** What the rules are told of an expression. */
export function expressionFacts(name: string, { expressionString, timeZone }: scheduler.ScheduleExpression): ScheduleExpressionFacts {
  return { name, expression: known(expressionString), timeZone: known(timeZone?.timezoneName) };
}

/** When a recurring schedule runs. Undefined: once only, or not known. */
export function runsIn({ expressionString }: scheduler.ScheduleExpression): Runs | undefined {
  return runsOf(known(expressionString));
}

function known(text: string | undefined): string | undefined {
  return Token.isUnresolved(text) ? undefined : text;
}

/** The L1 of a schedule. */
export function scheduleResource(schedule: scheduler.Schedule): CfnResource {
  return schedule.node.defaultChild as CfnResource;
}
