/**
 * A rule gets events into encrypted queues, and hands them over to a function; what a queue's policy keeps out is set aside, in an encrypted queue, and arrives after the repair; and producers
 * can do what they were granted, and no more.
 *
 * Shows something only where IAM is enforced: on AWS, and on the local emulator as `npm run integ` starts it.
 */
import { join } from 'node:path';
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { AsyncFunction, EventRouter, QueueFedFunction } from '../src';
import { expectAnswer, inOrder, untilBooksAre } from './support/drill';
import { eventEntrance } from './support/entrances/event';
import { LEDGER_SOURCE } from './support/eventbridge';
import type { Tampering } from './support/handlers/tamperer';
import { Ledger } from './support/ledger';
import { seed } from './support/seed';

const app = new App();
const stack = new Stack(app, 'IntegEventRouterPermissions');
const ledger = new Ledger(stack, 'Ledger');
const handlerFile = (name: string) => join(__dirname, 'support', 'handlers', `${name}.ts`);

const newKey = (id: string) => new kms.Key(stack, id, { removalPolicy: RemovalPolicy.DESTROY, pendingWindow: Duration.days(7) });
const router = new EventRouter(stack, 'Router', { encryptionKey: newKey('RouterKey') });
const eventPattern = { source: [LEDGER_SOURCE], detailType: ['message'] };

const timeout = Duration.seconds(5);
const orders = new QueueFedFunction(stack, 'Orders', {
  handler: ledger.newHandler(stack, 'OrdersHandler', { timeout, station: 'orders' }),
  visibilityTimeout: timeout,
  maxReceiveCount: 5,
  maxConcurrency: 2,
  encryptionKey: newKey('OrdersKey'),
  removalPolicy: RemovalPolicy.DESTROY,
});
const consumer = router.addConsumer('Orders', orders, { eventPattern });
const invoked = new AsyncFunction(stack, 'Invoked', {
  handler: ledger.newHandler(stack, 'InvokedHandler', { entry: handlerFile('event-invoked'), timeout: Duration.seconds(30), station: 'invoked' }),
});
router.addFunction('Invoked', invoked, { eventPattern });
ledger.topology('permissions', {
  entrance: eventEntrance(router),
  stations: { orders, invoked: {} },
  alsoSetAsideIn: { orders: [consumer.deadLetterQueue] },
});

const other = new EventRouter(stack, 'Other');
const sender = ledger.newHandler(stack, 'Sender', { entry: handlerFile('event-sender'), timeout: Duration.seconds(30) });
other.grantPutEvents(sender);

const tamperer = ledger.newHandler(stack, 'Tamperer', { entry: handlerFile('tamperer'), timeout: Duration.minutes(1) });
orders.queue.grant(tamperer, 'sqs:GetQueueAttributes', 'sqs:SetQueueAttributes');

const integ = new IntegTest(app, 'EventRouterPermissions', { testCases: [stack], stackUpdateWorkflow: false });
const tamper = (tampering: Tampering) => expectAnswer(integ, tamperer, tampering, { done: 1 });
const send = (part: readonly [number, number]) => (
  expectAnswer(integ, ledger.producer, { run: 'permissions', messages: 12, part, seed: seed(1) }, { confirmed: 6, refused: 0 })
);
const setAside = [7, 8, 9, 10, 11, 12];

inOrder([
  // Works: the producer has the rights of grantPutEvents, and EventBridge those that the policies of the queues, of their keys and of the function give it.
  send([1, 6]),
  untilBooksAre(integ, ledger, 'permissions', { stations: { orders: { effects: 6, setAside: [], lost: 0 }, invoked: { effects: 6 } } }),
  // The queue shuts the rule out: what comes meanwhile is set aside whole, and arrives after the repair. The function has it at once.
  tamper({ shut: [orders.queue.queueUrl] }),
  send([7, 12]),
  untilBooksAre(integ, ledger, 'permissions', { stations: { orders: { effects: 6, setAside, lost: 0 }, invoked: { effects: 12 } } }),
  tamper({ open: [orders.queue.queueUrl] }),
  expectAnswer(integ, ledger.redriver, { run: 'permissions', station: 'orders' }, { redriven: setAside }),
  untilBooksAre(integ, ledger, 'permissions', { effects: 24, setAside: 0, inFlight: 0, lost: 0, unexplained: 0 }),
  expectAnswer(integ, sender, { granted: other.eventBus.eventBusName, other: router.eventBus.eventBusName }, { granted: 'allowed', other: 'refused' }),
]);
