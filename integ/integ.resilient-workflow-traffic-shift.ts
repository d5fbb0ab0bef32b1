/**
 * A workflow is released five times: good, broken, good again, broken while nothing is started, so that it goes live and fails, and good again. Executions go to the new states by their share; states that fail are taken back;
 * those that repair what is live are not, though it fails until they come. Each execution is done or set aside.
 *
 * Runs unchanged on the local emulator (`npm run integ`) and on AWS (`npm run integ:aws`).
 */
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { ResilientWorkflow } from '../src';
import { expectAnswer, inOrder, untilBooksAre } from './support/drill';
import { executionEntrance } from './support/entrances/execution';
import { Ledger } from './support/ledger';
import { seed } from './support/seed';
import { newWorkflowReleaser } from './support/workflow-releaser';
import { WorkflowSteps } from './support/workflow-steps';

const app = new App();
const stack = new Stack(app, 'IntegResilientWorkflowTrafficShift');
const ledger = new Ledger(stack, 'Ledger');
const steps = new WorkflowSteps(stack, ledger);

// Ten minutes are ten seconds on the emulator, in which a busy machine must have met the broken release, and counted it.
const workflow = new ResilientWorkflow(stack, 'Workflow', { definition: steps.step('Step', { release: 'one' }), trafficShift: {}, removalPolicy: RemovalPolicy.DESTROY });
ledger.follow('releases', { deadLetterQueue: workflow.deadLetterQueue }, { entrance: executionEntrance(workflow) });
const releaser = newWorkflowReleaser(stack, 'Releaser', workflow);

const integ = new IntegTest(app, 'ResilientWorkflowTrafficShift', { testCases: [stack], stackUpdateWorkflow: false });

/** Of 120 executions, one in 300,000 times none meets the broken release. */
const PLAN = { messages: 200, seed: seed(1) } as const;
const send = (from: number, to: number) => expectAnswer(integ, ledger.producer, { run: 'releases', ...PLAN, part: [from, to] }, { confirmed: to - from + 1 });
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const settled = { inFlight: 0, lost: 0, unexplained: 0 };
const release = (name: string, during: object) => expectAnswer(integ, releaser, { release: name }, during);
const untilReleased = (after: object) => expectAnswer(integ, releaser, { look: true }, after)
  .waitForAssertions({ totalTimeout: Duration.minutes(30), interval: Duration.seconds(5) });

inOrder([
  send(1, 20),
  untilBooksAre(integ, ledger, 'releases', { ...settled, accepted: 20, effects: 20, setAside: [] }),

  // A tenth of the executions finds out.
  release('broken', { weights: { 1: 90, 2: 10 } }),
  send(21, 140),
  untilReleased({ stack: 'UPDATE_ROLLBACK_COMPLETE', weights: { 1: 100 } }),
  untilBooksAre(integ, ledger, 'releases', { ...settled, accepted: 140 }),

  release('two', { weights: { 1: 90, 3: 10 } }),
  send(141, 180),
  untilReleased({ stack: 'UPDATE_COMPLETE', weights: { 3: 100 } }),
  untilBooksAre(integ, ledger, 'releases', { ...settled, accepted: 180 }),

  // Nothing is started, so nothing fails, and the broken states go live.
  release('broken', { weights: { 3: 90, 4: 10 } }),
  untilReleased({ stack: 'UPDATE_COMPLETE', weights: { 4: 100 } }),
  send(181, 190),
  untilReleased({ firing: true }),
  release('three', { weights: { 4: 90, 5: 10 } }),
  untilReleased({ stack: 'UPDATE_COMPLETE', weights: { 5: 100 } }),
  send(191, 200),
  untilBooksAre(integ, ledger, 'releases', { ...settled, accepted: 200, setAside: Match.arrayWith(numbers(181, 190)) }),
]);
