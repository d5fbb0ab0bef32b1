/**
 * Workers of queue-fed services are killed, hang, are deployed and scaled in while they work, and are started from nothing: every message is accounted for.
 *
 * On the local emulator, where a task is a process of this machine. On AWS it would need an image with Node.js and the AWS SDK.
 */
import type { IApiCall } from '@aws-cdk/integ-tests-alpha';
import { ExpectedResult, IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import type { QueueFedService } from '../src';
import { expectAnswer, faultDrill, inOrder, untilBooksAre } from './support/drill';
import { Ledger } from './support/ledger';
import { seed } from './support/seed';
import { LedgerServices } from './support/service-worker';

const app = new App();
const stack = new Stack(app, 'IntegQueueFedService');
const ledger = new Ledger(stack, 'Ledger');
const services = new LedgerServices(stack, ledger);

// The message of a worker that is killed is seen again after the shortest visibility timeout that there may be.
const quick = { visibilityTimeout: Duration.seconds(30), maxCapacity: 2 };

services.follow('faulty', 'Faulty', { ...quick, maxProcessingTime: Duration.seconds(5) });
// Long enough that a busy machine sees them with their message in hand.
const deployed = services.follow('deployed', 'Deployed', { ...quick, maxProcessingTime: Duration.seconds(30) });
const narrowed = services.follow('narrowed', 'Narrowed', { ...quick, maxProcessingTime: Duration.seconds(30), taskDefinition: services.own('NarrowedTasks') });

const integ = new IntegTest(app, 'QueueFedService', { testCases: [stack], stackUpdateWorkflow: false });

const nameOf = ({ service }: QueueFedService) => ({ cluster: service.cluster.clusterName, service: service.serviceName });
const update = (service: QueueFedService, changes: object) => integ.assertions.awsApiCall('ECS', 'updateService', { ...nameOf(service), ...changes });

/** Waits until ECS says this of a service. */
function until(service: QueueFedService, state: Record<string, unknown>): IApiCall {
  const { cluster, service: name } = nameOf(service);
  return integ.assertions.awsApiCall('ECS', 'describeServices', { cluster, services: [name] })
    .expect(ExpectedResult.objectLike({ services: [Match.objectLike(state)] }))
    .waitForAssertions({ totalTimeout: Duration.minutes(4), interval: Duration.seconds(5) });
}

/** A message that takes 85 % of the time that it may. */
const busy = (run: string, number: number) => ({ run, messages: 1, faults: { slow: 1 }, seed: seed(number) });
const send = (event: object) => expectAnswer(integ, ledger.producer, event, { confirmed: 1, refused: 0 });
const inHand = (run: string) => untilBooksAre(integ, ledger, run, { deliveries: 1, effects: 0, inFlight: 1 });
/** Each was delivered once: the worker was left alone until it was done. */
const undisturbed = (run: string, messages: number) => untilBooksAre(integ, ledger, run, {
  accepted: messages, effects: messages, deliveries: messages, inFlight: 0, lost: 0, unexplained: 0, setAside: [],
});

const faults = faultDrill(integ, ledger, {
  faulty: { messages: 20, faults: { 'poison': 1, 'transient': 2, 'resend': 2, 'time-out': 1, 'crash': 1, 'slow': 1 }, seed: seed(3) },
});

inOrder([
  ...['deployed', 'narrowed'].map((run, index) => send(busy(run, index))),
  ...['deployed', 'narrowed'].map(inHand),
  update(deployed, { forceNewDeployment: true }),
  update(narrowed, { desiredCount: 0 }),
  // The others go on while the message of the killed worker waits.
  ...faults.slice(0, 1),
  ...['deployed', 'narrowed'].map((run) => undisturbed(run, 1)),
  // To nothing, from nothing, and to nothing again.
  until(narrowed, { desiredCount: 0, runningCount: 0 }),
  send({ run: 'narrowed', seconds: 1 }),
  ...faults.slice(1),
  undisturbed('narrowed', 2),
  until(deployed, { deployments: [Match.objectLike({ status: 'PRIMARY', rolloutState: 'COMPLETED' })] }),
  until(narrowed, { desiredCount: 0, runningCount: 0 }),
]);
