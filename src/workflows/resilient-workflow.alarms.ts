import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as events from 'aws-cdk-lib/aws-events';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { ruleDeadLetterRow, unsuccessfulExecutions } from './private/end-alarms';
import type { CountAlarmOptions, DeadLetterAlarmOptions } from '../alarms/alarm-options';
import { AlarmSeverity } from '../alarms/alarms';
import type { DeadLetterAlarms } from '../alarms/alarms-by-name';
import { AlarmTable, ANY } from '../private/alarms/alarm-table';
import { ThresholdUnit } from '../private/alarms/tuning';
import { ruleMetric, ruleRows } from '../private/events/rule-alarms';
import type { DeadLetterSubject } from '../private/sqs/queue-alarms';
import { deadLetterRows } from '../private/sqs/queue-alarms';

/**
 * Tuning of the alarms of a `ResilientWorkflow`.
 */
export interface ResilientWorkflowAlarmOptions extends DeadLetterAlarmOptions {
  /**
   * Executions that failed.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly failed?: CountAlarmOptions;

  /**
   * Executions that reached their timeout.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly timedOut?: CountAlarmOptions;

  /**
   * Executions that were stopped.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly aborted?: CountAlarmOptions;

  /**
   * State transitions that were throttled.
   *
   * @default - on; above 0 in 5 of 5 periods
   */
  readonly throttled?: CountAlarmOptions;

  /**
   * Executions whose compensation failed, so that they are half undone.
   *
   * @default - on, with `compensations`; above 0 in 1 of 1 periods
   */
  readonly compensationsFailed?: CountAlarmOptions;

  /**
   * Executions of the new version that failed or reached their timeout while executions move to it. Takes the version back; nobody is notified.
   *
   * @default - on, with `trafficShift`; above 0 in 1 of 1 periods
   */
  readonly newVersionFailed?: CountAlarmOptions;

  /**
   * Ends of executions that could not be delivered to the dead-letter queue.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly failedInvocations?: CountAlarmOptions;

  /**
   * Ends of executions that could neither be delivered nor moved to the dead-letter queue of the rule.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly failedToSendToDlq?: CountAlarmOptions;

  /**
   * There are messages in the dead-letter queue of the rule.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly ruleDeadLetters?: CountAlarmOptions;
}

/**
 * The alarms of a `ResilientWorkflow`.
 */
export interface ResilientWorkflowAlarms extends DeadLetterAlarms {
  /**
   * Executions that failed.
   *
   * @default - switched off
   */
  readonly failed?: cloudwatch.Alarm;

  /**
   * Executions that reached their timeout.
   *
   * @default - switched off
   */
  readonly timedOut?: cloudwatch.Alarm;

  /**
   * Executions that were stopped.
   *
   * @default - switched off
   */
  readonly aborted?: cloudwatch.Alarm;

  /**
   * State transitions that were throttled.
   *
   * @default - switched off
   */
  readonly throttled?: cloudwatch.Alarm;

  /**
   * Executions whose compensation failed.
   *
   * @default - switched off, or not created because there are no `compensations`
   */
  readonly compensationsFailed?: cloudwatch.Alarm;

  /**
   * Executions of the new version that failed or reached their timeout.
   *
   * @default - switched off, or not created because there is no `trafficShift`
   */
  readonly newVersionFailed?: cloudwatch.Alarm;

  /**
   * Ends of executions that could not be delivered to the dead-letter queue.
   *
   * @default - switched off
   */
  readonly failedInvocations?: cloudwatch.Alarm;

  /**
   * Ends of executions that could neither be delivered nor moved to the dead-letter queue of the rule.
   *
   * @default - switched off
   */
  readonly failedToSendToDlq?: cloudwatch.Alarm;

