/**
 * Eighty jobs in five APIs whose workflows are Express: a function and an Express machine do them, fail at them, hang, crash, give too much; a function is throttled for a while, and a workflow hangs around its work.
 * Each job is submitted three times at once. Every job that was accepted ends, as its fault leads to, and never otherwise; `failed` and `timedOut` ring by their faults, and only then.
 *
 * Runs unchanged on the local emulator (`npm run integ`) and on AWS (`npm run integ:aws`).
 */
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { PollingStatusApiProps } from '../src';
import { Alarms, FunctionEngine, PollingStatusApi, StateMachineEngine } from '../src';
import { untilAlarmsAre } from './support/alarm-drill';
import { inOrder } from './support/drill';
import { faultWindow } from './support/environment-faults';
import { JobClient, newJobFunction } from './support/jobs/job-drill';
import { Ledger } from './support/ledger';

const app = new App();
const stack = new Stack(app, 'IntegPollingStatusApiExpress');
const ledger = new Ledger(stack, 'Ledger');
Alarms.of(stack).notify(new SnsAction(ledger.onCall));
const client = new JobClient(stack, 'Client', () => integ);
const { EXPRESS } = sfn.StateMachineType;

function newApi(run: string, id: string, props: PollingStatusApiProps): PollingStatusApi {
  const jobs = new PollingStatusApi(stack, id, { timeout: Duration.minutes(1), accessLogs: false, removalPolicy: RemovalPolicy.DESTROY, ...props });
  client.use(run, jobs);
  ledger.watchAlarms(run, jobs.allAlarms);
  return jobs;
}

const work = newJobFunction(stack, 'WorkFunction', 'job-function', { timeout: Duration.minutes(2) });
const byFunction = () => new FunctionEngine(work, { workflowType: EXPRESS });
// Nothing is wrong with this one.
newApi('silent', 'Silent', { engine: byFunction() });
newApi('functions', 'Functions', {
  engine: byFunction(), encryptionKey: new kms.Key(stack, 'Key', { removalPolicy: RemovalPolicy.DESTROY, pendingWindow: Duration.days(7) }),
});

const machine = new sfn.StateMachine(stack, 'Machine', {
  stateMachineType: EXPRESS,
  definitionBody: sfn.DefinitionBody.fromChainable(new sfn.Choice(stack, 'Choice')
    .when(sfn.Condition.stringEquals('$.body.fault', 'fail'), new sfn.Fail(stack, 'Fail', { cause: 'a reason that no client must read' }))
    .otherwise(new sfn.Pass(stack, 'Done', { outputPath: '$.body.result' }))),
});
newApi('machines', 'Machines', { engine: new StateMachineEngine(machine, { workflowType: EXPRESS }) });

const throttled = newJobFunction(stack, 'ThrottledFunction', 'job-function');
// The longest that an Express workflow takes.
newApi('throttled', 'Throttled', { engine: new FunctionEngine(throttled, { workflowType: EXPRESS }), timeout: Duration.minutes(4) });
const hung = newApi('hung', 'Hung', { engine: byFunction() });
const hungWorkflow = hung.node.findChild('Engine').node.findChild('Workflow') as sfn.StateMachine;

const plans = {
  silent: { none: 10 },
  functions: { none: 25, fail: 4, big: 1, hang: 2, crash: 2 },
  machines: { none: 20, fail: 3 },
  throttled: { none: 10 },
  // Whatever these jobs give, nobody records it.
  hung: { vanish: 3 },
};
const { throttled: whileThrottled, ...others } = plans;

const rung = { silent: [], functions: ['FailedAlarm'], machines: ['FailedAlarm'], throttled: [], hung: ['TimedOutAlarm'] };
const quiet = Object.fromEntries(Object.keys(rung).map((run) => [run, []]));

const integ = new IntegTest(app, 'PollingStatusApiExpress', { testCases: [stack], stackUpdateWorkflow: false });
const runs = Object.entries(plans);

inOrder([
  // First, because Step Functions may start with the old definition for some seconds more.
  client.obstruct(hungWorkflow),
  untilAlarmsAre(integ, ledger, { notOk: quiet, within: Duration.minutes(15) }),
  ...faultWindow(integ, ledger, ledger.throttle(throttled), [client.submit('throttled', whileThrottled)]),
  ...Object.entries(others).map(([run, plan]) => client.submit(run, plan)),
  ...runs.map(([run, plan]) => client.untilEnded(run, plan)),
  ...runs.map(([run]) => client.untilSetAside(run, false)),
  untilAlarmsAre(integ, ledger, { rung, notOk: quiet, within: Duration.minutes(20) }),
]);
