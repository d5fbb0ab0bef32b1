/**
 * A workflow does its tasks, starts its compensation and sets its end aside with what it was granted, and executions are started with the grant of the pattern and no other. When its role may not
 * start the compensation any more, nothing is undone, and the end is set aside all the same.
 *
 * Shows something only where IAM is enforced: on AWS, and on the local emulator as `npm run integ` starts it.
 */
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { ResilientWorkflow } from '../src';
import { expectAnswer, inOrder, untilBooksAre } from './support/drill';
import { executionEntrance } from './support/entrances/execution';
import { faultWindow } from './support/environment-faults';
import { Ledger } from './support/ledger';
import { seed } from './support/seed';
import { WorkflowSteps } from './support/workflow-steps';

const app = new App();
const stack = new Stack(app, 'IntegResilientWorkflowPermissions');
const ledger = new Ledger(stack, 'Ledger');
const steps = new WorkflowSteps(stack, ledger);

const saga = new ResilientWorkflow(stack, 'Saga', {
  definition: steps.step('a', { station: 'a' }).next(steps.step('b', { station: 'b' })),
  compensations: { a: steps.step('undo-a', { station: 'undo-a' }) },
  removalPolicy: RemovalPolicy.DESTROY,
});
ledger.topology('saga', {
  entrance: executionEntrance(saga),
  stations: { 'a': {}, 'b': {}, 'undo-a': {}, 'end': {} },
  due: { 'b': ['good'], 'undo-a': ['at-b'], 'end': ['at-b'] },
  sourceDeadLetterQueue: saga.deadLetterQueue,
});

const integ = new IntegTest(app, 'ResilientWorkflowPermissions', { testCases: [stack], stackUpdateWorkflow: false });
const send = (part: readonly [number, number]) => expectAnswer(
  integ, ledger.producer, { run: 'saga', messages: 4, categories: ['good', 'at-b'], seed: seed(1), part }, { confirmed: 2, refused: 0 },
);
const lostStart = ledger.losePermission('LostStart', saga.stateMachine.role, ['states:StartExecution'], saga.compensation!.stateMachineArn);

inOrder([
  send([1, 2]),
  untilBooksAre(integ, ledger, 'saga', { stations: { 'a': { effects: 2 }, 'b': { effects: 1 }, 'undo-a': { effects: 1 }, 'end': { setAside: [2] } } }),
  ...faultWindow(integ, ledger, lostStart, [
    send([3, 4]),
    untilBooksAre(integ, ledger, 'saga', { stations: { 'a': { effects: 4 }, 'b': { effects: 2 }, 'undo-a': { effects: 1 }, 'end': { setAside: [2, 4] } } }),
  ]),
]);
