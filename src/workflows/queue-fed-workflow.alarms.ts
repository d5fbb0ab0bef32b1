import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as events from 'aws-cdk-lib/aws-events';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { ruleDeadLetterRow, unsuccessfulExecutions } from './private/end-alarms';
import type { CountAlarmOptions, QueueAlarmOptions } from '../alarms/alarm-options';
import { AlarmSeverity } from '../alarms/alarms';
import type { QueueAlarms } from '../alarms/alarms-by-name';
import type { AlarmRow } from '../private/alarms/alarm-table';
import { AlarmTable, ANY } from '../private/alarms/alarm-table';
import { ruleRows } from '../private/events/rule-alarms';
import type { PipeSubject } from '../private/pipes/pipe-alarms';
import { pipeMetric, pipeRows } from '../private/pipes/pipe-alarms';
import { deadLetterRows, QUEUE_ALARMS } from '../private/sqs/queue-alarms';

/**
 * Tuning of the alarms of a `QueueFedWorkflow`.
 */
export interface QueueFedWorkflowAlarmOptions extends QueueAlarmOptions {
  /**
   * Deliveries of the pipe that failed: Express executions that did not succeed, and Standard executions that could not be started.
   *
   * @default - on; above 0 in 3 of the periods that three visibility timeouts span, because what fails is tried again after each
   */
  readonly pipeFailed?: CountAlarmOptions;

  /**
   * Deliveries of the pipe that were throttled.
   *
   * @default - on; above 0 in 5 of 5 periods
   */
  readonly pipeThrottled?: CountAlarmOptions;

  /**
   * Messages that wait while the pipe delivers nothing, because it was stopped.
   *
   * @default - on; above 0 in 10 of 10 periods
   */
  readonly pipeStopped?: CountAlarmOptions;

  /**
   * Executions of a Standard state machine that failed, reached their timeout or were stopped, counted by Step Functions itself.
   *
   * @default - on, with a Standard state machine; above 0 in 1 of 1 periods
   */
  readonly executionsFailed?: CountAlarmOptions;

  /**
   * Messages of such executions that could not be moved to the dead-letter queue.
   *
   * @default - on, with a Standard state machine; above 0 in 1 of 1 periods
   */
  readonly setAsideFailed?: CountAlarmOptions;

  /**
   * Ends of executions for which the state machine that sets their messages aside could not be started.
   *
   * @default - on, with a Standard state machine; above 0 in 1 of 1 periods
   */
  readonly failedInvocations?: CountAlarmOptions;

  /**
   * Ends of executions that could not even be moved to the dead-letter queue of the rule.
   *
   * @default - on, with a Standard state machine; above 0 in 1 of 1 periods
   */
  readonly failedToSendToDlq?: CountAlarmOptions;

  /**
   * There are messages in the dead-letter queue of the rule.
   *
   * @default - on, with a Standard state machine; above 0 in 1 of 1 periods
   */
  readonly ruleDeadLetters?: CountAlarmOptions;
}

/**
 * The alarms of a `QueueFedWorkflow`, on its queues, its pipe and its executions.
 */
export interface QueueFedWorkflowAlarms extends QueueAlarms {
  /**
   * Deliveries of the pipe that failed.
   *
   * @default - switched off
   */
  readonly pipeFailed?: cloudwatch.Alarm;

  /**
   * Deliveries of the pipe that were throttled.
   *
   * @default - switched off
   */
  readonly pipeThrottled?: cloudwatch.Alarm;

  /**
   * Messages that wait while the pipe delivers nothing.
   *
   * @default - switched off
   */
  readonly pipeStopped?: cloudwatch.Alarm;

  /**
   * Standard executions that failed, reached their timeout or were stopped.
   *
   * @default - switched off, or not created because the state machine is Express
   */
  readonly executionsFailed?: cloudwatch.Alarm;

  /**
   * Messages that could not be moved to the dead-letter queue.
   *
   * @default - switched off, or not created because the state machine is Express
   */
  readonly setAsideFailed?: cloudwatch.Alarm;

  /**
   * Ends of executions for which the state machine that sets their messages aside could not be started.
   *
   * @default - switched off, or not created because the state machine is Express
   */
  readonly failedInvocations?: cloudwatch.Alarm;

  /**
   * Ends of executions that could not even be moved to the dead-letter queue of the rule.
   *
   * @default - switched off, or not created because the state machine is Express
   */
  readonly failedToSendToDlq?: cloudwatch.Alarm;

  /**
   * There are messages in the dead-letter queue of the rule.
   *
   * @default - switched off, or not created because the state machine is Express
   */
  readonly ruleDeadLetters?: cloudwatch.Alarm;
}

interface WorkflowFacts {
  readonly retentionSeconds?: number | undefined;
  /** After how long what failed is delivered again. */
  readonly retrySeconds?: number | undefined;
}

interface DeliverySubject extends WorkflowFacts, PipeSubject {
  readonly queue: sqs.IQueue;
  readonly deadLetterQueue: sqs.IQueue;
  readonly ageSeconds: number;
}

/** How executions end that are only started. */
interface EndSubject {
  /** The path of the pattern. */
  readonly path: string;
  /** The ARN of the machine without a qualifier, by which its metrics are. */
  readonly stateMachineArn: string;
  readonly setAside: sfn.StateMachine;
  readonly rule: events.Rule;
  readonly ruleDeadLetterQueue: sqs.Queue;
}

