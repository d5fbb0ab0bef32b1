/**
 * Releases that take all traffic at once: nothing stops a bad one, but those on call hear of it by the alarms on the alias, and no message is lost until the repair.
 *
 * Runs unchanged on the local emulator (`npm run integ`) and on AWS (`npm run integ:aws`).
 */
import { join } from 'node:path';
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import { Alarms, CanaryFunction, QueueFedFunction } from '../src';
import { untilAlarmsAre } from './support/alarm-drill';
import { expectAnswer, inOrder, untilBooksAre } from './support/drill';
import { Ledger } from './support/ledger';
import { newReleaser, RELEASE } from './support/releaser';
import { seed } from './support/seed';

const app = new App();
const stack = new Stack(app, 'IntegCanaryFunctionAllAtOnce');
const ledger = new Ledger(stack, 'Ledger');
// Long enough for the slowest invocation on a busy machine: the alarm on duration must not ring for it.
const timeout = Duration.seconds(15);

const handler = ledger.newHandler(stack, 'Handler', { timeout, entry: join(__dirname, 'support', 'handlers', 'released-consumer.ts'), environment: { [RELEASE]: 'one' } });
const canary = new CanaryFunction(stack, 'Canary', {
  handler,
  deploymentConfig: codedeploy.LambdaDeploymentConfig.ALL_AT_ONCE,
  // One period, because the emulator's minutes are shorter than an invocation of the slow release.
  alarms: { duration: { evaluationPeriods: 1 } },
});
// Enough receives for the three minutes of errors that the alarm waits for.
const consumer = new QueueFedFunction(stack, 'Consumer', {
  handler: canary.alias, batchSize: 1, maxConcurrency: 5, maxReceiveCount: 100, visibilityTimeout: timeout, removalPolicy: RemovalPolicy.DESTROY,
});
ledger.follow('all-at-once', consumer);
Alarms.of(canary).notify(new SnsAction(ledger.onCall));
ledger.watchAlarms('all-at-once', canary.allAlarms);
const releaser = newReleaser(stack, 'Releaser', canary);

const integ = new IntegTest(app, 'CanaryFunctionAllAtOnce', { testCases: [stack], stackUpdateWorkflow: false, allowDestroy: ['AWS::Lambda::Version'] });

const send = expectAnswer(integ, ledger.producer, { run: 'all-at-once', messages: 40, seed: seed(1), faults: {} }, { confirmed: 40 });
const release = (name: string, after: object) => expectAnswer(integ, releaser, { release: name }, { stack: 'UPDATE_COMPLETE', weights: {}, deployment: { status: 'Succeeded' }, ...after });
const untilHeard = (alarms: string[]) => untilAlarmsAre(integ, ledger, { rung: { 'all-at-once': alarms }, within: Duration.minutes(20) });

inOrder([
  release('broken', { version: '2', rang: [] }),
  send,
  untilHeard(['ErrorsAlarm']),

  release('slow', { version: '3' }),
  untilHeard(['DurationAlarm', 'ErrorsAlarm']),

  release('two', { version: '4' }),
  untilBooksAre(integ, ledger, 'all-at-once', { accepted: 40, effects: 40, setAside: [], inFlight: 0, lost: 0, unexplained: 0 }),
]);
