/**
 * The alarms of an asynchronously invoked function ring by their own faults, those on call hear them, and no other rings; without a fault none does; and after the faults all are quiet again.
 *
 * `destinationDeliveryFailures` and `deadLetterErrors` ring in `integ.async-function-permissions.ts`, where a role can lose its permission. `recursiveInvocations` rings nowhere: the emulator does
 * not stop loops, and on AWS one would have to be made.
 *
 * Those on the handler are the same for all patterns, and ring in `integ.queue-fed-function-alarms.ts`.
 *
 * Takes a minute on the local emulator, where CloudWatch's minutes last a second, and about an hour on AWS.
 */
import { join } from 'node:path';
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { AsyncFunctionProps } from '../src';
import { Alarms, AsyncFunction, FailureBucket } from '../src';
import { untilAlarmsAre } from './support/alarm-drill';
import { expectAnswer, inOrder, untilBooksAre } from './support/drill';
import { invocationEntrance } from './support/entrances/invocation';
import { Ledger } from './support/ledger';
import { seed } from './support/seed';

const app = new App();
const stack = new Stack(app, 'IntegAsyncFunctionAlarms');
const ledger = new Ledger(stack, 'Ledger');
Alarms.of(stack).notify(new SnsAction(ledger.onCall));

// One for each run whose events are given up, and one that stays empty.
const failures = new FailureBucket(stack, 'Failures', { removalPolicy: RemovalPolicy.DESTROY });
const empty = new FailureBucket(stack, 'Empty', { removalPolicy: RemovalPolicy.DESTROY });
ledger.watchAlarms('poisoned', failures.allAlarms);
ledger.watchAlarms('silent', empty.allAlarms);

/** A function for each fault, so that no fault rings the alarm of another. Its alarms are the default ones. */
function follow(run: string, id: string, props: Partial<AsyncFunctionProps> = {}): AsyncFunction {
  const handler = ledger.newHandler(stack, `${id}Handler`, { entry: join(__dirname, 'support', 'handlers', 'invoked.ts'), timeout: Duration.seconds(30) });
  const invoked = new AsyncFunction(stack, id, { handler, ...props.deadLetterQueue ? {} : { failureStore: empty }, ...props });
  const { failureStore, deadLetterQueue } = invoked;
  const station = { handler, ...failureStore && { failureStore }, ...deadLetterQueue && { deadLetterQueue } };
  ledger.follow(run, station, { entrance: invocationEntrance(handler, invoked) });
  ledger.watchAlarms(run, invoked.allAlarms);
  return invoked;
}

/** The three attempts at an event fail in three minutes or in fewer, as it happens, so that the alarm on errors might ring. */
const WITHOUT_ERRORS = { handlerErrors: { enabled: false } };

follow('silent', 'Silent');
follow('poisoned', 'Poisoned', { failureStore: failures, alarms: WITHOUT_ERRORS });
follow('lettered', 'Lettered', { alarms: WITHOUT_ERRORS, deadLetterQueue: new sqs.Queue(stack, 'DeadLetters', { retentionPeriod: Duration.days(14), removalPolicy: RemovalPolicy.DESTROY }) });
// The second retry comes after three minutes, which is more than half of five.
follow('late', 'Late', { maxEventAge: Duration.minutes(5) });

const integ = new IntegTest(app, 'AsyncFunctionAlarms', { testCases: [stack], stackUpdateWorkflow: false });

const send = (event: object) => expectAnswer(integ, ledger.producer, event, { confirmed: 1, refused: 0 });
const good = { run: 'silent', seconds: 3 };
const rung = {
  silent: [],
  poisoned: ['EventsDroppedAlarm', 'FailuresStoredAlarm'],
  lettered: ['DeadLettersAlarm', 'EventsDroppedAlarm', 'MoreDeadLettersAlarm'],
  late: ['EventAgeAlarm'],
};
const runs = Object.keys(rung);
const quiet = Object.fromEntries(runs.map((run) => [run, []]));

inOrder([
  untilAlarmsAre(integ, ledger, { notOk: quiet, within: Duration.minutes(15) }),
  send({ run: 'poisoned', messages: 1, faults: { poison: 1 }, seed: seed(1) }),
  send({ run: 'lettered', messages: 1, faults: { poison: 1 }, seed: seed(2) }),
  send({ run: 'late', messages: 1, faults: { transient: 1 }, seed: seed(3) }),
  untilAlarmsAre(integ, ledger, { rung, streams: [good], within: Duration.minutes(40) }),
  // The repair: what was set aside is replayed, and all is done.
  expectAnswer(integ, ledger.redriver, { run: 'poisoned' }, { redriven: [1] }),
  ...runs.map((run) => untilBooksAre(integ, ledger, run, { lost: 0, unexplained: 0, altered: [] })),
  // What is in the dead-letter queue waits for people.
  untilAlarmsAre(integ, ledger, { rung, notOk: { ...quiet, lettered: ['DeadLettersAlarm'] }, streams: [good], within: Duration.minutes(15) }),
]);
