/**
 * Topics fan out to consumers that fail in every way: a broken handler, a queue that was deleted, a handler without concurrency. The others get every message, and
 * what is set aside is moved back after the repair.
 *
 * Runs unchanged on the local emulator (`npm run integ`) and on AWS (`npm run integ:aws`).
 */
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import type { QueueFedFunctionProps, TopicFanOutConsumerOptions } from '../src';
import { QueueFedFunction, TopicFanOut } from '../src';
import { expectAnswer, inOrder, untilBooksAre } from './support/drill';
import { topicEntrance } from './support/entrances/topic';
import { faultWindow } from './support/environment-faults';
import type { PlanOptions } from './support/faults';
import { numbersWith, planMessages } from './support/faults';
import type { Topology } from './support/ledger';
import { Ledger } from './support/ledger';
import { QueueKeeper } from './support/queue-keeper';
import { seed } from './support/seed';

const app = new App();
const live = new Stack(app, 'IntegTopicFanOutLive');
const stack = new Stack(app, 'IntegTopicFanOut');
const ledger = new Ledger(stack, 'Ledger');
const timeout = Duration.seconds(5);

/** Poison is set aside after 5 x 5 seconds. Two batches at a time, so that functions do not run into their short timeout when many start at once. */
const QUICK: Partial<QueueFedFunctionProps> = {
  visibilityTimeout: timeout,
  maxReceiveCount: 5,
  maxConcurrency: 2,
  removalPolicy: RemovalPolicy.DESTROY,
};
/** What waits for concurrency must not be set aside meanwhile. */
const PATIENT: Partial<QueueFedFunctionProps> = { ...QUICK, maxReceiveCount: 1000 };

/** A consumer, by its name in the ledger, in the topology of the topic. */
function consumer(fanOut: TopicFanOut, station: string, props = QUICK, options: TopicFanOutConsumerOptions = {}) {
  const id = `${fanOut.node.id}${station}`;
  const made = new QueueFedFunction(stack, id, { handler: ledger.newHandler(stack, `${id}Handler`, { timeout, station }), ...props });
  return { made, ...fanOut.addConsumer(station, made, options) };
}

// A standard topic of another stack, adopted, with a key of its own: what one consumer suffers is nothing to the others.
const key = new kms.Key(live, 'Key', { removalPolicy: RemovalPolicy.DESTROY, pendingWindow: Duration.days(7) });
const orders = new TopicFanOut(stack, 'Orders', { topic: new sns.Topic(live, 'Topic', { masterKey: key }) });
const broken = consumer(orders, 'broken');
const deleted = consumer(orders, 'deleted');
const throttled = consumer(orders, 'throttled', PATIENT);
const calm = consumer(orders, 'calm', { ...QUICK, encryptionKey: key });
const filtered = consumer(orders, 'filtered', QUICK, { filterPolicy: { category: sns.SubscriptionFilter.stringFilter({ allowlist: ['book'] }) } });
const inBody = consumer(orders, 'in-body', QUICK, {
  filterPolicyWithMessageBody: { category: sns.FilterOrPolicy.filter(sns.SubscriptionFilter.stringFilter({ allowlist: ['game'] })) },
  rawMessageDelivery: false,
});
ledger.topology('orders', {
  entrance: topicEntrance(orders.topic),
  stations: { 'broken': broken.made, 'deleted': deleted.made, 'throttled': throttled.made, 'calm': calm.made, 'filtered': filtered.made, 'in-body': inBody.made },
  due: { 'filtered': ['book'], 'in-body': ['game'] },
});

// A FIFO topic: in order to a FIFO queue; to a standard queue too, whose dead letters from SNS need a FIFO queue of their own.
const ordered = new TopicFanOut(stack, 'Ordered', { fifo: true });
const inTurn = consumer(ordered, 'in-turn', { ...QUICK, fifo: true });
const standard = consumer(ordered, 'standard');
const fifoStations: Topology['stations'] = { 'in-turn': inTurn.made, 'standard': standard.made };
ledger.topology('ordered', { entrance: topicEntrance(ordered.topic), stations: fifoStations, alsoSetAsideIn: { standard: [standard.deadLetterQueue] } });

const lost = new QueueKeeper(ledger, 'Lost', [deleted.made, standard.made]);
const integ = new IntegTest(app, 'TopicFanOut', { testCases: [stack], stackUpdateWorkflow: false });

/** Of each run, the messages that are sent before the faults, while they last and after the repair. */
interface Parts {
  readonly before: readonly [number, number];
  readonly meanwhile: readonly [number, number];
  readonly after: readonly [number, number];
}
const PARTS: Record<string, Parts> = {
  orders: { before: [1, 10], meanwhile: [11, 30], after: [31, 40] },
  // SQS gives the reader of a FIFO queue ten messages, and no more of their groups until it has done: so no more than ten are set aside.
  ordered: { before: [1, 6], meanwhile: [7, 14], after: [15, 20] },
};
const PLANS: Record<string, PlanOptions> = {
  orders: { messages: 40, categories: ['book', 'game'], faults: { poison: 4, transient: 2, resend: 3 }, faultAt: ['broken'], seed: seed(1) },
  ordered: { messages: 20, groups: 4, faults: { poison: 2, resend: 2 }, faultAt: ['in-turn'], seed: seed(2) },
};

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const plannedUntil = (run: string, last: number) => planMessages(PLANS[run]!).filter(({ number }) => number <= last);
const poisonOf = (run: string, last: number) => numbersWith('poison', plannedUntil(run, last));
const categoryUntil = (last: number, category: string) => plannedUntil('orders', last).filter((message) => message.category === category).length;

