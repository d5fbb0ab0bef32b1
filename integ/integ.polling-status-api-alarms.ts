/**
 * Each alarm of a job API but `pipeThrottled`, and the age of its queue, rings by its own fault, those on call hear it, and no other rings; none rings for the APIs
 * without a fault; and after the faults all are quiet again.
 *
 * Takes a minute and a half on the local emulator, where CloudWatch's minutes last a second, and about an hour on AWS.
 */
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { IJobEngine } from '../src';
import { Alarms, FunctionEngine, PollingStatusApi, QueueEngine, QueueFed, QueueFedFunction, StateMachineEngine } from '../src';
import { untilAlarmsAre } from './support/alarm-drill';
import { inOrder } from './support/drill';
import { faultWindow } from './support/environment-faults';
import type { UseOptions } from './support/jobs/job-drill';
import { JobClient, newJobFunction } from './support/jobs/job-drill';
import { Ledger } from './support/ledger';
import { QueueKeeper } from './support/queue-keeper';

const app = new App();
const stack = new Stack(app, 'IntegPollingStatusApiAlarms');
const ledger = new Ledger(stack, 'Ledger');
Alarms.of(stack).notify(new SnsAction(ledger.onCall));
const client = new JobClient(stack, 'Client', () => integ);
client.allowToStop();

/** An API for each fault, so that no fault rings the alarm of another. Its alarms are the default ones. */
function newApi(run: string, id: string, engine: IJobEngine, authorizer?: apigateway.IAuthorizer, options: UseOptions = {}): PollingStatusApi {
  const jobs = new PollingStatusApi(stack, id, {
    engine,
    timeout: Duration.minutes(1),
    accessLogs: false,
    removalPolicy: RemovalPolicy.DESTROY,
    ...(authorizer ? { authorizer } : {}),
  });
  client.use(run, jobs, options);
  const { pipeFailed } = jobs.alarms;
  ledger.watchAlarms(run, jobs.allAlarms.filter((alarm) => alarm !== pipeFailed));
  // It rings at each attempt that comes some of CloudWatch's minutes after the last.
  ledger.watchAlarms(`${run}Pipe`, pipeFailed ? [pipeFailed] : []);
  return jobs;
}

const authorize = newJobFunction(stack, 'AuthorizerFunction', 'job-authorizer');

/** One whose callers have this token. It is asked each time. */
function newApiWithAuthorizer(run: string, id: string, engine: IJobEngine, token: string): PollingStatusApi {
  const authorizer = new apigateway.TokenAuthorizer(stack, `${id}Authorizer`, { handler: authorize, resultsCacheTtl: Duration.seconds(0) });
  return newApi(run, id, engine, authorizer, { token });
}

/** One whose jobs are done behind a queue. The consumer has alarms of its own. */
function newApiWithConsumer(run: string, id: string): QueueFedFunction {
  const handler = newJobFunction(stack, `${id}WorkFunction`, 'job-worker');
  const consumer = new QueueFedFunction(stack, `${id}Worker`, { handler, removalPolicy: RemovalPolicy.DESTROY });
  newApi(run, id, new QueueEngine(consumer)).grantReport(handler);
  ledger.watchAlarms(run, consumer.allAlarms);
  return consumer;
}

const work = newJobFunction(stack, 'WorkFunction', 'job-function', { timeout: Duration.minutes(1) });
const isGood = sfn.Condition.not(sfn.Condition.or(...['abort', 'hang', 'lost'].map((fault) => sfn.Condition.stringEquals('$.body.fault', fault))));
const machine = new sfn.StateMachine(stack, 'Machine', {
  definitionBody: sfn.DefinitionBody.fromChainable(new sfn.Choice(stack, 'Choice')
    .when(isGood, new sfn.Pass(stack, 'Done'))
    .otherwise(new sfn.Wait(stack, 'Hang', { time: sfn.WaitTime.duration(Duration.days(1)) }))),
});

// Nothing is wrong with these two. They get jobs, of which one is cancelled, and requests that are refused for what the client did wrong.
newApiWithAuthorizer('silent', 'Silent', new FunctionEngine(work), 'prompt');
newApiWithConsumer('silentQueue', 'SilentQueue');

newApiWithAuthorizer('slow', 'Slow', new StateMachineEngine(machine), 'slow');
const broken = newApi('broken', 'Broken', new FunctionEngine(work));
const deleted = new sqs.Queue(stack, 'Deleted', { removalPolicy: RemovalPolicy.DESTROY });
const deletedDeadLetters = new sqs.Queue(stack, 'DeletedDeadLetters', { removalPolicy: RemovalPolicy.DESTROY });
const forsaken = newApi('forsaken', 'Forsaken', new QueueEngine(QueueFed.of(deleted, deletedDeadLetters)));
const forgotten = newApiWithConsumer('forgotten', 'Forgotten');
newApi('failing', 'Failing', new FunctionEngine(work));
const unrecorded = newApi('unrecorded', 'Unrecorded', new StateMachineEngine(machine));
newApi('stopped', 'Stopped', new StateMachineEngine(machine));
const hung = newApi('hung', 'Hung', new StateMachineEngine(machine));