/** The page of the runbook. */
const PAGE = 'queue-fed-workflow';

/** On the queues and the pipe. */
export const DELIVERY_ALARMS = new AlarmTable<'deadLetters' | 'moreDeadLetters' | 'messageAge' | 'pipeFailed' | 'pipeThrottled' | 'pipeStopped', WorkflowFacts, DeliverySubject>({
  ...deadLetterRows<WorkflowFacts, DeliverySubject>({
    waiting: {
      meaning: ({ path }) => `Messages of ${path} could not be processed and are in its dead-letter queue.`,
      firstStep: 'read one of them and the error of its execution; redrive only after the repair.',
    },
    growing: {
      meaning: ({ path }) => `More messages of ${path} went to its dead-letter queue within the last period.`,
      firstStep: 'see whether the cause is the known one; if it is new, stop the pipe before more follow.',
    },
    page: PAGE,
  }),
  messageAge: {
    ...QUEUE_ALARMS.rows.messageAge as AlarmRow<WorkflowFacts, DeliverySubject>,
    firstStep: 'look at CurrentState and StateReason of the pipe, then at the throttles of Step Functions.',
    runbook: { page: PAGE, section: 'message-age' },
  },
  ...withRetries(pipeRows<WorkflowFacts, DeliverySubject>({
    failed: {
      meaning: ({ path }) => `The pipe of ${path} cannot have messages processed, again and again; they become dead letters after their last receive.`,
      firstStep: 'read the log of the pipe, and that of the Express state machine that it invokes.',
    },
    throttled: {
      meaning: ({ path }) => `The pipe of ${path} is throttled, so messages wait.`,
      firstStep: 'compare the quota of concurrent pipe executions with the messages that come in.',
    },
    page: PAGE,
  })),
  pipeStopped: {
    ...ANY,
    id: 'PipeStoppedAlarm',
    metric: (subject, period) => new cloudwatch.MathExpression({
      expression: 'IF(visible > 0 AND FILL(invocations, 0) == 0, visible, 0)',
      label: 'Messages that wait while the pipe delivers nothing',
      period,
      usingMetrics: {
        visible: subject.queue.metricApproximateNumberOfMessagesVisible(),
        invocations: pipeMetric('Invocations', subject),
      },
    }),
    // Longer than an Express execution takes, and than a pipe that fails holds back.
    datapoints: 10,
    severity: AlarmSeverity.CRITICAL,
    meaning: ({ path }) => `Messages of ${path} wait, but its pipe delivers nothing.`,
    firstStep: 'look at CurrentState and StateReason of the pipe: EventBridge stops one that is refused all the time.',
    runbook: { page: PAGE, section: 'pipe-stopped' },
  },
});

/** A message that failed is delivered again only when it is visible again. */
function withRetries<R extends { readonly pipeFailed: AlarmRow<WorkflowFacts, DeliverySubject> }>(rows: R): R {
  return { ...rows, pipeFailed: { ...rows.pipeFailed, datapoints: 3, spread: ({ retrySeconds }: WorkflowFacts) => ({ retrySeconds }) } };
}

/** On the ends of executions that the pipe does not wait for. */
export const END_ALARMS = new AlarmTable<'executionsFailed' | 'setAsideFailed' | 'failedInvocations' | 'failedToSendToDlq' | 'ruleDeadLetters', object, EndSubject>({
  executionsFailed: {
    ...ANY,
    id: 'ExecutionsFailedAlarm',
    metric: ({ stateMachineArn }, period) => unsuccessfulExecutions(stateMachineArn, 'Executions that did not succeed', period),
    severity: AlarmSeverity.WARNING,
    meaning: ({ path }) => `Executions of the workflow of ${path} failed, reached their timeout or were stopped.`,
    firstStep: 'compare them with the dead letters: the event of each sets its message aside, but Step Functions promises no event.',
    runbook: { page: PAGE, section: 'failed-executions' },
  },
  setAsideFailed: {
    ...ANY,
    id: 'SetAsideFailedAlarm',
    metric: ({ setAside }, period) => unsuccessfulExecutions(setAside.stateMachineArn, 'Messages that were not set aside', period),
    severity: AlarmSeverity.CRITICAL,
    meaning: ({ path }) => `Messages of executions of ${path} that failed could not be moved to its dead-letter queue.`,
    firstStep: 'read the error of the newest failed execution of the state machine SetAside, repair its cause, and redrive it.',
    runbook: { page: PAGE, section: 'set-aside-failed' },
  },
  ...ruleRows<object, EndSubject>(({ path }) => `Ends of executions of ${path}`, PAGE, {
    target: 'the state machine that sets their messages aside',
    firstStep: 'see whether it exists, and whether the role of the rule may start it',
    recovery: 'list the executions that failed since then: they keep their input',
  }),
  ruleDeadLetters: ruleDeadLetterRow(PAGE, {
    meaning: ({ path }) => `The messages of executions of ${path} that failed were not set aside; the events of these are in the dead-letter queue of the rule.`,
    firstStep: 'read the attribute ERROR_CODE of one of them; start the state machine SetAside with each event after the repair.',
  }),
});
