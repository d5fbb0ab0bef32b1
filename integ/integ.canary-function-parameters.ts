/**
 * Releases by a CloudFormation parameter alone, with the template as it is: a bad one is stopped, and a good one gets all traffic.
 *
 * Runs unchanged on the local emulator (`npm run integ`) and on AWS (`npm run integ:aws`).
 */
import { join } from 'node:path';
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, CfnParameter, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { LambdaDeploymentConfig } from 'aws-cdk-lib/aws-codedeploy';
import { CanaryFunction, QueueFedFunction } from '../src';
import { expectAnswer, inOrder, untilBooksAre } from './support/drill';
import { Ledger } from './support/ledger';
import { newReleaser, RELEASE } from './support/releaser';
import { seed } from './support/seed';

const app = new App();
const stack = new Stack(app, 'IntegCanaryFunctionParameters');
const ledger = new Ledger(stack, 'Ledger');
// Long enough for the slowest invocation on a busy machine: the alarm on duration must not ring for it.
const timeout = Duration.seconds(15);

const release = new CfnParameter(stack, 'Release', { default: 'one' });
const handler = ledger.newHandler(stack, 'Handler', {
  timeout, entry: join(__dirname, 'support', 'handlers', 'released-consumer.ts'), environment: { [RELEASE]: release.valueAsString },
});
const canary = new CanaryFunction(stack, 'Canary', { handler, deploymentConfig: LambdaDeploymentConfig.CANARY_10PERCENT_15MINUTES });
const consumer = new QueueFedFunction(stack, 'Consumer', {
  handler: canary.alias, batchSize: 1, maxConcurrency: 5, maxReceiveCount: 10, visibilityTimeout: timeout, removalPolicy: RemovalPolicy.DESTROY,
});
ledger.follow('parameters', consumer);
const releaser = newReleaser(stack, 'Releaser', canary);

const integ = new IntegTest(app, 'CanaryFunctionParameters', { testCases: [stack], stackUpdateWorkflow: false, allowDestroy: ['AWS::Lambda::Version'] });

const PLAN = { messages: 360, seed: seed(1), faults: {} } as const;
const send = (from: number, to: number) => expectAnswer(integ, ledger.producer, { run: 'parameters', ...PLAN, part: [from, to] }, { confirmed: to - from + 1 });
const untilDone = (messages: number) => (
  untilBooksAre(integ, ledger, 'parameters', { accepted: messages, effects: messages, setAside: [], inFlight: 0, lost: 0, unexplained: 0 })
);
const released = (name: string, during: object) => expectAnswer(integ, releaser, { release: name }, during);
const untilReleased = (after: object) => expectAnswer(integ, releaser, { look: true }, after)
  .waitForAssertions({ totalTimeout: Duration.minutes(30), interval: Duration.seconds(5) });

inOrder([
  send(1, 120),
  untilDone(120),

  // The new value gets its tenth, fails, and the old one has all traffic again.
  released('broken', { version: '1', weights: { 2: 0.1 } }),
  send(121, 240),
  untilReleased({
    stack: 'UPDATE_ROLLBACK_COMPLETE', version: '1', weights: {}, deployment: { status: 'Stopped', error: 'ALARM_ACTIVE' }, rang: Match.arrayWith(['NewVersionErrorsAlarm']),
  }),
  untilDone(240),

  // Another value passes.
  released('two', { version: '1', weights: { 3: 0.1 } }),
  send(241, 360),
  untilReleased({ stack: 'UPDATE_COMPLETE', version: '3', weights: {}, deployment: { status: 'Succeeded' } }),
  untilDone(360),
]);
