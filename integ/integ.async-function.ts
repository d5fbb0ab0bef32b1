/**
 * Functions that are invoked asynchronously are fed with faults, and every event is accounted for, before and after the repair: what fails three times is in the failure store, equal to what was sent,
 * or in the dead-letter queue; what waits for concurrency takes no attempt; what is sent to a paused function is set aside at once; and an alias has the settings that are made for it.
 *
 * Runs unchanged on the local emulator (`npm run integ`) and on AWS (`npm run integ:aws`), where the retries take minutes.
 */
import { join } from 'node:path';
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { AsyncFunctionProps } from '../src';
import { AsyncFunction, FailureBucket } from '../src';
import { expectAnswer, faultDrill, inOrder, untilBooksAre } from './support/drill';
import { invocationEntrance } from './support/entrances/invocation';
import type { EnvironmentFault } from './support/environment-faults';
import { faultWindow } from './support/environment-faults';
import type { PlanOptions } from './support/faults';
import { numbersWith, planMessages } from './support/faults';
import { Ledger } from './support/ledger';
import { seed } from './support/seed';

const app = new App();
const stack = new Stack(app, 'IntegAsyncFunction');
const ledger = new Ledger(stack, 'Ledger');
const failures = new FailureBucket(stack, 'Failures', { removalPolicy: RemovalPolicy.DESTROY });

/** A run with a function of its own. Only time-outs that are planned are wanted, however slow the machine. */
function follow(
  run: string,
  timeout: Duration,
  props: Partial<AsyncFunctionProps> = {},
  handlerOf = (fn: lambda.Function): lambda.IFunction => fn,
): AsyncFunction {
  const fn = ledger.newHandler(stack, `${run}Handler`, { entry: join(__dirname, 'support', 'handlers', 'invoked.ts'), timeout });
  const invoked = new AsyncFunction(stack, run, { handler: handlerOf(fn), ...props.deadLetterQueue ? {} : { failureStore: failures }, ...props });
  const { handler, failureStore, deadLetterQueue } = invoked;
  const station = { handler, ...failureStore && { failureStore }, ...deadLetterQueue && { deadLetterQueue } };
  ledger.follow(run, station, { entrance: invocationEntrance(handler, invoked) });
  return invoked;
}

follow('stored', Duration.seconds(30));
// Its handler comes to its timeout, so that is short.
follow('hung', Duration.seconds(8));
follow('lettered', Duration.seconds(30), { deadLetterQueue: new sqs.Queue(stack, 'DeadLetters', { retentionPeriod: Duration.days(14), removalPolicy: RemovalPolicy.DESTROY }) });
// One attempt, by the settings of the alias. The function itself has none.
follow('aliased', Duration.seconds(30), { retryAttempts: 0 }, (fn) => fn.addAlias('live'));
// What waits for concurrency takes no attempt: there is none to take. On the emulator the waits are shortened and the work is not, so an event grows old.
const busy = follow('busy', Duration.seconds(12), { retryAttempts: 0, maxEventAge: Duration.hours(6) });
const paused = follow('paused', Duration.seconds(30));

/** Not waited for until it is felt: the books say what it did. */
const unsigned = ({ begin, end }: EnvironmentFault): EnvironmentFault => ({ begin, end });
const busyness = unsigned(ledger.throttle(busy.handler, undefined, 1));
const pause = unsigned(ledger.throttle(paused.handler));

const integ = new IntegTest(app, 'AsyncFunction', { testCases: [stack], stackUpdateWorkflow: false });

// Few at once: each is an invocation of its own.
const stored: PlanOptions = { messages: 16, faults: { 'poison': 3, 'transient': 2, 'resend': 1, 'batch-error': 2, 'crash': 1 }, seed: seed(1) };
const hung: PlanOptions = { messages: 3, faults: { 'time-out': 1 }, seed: seed(6) };
const lettered: PlanOptions = { messages: 10, faults: { 'poison': 2, 'batch-error': 2 }, seed: seed(2) };
const aliased: PlanOptions = { messages: 8, faults: { 'batch-error': 2 }, seed: seed(3) };
const waiting: PlanOptions = { messages: 4, faults: { slow: 1 }, seed: seed(4) };
const good: PlanOptions = { messages: 6, seed: seed(5) };
const poison = numbersWith('poison', planMessages(lettered));
const failed = numbersWith('batch-error', planMessages(aliased));
const all = planMessages(good).map(({ number }) => number);

const send = (run: string, plan: PlanOptions) => expectAnswer(integ, ledger.producer, { run, ...plan }, { confirmed: plan.messages, refused: 0 });
const settled = { lost: 0, unexplained: 0, altered: [] };
const done = (messages: number) => ({ ...settled, effects: messages, setAside: [] });

inOrder([
  ...faultDrill(integ, ledger, { stored }),
  send('hung', hung),
  untilBooksAre(integ, ledger, 'hung', { ...done(hung.messages), failures: { 'time-out': 1 } }),
  send('lettered', lettered),
  untilBooksAre(integ, ledger, 'lettered', { ...settled, effects: lettered.messages - poison.length, setAside: poison, failures: { 'poison': poison.length, 'batch-error': 2 } }),
  // Each attempt is in the books: three for an event that is given up.
  untilBooksAre(integ, ledger, 'lettered', { deliveries: lettered.messages + 2 * poison.length + 2 }),
  send('aliased', aliased),
  untilBooksAre(integ, ledger, 'aliased', { ...settled, effects: aliased.messages - failed.length, setAside: failed, retries: 0 }),
  expectAnswer(integ, ledger.redriver, { run: 'aliased' }, { redriven: failed }),
  untilBooksAre(integ, ledger, 'aliased', done(aliased.messages)),
  ...faultWindow(integ, ledger, busyness, [
    send('busy', waiting),
    untilBooksAre(integ, ledger, 'busy', { ...done(waiting.messages), retries: 0, failures: {} }),
  ]),
  // No event waits for a paused function: nothing is delivered, and all of it is set aside.
  ...faultWindow(integ, ledger, pause, [
    send('paused', good),
    untilBooksAre(integ, ledger, 'paused', { ...settled, deliveries: 0, effects: 0, setAside: all }),
  ]),
  expectAnswer(integ, ledger.redriver, { run: 'paused' }, { redriven: all }),
  untilBooksAre(integ, ledger, 'paused', done(good.messages)),
]);