function send(run: string, part: keyof Parts) {
  const [from, to] = PARTS[run]![part];
  const sent = planMessages(PLANS[run]!).filter(({ number }) => number >= from && number <= to);
  return expectAnswer(integ, ledger.producer, { run, ...PLANS[run], part: [from, to] }, { confirmed: sent.length + numbersWith('resend', sent).length, refused: 0 });
}

const settled = (accepted: number) => ({ accepted, effects: accepted, setAside: [], inFlight: 0, lost: 0, unexplained: 0 });
const waiting = (accepted: number, setAside: readonly number[]) => ({ ...settled(accepted), effects: accepted - setAside.length, setAside });

/** The books of the consumers that nothing happens to. */
function untouched(last: number) {
  return { 'calm': settled(last), 'filtered': settled(categoryUntil(last, 'book')), 'in-body': settled(categoryUntil(last, 'game')) };
}

const [[, firstOrders], [lostFrom, lostTo]] = [PARTS.orders!.before, PARTS.orders!.meanwhile];
const [, [fifoLostFrom, fifoLostTo]] = [PARTS.ordered!.before, PARTS.ordered!.meanwhile];
const lostOrders = numbers(lostFrom, lostTo);
const lostOrdered = numbers(fifoLostFrom, fifoLostTo);
/** A standard topic takes a message that is sent twice for two. */
const copiesOfLost = [...lostOrders, ...numbersWith('resend', planMessages(PLANS.orders!)).filter((number) => lostOrders.includes(number))].sort((a, b) => a - b);
const isInTurn = { orderViolations: 0 };
const all = { orders: PLANS.orders!.messages, ordered: PLANS.ordered!.messages };

inOrder([
  send('orders', 'before'),
  send('ordered', 'before'),
  untilBooksAre(integ, ledger, 'orders', { stations: { ...untouched(firstOrders), broken: waiting(firstOrders, poisonOf('orders', firstOrders)), deleted: settled(firstOrders) } }),
  ...lost.lose(integ),
  ...faultWindow(integ, ledger, ledger.throttle(throttled.made.handler, throttled.made.queue), [
    send('orders', 'meanwhile'),
    send('ordered', 'meanwhile'),
    // One consumer fails, one is gone, one cannot run: the others have everything.
    untilBooksAre(integ, ledger, 'orders', {
      lost: 0,
      unexplained: 0,
      stations: {
        ...untouched(lostTo),
        broken: waiting(lostTo, poisonOf('orders', lostTo)),
        deleted: waiting(lostTo, lostOrders),
        throttled: { accepted: lostTo, effects: firstOrders, setAside: [], lost: 0 },
      },
    }),
    untilBooksAre(integ, ledger, 'ordered', {
      lost: 0,
      stations: {
        'in-turn': { ...waiting(fifoLostTo, poisonOf('ordered', fifoLostTo)), ...isInTurn },
        'standard': waiting(fifoLostTo, lostOrdered),
      },
    }),
  ]),
  // The repair. What is published from now on arrives; what was set aside waits for somebody to move it.
  ...lost.restore(integ),
  send('orders', 'after'),
  send('ordered', 'after'),
  untilBooksAre(integ, ledger, 'orders', {
    stations: { ...untouched(all.orders), broken: waiting(all.orders, poisonOf('orders', all.orders)), deleted: waiting(all.orders, lostOrders), throttled: settled(all.orders) },
  }),
  untilBooksAre(integ, ledger, 'ordered', {
    stations: { 'in-turn': { ...waiting(all.ordered, poisonOf('ordered', all.ordered)), ...isInTurn }, 'standard': waiting(all.ordered, lostOrdered) },
  }),
  expectAnswer(integ, ledger.redriver, { run: 'orders', station: 'broken' }, { redriven: poisonOf('orders', all.orders) }),
  expectAnswer(integ, ledger.redriver, { run: 'orders', station: 'deleted' }, { redriven: copiesOfLost }),
  expectAnswer(integ, ledger.redriver, { run: 'ordered', station: 'in-turn' }, { redriven: poisonOf('ordered', all.ordered) }),
  expectAnswer(integ, ledger.redriver, { run: 'ordered', station: 'standard' }, { redriven: lostOrdered }),
  untilBooksAre(integ, ledger, 'orders', {
    lost: 0,
    unexplained: 0,
    stations: { ...untouched(all.orders), broken: settled(all.orders), deleted: settled(all.orders), throttled: settled(all.orders) },
  }),
  untilBooksAre(integ, ledger, 'ordered', { lost: 0, unexplained: 0, stations: { 'in-turn': { ...settled(all.ordered), ...isInTurn }, 'standard': settled(all.ordered) } }),
]);
