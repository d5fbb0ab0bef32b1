/**
 * Bad releases that are stopped in three ways: refused by a hook before any traffic, too slow, and failing more often than the release before. Then a good one passes.
 *
 * Runs unchanged on the local emulator (`npm run integ`) and on AWS (`npm run integ:aws`).
 */
import { join } from 'node:path';
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import { CanaryFunction, QueueFedFunction } from '../src';
import { expectAnswer, inOrder, untilBooksAre } from './support/drill';
import { Ledger } from './support/ledger';
import { newReleaseGate, newReleaser, RELEASE } from './support/releaser';
import { seed } from './support/seed';

const app = new App();
const stack = new Stack(app, 'IntegCanaryFunctionRollbacks');
const ledger = new Ledger(stack, 'Ledger');
// Of which a slow release leaves enough for its work on a busy machine: one that times out fails, and rings the alarm on the rate of errors too.
const timeout = Duration.seconds(15);

const handler = ledger.newHandler(stack, 'Handler', { timeout, entry: join(__dirname, 'support', 'handlers', 'released-consumer.ts'), environment: { [RELEASE]: 'one' } });
const gate = newReleaseGate(stack, 'Gate');
const canary = new CanaryFunction(stack, 'Canary', {
  handler,
  preHook: gate.hook,
  deploymentConfig: codedeploy.LambdaDeploymentConfig.CANARY_10PERCENT_30MINUTES, // half a minute on the emulator, in which messages must come, be slow, and be counted
  // Without the alarm on any error at all, so that the rate alone has to tell; those on the alias have a drill of their own.
  alarms: { newVersionErrors: { enabled: false }, errors: { enabled: false }, duration: { enabled: false } },
});
gate.tries(canary);
const consumer = new QueueFedFunction(stack, 'Consumer', {
  handler: canary.alias, batchSize: 1, maxConcurrency: 5, maxReceiveCount: 10, visibilityTimeout: timeout, removalPolicy: RemovalPolicy.DESTROY,
});
ledger.follow('rollbacks', consumer);
const releaser = newReleaser(stack, 'Releaser', canary);

const integ = new IntegTest(app, 'CanaryFunctionRollbacks', { testCases: [stack], stackUpdateWorkflow: false, allowDestroy: ['AWS::Lambda::Version'] });

const PLAN = { messages: 360, seed: seed(1), faults: {} } as const;
const send = (from: number, to: number) => expectAnswer(integ, ledger.producer, { run: 'rollbacks', ...PLAN, part: [from, to] }, { confirmed: to - from + 1 });
const untilDone = (messages: number) => untilBooksAre(integ, ledger, 'rollbacks', { accepted: messages, effects: messages, setAside: [], inFlight: 0, lost: 0, unexplained: 0 });
const release = (name: string, during: object) => expectAnswer(integ, releaser, { release: name }, during);
const untilReleased = (after: object) => expectAnswer(integ, releaser, { look: true }, after)
  .waitForAssertions({ totalTimeout: Duration.minutes(20), interval: Duration.seconds(5) });
const back = { stack: 'UPDATE_ROLLBACK_COMPLETE', version: '1', weights: {} };

inOrder([
  // Refused: it never gets traffic.
  release('broken', { ...back, deployment: { status: 'Failed', error: 'HOOK_EXECUTION_FAILURE' }, rang: [] }),

  // Slow: what it does is done, and yet it goes.
  release('slow', { version: '1', weights: { 3: 0.1 } }),
  send(1, 120),
  untilReleased({ ...back, deployment: { status: 'Stopped', error: 'ALARM_ACTIVE' }, rang: ['NewVersionDurationAlarm'] }),
  untilDone(120),

  // Failing: the old version has no errors at the same time.
  release('faulty', { version: '1', weights: { 4: 0.1 } }),
  send(121, 240),
  untilReleased({ ...back, deployment: { status: 'Stopped', error: 'ALARM_ACTIVE' }, rang: ['NewVersionDurationAlarm', 'NewVersionErrorRateAlarm'] }),
  untilDone(240),

  release('two', { version: '1', weights: { 5: 0.1 } }),
  send(241, 360),
  untilReleased({ stack: 'UPDATE_COMPLETE', version: '5', weights: {}, deployment: { status: 'Succeeded' } }),
  untilDone(360),
]);