  /**
   * There are messages in the dead-letter queue of the rule.
   *
   * @default - switched off
   */
  readonly ruleDeadLetters?: cloudwatch.Alarm;
}

interface WorkflowSubject extends DeadLetterSubject {
  /** The path of the pattern. */
  readonly path: string;
  readonly stateMachine: sfn.StateMachine;
  readonly rule: events.Rule;
  readonly ruleDeadLetterQueue: sqs.Queue;
}

interface CompensationSubject {
  /** The path of the pattern. */
  readonly path: string;
  readonly compensation: sfn.StateMachine;
}

interface VersionSubject {
  /** The path of the pattern. */
  readonly path: string;
  readonly rule: events.Rule;
}

/** The page of the runbook. */
const PAGE = 'resilient-workflow';

const common = { ...ANY, severity: AlarmSeverity.WARNING };

export const WORKFLOW_ALARMS = new AlarmTable<
  'failed' | 'timedOut' | 'aborted' | 'throttled' | keyof DeadLetterAlarms | 'failedInvocations' | 'failedToSendToDlq' | 'ruleDeadLetters', object, WorkflowSubject
>({
  failed: {
    ...common,
    id: 'FailedAlarm',
    metric: ({ stateMachine }, period) => stateMachine.metricFailed({ period }),
    meaning: ({ path }) => `Executions of ${path} failed.`,
    firstStep: 'open the newest failed execution and read the error of the state that failed.',
    runbook: { page: PAGE, section: 'failed-executions' },
  },
  timedOut: {
    ...common,
    id: 'TimedOutAlarm',
    metric: ({ stateMachine }, period) => stateMachine.metricTimedOut({ period }),
    severity: AlarmSeverity.CRITICAL,
    meaning: ({ path }) => `Executions of ${path} reached their timeout, where nothing is caught and nothing is undone.`,
    firstStep: 'open one and see which state took the time.',
    runbook: { page: PAGE, section: 'timed-out-executions' },
  },
  aborted: {
    ...common,
    id: 'AbortedAlarm',
    metric: ({ stateMachine }, period) => stateMachine.metricAborted({ period }),
    meaning: ({ path }) => `Executions of ${path} were stopped by somebody, and nothing is undone.`,
    firstStep: 'find in CloudTrail who called StopExecution.',
    runbook: { page: PAGE, section: 'aborted-executions' },
  },
  throttled: {
    id: 'ThrottledAlarm',
    metric: ({ stateMachine }, period) => stateMachine.metricThrottled({ period }),
    unit: ThresholdUnit.COUNT,
    threshold: 0,
    datapoints: 5,
    severity: AlarmSeverity.WARNING,
    meaning: ({ path }) => `State transitions of ${path} are throttled, so executions take longer.`,
    firstStep: 'compare the quota of state transitions of the account with those of all state machines.',
    runbook: { page: PAGE, section: 'throttled-executions' },
  },
  ...deadLetterRows<object, WorkflowSubject>({
    waiting: {
      meaning: ({ path }) => `Executions of ${path} did not succeed; their ends are in its dead-letter queue.`,
      firstStep: 'read one of them, and the execution that it names; redrive or start executions only after the repair.',
    },
    growing: {
      meaning: ({ path }) => `More executions of ${path} did not succeed within the last period.`,
      firstStep: 'see whether the cause is the known one; if it is new, stop whoever starts executions before more follow.',
    },
    page: PAGE,
  }),
  ...ruleRows<object, WorkflowSubject>(({ path }) => `Ends of executions of ${path}`, PAGE, {
    target: 'its dead-letter queue',
    firstStep: 'see whether the queue exists, and whether its policy and its key let the rule in',
    recovery: 'list the executions that failed since then: they keep their input',
  }),
  ruleDeadLetters: ruleDeadLetterRow(PAGE, {
    meaning: ({ path }) => `Ends of executions of ${path} could not be delivered to its dead-letter queue and are in that of the rule.`,
    firstStep: 'read the attribute ERROR_CODE of one of them; move them to the dead-letter queue after the repair.',
  }),
});

export const COMPENSATION_ALARMS = new AlarmTable<'compensationsFailed', object, CompensationSubject>({
  compensationsFailed: {
    ...ANY,
    id: 'CompensationsFailedAlarm',
    metric: ({ compensation }, period) => unsuccessfulExecutions(compensation.stateMachineArn, 'Compensations that did not succeed', period),
    severity: AlarmSeverity.CRITICAL,
    meaning: ({ path }) => `Compensations of ${path} failed, so that executions are half undone.`,
    firstStep: 'open the newest execution of the compensation that failed, repair what its state calls, and redrive it: it goes on where it failed.',
    runbook: { page: PAGE, section: 'compensations-failed' },
  },
});

/** On the newest version. It takes the version back, which is itself reported as a failed deployment. */
export const VERSION_ALARMS = new AlarmTable<'newVersionFailed', object, VersionSubject>({
  newVersionFailed: {
    ...ANY,
    id: 'NewVersionFailedAlarm',
    metric: (subject, period) => ruleMetric('TriggeredRules', subject, period),
    meaning: ({ path }) => `Executions of the version of ${path} that a deployment moves to fail.`,
    firstStep: 'read the error of one of them; new executions go back to the old version by themselves.',
    runbook: { page: PAGE, section: 'new-version-failed' },
  },
});
