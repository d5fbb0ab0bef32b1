/**
 * Each of the four alarms on the delivery to a consumer rings by its own fault, and those on call hear it: a queue that is gone (failed invocations, dead letters, more dead letters), and one
 * whose dead-letter queue is gone too (failed to set aside). One rings for events of a type that no consumer takes. None rings for a consumer that gets its events, nor for one on the default bus, nor for the bus of which the key can be used.
 *
 * Takes half a minute on the local emulator, where CloudWatch's minutes last a second, and about half an hour on AWS.
 */
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as events from 'aws-cdk-lib/aws-events';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { EventRouterConsumer, EventRouterProps } from '../src';
import { Alarms, EventRouter, QueueFed } from '../src';
import { untilAlarmsAre } from './support/alarm-drill';
import { inOrder, untilBooksAre } from './support/drill';
import { eventEntrance } from './support/entrances/event';
import { LEDGER_SOURCE } from './support/eventbridge';
import type { Station } from './support/ledger';
import { Ledger } from './support/ledger';
import { QueueKeeper } from './support/queue-keeper';

const app = new App();
const stack = new Stack(app, 'IntegEventRouterAlarms');
const ledger = new Ledger(stack, 'Ledger');
Alarms.of(stack).notify(new SnsAction(ledger.onCall));

/** What is asked where things are: not the queues that are taken away. */
const STATIONS: Readonly<Record<string, (queue: sqs.Queue, made: EventRouterConsumer) => Station>> = {
  delivered: (queue) => ({ queue }),
  encrypted: (queue) => ({ queue }),
  refused: (_, { deadLetterQueue }) => ({ deadLetterQueue }),
};

/** A router with a consumer of which only the queues are there, for one fault: no fault rings the alarm of another. */
function rehearse(run: string, props: EventRouterProps = {}): { readonly queue: sqs.Queue; readonly made: EventRouterConsumer } {
  const router = new EventRouter(stack, `${run}Router`, props);
  const deadLetterQueue = new sqs.Queue(stack, `${run}DeadLetters`, { retentionPeriod: Duration.days(14), removalPolicy: RemovalPolicy.DESTROY });
  const queue = new sqs.Queue(stack, `${run}Queue`, { deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: 5 }, removalPolicy: RemovalPolicy.DESTROY });
  const made = router.addConsumer(run, QueueFed.of(queue, deadLetterQueue), { eventPattern: { source: [LEDGER_SOURCE], detailType: ['message'], detail: { run: [run] } } });
  ledger.watchAlarms(run, router.allAlarms);
  ledger.topology(run, { entrance: eventEntrance(router), stations: { [run]: STATIONS[run]?.(queue, made) ?? {} } });
  return { queue, made };
}

// Its consumer takes all that comes.
rehearse('delivered', { alarms: { unrouted: {} } });
// Of this one, no consumer knows what comes.
const unrouted = new EventRouter(stack, 'unroutedRouter', { alarms: { unrouted: {} } });
const other = new sqs.Queue(stack, 'unroutedQueue', { removalPolicy: RemovalPolicy.DESTROY });
unrouted.addConsumer('unrouted', QueueFed.of(other, other), { eventPattern: { source: [LEDGER_SOURCE], detailType: ['other'] } });
ledger.watchAlarms('unrouted', unrouted.allAlarms);
ledger.topology('unrouted', { entrance: eventEntrance(unrouted), stations: {} });
const encryptionKey = new kms.Key(stack, 'Key', { removalPolicy: RemovalPolicy.DESTROY, pendingWindow: Duration.days(7) });
rehearse('encrypted', { encryptionKey });
const refused = rehearse('refused');
const lost = rehearse('lost');
// Under the name of the rule alone.
const byDefault = rehearse('default', { eventBus: events.EventBus.fromEventBusName(stack, 'DefaultBus', 'default') });

const doomed = new QueueKeeper(ledger, 'Doomed', [refused, lost, { queue: lost.made.deadLetterQueue }, byDefault, { queue: byDefault.made.deadLetterQueue }]);
const integ = new IntegTest(app, 'EventRouterAlarms', { testCases: [stack], stackUpdateWorkflow: false });
const runs = ['delivered', 'unrouted', 'encrypted', 'refused', 'lost', 'default'];
const quiet = Object.fromEntries(runs.map((run) => [run, []]));

inOrder([
  untilAlarmsAre(integ, ledger, { notOk: quiet, within: Duration.minutes(15) }),
  ...doomed.lose(integ),
  untilAlarmsAre(integ, ledger, {
    rung: {
      delivered: [],
      unrouted: ['UnroutedAlarm'],
      encrypted: [],
      refused: ['DeadLettersAlarm', 'FailedInvocationsAlarm', 'MoreDeadLettersAlarm'],
      lost: ['FailedInvocationsAlarm', 'FailedToSendToDlqAlarm'],
      default: ['FailedInvocationsAlarm', 'FailedToSendToDlqAlarm'],
    },
    streams: runs.map((run) => ({ run, seconds: 1 })),
    within: Duration.minutes(20),
  }),
  // What failed once more is not failing now; what was set aside waits for people.
  untilAlarmsAre(integ, ledger, { notOk: { ...quiet, refused: ['DeadLettersAlarm'] }, within: Duration.minutes(15) }),
  untilBooksAre(integ, ledger, 'delivered', { lost: 0, unexplained: 0 }),
  untilBooksAre(integ, ledger, 'encrypted', { lost: 0, unexplained: 0 }),
  untilBooksAre(integ, ledger, 'refused', { lost: 0, unexplained: 0 }),
]);
