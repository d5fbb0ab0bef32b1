import type { Duration } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';

/**
 * How executions move to a new version of a workflow.
 */
export enum WorkflowShiftType {
  /** A share of the new executions goes to the new version; after the interval, all do. */
  CANARY = 'CANARY',

  /** With each interval, the same share more of the new executions goes to the new version. */
  LINEAR = 'LINEAR',
}

/**
 * How a deployment moves executions to a new version of a `ResilientWorkflow`, and back when it fails.
 */
export interface WorkflowTrafficShift {
  /**
   * Name of the alias.
   *
   * @default 'live'
   */
  readonly aliasName?: string;

  /**
   * Whether the new version gets its share in two steps or in many.
   *
   * @default WorkflowShiftType.CANARY
   */
  readonly type?: WorkflowShiftType;

  /**
   * The share of executions that each step moves, from 1 to 99 percent.
   *
   * @default 10
   */
  readonly percentage?: number;

  /**
   * The time between two steps, from 3 minutes to 35 hours. A failure counts only once an execution has ended, so let it be longer than most executions take.
   *
   * @default Duration.minutes(10)
   */
  readonly interval?: Duration;

  /**
   * Further alarms that take the new version back, beside that on its failed executions.
   *
   * @default - none
   */
  readonly rollbackAlarms?: cloudwatch.IAlarm[];
}
