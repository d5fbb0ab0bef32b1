/**
 * CodeDeploy, its hooks and the callers can do what the pattern granted them, and no more. Without any one of the grants a release goes back to the version before, and
 * EventBridge tells of it.
 *
 * Shows something only where IAM is enforced: on AWS, and on the local emulator as `npm run integ` starts it.
 */
import { join } from 'node:path';
import { ExpectedResult, IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { CanaryFunction } from '../src';
import { expectAnswer, inOrder } from './support/drill';
import { faultWindow } from './support/environment-faults';
import { newHandlerFunction } from './support/handler-function';
import { Ledger } from './support/ledger';
import { newReleaseGate, newReleaser, RELEASE } from './support/releaser';

const app = new App();
const stack = new Stack(app, 'IntegCanaryFunctionPermissions');
const ledger = new Ledger(stack, 'Ledger');
const timeout = Duration.seconds(15);

const handler = ledger.newHandler(stack, 'Handler', { timeout, entry: join(__dirname, 'support', 'handlers', 'released-consumer.ts'), environment: { [RELEASE]: 'one' } });
const gate = newReleaseGate(stack, 'Gate');
const canary = new CanaryFunction(stack, 'Canary', { handler, preHook: gate.hook });
gate.tries(canary);

// A hook that fails reports nothing, and CodeDeploy waits for it for an hour: so the page advises an alarm on its errors.
const gateErrors = new cloudwatch.Alarm(stack, 'GateErrors', {
  metric: gate.hook.metricErrors({ period: Duration.minutes(1) }),
  comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
  threshold: 0,
  evaluationPeriods: 1,
  treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
});
const told = new sqs.Queue(stack, 'Told', { removalPolicy: RemovalPolicy.DESTROY });
new events.Rule(stack, 'DeploymentFailed', {
  eventPattern: {
    source: ['aws.codedeploy'],
    detailType: ['CodeDeploy Deployment State-change Notification'],
    detail: { state: ['FAILURE', 'STOP'], deploymentGroup: [canary.deploymentGroup.deploymentGroupName] },
  },
  targets: [new SqsQueue(told)],
});

const caller = newHandlerFunction(stack, 'Caller', { entry: join(__dirname, 'support', 'handlers', 'caller.ts'), timeout: Duration.seconds(30) });
canary.alias.grantInvoke(caller);

const role = canary.deploymentGroup.role;
const aliasArn = canary.alias.functionArn;
const lost = {
  report: ledger.losePermission('LostReport', gate.hook.role!, ['codedeploy:PutLifecycleEventHookExecutionStatus'], canary.deploymentGroup.deploymentGroupArn),
  invoke: ledger.losePermission('LostInvoke', role, ['lambda:InvokeFunction'], gate.hook.functionArn),
  alarms: ledger.losePermission('LostAlarms', role, ['cloudwatch:DescribeAlarms'], '*'),
  move: ledger.losePermission('LostMove', role, ['lambda:UpdateAlias'], aliasArn),
  look: ledger.losePermission('LostLook', role, ['lambda:GetAlias'], aliasArn),
};
const releaser = newReleaser(stack, 'Releaser', canary, [gateErrors]);

const integ = new IntegTest(app, 'CanaryFunctionPermissions', { testCases: [stack], stackUpdateWorkflow: false, allowDestroy: ['AWS::Lambda::Version'] });

const release = (name: string, during: object, settings: object = {}) => expectAnswer(integ, releaser, { release: name, ...settings }, during);
const until = (state: object) => expectAnswer(integ, releaser, { look: true }, state)
  .waitForAssertions({ totalTimeout: Duration.minutes(20), interval: Duration.seconds(5) });
const untilTold = (times: number) => integ.assertions
  .awsApiCall('SQS', 'getQueueAttributes', { QueueUrl: told.queueUrl, AttributeNames: ['ApproximateNumberOfMessages'] })
  .expect(ExpectedResult.objectLike({ Attributes: { ApproximateNumberOfMessages: String(times) } }))
  .waitForAssertions({ totalTimeout: Duration.minutes(5), interval: Duration.seconds(5) });
const back = { stack: 'UPDATE_ROLLBACK_COMPLETE', version: '2', weights: {} };

inOrder([
  // Works: CodeDeploy reads the alarms, calls the hook, which reports, and moves the alias.
  release('two', { version: '1', weights: { 2: 0.1 } }),
  until({ stack: 'UPDATE_COMPLETE', version: '2', weights: {}, deployment: { status: 'Succeeded' }, rang: [] }),
  expectAnswer(integ, caller, { alias: aliasArn, fn: handler.functionArn, version: `${handler.functionArn}:1` }, { alias: 'allowed', fn: 'refused', version: 'refused' }),

  // A hook that may not report fails three times, and the release waits; it is stopped by hand.
  ...faultWindow(integ, ledger, lost.report, [
    release('mute', { version: '2', weights: {}, deployment: { status: 'InProgress' } }, { hooks: true }),
    until({ version: '2', weights: {}, deployment: { status: 'InProgress' }, rang: ['GateErrors'] }),
    expectAnswer(integ, releaser, { stop: true }, {}),
    until({ ...back, deployment: { status: 'Stopped', error: 'MANUAL_STOP' } }),
    untilTold(1),
  ]),
  ...faultWindow(integ, ledger, lost.invoke, [
    release('uncalled', { ...back, deployment: { status: 'Failed', error: 'IAM_ROLE_PERMISSIONS' } }),
    untilTold(2),
  ]),
  // AWS does not say with which code this one stops.
  ...faultWindow(integ, ledger, lost.alarms, [release('unwatched', { ...back, deployment: { status: 'Stopped' } })]),
  ...faultWindow(integ, ledger, lost.move, [release('unmoved', { ...back, deployment: { status: 'Failed', error: 'IAM_ROLE_PERMISSIONS' } })]),
  ...faultWindow(integ, ledger, lost.look, [release('unseen', { ...back, deployment: { status: 'Failed', error: 'IAM_ROLE_PERMISSIONS' } })]),

  // With all of them again, it works as before.
  release('three', { version: '2', weights: { 8: 0.1 } }),
  until({ stack: 'UPDATE_COMPLETE', version: '8', weights: {}, deployment: { status: 'Succeeded' } }),
]);
