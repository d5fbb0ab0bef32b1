/**
 * Events go to consumers that fail in every way: a broken handler, a queue that is gone, a queue that is gone together with the dead-letter queue of its rule. The others get every event that
 * matches; what is set aside is moved back after the repair; what is lost to one consumer comes back by a replay of the archive to its rule, of which the others get nothing.
 *
 * Runs unchanged on the local emulator (`npm run integ`) and on AWS (`npm run integ:aws`).
 */
import { join } from 'node:path';
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { QueueFedFunctionProps } from '../src';
import { AsyncFunction, EventRouter, FailureBucket, QueueFedFunction } from '../src';
import { expectAnswer, inOrder, untilBooksAre } from './support/drill';
import { eventEntrance } from './support/entrances/event';
import { LEDGER_SOURCE } from './support/eventbridge';
import type { PlanOptions } from './support/faults';
import { numbersWith, planMessages } from './support/faults';
import type { ReplayEvent } from './support/handlers/replayer';
import { Ledger } from './support/ledger';
import { QueueKeeper } from './support/queue-keeper';
import { seed } from './support/seed';

const app = new App();
const stack = new Stack(app, 'IntegEventRouter');
const ledger = new Ledger(stack, 'Ledger');
const timeout = Duration.seconds(5);

const router = new EventRouter(stack, 'Router');

/** Poison is set aside after 5 x 5 seconds. */
const QUICK: Partial<QueueFedFunctionProps> = {
  visibilityTimeout: timeout,
  maxReceiveCount: 5,
  maxConcurrency: 2,
  removalPolicy: RemovalPolicy.DESTROY,
};

/** A consumer, by its name in the ledger, and the rule for it. */
function consumer(station: string, detailType?: string[], props = QUICK) {
  const made = new QueueFedFunction(stack, station, { handler: ledger.newHandler(stack, `${station}Handler`, { timeout, station }), ...props });
  return { made, ...router.addConsumer(station, made, { eventPattern: { source: [LEDGER_SOURCE], ...detailType && { detailType } } }) };
}

const broken = consumer('broken');
const gone = consumer('gone');
const forgotten = consumer('forgotten');
const ordered = consumer('ordered', undefined, { ...QUICK, fifo: true, contentBasedDeduplication: true });
const books = consumer('books', ['book']);
// A function without a queue: the hand-over is the router's, the work that of the AsyncFunction.
const invoked = new AsyncFunction(stack, 'Invoked', {
  handler: ledger.newHandler(stack, 'InvokedHandler', { entry: join(__dirname, 'support', 'handlers', 'event-invoked.ts'), timeout: Duration.seconds(30), station: 'invoked' }),
  failureStore: new FailureBucket(stack, 'Failures', { removalPolicy: RemovalPolicy.DESTROY }),
});
router.addFunction('invoked', invoked, { eventPattern: { source: [LEDGER_SOURCE] } });

ledger.topology('events', {
  entrance: eventEntrance(router),
  stations: { broken: broken.made, gone: gone.made, forgotten: forgotten.made, ordered: ordered.made, books: books.made, invoked: {} },
  due: { books: ['book'] },
  alsoSetAsideIn: {
    broken: [broken.deadLetterQueue],
    gone: [gone.deadLetterQueue],
    ordered: [ordered.deadLetterQueue],
    books: [books.deadLetterQueue],
  },
});

const lost = new QueueKeeper(ledger, 'Lost', [gone.made, forgotten.made]);
const deadLettersLost = new QueueKeeper(ledger, 'DeadLettersLost', [{ queue: forgotten.deadLetterQueue }]);
const replayer = ledger.newHandler(stack, 'Replayer', { entry: join(__dirname, 'support', 'handlers', 'replayer.ts'), timeout: Duration.minutes(10) });
replayer.addToRolePolicy(new iam.PolicyStatement({ actions: ['events:DescribeArchive', 'events:StartReplay', 'events:DescribeReplay'], resources: ['*'] }));

const integ = new IntegTest(app, 'EventRouter', { testCases: [stack], stackUpdateWorkflow: false });

const plan: PlanOptions = { messages: 30, categories: ['book', 'game'], faults: { poison: 3, transient: 2 }, faultAt: ['broken'], seed: seed(1) };
const planned = planMessages(plan);
const [BEFORE, MEANWHILE] = [10, 20];
const poisonOf = (last: number) => numbersWith('poison', planned).filter((number) => number <= last);
const booksOf = (last: number) => planned.filter(({ number, category }) => number <= last && category === 'book').length;
const lostNumbers = planned.map(({ number }) => number).filter((number) => number > BEFORE && number <= MEANWHILE);

const send = (from: number, to: number) => expectAnswer(integ, ledger.producer, { run: 'events', ...plan, part: [from, to] }, { confirmed: to - from + 1, refused: 0 });
const settled = (accepted: number) => ({ accepted, effects: accepted, setAside: [], inFlight: 0, lost: 0, unexplained: 0 });
const waiting = (accepted: number, setAside: readonly number[]) => ({ ...settled(accepted), effects: accepted - setAside.length, setAside });
/** Nothing came twice: a replay to another rule is nothing to them. */
const untouched = (last: number) => ({
  ordered: { ...settled(last), copies: last },
  books: settled(booksOf(last)),
  invoked: { accepted: last, effects: last },
});

const replay: Omit<ReplayEvent, 'events'> = {
  archive: router.archive!.archiveName,
  archiveArn: router.archive!.archiveArn,
  eventBusArn: router.eventBus.eventBusArn,
  ruleArn: forgotten.rule.ruleArn,
};
const all = plan.messages;

inOrder([
  send(1, BEFORE),
  untilBooksAre(integ, ledger, 'events', {
    stations: { ...untouched(BEFORE), broken: waiting(BEFORE, poisonOf(BEFORE)), gone: settled(BEFORE), forgotten: settled(BEFORE) },
  }),
  ...deadLettersLost.lose(integ),
  ...lost.lose(integ),
  send(BEFORE + 1, MEANWHILE),
  // One is gone, and what is for it is set aside whole. What is for one whose dead-letter queue is gone too is lost to it, and to nobody else.
  untilBooksAre(integ, ledger, 'events', {
    unexplained: 0,
    stations: {
      ...untouched(MEANWHILE),
      broken: waiting(MEANWHILE, poisonOf(MEANWHILE)),
      gone: { ...waiting(MEANWHILE, lostNumbers), inFlight: 0 },
      forgotten: { accepted: MEANWHILE, effects: BEFORE, setAside: [], outstanding: lostNumbers },
    },
  }),
  ...deadLettersLost.restore(integ),
  ...lost.restore(integ),
  send(MEANWHILE + 1, all),
  untilBooksAre(integ, ledger, 'events', { stations: { broken: waiting(all, poisonOf(all)), gone: waiting(all, lostNumbers) } }),
  expectAnswer(integ, ledger.redriver, { run: 'events', station: 'broken' }, { redriven: poisonOf(all) }),
  expectAnswer(integ, ledger.redriver, { run: 'events', station: 'gone' }, { redriven: lostNumbers }),
  expectAnswer(integ, replayer, { ...replay, events: all }, { state: 'COMPLETED' })
    .waitForAssertions({ totalTimeout: Duration.minutes(45), interval: Duration.seconds(30) }),
  untilBooksAre(integ, ledger, 'events', {
    lost: 0,
    unexplained: 0,
    stations: { ...untouched(all), broken: settled(all), gone: settled(all), forgotten: settled(all) },
  }),
]);
