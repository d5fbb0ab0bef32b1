/**
 * The pipe, the starter and what sets messages aside do with what they were granted; senders and operators too. A message that the pipe may not delete is delivered again, and starts nothing a second time.
 * What may not be started goes to the dead-letter queue; what may not be set aside is, when it may again.
 *
 * Shows something only where IAM is enforced: on AWS, and on the local emulator as `npm run integ` starts it.
 */
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { QueueFedWorkflow } from '../src';
import { expectAnswer, inOrder, untilBooksAre } from './support/drill';
import { faultWindow } from './support/environment-faults';
import { Ledger } from './support/ledger';
import { seed } from './support/seed';
import { WorkflowSteps } from './support/workflow-steps';

const app = new App();
const stack = new Stack(app, 'IntegQueueFedWorkflowPermissions');
const ledger = new Ledger(stack, 'Ledger');
const steps = new WorkflowSteps(stack, ledger);

function follow(run: string): QueueFedWorkflow {
  const definitionBody = sfn.DefinitionBody.fromChainable(steps.step(`${run}Step`));
  const stateMachine = new sfn.StateMachine(stack, `${run}Workflow`, { definitionBody, timeout: Duration.minutes(2) });
  const workflow = new QueueFedWorkflow(stack, run, {
    stateMachine,
    // The shortest there may be: what is not deleted comes again soon.
    visibilityTimeout: Duration.seconds(30),
    maxReceiveCount: run === 'refused' ? 1 : 3,
    encryptionKey: new kms.Key(stack, `${run}Key`, { removalPolicy: RemovalPolicy.DESTROY, pendingWindow: Duration.days(7) }),
    removalPolicy: RemovalPolicy.DESTROY,
  });
  ledger.follow(run, workflow);
  return workflow;
}

const twice = follow('twice');
const refused = follow('refused');
const held = follow('held');

const integ = new IntegTest(app, 'QueueFedWorkflowPermissions', { testCases: [stack], stackUpdateWorkflow: false });
const send = (run: string, faults = {}) => expectAnswer(
  integ, ledger.producer, { run, messages: 1, faults, seed: seed(1) }, { confirmed: 1, refused: 0 },
);
const settled = { lost: 0, unexplained: 0, inFlight: 0 };

inOrder([
  ...faultWindow(integ, ledger, ledger.losePermission('LostDelete', twice.pipeRole, ['sqs:DeleteMessage'], twice.queue.queueArn), [send('twice')], [
    untilBooksAre(integ, ledger, 'twice', { effects: 1, deliveries: 1 }),
  ]),
  // It has come again, and is gone: one message, one execution.
  untilBooksAre(integ, ledger, 'twice', { ...settled, effects: 1, deliveries: 1, setAside: [] }),
  ...faultWindow(integ, ledger, ledger.losePermission('LostStart', refused.starter!.role, ['states:StartExecution'], refused.stateMachine.stateMachineArn), [send('refused')], [
    untilBooksAre(integ, ledger, 'refused', { ...settled, effects: 0, deliveries: 0, setAside: [1] }),
  ]),
  expectAnswer(integ, ledger.redriver, { run: 'refused' }, { redriven: [1] }),
  untilBooksAre(integ, ledger, 'refused', { ...settled, effects: 1, setAside: [] }),
  ...faultWindow(integ, ledger, ledger.losePermission('LostSend', held.setAside!.role, ['sqs:SendMessage'], held.deadLetterQueue.queueArn), [send('held', { poison: 1 })], [
    untilBooksAre(integ, ledger, 'held', { effects: 0, deliveries: 1, setAside: [] }),
  ]),
  untilBooksAre(integ, ledger, 'held', { ...settled, effects: 0, setAside: [1] }),
]);
