/**
 * The alarms of a workflow ring by their own faults, those on call hear them, and no other rings; without a fault none does; and after the faults all are quiet again, but for what waits for people.
 *
 * `throttled` rings nowhere: the emulator has no quota of state transitions, and on AWS it is that of the account.
 *
 * Takes a minute on the local emulator, where CloudWatch's minutes last a second, and about an hour on AWS.
 */
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { ResilientWorkflowProps } from '../src';
import { Alarms, ResilientWorkflow } from '../src';
import { untilAlarmsAre } from './support/alarm-drill';
import { expectAnswer, inOrder } from './support/drill';
import { executionEntrance } from './support/entrances/execution';
import type { PlanOptions } from './support/faults';
import { Ledger } from './support/ledger';
import { seed } from './support/seed';
import { WorkflowSteps } from './support/workflow-steps';

const app = new App();
const stack = new Stack(app, 'IntegResilientWorkflowAlarms');
const ledger = new Ledger(stack, 'Ledger');
const steps = new WorkflowSteps(stack, ledger);
Alarms.of(stack).notify(new SnsAction(ledger.onCall));

/** A workflow for each fault, so that no fault rings the alarm of another. Its alarms are the default ones. */
function follow(run: string, definition: sfn.IChainable, props: Partial<ResilientWorkflowProps> = {}, stations: readonly string[] = ['']): ResilientWorkflow {
  const workflow = new ResilientWorkflow(stack, run, { definition, removalPolicy: RemovalPolicy.DESTROY, ...props });
  ledger.topology(run, { entrance: executionEntrance(workflow), stations: Object.fromEntries(stations.map((name) => [name, {}])) });
  ledger.watchAlarms(run, workflow.allAlarms);
  return workflow;
}

follow('silent', steps.step('Silent'));
follow('failed', steps.step('Failed'));
follow('late', steps.pause('Long', Duration.seconds(8)).next(steps.pause('Longer', Duration.seconds(9))), { timeout: Duration.seconds(10) });
const stopped = follow('stopped', steps.pause('ForDays', Duration.days(2)), { timeout: Duration.days(3) });
// What undoes the first step fails for good.
follow('half', steps.step('a', { station: 'a' }).next(steps.step('b', { station: 'b' })), {
  compensations: { a: steps.step('undo-a', { station: 'undo-a' }).addRetry({ errors: ['NotDone'], maxAttempts: 1 }) },
}, ['a', 'b', 'undo-a']);
// Their queues are deleted.
const refused = follow('refused', steps.step('Refused'));
const gone = follow('gone', steps.step('Gone'));

const integ = new IntegTest(app, 'ResilientWorkflowAlarms', { testCases: [stack], stackUpdateWorkflow: false });

const one: PlanOptions = { messages: 1, seed: seed(1) };
const bad: PlanOptions = { ...one, faults: { poison: 1 } };
const send = (run: string, plan: PlanOptions) => expectAnswer(integ, ledger.producer, { run, ...plan }, { confirmed: 1, refused: 0 });
const good = { run: 'silent', seconds: 3 };
const WAITING = ['DeadLettersAlarm', 'MoreDeadLettersAlarm'];
const rung = {
  silent: [],
  failed: [...WAITING, 'FailedAlarm'].sort(),
  late: [...WAITING, 'TimedOutAlarm'].sort(),
  stopped: [...WAITING, 'AbortedAlarm'].sort(),
  half: [...WAITING, 'CompensationsFailedAlarm', 'FailedAlarm'].sort(),
  refused: ['FailedAlarm', 'FailedInvocationsAlarm', 'RuleDeadLettersAlarm'],
  gone: ['FailedAlarm', 'FailedInvocationsAlarm', 'FailedToSendToDlqAlarm'],
};
const quiet = Object.fromEntries(Object.keys(rung).map((run) => [run, []]));
const left = Object.fromEntries(['failed', 'late', 'stopped', 'half'].map((run) => [run, ['DeadLettersAlarm']]));

const running = integ.assertions.awsApiCall('SFN', 'listExecutions', { stateMachineArn: stopped.stateMachine.stateMachineArn, statusFilter: 'RUNNING' });

inOrder([
  untilAlarmsAre(integ, ledger, { notOk: quiet, within: Duration.minutes(15) }),
  ...[refused.deadLetterQueue, gone.deadLetterQueue, gone.ruleDeadLetterQueue].map(({ queueUrl }) => integ.assertions.awsApiCall('SQS', 'deleteQueue', { QueueUrl: queueUrl })),
  send('stopped', one),
  running,
  integ.assertions.awsApiCall('SFN', 'stopExecution', { executionArn: running.getAttString('executions.0.executionArn') }),
  send('failed', bad),
  send('late', one),
  send('half', { ...bad, categories: ['at-b'], faultAt: ['undo-a'] }),
  send('refused', bad),
  send('gone', bad),
  untilAlarmsAre(integ, ledger, { rung, streams: [good], within: Duration.minutes(40) }),
  // What is in a dead-letter queue waits for people.
  untilAlarmsAre(integ, ledger, { rung, notOk: { ...quiet, ...left, refused: ['RuleDeadLettersAlarm'] }, streams: [good], within: Duration.minutes(15) }),
]);
