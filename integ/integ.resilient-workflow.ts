/**
 * Executions of workflows fail and succeed at the third attempt, are throttled, fail for good, hang until the timeout of their task or their own, and are stopped. Each is accounted for: done, or set aside
 * with its input. A saga fails at each of its steps in turn: exactly what was completed is undone, the last step first.
 *
 * Runs unchanged on the local emulator (`npm run integ`) and on AWS (`npm run integ:aws`).
 */
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { ResilientWorkflowProps } from '../src';
import { ResilientWorkflow } from '../src';
import { expectAnswer, inOrder, untilBooksAre } from './support/drill';
import { executionEntrance } from './support/entrances/execution';
import type { PlanOptions } from './support/faults';
import { numbersWith, planMessages } from './support/faults';
import { Ledger } from './support/ledger';
import { seed } from './support/seed';
import { WorkflowSteps } from './support/workflow-steps';

const app = new App();
const stack = new Stack(app, 'IntegResilientWorkflow');
const ledger = new Ledger(stack, 'Ledger');
const steps = new WorkflowSteps(stack, ledger);

function newWorkflow(id: string, definition: sfn.IChainable, props: Partial<ResilientWorkflowProps> = {}): ResilientWorkflow {
  return new ResilientWorkflow(stack, id, { definition, removalPolicy: RemovalPolicy.DESTROY, ...props });
}

function follow(run: string, workflow: ResilientWorkflow): void {
  ledger.follow(run, { deadLetterQueue: workflow.deadLetterQueue }, { entrance: executionEntrance(workflow) });
}

// What fails by its own error is tried three times, as the task says.
follow('retried', newWorkflow('Retried', steps.step('Retry').addRetry({ errors: ['NotDone'], maxAttempts: 2 })));
// What Lambda is too busy for is tried again, as the workflow says.
follow('throttled', newWorkflow('Throttled', steps.step('Throttle', { error: 'Lambda.TooManyRequestsException' })));
// The function hangs for a minute.
follow('hung', newWorkflow('Hung', steps.step('Hang'), { taskTimeout: Duration.seconds(15) }));
// Each state waits for less than the execution may take, both together for more.
follow('late', newWorkflow('Late', steps.pause('Long', Duration.seconds(8)).next(steps.pause('Longer', Duration.seconds(9))).next(steps.step('TooLate')), { timeout: Duration.seconds(10) }));
const stopped = newWorkflow('Stopped', steps.pause('ForDays', Duration.days(2)).next(steps.step('Never')), { timeout: Duration.days(3) });
follow('stopped', stopped);

/** Undoes a step; the step after it must have been undone before. */
const undo = (of: string, next?: string) => steps.step(`undo-${of}`, { station: `undo-${of}`, ...next ? { after: { station: `undo-${next}`, of: next } } : {} });

const [a, b, c, d] = (['a', 'b', 'c', 'd'] as const).map((name) => steps.step(name, { station: name })) as [tasks.LambdaInvoke, tasks.LambdaInvoke, tasks.LambdaInvoke, tasks.LambdaInvoke];
const saga = newWorkflow('Saga', a.next(b).next(c).next(d), { compensations: { a: undo('a', 'b'), b: undo('b', 'c'), c: undo('c') } });
ledger.topology('saga', {
  entrance: executionEntrance(saga),
  stations: Object.fromEntries(['a', 'b', 'c', 'd', 'undo-a', 'undo-b', 'undo-c', 'end'].map((name) => [name, {}])),
  // What is done elsewhere is not explained.
  due: {
    'a': ['good', 'at-b', 'at-c', 'at-d'],
    'b': ['good', 'at-c', 'at-d'],
    'c': ['good', 'at-d'],
    'd': ['good'],
    'undo-a': ['at-b', 'at-c', 'at-d'],
    'undo-b': ['at-c', 'at-d'],
    'undo-c': ['at-d'],
    'end': ['at-a', 'at-b', 'at-c', 'at-d'],
  },
  sourceDeadLetterQueue: saga.deadLetterQueue,
});

const integ = new IntegTest(app, 'ResilientWorkflow', { testCases: [stack], stackUpdateWorkflow: false });

const retried: PlanOptions = { messages: 10, faults: { transient: 3, poison: 2 }, seed: seed(1) };
const throttled: PlanOptions = { messages: 4, faults: { transient: 3 }, seed: seed(2) };
const hung: PlanOptions = { messages: 3, faults: { 'time-out': 1 }, seed: seed(3) };
const few: PlanOptions = { messages: 2, seed: seed(4) };
const one: PlanOptions = { messages: 1, seed: seed(5) };
const failing: PlanOptions = { messages: 10, categories: ['good', 'at-a', 'at-b', 'at-c', 'at-d'], seed: seed(6) };

const poison = numbersWith('poison', planMessages(retried));
const hanging = numbersWith('time-out', planMessages(hung));
const failed = planMessages(failing).filter(({ category }) => category !== 'good').map(({ number }) => number);
const done = { 'a': 8, 'b': 6, 'c': 4, 'd': 2, 'undo-a': 6, 'undo-b': 4, 'undo-c': 2 };
const settled = { lost: 0, unexplained: 0 };
const send = (run: string, plan: PlanOptions) => expectAnswer(integ, ledger.producer, { run, ...plan }, { confirmed: plan.messages, refused: 0 });

const running = integ.assertions.awsApiCall('SFN', 'listExecutions', { stateMachineArn: stopped.stateMachine.stateMachineArn, statusFilter: 'RUNNING' });

inOrder([
  send('stopped', one),
  send('hung', hung),
  send('late', few),
  send('retried', retried),
  send('throttled', throttled),
  send('saga', failing),
  running,
  integ.assertions.awsApiCall('SFN', 'stopExecution', { executionArn: running.getAttString('executions.0.executionArn') }),
  // Three attempts in all, for what fails twice as for what fails for good.
  untilBooksAre(integ, ledger, 'retried', { ...settled, effects: retried.messages - poison.length, setAside: poison, deliveries: retried.messages + 2 * 5, failures: { transient: 3, poison: 2 } }),
  untilBooksAre(integ, ledger, 'throttled', { ...settled, effects: throttled.messages, setAside: [], failures: { transient: 3 } }),
  // Not tried again: the work may have been done.
  untilBooksAre(integ, ledger, 'hung', { ...settled, effects: hung.messages - hanging.length, setAside: hanging, deliveries: hung.messages }),
  untilBooksAre(integ, ledger, 'late', { ...settled, effects: 0, setAside: [1, 2], deliveries: 0 }),
  untilBooksAre(integ, ledger, 'stopped', { ...settled, effects: 0, setAside: [1], deliveries: 0 }),
  untilBooksAre(integ, ledger, 'saga', {
    ...settled,
    stations: {
      ...Object.fromEntries(Object.entries(done).map(([name, effects]) => [name, { ...settled, accepted: effects, effects, duplicates: 0 }])),
      // Each that failed is set aside, undone or not.
      end: { ...settled, effects: 0, setAside: failed },
    },
  }),
]);
