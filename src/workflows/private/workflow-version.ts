import { createHash } from 'node:crypto';
import { Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { Definition } from './definition';
import { unsuccessfulEnds } from './unsuccessful-ends';
import type { WorkflowTrafficShift } from '../workflow-traffic-shift';
import { WorkflowShiftType } from '../workflow-traffic-shift';

/** A version of a state machine, and the rule that counts its executions that failed. */
export interface WorkflowVersion {
  /** Of what belongs to this version only. */
  readonly scope: Construct;
  readonly version: sfn.CfnStateMachineVersion;
  readonly rule: events.Rule;
  readonly eventPattern: events.EventPattern;
}

/**
 * Publishes the newest revision of a state machine as a version. What belongs to it gets other ids with other states: the alarm on a version that failed until the deployment must not take back the one
 * that repairs it.
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-version.html
 */
export function newVersion(pattern: Construct, machine: sfn.StateMachine, definition: Definition): WorkflowVersion {
  const hash = createHash('sha256').update(JSON.stringify(Stack.of(pattern).resolve(definition))).digest('hex').slice(0, 8);
  const scope = new Construct(pattern, `Version${hash}`);
  const version = new sfn.CfnStateMachineVersion(scope, 'Version', { stateMachineArn: machine.stateMachineArn, stateMachineRevisionId: machine.stateMachineRevisionId });
  const eventPattern = unsuccessfulEnds(['FAILED', 'TIMED_OUT'], { stateMachineVersionArn: [version.attrArn] });
  const rule = new events.Rule(scope, 'Rule', { description: 'Counts the executions of a new version that failed.', eventPattern });
  return { scope, version, rule, eventPattern };
}

const MINUTES = 10;
const PERCENT = 10;

/** How CloudFormation is told to shift. */
export function preferenceOf(
  version: sfn.CfnStateMachineVersion, { type, percentage, interval }: WorkflowTrafficShift, alarms: readonly cloudwatch.IAlarm[],
): sfn.CfnStateMachineAlias.DeploymentPreferenceProperty {
  return {
    stateMachineVersionArn: version.attrArn,
    type: type ?? WorkflowShiftType.CANARY,
    percentage: percentage ?? PERCENT,
    interval: interval?.toMinutes() ?? MINUTES,
    alarms: alarms.map(({ alarmName }) => alarmName),
  };
}

/**
 * A state machine by its alias. Permissions and metrics are those of the machine itself: IAM and CloudWatch know it, not its aliases.
 * https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
 */
export function machineByAlias(scope: Construct, id: string, machine: sfn.StateMachine, aliasArn: string): sfn.IStateMachine {
  const alias = sfn.StateMachine.fromStateMachineArn(scope, id, aliasArn);
  for (const name of namesIn(alias).filter((one) => /^(grant|metric)/.test(one)) as (keyof sfn.IStateMachine)[]) {
    const value: unknown = machine[name];
    Object.defineProperty(alias, name, { value: typeof value === 'function' ? value.bind(machine) as unknown : value });
  }
  return alias;
}

/** The names of all members, those of the classes included. */
function namesIn(value: object): string[] {
  const parent = Object.getPrototypeOf(value) as object | null;
  return [...Object.getOwnPropertyNames(value), ...parent === null ? [] : namesIn(parent)];
}
