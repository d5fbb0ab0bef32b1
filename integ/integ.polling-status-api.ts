/**
 * Two hundred jobs in five APIs, two of which share one: functions, Standard and Express state machines and workers of a queue do them, fail at them, hang, crash, vanish, are too late, are stopped and cancelled. Each job is
 * submitted three times at once. Every job that was accepted ends, as its fault leads to, and never otherwise. What cannot be
 * delivered, because the queue was deleted, is set aside.
 *
 * Runs unchanged on the local emulator (`npm run integ`) and on AWS (`npm run integ:aws`).
 */
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { PollingStatusApiProps } from '../src';
import { ApiLoggingAccount, FunctionEngine, PollingStatusApi, QueueEngine, QueueFed, QueueFedFunction, StateMachineEngine } from '../src';
import { inOrder } from './support/drill';
import { JobClient, newJobFunction } from './support/jobs/job-drill';

const app = new App();
const stack = new Stack(app, 'IntegPollingStatusApi');
const client = new JobClient(stack, 'Client', () => integ);
client.allowToStop();
const logging = new ApiLoggingAccount(stack, 'Logging');

const COMMON: Omit<PollingStatusApiProps, 'engine'> = {
  // The shortest: jobs that vanish read as failed from then on.
  timeout: Duration.minutes(1),
  retryAfter: Duration.seconds(1),
  bodySchema: { type: apigateway.JsonSchemaType.OBJECT, required: ['number'], properties: { number: { type: apigateway.JsonSchemaType.INTEGER } } },
  removalPolicy: RemovalPolicy.DESTROY,
};

function newApi(run: string, id: string, props: PollingStatusApiProps, origin?: string): PollingStatusApi {
  const jobs = new PollingStatusApi(stack, id, { ...COMMON, ...props });
  jobs.node.addDependency(logging);
  client.use(run, jobs, { ...(props.resourcePath ? { path: props.resourcePath } : {}), ...(origin ? { origin } : {}) });
  return jobs;
}

const worker = newJobFunction(stack, 'WorkFunction', 'job-function', { timeout: Duration.minutes(2) });
newApi('functions', 'Functions', {
  engine: new FunctionEngine(worker),
  encryptionKey: new kms.Key(stack, 'Key', { removalPolicy: RemovalPolicy.DESTROY, pendingWindow: Duration.days(7) }),
});

/** A machine that gives what the body says, unless it says otherwise. */
function newMachine(id: string, stateMachineType: sfn.StateMachineType): sfn.StateMachine {
  const done = new sfn.Pass(stack, `${id}Done`, { outputPath: '$.body.result' });
  const choice = new sfn.Choice(stack, `${id}Choice`)
    .when(sfn.Condition.stringEquals('$.body.fault', 'fail'), new sfn.Fail(stack, `${id}Fail`, { cause: 'a reason that no client must read' }))
    .when(sfn.Condition.stringEquals('$.body.fault', 'hang'), new sfn.Wait(stack, `${id}Hang`, { time: sfn.WaitTime.duration(Duration.days(1)) }))
    .otherwise(done);
  return new sfn.StateMachine(stack, id, { stateMachineType, definitionBody: sfn.DefinitionBody.fromChainable(choice) });
}

const machines = newApi('machines', 'Machines', { engine: new StateMachineEngine(newMachine('Standard', sfn.StateMachineType.STANDARD)) });
// In the API of the others, at a path of its own, for pages of two origins of which the client is the second.
newApi('express', 'ExpressMachines', {
  engine: new StateMachineEngine(newMachine('Express', sfn.StateMachineType.EXPRESS)),
  restApi: machines.api,
  resourcePath: 'v1/reports',
  corsAllowOrigins: ['https://one.example.com', 'https://two.example.com'],
}, 'https://two.example.com');

const queueWorker = newJobFunction(stack, 'QueueFunction', 'job-worker', { timeout: Duration.seconds(90) });
const consumer = new QueueFedFunction(stack, 'Worker', {
  handler: queueWorker, batchSize: 1, maxReceiveCount: 2, visibilityTimeout: Duration.seconds(90), removalPolicy: RemovalPolicy.DESTROY,
});
const queue = newApi('queue', 'Queue', { engine: new QueueEngine(consumer) });
queue.grantReport(queueWorker);

const deleted = new sqs.Queue(stack, 'Deleted', { enforceSSL: true });
newApi('forsaken', 'Forsaken', { engine: new QueueEngine(QueueFed.of(deleted, new sqs.Queue(stack, 'DeletedDeadLetters', { enforceSSL: true }))) });

const plans = {
  functions: { none: 40, fail: 6, big: 1, hang: 2, abort: 3, crash: 2, cancel: 2 },
  machines: { none: 35, fail: 6, hang: 4 },
  express: { none: 40, fail: 5 },
  queue: { none: 45, fail: 5, vanish: 4, late: 1, poison: 1 },
  // Nobody ever hears of these jobs.
  forsaken: { vanish: 3 },
};

const integ = new IntegTest(app, 'PollingStatusApi', { testCases: [stack], stackUpdateWorkflow: false });
const runs = Object.entries(plans);

inOrder([
  client.refuses('queue'),
  integ.assertions.awsApiCall('SQS', 'deleteQueue', { QueueUrl: deleted.queueUrl }),
  // Before their minute is over.
  ...runs.flatMap(([run, plan]) => [client.submit(run, plan), ...('abort' in plan ? [client.abort(run, plan)] : [])]),
  client.cancel('functions', plans.functions, 'RUNNING'),
  ...runs.map(([run, plan]) => client.untilEnded(run, plan)),
  client.untilCancelledWithoutFailure('functions', plans.functions),
  client.cannotCancel('express', plans.express),
  ...runs.map(([run]) => client.untilSetAside(run, run === 'forsaken')),
]);