/** A machine that an engine has made. */
function machineOf(jobs: PollingStatusApi, id: 'Workflow' | 'Recorder'): sfn.StateMachine {
  return jobs.node.findChild('Engine').node.findChild(id) as sfn.StateMachine;
}

const integ = new IntegTest(app, 'PollingStatusApiAlarms', { testCases: [stack], stackUpdateWorkflow: false });

const plans = {
  forsaken: { vanish: 1 }, forgotten: { vanish: 1 }, failing: { fail: 1 }, unrecorded: { lost: 1 }, stopped: { abort: 1 }, hung: { vanish: 1 },
};
const submit = (run: keyof typeof plans) => client.submit(run, plans[run]);

const healthy = { silent: ['job', 'unknown', 'malformed'], silentQueue: ['job', 'unknown', 'malformed'] } as const;
const answeredInHealth = { silent: [202, 400, 404], silentQueue: [202, 400, 404] };

const rung = {
  silent: [],
  silentQueue: [],
  slow: ['LatencyAlarm'],
  broken: ['ServerErrorsAlarm'],
  forsaken: ['DeadLettersAlarm', 'MoreDeadLettersAlarm'],
  forsakenPipe: ['PipeFailedAlarm'],
  silentPipe: [],
  silentQueuePipe: [],
  failing: ['FailedAlarm'],
  // Its job was stopped, and EventBridge could not start the workflow that records such an end.
  unrecorded: ['AbortedAlarm', 'DeadLettersAlarm', 'MoreDeadLettersAlarm'],
  stopped: ['AbortedAlarm'],
};
const quiet = Object.fromEntries([...Object.keys(rung), 'forgotten', 'hung'].map((run) => [run, []]));

inOrder([
  // First, because Step Functions may start with the old definition for some seconds more.
  client.obstruct(machineOf(hung, 'Workflow')),
  untilAlarmsAre(integ, ledger, { notOk: quiet, within: Duration.minutes(15) }),
  submit('hung'),
  integ.assertions.awsApiCall('SFN', 'deleteStateMachine', { stateMachineArn: machineOf(unrecorded, 'Recorder').stateMachineArn }),
  submit('unrecorded'),
  client.abort('unrecorded', plans.unrecorded),
  integ.assertions.awsApiCall('DynamoDB', 'deleteTable', { TableName: broken.table.tableName }),
  ...faultWindow(integ, ledger, ledger.stopEventSource(forgotten.eventSource), [
    submit('forgotten'),
    submit('failing'),
    submit('stopped'),
    client.abort('stopped', plans.stopped),
    ...new QueueKeeper(ledger, 'Lost', [{ queue: deleted }]).lose(integ),
    submit('forsaken'),
    client.untilAlarmsAre(ledger, {
      traffic: { ...healthy, slow: ['job', 'unknown'], broken: ['job', 'unknown'] },
      seconds: 8,
      answered: { ...answeredInHealth, slow: [202, 404], broken: [500] },
      rung,
      rungAgain: { forsaken: [] },
      // The one that rings again must be quiet before there is more.
      notOk: { silent: [], silentQueue: [], forsaken: ['DeadLettersAlarm'] },
      within: Duration.minutes(20),
    }),
    client.untilAlarmsAre(ledger, {
      traffic: { ...healthy, forsaken: ['job'] },
      seconds: 2,
      answered: { ...answeredInHealth, forsaken: [202] },
      rung: { ...rung, forgotten: ['MessageAgeAlarm'] },
      rungAgain: { forsaken: ['MoreDeadLettersAlarm'] },
      notOk: { silent: [], silentQueue: [], forgotten: ['MessageAgeAlarm'] },
      within: Duration.minutes(30),
    }),
  ]),
  ...Object.entries(plans).map(([run, plan]) => client.untilEnded(run, plan)),
  // The function goes on to its end, which the workflow cannot record any more.
  client.submit('silent', { cancel: 1 }),
  client.cancel('silent', { cancel: 1 }, 'RUNNING'),
  client.untilEnded('silent', { cancel: 1 }),
  client.untilCancelledWithoutFailure('silent', { cancel: 1 }),
  client.untilAlarmsAre(ledger, {
    traffic: healthy,
    seconds: 2,
    // The pipe may have jobs of the traffic left that it still gives up.
    emptied: [forsaken, unrecorded].map(({ deadLetterQueue }) => deadLetterQueue),
    answered: answeredInHealth,
    rung: { ...rung, forgotten: ['MessageAgeAlarm'], hung: ['TimedOutAlarm'] },
    notOk: quiet,
    within: Duration.minutes(20),
  }),
]);
