/**
 * Queue-fed workflows are fed with faults: executions fail and succeed at the third attempt, fail for good, hang until their timeout and are stopped, messages are sent twice, and a pipe is stopped for a
 * while. Every message is accounted for, before and after the repair.
 *
 * Runs unchanged on the local emulator (`npm run integ`) and on AWS (`npm run integ:aws`).
 */
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { QueueFedWorkflowProps } from '../src';
import { QueueFedWorkflow, ResilientWorkflow } from '../src';
import { expectAnswer, faultDrill, inOrder, untilBooksAre } from './support/drill';
import { executionEntrance } from './support/entrances/execution';
import { faultWindow } from './support/environment-faults';
import type { PlanOptions } from './support/faults';
import { numbersWith, planMessages } from './support/faults';
import { Ledger } from './support/ledger';
import { seed } from './support/seed';
import { WorkflowSteps } from './support/workflow-steps';

const app = new App();
const stack = new Stack(app, 'IntegQueueFedWorkflow');
const ledger = new Ledger(stack, 'Ledger');
const steps = new WorkflowSteps(stack, ledger);

/** An Express execution that hangs is given up soon. */
const EXPRESS_TIMEOUT = Duration.seconds(15);

function newMachine(id: string, definition: sfn.IChainable, props: Partial<sfn.StateMachineProps> = {}): sfn.StateMachine {
  const definitionBody = sfn.DefinitionBody.fromChainable(definition);
  return new sfn.StateMachine(stack, `${id}Workflow`, { definitionBody, timeout: Duration.minutes(2), ...props });
}

function follow(run: string, id: string, props: Omit<QueueFedWorkflowProps, 'removalPolicy'>): QueueFedWorkflow {
  const workflow = new QueueFedWorkflow(stack, id, { removalPolicy: RemovalPolicy.DESTROY, ...props });
  ledger.follow(run, workflow);
  return workflow;
}

// What fails by its own error is tried three times, as the task says.
const standard = (id: string) => steps.step(id).addRetry({ errors: ['NotDone'], maxAttempts: 2, interval: Duration.seconds(1) });
const express = (id: string) => newMachine(id, steps.step(`${id}Step`, { inArray: true }), {
  stateMachineType: sfn.StateMachineType.EXPRESS, timeout: EXPRESS_TIMEOUT,
});

follow('standard', 'Standard', { stateMachine: newMachine('Standard', standard('StandardStep')) });
follow('express', 'Express', { stateMachine: express('Express'), visibilityTimeout: EXPRESS_TIMEOUT });
follow('in-order', 'InOrder', { stateMachine: express('InOrder'), visibilityTimeout: EXPRESS_TIMEOUT, fifo: true });
// The events of an encrypted execution leave its input out.
const encryptionKey = new kms.Key(stack, 'Key', { removalPolicy: RemovalPolicy.DESTROY, pendingWindow: Duration.days(7) });
const encrypted = new ResilientWorkflow(stack, 'EncryptedWorkflow', { definition: standard('EncryptedStep'), encryptionKey, removalPolicy: RemovalPolicy.DESTROY });
follow('customer-key', 'CustomerKey', { stateMachine: encrypted.stateMachine, encryptionKey });
const shifted = new ResilientWorkflow(stack, 'ShiftedWorkflow', { definition: standard('ShiftedStep'), trafficShift: {}, removalPolicy: RemovalPolicy.DESTROY });
follow('alias', 'Alias', { stateMachine: shifted.alias! });
// The function hangs for a minute, the execution may take less.
follow('hung', 'Hung', { stateMachine: newMachine('Hung', steps.step('HungStep'), { timeout: Duration.seconds(30) }) });
const stopped = follow('stopped', 'Stopped', {
  stateMachine: newMachine('Stopped', steps.pause('ForDays', Duration.days(2)).next(steps.step('Never')), { timeout: Duration.days(3) }),
});
// A state machine that somebody else starts: its executions are none of the queue's business.
const otherwise = newMachine('Otherwise', steps.step('OtherwiseStep'));
const { deadLetterQueue } = new QueueFedWorkflow(stack, 'Otherwise', { stateMachine: otherwise, removalPolicy: RemovalPolicy.DESTROY });
ledger.follow('started-otherwise', { deadLetterQueue }, {
  entrance: executionEntrance({ stateMachine: otherwise, grantStartExecution: (grantee) => otherwise.grantStartExecution(grantee) }),
});
const paused = follow('paused', 'Paused', { stateMachine: newMachine('Paused', steps.step('PausedStep')) });

const integ = new IntegTest(app, 'QueueFedWorkflow', { testCases: [stack], stackUpdateWorkflow: false });

const plans: Record<string, PlanOptions> = {
  'standard': { messages: 20, faults: { poison: 2, transient: 2, resend: 2, oversize: 1 }, seed: seed(1) },
  'express': { messages: 20, faults: { 'poison': 2, 'transient': 2, 'resend': 2, 'time-out': 1, 'oversize': 1 }, seed: seed(2) },
  'in-order': { messages: 12, groups: 3, faults: { poison: 1, transient: 1, resend: 1 }, seed: seed(3) },
  'customer-key': { messages: 5, faults: { poison: 1, transient: 1 }, seed: seed(4) },
  'alias': { messages: 5, faults: { poison: 1, transient: 1 }, seed: seed(5) },
};
const hanging: PlanOptions = { messages: 3, faults: { 'time-out': 1 }, seed: seed(6) };
const one: PlanOptions = { messages: 1, seed: seed(7) };
const bad: PlanOptions = { ...one, faults: { poison: 1 } };
const three: PlanOptions = { messages: 3, seed: seed(8) };

const settled = { lost: 0, unexplained: 0, inFlight: 0 };
const send = (run: string, plan: PlanOptions) => expectAnswer(integ, ledger.producer, { run, ...plan }, { confirmed: plan.messages, refused: 0 });
const redrive = (run: string, redriven: number[]) => expectAnswer(integ, ledger.redriver, { run }, { redriven });
const late = numbersWith('time-out', planMessages(hanging));
const running = integ.assertions.awsApiCall('SFN', 'listExecutions', { stateMachineArn: stopped.stateMachine.stateMachineArn, statusFilter: 'RUNNING' });

inOrder([
  send('stopped', one),
  send('hung', hanging),
  send('started-otherwise', bad),
  ...faultDrill(integ, ledger, plans),
  running,
  integ.assertions.awsApiCall('SFN', 'stopExecution', { executionArn: running.getAttString('executions.0.executionArn') }),
  untilBooksAre(integ, ledger, 'stopped', { ...settled, effects: 0, setAside: [1], deliveries: 0 }),
  // Each had one execution: the one that hung was not started again.
  untilBooksAre(integ, ledger, 'hung', { ...settled, effects: hanging.messages - late.length, setAside: late, deliveries: hanging.messages }),
  redrive('hung', late),
  untilBooksAre(integ, ledger, 'hung', { ...settled, effects: hanging.messages, setAside: [] }),
  untilBooksAre(integ, ledger, 'started-otherwise', { effects: 0, setAside: [], deliveries: 1 }),
  ...faultWindow(integ, ledger, ledger.stopPipe(paused.pipe), [send('paused', three)], [
    untilBooksAre(integ, ledger, 'paused', { ...settled, effects: 0, deliveries: 0, inFlight: 3 }),
  ]),
  untilBooksAre(integ, ledger, 'paused', { ...settled, effects: 3, deliveries: 3, setAside: [] }),
]);
