/**
 * The alarms of a queue-fed workflow ring by their own faults, those on call hear them, and no other rings; without a fault none does.
 *
 * `pipeThrottled` rings nowhere: the emulator has no quota of pipe executions, and on AWS it is that of the account.
 *
 * Takes some minutes on the local emulator, where CloudWatch's minutes last a second, and about an hour on AWS.
 */
import { ExpectedResult, IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { QueueFedWorkflowProps } from '../src';
import { Alarms, QueueFedWorkflow } from '../src';
import { untilAlarmsAre } from './support/alarm-drill';
import { expectAnswer, inOrder } from './support/drill';
import { faultWindow } from './support/environment-faults';
import type { PlanOptions } from './support/faults';
import { Ledger } from './support/ledger';
import { seed } from './support/seed';
import { WorkflowSteps } from './support/workflow-steps';

const app = new App();
const stack = new Stack(app, 'IntegQueueFedWorkflowAlarms');
const ledger = new Ledger(stack, 'Ledger');
const steps = new WorkflowSteps(stack, ledger);
Alarms.of(stack).notify(new SnsAction(ledger.onCall));

/** A workflow for each fault, so that no fault rings the alarm of another. */
function follow(run: string, props: Partial<QueueFedWorkflowProps> = {}, inArray = false): QueueFedWorkflow {
  const workflow = new QueueFedWorkflow(stack, run, {
    stateMachine: new sfn.StateMachine(stack, `${run}Workflow`, {
      definitionBody: sfn.DefinitionBody.fromChainable(steps.step(`${run}Step`, { inArray })),
      stateMachineType: inArray ? sfn.StateMachineType.EXPRESS : sfn.StateMachineType.STANDARD,
      timeout: Duration.seconds(30),
    }),
    removalPolicy: RemovalPolicy.DESTROY,
    ...props,
  });
  ledger.follow(run, workflow);
  ledger.watchAlarms(run, workflow.allAlarms);
  return workflow;
}

follow('silent');
follow('failed');
follow('poisoned', { visibilityTimeout: Duration.seconds(30), alarms: { pipeFailed: { evaluationPeriods: 600, datapointsToAlarm: 3 } } }, true);
const stopped = follow('stopped', { alarms: { messageAge: { threshold: Duration.seconds(20) } } });
// What sets aside, and the queue of the rule, are deleted.
const refused = follow('refused');
const gone = follow('gone');
// The dead-letter queue is deleted, and what tries to set a message aside there is stopped.
const homeless = follow('homeless');

const integ = new IntegTest(app, 'QueueFedWorkflowAlarms', { testCases: [stack], stackUpdateWorkflow: false });

const one: PlanOptions = { messages: 1, seed: seed(1) };
const bad: PlanOptions = { ...one, faults: { poison: 1 } };
const send = (run: string, plan: PlanOptions) => expectAnswer(integ, ledger.producer, { run, ...plan }, { confirmed: 1, refused: 0 });
const good = { run: 'silent', seconds: 3 };
const WAITING = ['DeadLettersAlarm', 'MoreDeadLettersAlarm'];
const rung = {
  silent: [],
  failed: [...WAITING, 'ExecutionsFailedAlarm'].sort(),
  poisoned: [...WAITING, 'PipeFailedAlarm'].sort(),
  stopped: ['MessageAgeAlarm', 'PipeStoppedAlarm'],
  refused: ['ExecutionsFailedAlarm', 'FailedInvocationsAlarm', 'RuleDeadLettersAlarm'],
  gone: ['ExecutionsFailedAlarm', 'FailedInvocationsAlarm', 'FailedToSendToDlqAlarm'],
  homeless: ['ExecutionsFailedAlarm', 'SetAsideFailedAlarm'],
};
const quiet = Object.fromEntries(Object.keys(rung).map((run) => [run, []]));

const attempts = () => integ.assertions.awsApiCall('SFN', 'listExecutions', { stateMachineArn: homeless.setAside!.stateMachineArn, statusFilter: 'RUNNING' });
const attempt = attempts();

inOrder([
  untilAlarmsAre(integ, ledger, { notOk: quiet, within: Duration.minutes(15) }),
  ...[refused, gone].map(({ setAside }) => integ.assertions.awsApiCall('SFN', 'deleteStateMachine', { stateMachineArn: setAside!.stateMachineArn })),
  ...[gone.ruleDeadLetterQueue!, homeless.deadLetterQueue].map(({ queueUrl }) => integ.assertions.awsApiCall('SQS', 'deleteQueue', { QueueUrl: queueUrl })),
  send('failed', bad),
  send('poisoned', bad),
  send('refused', bad),
  send('gone', bad),
  send('homeless', bad),
  attempts().expect(ExpectedResult.objectLike({ executions: [Match.objectLike({ status: 'RUNNING' })] }))
    .waitForAssertions({ totalTimeout: Duration.minutes(5), interval: Duration.seconds(5) }),
  attempt,
  integ.assertions.awsApiCall('SFN', 'stopExecution', { executionArn: attempt.getAttString('executions.0.executionArn') }),
  ...faultWindow(integ, ledger, ledger.stopPipe(stopped.pipe), [send('stopped', one)], [
    untilAlarmsAre(integ, ledger, { rung, streams: [good], within: Duration.minutes(40) }),
  ]),
]);
