/**
 * Shipping the repair while an alarm is firing, as the page of `CanaryFunction` says: today's version fails with what nobody had tried, so that the repair is stopped by
 * the alarms that it would silence. With `ignoreAlarms` it passes, in steps. The next deployment is watched again; one that ignores alarms can be stopped by hand.
 *
 * Runs unchanged on the local emulator (`npm run integ`) and on AWS (`npm run integ:aws`).
 */
import { join } from 'node:path';
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import { CanaryFunction, QueueFedFunction } from '../src';
import { expectAnswer, inOrder, untilBooksAre } from './support/drill';
import { Ledger } from './support/ledger';
import { newReleaser, RELEASE } from './support/releaser';
import { seed } from './support/seed';

const app = new App();
const stack = new Stack(app, 'IntegCanaryFunctionRepair');
const ledger = new Ledger(stack, 'Ledger');
const timeout = Duration.seconds(15);

const handler = ledger.newHandler(stack, 'Handler', {
  timeout, entry: join(__dirname, 'support', 'handlers', 'released-consumer.ts'), environment: { [RELEASE]: 'shortsighted' },
});
const canary = new CanaryFunction(stack, 'Canary', { handler, deploymentConfig: codedeploy.LambdaDeploymentConfig.CANARY_10PERCENT_15MINUTES });
// An alarm of one's own, which looks back longer than those that are made, so that it goes on firing between the retries.
const recentErrors = new cloudwatch.Alarm(stack, 'RecentErrors', {
  metric: canary.alias.metricErrors({ period: Duration.minutes(1) }),
  comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
  threshold: 0,
  evaluationPeriods: 10,
  datapointsToAlarm: 1,
  treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
});
canary.deploymentGroup.addAlarm(recentErrors);
// Enough receives for all the time until the repair.
const consumer = new QueueFedFunction(stack, 'Consumer', {
  handler: canary.alias, batchSize: 1, maxConcurrency: 5, maxReceiveCount: 1000, visibilityTimeout: timeout, removalPolicy: RemovalPolicy.DESTROY,
});
ledger.follow('repair', consumer);
const releaser = newReleaser(stack, 'Releaser', canary, [recentErrors]);

const integ = new IntegTest(app, 'CanaryFunctionRepair', { testCases: [stack], stackUpdateWorkflow: false, allowDestroy: ['AWS::Lambda::Version'] });

const PLAN = { messages: 480, seed: seed(1), faults: {} } as const;
const send = (from: number, to: number) => expectAnswer(integ, ledger.producer, { run: 'repair', ...PLAN, part: [from, to] }, { confirmed: to - from + 1 });
const untilDone = (messages: number) => untilBooksAre(integ, ledger, 'repair', { accepted: messages, effects: messages, setAside: [], inFlight: 0, lost: 0, unexplained: 0 });
const release = (name: string, settings: object, during: object) => expectAnswer(integ, releaser, { release: name, ...settings }, during);
const until = (state: object) => expectAnswer(integ, releaser, { look: true }, state)
  .waitForAssertions({ totalTimeout: Duration.minutes(30), interval: Duration.seconds(5) });

inOrder([
  send(1, 120),
  untilDone(120),
  until({ version: '1', rang: [] }),

  // Today's version fails. The alarm that watched it when it was new fires too, and those on the alias.
  send(121, 240),
  until({ rang: ['ErrorsAlarm', 'NewVersionErrorsAlarm', 'RecentErrors'], firing: Match.arrayWith(['RecentErrors']) }),

  // The repair is stopped before it gets any traffic.
  release('two', {}, { stack: 'UPDATE_ROLLBACK_COMPLETE', version: '1', weights: {}, deployment: { status: 'Stopped', error: 'ALARM_ACTIVE' } }),

  // With ignoreAlarms it goes its way, step by step, and the messages that failed are done.
  release('two', { ignoreAlarms: true }, { version: '1', weights: { 3: 0.1 }, firing: Match.arrayWith(['RecentErrors']) }),
  until({ stack: 'UPDATE_COMPLETE', version: '3', weights: {}, deployment: { status: 'Succeeded' } }),
  untilDone(240),

  // When all is quiet, deployments without it are watched again.
  until({ firing: [] }),
  release('broken', {}, { version: '3', weights: { 4: 0.1 } }),
  send(241, 360),
  until({ stack: 'UPDATE_ROLLBACK_COMPLETE', version: '3', weights: {}, deployment: { status: 'Stopped', error: 'ALARM_ACTIVE' } }),

  // One that fails with it is stopped by nobody but by hand.
  until({ firing: [] }),
  release('broken-again', { ignoreAlarms: true }, { version: '3', weights: { 5: 0.1 } }),
  send(361, 480),
  until({ deployment: { status: 'InProgress' }, weights: { 5: 0.1 }, firing: Match.arrayWith(['RecentErrors']) }),
  expectAnswer(integ, releaser, { stop: true }, {}),
  until({ stack: 'UPDATE_ROLLBACK_COMPLETE', version: '3', weights: {}, deployment: { status: 'Stopped', error: 'MANUAL_STOP' } }),
  untilDone(480),

  // The next deployment takes ignoreAlarms out again.
  until({ firing: [] }),
  release('three', {}, { version: '3', weights: { 6: 0.1 } }),
  until({ stack: 'UPDATE_COMPLETE', version: '6', weights: {}, deployment: { status: 'Succeeded' } }),
]);
