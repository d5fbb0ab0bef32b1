import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as events from 'aws-cdk-lib/aws-events';
import type * as pipes from 'aws-cdk-lib/aws-pipes';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { addDeadLetterAlarms, ALARM, MINUTE, RUNBOOKS } from './plain-alarms';

const PAGE = `${RUNBOOKS}/queue-fed-workflow.md`;

/** What the alarms of a workflow that a queue feeds look at. */
export interface FedWorkflow {
  readonly queue: sqs.Queue;
  readonly deadLetterQueue: sqs.Queue;
  readonly pipe: pipes.CfnPipe;
  readonly stateMachine: sfn.StateMachine;
  readonly setAside: sfn.StateMachine;
  readonly rule: events.Rule;
  readonly ruleDeadLetterQueue: sqs.Queue;
}

export function addWorkflowAlarms(scope: Construct, workflow: FedWorkflow): void {
  const { queue, deadLetterQueue, pipe, stateMachine, setAside, rule, ruleDeadLetterQueue } = workflow;
  addDeadLetterAlarms(scope, deadLetterQueue, 'queue-fed-workflow');
  new cloudwatch.Alarm(scope, 'MessageAgeAlarm', {
    ...ALARM,
    metric: queue.metricApproximateAgeOfOldestMessage({ period: MINUTE, statistic: 'Maximum' }),
    // Twice the time until a message is set aside.
    threshold: 1800,
    alarmDescription: `Messages of ${scope.node.path} wait longer than they should. First: look whether the pipe runs. Runbook: ${PAGE}#message-age`,
  });
  addPipeAlarms(scope, queue, pipe);
  addEndAlarm(scope, 'ExecutionsFailedAlarm', 'Executions that did not succeed', stateMachine, 'failed-executions');
  addEndAlarm(scope, 'SetAsideFailedAlarm', 'Messages that were not set aside', setAside, 'set-aside-failed');
  for (const [id, metricName] of [['FailedInvocationsAlarm', 'FailedInvocations'], ['FailedToSendToDlqAlarm', 'InvocationsFailedToBeSentToDlq']] as const) {
    new cloudwatch.Alarm(scope, id, {
      ...ALARM,
      metric: new cloudwatch.Metric({ namespace: 'AWS/Events', metricName, dimensionsMap: { RuleName: rule.ruleName }, statistic: 'Sum', period: MINUTE }),
      alarmDescription: `Messages of executions of ${scope.node.path} that failed are not set aside. First: see to the rule. Runbook: ${PAGE}#failed-invocations`,
    });
  }
  new cloudwatch.Alarm(scope, 'RuleDeadLettersAlarm', {
    ...ALARM,
    metric: ruleDeadLetterQueue.metricApproximateNumberOfMessagesVisible({ period: MINUTE, statistic: 'Maximum' }),
    alarmDescription: `Ends of executions of ${scope.node.path} wait in the queue of the rule. First: read the error. Runbook: ${PAGE}#rule-dead-letters`,
  });
}

function addPipeAlarms(scope: Construct, queue: sqs.Queue, pipe: pipes.CfnPipe): void {
  const ofPipe = (metricName: string) => new cloudwatch.Metric({
    namespace: 'AWS/EventBridge/Pipes', metricName, dimensionsMap: { PipeName: pipe.ref }, statistic: 'Sum', period: MINUTE,
  });
  new cloudwatch.Alarm(scope, 'PipeFailedAlarm', {
    ...ALARM,
    metric: ofPipe('ExecutionFailed'),
    // Three attempts, each a visibility timeout after the other.
    evaluationPeriods: 9,
    datapointsToAlarm: 3,
    alarmDescription: `The pipe of ${scope.node.path} cannot have messages processed. First: read the log of the pipe. Runbook: ${PAGE}#pipe-failed`,
  });
  new cloudwatch.Alarm(scope, 'PipeThrottledAlarm', {
    ...ALARM,
    metric: ofPipe('ExecutionThrottled'),
    evaluationPeriods: 5,
    alarmDescription: `The pipe of ${scope.node.path} is throttled. First: compare its quota with the messages. Runbook: ${PAGE}#pipe-throttled`,
  });
  new cloudwatch.Alarm(scope, 'PipeStoppedAlarm', {
    ...ALARM,
    metric: new cloudwatch.MathExpression({
      expression: 'IF(visible > 0 AND FILL(invocations, 0) == 0, visible, 0)',
      label: 'Messages that wait while the pipe delivers nothing',
      period: MINUTE,
      usingMetrics: { visible: queue.metricApproximateNumberOfMessagesVisible(), invocations: ofPipe('Invocations') },
    }),
    evaluationPeriods: 10,
    alarmDescription: `Messages of ${scope.node.path} wait, but its pipe delivers nothing. First: read why it was stopped. Runbook: ${PAGE}#pipe-stopped`,
  });
}

function addEndAlarm(scope: Construct, id: string, label: string, machine: sfn.StateMachine, section: string): void {
  new cloudwatch.Alarm(scope, id, {
    ...ALARM,
    metric: new cloudwatch.MathExpression({
      expression: 'FILL(failed, 0) + FILL(timedOut, 0) + FILL(aborted, 0)',
      label,
      period: MINUTE,
      usingMetrics: { failed: machine.metricFailed(), timedOut: machine.metricTimedOut(), aborted: machine.metricAborted() },
    }),
    alarmDescription: `${label}: ${scope.node.path}. First: read the error of the newest one. Runbook: ${PAGE}#${section}`,
  });
}
