/**
 * Job APIs, their engines and workers can do what they were granted, and no more; a client sees its own jobs only. Then the API may no longer use its table: the clients are told no more than
 * they must, and an alarm rings.
 *
 * Shows something only where IAM is enforced: on AWS, and on the local emulator as `npm run integ` starts it.
 */
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { FunctionEngine, PollingStatusApi, QueueEngine, QueueFedFunction, StateMachineEngine } from '../src';
import { inOrder } from './support/drill';
import { JobClient, newJobFunction } from './support/jobs/job-drill';

const app = new App();
const stack = new Stack(app, 'IntegPollingStatusApiPermissions');
const COMMON = { timeout: Duration.minutes(1), removalPolicy: RemovalPolicy.DESTROY, accessLogs: false };

const functions = new PollingStatusApi(stack, 'Functions', { ...COMMON, engine: new FunctionEngine(newJobFunction(stack, 'WorkFunction', 'job-function')) });
const machine = new sfn.StateMachine(stack, 'Machine', {
  definitionBody: sfn.DefinitionBody.fromChainable(new sfn.Pass(stack, 'Done', { outputPath: '$.body.result' })),
});
const machines = new PollingStatusApi(stack, 'Machines', { ...COMMON, engine: new StateMachineEngine(machine) });

const queueWorker = newJobFunction(stack, 'QueueFunction', 'job-worker');
const consumer = new QueueFedFunction(stack, 'Worker', { handler: queueWorker, removalPolicy: RemovalPolicy.DESTROY });
const queue = new PollingStatusApi(stack, 'Queue', { ...COMMON, engine: new QueueEngine(consumer) });
queue.grantReport(queueWorker);

const plans = { functions: { none: 4, fail: 1 }, machines: { none: 5 }, queue: { none: 4, fail: 1 } };
const apis = { functions, machines, queue };
const clients = { alice: true, bob: true, mallory: false };
const [alice, bob, mallory] = Object.entries(clients).map(([name, submit]) => {
  const client = new JobClient(stack, name, () => integ);
  Object.entries(apis).forEach(([run, api]) => client.use(run, api, { submit }));
  return client;
}) as [JobClient, JobClient, JobClient];
alice.allowToSeeAlarms();

// Any requests of this API that fail ring this alarm.
const { serverErrors } = functions.alarms as Required<typeof functions.alarms>;
const apiRole = functions.node.findChild('ApiRole') as iam.Role;
const deny = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Action: 'dynamodb:GetItem', Resource: functions.table.tableArn }],
};

const integ = new IntegTest(app, 'PollingStatusApiPermissions', { testCases: [stack], stackUpdateWorkflow: false });
const runs = Object.entries(plans);

inOrder([
  ...runs.map(([run, plan]) => alice.submit(run, plan)),
  ...runs.map(([run, plan]) => alice.untilEnded(run, plan)),
  // Bob asks for the same ids; what he then submits with the same keys are other jobs.
  bob.peeks('functions', plans.functions, { read: 404, submission: 202 }),
  bob.submit('functions', plans.functions),
  bob.untilEnded('functions', plans.functions),
  // The local emulator refuses her before the API is asked, so this answer has not the form that the API gives it.
  mallory.peeks('functions', plans.functions, { read: 403, submission: 403, problems: false }),
  mallory.peeks('functions', plans.functions, { unsigned: true, read: 403, submission: 403 }),
  integ.assertions.awsApiCall('IAM', 'putRolePolicy', { RoleName: apiRole.roleName, PolicyName: 'Deny', PolicyDocument: JSON.stringify(deny) }),
  alice.untilAlarmIs('functions', serverErrors, { status: 500, title: 'Internal Server Error', alarm: 'ALARM' }),
  integ.assertions.awsApiCall('IAM', 'deleteRolePolicy', { RoleName: apiRole.roleName, PolicyName: 'Deny' }),
  alice.untilAlarmIs('functions', serverErrors, { status: 404, title: 'Not Found', alarm: 'OK' }),
]);
