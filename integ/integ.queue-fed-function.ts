/**
 * Queue-fed functions of every kind are fed with faults, and every message is accounted for, before and after the repair.
 *
 * Runs unchanged on the local emulator (`npm run integ`) and on AWS (`npm run integ:aws`).
 */
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { QueueFedFunctionProps } from '../src';
import { QueueFedFunction } from '../src';
import { faultDrill, inOrder } from './support/drill';
import type { PlanOptions } from './support/faults';
import { Ledger } from './support/ledger';
import { seed } from './support/seed';

const app = new App();
const live = new Stack(app, 'IntegQueueFedFunctionLive');
const stack = new Stack(app, 'IntegQueueFedFunction');
const ledger = new Ledger(stack, 'Ledger');
const timeout = Duration.seconds(5);

/**
 * Poison is set aside after 5 x 5 seconds, and the drill is over soon after. Two batches at a time, so that functions that start at once do not run into their short
 * timeout on a slow machine.
 */
const QUICK: Partial<QueueFedFunctionProps> = {
  visibilityTimeout: timeout,
  maxReceiveCount: 5,
  maxConcurrency: 2,
  removalPolicy: RemovalPolicy.DESTROY,
};

function follow(run: string, id: string, props: Partial<QueueFedFunctionProps>): QueueFedFunction {
  const handler = ledger.newHandler(stack, `${id}Handler`, { timeout });
  const consumer = new QueueFedFunction(stack, id, { handler, ...props });
  ledger.follow(run, consumer);
  return consumer;
}

follow('standard', 'Standard', QUICK);
// A message behind poison in one batch is delivered as often as the poison, and would be set aside with it: so batches are of one unless stated otherwise.
follow('fifo', 'Fifo', { ...QUICK, fifo: true });
follow('fifo-batches', 'FifoBatches', { ...QUICK, fifo: true, batchSize: 10 });
follow('customer-key', 'CustomerKey', {
  ...QUICK,
  encryptionKey: new kms.Key(stack, 'Key', { removalPolicy: RemovalPolicy.DESTROY, pendingWindow: Duration.days(7) }),
});
follow('adopted', 'Adopted', {
  maxConcurrency: QUICK.maxConcurrency!,
  queue: new sqs.Queue(live, 'Queue', {
    visibilityTimeout: timeout,
    deadLetterQueue: { queue: new sqs.Queue(live, 'DeadLetterQueue', { retentionPeriod: Duration.days(14) }), maxReceiveCount: 5 },
  }),
});

// While its function is throttled or what it depends on is down, messages use up receives: there must be more of them than that lasts.
const disturbed = follow('disturbed', 'Disturbed', { ...QUICK, maxReceiveCount: 20 });

const standard = { messages: 60, faults: { 'poison': 4, 'batch-error': 1, 'transient': 3, 'resend': 3, 'slow': 2, 'oversize': 1 } } as const;
const plans: Record<string, PlanOptions> = {
  'standard': { ...standard, faults: { ...standard.faults, 'batch-error': 0, 'time-out': 1 }, seed: seed(1) },
  'fifo': { messages: 20, groups: 4, faults: { 'poison': 2, 'batch-error': 1, 'transient': 1, 'resend': 2 }, seed: seed(2) },
  'fifo-batches': { messages: 40, groups: 4, faults: { 'batch-error': 1, 'transient': 2, 'resend': 2 }, seed: seed(3) },
  'customer-key': { ...standard, faults: { ...standard.faults, 'batch-error': 0, 'crash': 1 }, seed: seed(4) },
  'adopted': { ...standard, faults: { ...standard.faults, 'batch-error': 0, 'malformed': 1 }, seed: seed(5) },
  // The last to be sent, so that the others settle while its windows last.
  'disturbed': { messages: 30, faults: { transient: 1 }, seed: seed(6) },
};

const integ = new IntegTest(app, 'QueueFedFunction', { testCases: [stack], stackUpdateWorkflow: false });
inOrder(faultDrill(integ, ledger, plans, {
  disturbed: [ledger.throttle(disturbed.handler, disturbed.queue), ledger.breakDownstream('disturbed')],
}));
