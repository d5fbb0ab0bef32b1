/**
 * Express workflows can do what they were granted, and no more. Then one may no longer record anything: its jobs read as failed from their deadline on, and an alarm rings.
 *
 * Shows something only where IAM is enforced: on AWS, and on the local emulator as `npm run integ` starts it.
 */
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { IJobEngine } from '../src';
import { Alarms, FunctionEngine, PollingStatusApi, StateMachineEngine } from '../src';
import { untilAlarmsAre } from './support/alarm-drill';
import { inOrder } from './support/drill';
import { faultWindow } from './support/environment-faults';
import { JobClient, newJobFunction } from './support/jobs/job-drill';
import { Ledger } from './support/ledger';

const app = new App();
const stack = new Stack(app, 'IntegPollingStatusApiExpressPermissions');
const ledger = new Ledger(stack, 'Ledger');
Alarms.of(stack).notify(new SnsAction(ledger.onCall));
const client = new JobClient(stack, 'Client', () => integ);
const { EXPRESS } = sfn.StateMachineType;

function newApi(run: string, id: string, engine: IJobEngine): PollingStatusApi {
  const jobs = new PollingStatusApi(stack, id, { engine, timeout: Duration.minutes(1), removalPolicy: RemovalPolicy.DESTROY, accessLogs: false });
  client.use(run, jobs);
  ledger.watchAlarms(run, jobs.allAlarms);
  return jobs;
}

const work = newJobFunction(stack, 'WorkFunction', 'job-function');
newApi('functions', 'Functions', new FunctionEngine(work, { workflowType: EXPRESS }));
const machine = new sfn.StateMachine(stack, 'Machine', {
  stateMachineType: EXPRESS,
  definitionBody: sfn.DefinitionBody.fromChainable(new sfn.Pass(stack, 'Done', { outputPath: '$.body.result' })),
});
newApi('machines', 'Machines', new StateMachineEngine(machine, { workflowType: EXPRESS }));
const broken = newApi('broken', 'Broken', new FunctionEngine(work, { workflowType: EXPRESS }));
const { role } = broken.node.findChild('Engine').node.findChild('Workflow') as sfn.StateMachine;

const plans = { functions: { none: 4 }, machines: { none: 4 }, broken: { vanish: 3 } };
const rung = { functions: [], machines: [], broken: ['FailedAlarm'] };
const quiet = Object.fromEntries(Object.keys(rung).map((run) => [run, []]));

const integ = new IntegTest(app, 'PollingStatusApiExpressPermissions', { testCases: [stack], stackUpdateWorkflow: false });
const runs = Object.entries(plans);

inOrder([
  untilAlarmsAre(integ, ledger, { notOk: quiet, within: Duration.minutes(15) }),
  ...faultWindow(integ, ledger, ledger.losePermission('LostUpdate', role, ['dynamodb:UpdateItem'], broken.table.tableArn), [
    ...runs.map(([run, plan]) => client.submit(run, plan)),
    ...runs.map(([run, plan]) => client.untilEnded(run, plan)),
  ]),
  untilAlarmsAre(integ, ledger, { rung, notOk: quiet, within: Duration.minutes(20) }),
]);
