/**
 * Runs of scheduled functions are accounted for, each a message of the ledger that a schedule of its own sends in the group, in the form and as the role of the pattern: runs that take longer than the
 * time to the next follow each other; one that Scheduler delivers twice is processed once; one that fails is in the dead-letter queue, and done after the repair.
 *
 * Runs unchanged on the local emulator (`npm run integ`) and on AWS (`npm run integ:aws`).
 */
import { join } from 'node:path';
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { ScheduledFunctionProps } from '../src';
import { ScheduledFunction } from '../src';
import { expectAnswer, inOrder, untilBooksAre } from './support/drill';
import { scheduleEntrance } from './support/entrances/schedule';
import type { PlanOptions } from './support/faults';
import { numbersWith, planMessages } from './support/faults';
import { Ledger } from './support/ledger';
import { seed } from './support/seed';

const app = new App();
const stack = new Stack(app, 'IntegScheduledFunction');
const ledger = new Ledger(stack, 'Ledger');

/** A run of the ledger with a pattern of its own, whose own schedule is disabled, so that nothing comes but what the ledger sends. */
function follow(run: string, handler: string, props: Partial<ScheduledFunctionProps> = {}): void {
  const fn = ledger.newHandler(stack, `${run}Handler`, { entry: join(__dirname, 'support', 'handlers', `${handler}.ts`), timeout: Duration.seconds(10) });
  const schedule = ScheduleExpression.rate(Duration.days(1));
  const scheduled = new ScheduledFunction(stack, run, { handler: fn, schedule, enabled: false, removalPolicy: RemovalPolicy.DESTROY, ...props });
  const { queue, deadLetterQueue, consumer } = scheduled;
  const station = { queue, deadLetterQueue, handler: fn, grantRedrive: consumer.grantRedrive.bind(consumer) };
  ledger.follow(run, station, { entrance: scheduleEntrance(scheduled) });
}

follow('faulty', 'consumer', { maxReceiveCount: 2 });
follow('long', 'lone');

const integ = new IntegTest(app, 'ScheduledFunction', { testCases: [stack], stackUpdateWorkflow: false });

const faulty: PlanOptions = { messages: 8, faults: { 'poison': 1, 'resend': 2, 'batch-error': 1 }, seed: seed(1) };
const long: PlanOptions = { messages: 5, seed: seed(2) };
const poison = numbersWith('poison', planMessages(faulty));
const settled = { lost: 0, unexplained: 0, altered: [], inFlight: 0 };

inOrder([
  expectAnswer(integ, ledger.producer, { run: 'faulty', ...faulty }, { confirmed: 10, refused: 0 }),
  expectAnswer(integ, ledger.producer, { run: 'long', ...long }, { confirmed: 5, refused: 0 }),
  // No second attempt: with another run going on, a run fails.
  untilBooksAre(integ, ledger, 'long', { ...settled, effects: 5, retries: 0, duplicates: 0, setAside: [] }),
  // What was sent twice was delivered once.
  untilBooksAre(integ, ledger, 'faulty', { ...settled, accepted: 8, effects: 7, copies: 8, setAside: poison, failures: { 'poison': 1, 'batch-error': 1 } }),
  expectAnswer(integ, ledger.redriver, { run: 'faulty' }, { redriven: poison }),
  untilBooksAre(integ, ledger, 'faulty', { ...settled, effects: 8, setAside: [] }),
]);
