/**
 * Each of the six alarms of a queue-fed service rings by its own fault, those on call hear it, and no other rings; without a fault none does; and after the faults
 * all are quiet again.
 *
 * On the local emulator, where a task is a process of this machine and CloudWatch's minutes last a second.
 */
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { QueueFedServiceProps } from '../src';
import { Alarms } from '../src';
import { untilAlarmsAre } from './support/alarm-drill';
import { expectAnswer, inOrder, untilBooksAre } from './support/drill';
import { Ledger } from './support/ledger';
import { seed } from './support/seed';
import { LedgerServices } from './support/service-worker';

const app = new App();
const stack = new Stack(app, 'IntegQueueFedServiceAlarms');
const ledger = new Ledger(stack, 'Ledger');
Alarms.of(stack).notify(new SnsAction(ledger.onCall));
const services = new LedgerServices(stack, ledger);

/** A service for each fault, so that no fault rings the alarm of another. Its alarms are the default ones, but where what takes a minute here would be an hour old. */
function follow(run: string, id: string, seconds: number, props: Partial<QueueFedServiceProps> = {}) {
  const service = services.follow(run, id, { visibilityTimeout: Duration.seconds(30), maxProcessingTime: Duration.seconds(seconds), ...props });
  ledger.watchAlarms(run, service.allAlarms);
  return service;
}

const NO_AGE: Partial<QueueFedServiceProps> = { alarms: { messageAge: { threshold: Duration.hours(6) } } };

follow('silent', 'Silent', 5);
follow('poisoned', 'Poisoned', 5, { maxReceiveCount: 1 });
follow('failing', 'Failing', 5, NO_AGE);
// Idle for fifteen seconds, it would have no tasks any more, and a deployment of none cannot fail.
const undeployable = follow('undeployable', 'Undeployable', 5, { minCapacity: 1 });
// A slow message takes 34 seconds, which are as many minutes here: more than the acceptable delay.
follow('crowded', 'Crowded', 40, { ...NO_AGE, maxCapacity: 1 });
follow('forgotten', 'Forgotten', 40);
const broken = services.broken('Broken');

const integ = new IntegTest(app, 'QueueFedServiceAlarms', { testCases: [stack], stackUpdateWorkflow: false });

const send = (run: string, fault: 'poison' | 'crash' | 'slow', messages: number) =>
  expectAnswer(integ, ledger.producer, { run, messages, faults: { [fault]: messages }, seed: seed(1) }, { confirmed: messages, refused: 0 });
const good = { run: 'silent', seconds: 1 };

const rung = {
  silent: [],
  poisoned: ['DeadLettersAlarm', 'MoreDeadLettersAlarm'],
  failing: ['WorkersFailAlarm'],
  // The tasks of its deployment fail too.
  undeployable: ['DeploymentFailedAlarm', 'WorkersFailAlarm'],
  crowded: ['AtMaximumAlarm'],
  forgotten: ['MessageAgeAlarm'],
};
const runs = Object.keys(rung);
const quiet = Object.fromEntries(runs.map((run) => [run, []]));

inOrder([
  untilAlarmsAre(integ, ledger, { rung: quiet, notOk: quiet, within: Duration.minutes(15) }),
  send('crowded', 'slow', 1),
  send('forgotten', 'slow', 1),
  send('poisoned', 'poison', 1),
  send('failing', 'crash', 6),
  integ.assertions.awsApiCall('ECS', 'updateService', {
    cluster: undeployable.service.cluster.clusterName, service: undeployable.service.serviceName, taskDefinition: broken.taskDefinitionArn,
  }),
  untilAlarmsAre(integ, ledger, { rung, streams: [good], within: Duration.minutes(30) }),
  // The repair: what was set aside goes back, and all is done.
  expectAnswer(integ, ledger.redriver, { run: 'poisoned' }, { redriven: [1] }),
  ...runs.map((run) => untilBooksAre(integ, ledger, run, { inFlight: 0, lost: 0, unexplained: 0, setAside: [] })),
  untilAlarmsAre(integ, ledger, { rung, notOk: quiet, within: Duration.minutes(15) }),
]);
