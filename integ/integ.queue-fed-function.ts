/**
 * Four queue-fed functions, fed with faults; every message is accounted for, before and after the repair.
 *
 * Runs unchanged on the local emulator (`npm run integ`) and on AWS (`npm run integ:aws`).
 */
import { ExpectedResult, IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import type { IApiCall } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { QueueFedFunctionProps } from '../src';
import { QueueFedFunction } from '../src';
import type { Books } from './support/books';
import type { PlanOptions } from './support/faults';
import { numbersWith, planMessages } from './support/faults';
import { Ledger } from './support/ledger';

const SEED = Number(process.env.LEDGER_SEED ?? 20261124);

const app = new App();
const live = new Stack(app, 'IntegQueueFedFunctionLive');
const stack = new Stack(app, 'IntegQueueFedFunction');
const ledger = new Ledger(stack, 'Ledger');

/** Poison is set aside after 5 x 4 seconds, and the drill is over soon after. On AWS the short visibility timeout costs duplicates at worst, which are counted. */
const QUICK = { visibilityTimeout: Duration.seconds(4), maxReceiveCount: 5, removalPolicy: RemovalPolicy.DESTROY } as const;

function consumer(run: string, props: Partial<QueueFedFunctionProps>): void {
  const id = run.replace(/(^|-)(.)/g, (_match, _dash, letter: string) => letter.toUpperCase());
  const handler = ledger.newHandler(stack, `${id}Handler`, { timeout: Duration.seconds(3) });
  ledger.follow(run, new QueueFedFunction(stack, id, { handler, ...props }));
}

consumer('standard', QUICK);
// A message behind poison in one batch is delivered as often as the poison, and would be set aside with it: poison in order needs batches of one.
consumer('fifo', { ...QUICK, fifo: true, batchSize: 1 });
consumer('fifo-batches', { ...QUICK, fifo: true });
consumer('customer-key', { ...QUICK, encryptionKey: new kms.Key(stack, 'Key', { removalPolicy: RemovalPolicy.DESTROY, pendingWindow: Duration.days(7) }) });
consumer('adopted', {
  queue: new sqs.Queue(live, 'Queue', {
    visibilityTimeout: QUICK.visibilityTimeout,
    deadLetterQueue: { queue: new sqs.Queue(live, 'DeadLetterQueue', { retentionPeriod: Duration.days(14) }), maxReceiveCount: QUICK.maxReceiveCount },
  }),
});

const STANDARD: Omit<PlanOptions, 'seed'> = { messages: 60, faults: { 'poison': 4, 'batch-error': 2, 'transient': 3, 'resend': 3 } };
const PLANS: Record<string, PlanOptions> = {
  'standard': { ...STANDARD, seed: SEED },
  'fifo': { messages: 20, groups: 4, faults: { 'poison': 2, 'batch-error': 1, 'transient': 1, 'resend': 2 }, seed: SEED + 1 },
  'fifo-batches': { messages: 40, groups: 4, faults: { 'batch-error': 1, 'transient': 2, 'resend': 2 }, seed: SEED + 2 },
  'customer-key': { ...STANDARD, seed: SEED + 3 },
  'adopted': { ...STANDARD, seed: SEED + 4 },
};

const integ = new IntegTest(app, 'QueueFedFunction', { testCases: [stack], diffAssets: true });

function invoke(target: lambda.IFunction, payload: unknown): IApiCall {
  return integ.assertions.invokeFunction({ functionName: target.functionName, payload: JSON.stringify(payload) });
}

function answers(answer: unknown): ExpectedResult {
  return ExpectedResult.objectLike({ StatusCode: 200, Payload: Match.serializedJson(Match.objectLike(answer as Record<string, unknown>)) });
}

function untilBooksAre(run: string, expected: Partial<Books>): IApiCall {
  return invoke(ledger.auditor, { run })
    .expect(answers(expected))
    .waitForAssertions({ totalTimeout: Duration.minutes(5), interval: Duration.seconds(5) });
}

/** All runs take the same step before any takes the next, so that they wait for their retries together. */
const steps = [
  (run: string, plan: PlanOptions) => {
    const copies = plan.messages + (plan.faults?.resend ?? 0);
    return invoke(ledger.producer, { run, ...plan }).expect(answers({ confirmed: copies }));
  },
  (run: string, plan: PlanOptions) => {
    const poison = numbersWith('poison', planMessages(plan));
    return untilBooksAre(run, {
      accepted: plan.messages,
      // A FIFO queue removes the copy, a standard queue delivers it and the handler does it once.
      resent: plan.groups ? 0 : plan.faults?.resend ?? 0,
      effects: plan.messages - poison.length,
      setAside: poison,
      inFlight: 0,
      lost: 0,
      unexplained: 0,
      orderViolations: 0,
    });
  },
  (run: string, plan: PlanOptions) => {
    return invoke(ledger.redriver, { run }).expect(answers({ redriven: numbersWith('poison', planMessages(plan)) }));
  },
  (run: string, plan: PlanOptions) => {
    return untilBooksAre(run, { accepted: plan.messages, effects: plan.messages, setAside: [], inFlight: 0, lost: 0, unexplained: 0, orderViolations: 0 });
  },
];

steps.flatMap((step) => Object.entries(PLANS).map(([run, plan]) => step(run, plan))).reduce((before, call) => before.next(call));
