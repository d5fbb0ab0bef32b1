/**
 * Jobs behind a queue, done one at a time by the worker of a QueueFedService: one is cancelled while it runs, and its worker is told and goes on with the next;
 * those that wait behind it are cancelled and never begun; one that is done cannot be cancelled any more.
 *
 * On the local emulator, where a task is a process of this machine. On AWS it would need an image with Node.js and the AWS SDK.
 */
import { ExpectedResult, IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PollingStatusApi, QueueEngine } from '../src';
import { inOrder } from './support/drill';
import { JobClient } from './support/jobs/job-drill';
import { Services } from './support/service-worker';

const app = new App();
const stack = new Stack(app, 'IntegPollingStatusApiQueue');

const service = new Services(stack, 'job-service-worker').newService('Worker', { maxProcessingTime: Duration.minutes(5), maxCapacity: 1 });
const jobs = new PollingStatusApi(stack, 'Jobs', {
  engine: new QueueEngine(service), timeout: Duration.minutes(30), accessLogs: false, removalPolicy: RemovalPolicy.DESTROY,
});
jobs.grantReport(service.taskDefinition.taskRole);

// Three runs of one API and one worker.
const plans = { running: { cancel: 1 }, waiting: { cancel: 2 }, done: { none: 4, fail: 1 } };
const owner = new JobClient(stack, 'Owner', () => integ);
Object.keys(plans).forEach((run) => owner.use(run, jobs));

const integ = new IntegTest(app, 'PollingStatusApiQueue', { testCases: [stack], stackUpdateWorkflow: false });

/** Waits until the worker has none of the messages left. */
const untilQueueIsEmpty = integ.assertions.awsApiCall('SQS', 'getQueueAttributes', { QueueUrl: service.queue.queueUrl, AttributeNames: ['All'] })
  .expect(ExpectedResult.objectLike({ Attributes: Match.objectLike({ ApproximateNumberOfMessages: '0', ApproximateNumberOfMessagesNotVisible: '0' }) }))
  .waitForAssertions({ totalTimeout: Duration.minutes(4), interval: Duration.seconds(5) });

inOrder([
  owner.submit('running', plans.running),
  owner.untilRunning('running', plans.running),
  owner.submit('waiting', plans.waiting),
  owner.cancel('waiting', plans.waiting, 'PENDING'),
  owner.cancel('running', plans.running, 'RUNNING'),
  owner.submit('done', plans.done),
  owner.untilEnded('done', plans.done),
  owner.cannotCancel('done', plans.done),
  untilQueueIsEmpty,
  ...(['running', 'waiting'] as const).map((run) => owner.untilEnded(run, plans[run])),
  owner.traces('running', plans.running, { begun: 1, results: 0 }),
  owner.traces('waiting', plans.waiting, { begun: 0, results: 0 }),
]);
