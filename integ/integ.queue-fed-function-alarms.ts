/**
 * Each of the six alarms of a queue-fed function rings by its own fault, those on call hear it, and no other rings; without a fault none does; and after the faults
 * all are quiet again.
 *
 * Takes a minute on the local emulator, where CloudWatch's minutes last a second, and about three quarters of an hour on AWS.
 */
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { QueueFedFunctionProps } from '../src';
import { Alarms, QueueFedFunction } from '../src';
import { untilAlarmsAre } from './support/alarm-drill';
import { expectAnswer, inOrder, untilBooksAre } from './support/drill';
import { faultWindow } from './support/environment-faults';
import { Ledger } from './support/ledger';
import { seed } from './support/seed';

const app = new App();
const stack = new Stack(app, 'IntegQueueFedFunctionAlarms');
const ledger = new Ledger(stack, 'Ledger');
Alarms.of(stack).notify(new SnsAction(ledger.onCall));

/** A consumer for each fault, so that no fault rings the alarm of another. Its alarms are the default ones, but for how long one of them waits. */
function follow(run: string, id: string, timeout: Duration, props: Partial<QueueFedFunctionProps> = {}): QueueFedFunction {
  const consumer = new QueueFedFunction(stack, id, {
    handler: ledger.newHandler(stack, `${id}Handler`, { timeout }),
    maxConcurrency: 10,
    removalPolicy: RemovalPolicy.DESTROY,
    ...props,
  });
  ledger.follow(run, consumer);
  ledger.watchAlarms(run, consumer.allAlarms);
  return consumer;
}

/** What is tried again and again while its fault lasts is not set aside meanwhile: that is another alarm. */
const PATIENT: Partial<QueueFedFunctionProps> = { maxReceiveCount: 1000 };

follow('silent', 'Silent', Duration.seconds(15));
follow('poisoned', 'Poisoned', Duration.seconds(2), { visibilityTimeout: Duration.seconds(2), maxReceiveCount: 1 });
// One message in an invocation, so that each has its part in the metric.
follow('failing', 'Failing', Duration.seconds(15), { ...PATIENT, batchSize: 1, visibilityTimeout: Duration.seconds(15) });
// A slow message takes 85 % of the timeout. Of a short timeout the rest would be too little on a busy machine: the invocation would end at the timeout, and ring for that.
// Minutes of the emulator pass in which none is done, so one is enough.
follow('slow', 'Slow', Duration.seconds(15), { ...PATIENT, batchSize: 1, alarms: { handlerDuration: { evaluationPeriods: 1 } } });
const throttled = follow('throttled', 'Throttled', Duration.seconds(15), PATIENT);
const forgotten = follow('forgotten', 'Forgotten', Duration.seconds(15));

const integ = new IntegTest(app, 'QueueFedFunctionAlarms', { testCases: [stack], stackUpdateWorkflow: false });

const poison = { run: 'poisoned', messages: 2, faults: { poison: 2 }, seed: seed(1) };
const send = (event: object) => expectAnswer(integ, ledger.producer, event, { confirmed: 1, refused: 0 });
const good = { run: 'silent', seconds: 3 };

const rung = { silent: [], poisoned: ['DeadLettersAlarm', 'MoreDeadLettersAlarm'], failing: ['Errors'], slow: ['Duration'], throttled: ['Throttles'] };
const allRung = { ...rung, forgotten: ['MessageAgeAlarm'] };
// Only of this one it is said how often it rings; another may do so again each time that its fault pauses for a while.
const rungAgain = { poisoned: ['MoreDeadLettersAlarm'] };
const runs = Object.keys(allRung);

inOrder([
  untilAlarmsAre(integ, ledger, { notOk: Object.fromEntries(runs.map((run) => [run, []])), within: Duration.minutes(15) }),
  ...faultWindow(integ, ledger, ledger.stopEventSource(forgotten.eventSource), [
    send({ run: 'forgotten', messages: 1, seed: seed(2) }),
    send({ ...poison, part: [1, 1] }),
    ...faultWindow(integ, ledger, ledger.throttle(throttled.handler, throttled.queue), [
      send({ run: 'throttled', messages: 1, seed: seed(3) }),
      untilAlarmsAre(integ, ledger, {
        rung,
        rungAgain: { poisoned: [] },
        // The one that rings again must be quiet before there is more.
        notOk: { silent: [], poisoned: ['DeadLettersAlarm'] },
        streams: [good, { run: 'failing', seconds: 3, fault: 'batch-error' }, { run: 'slow', seconds: 1, fault: 'slow' }, { run: 'throttled', seconds: 3 }],
        within: Duration.minutes(20),
      }),
    ]),
    send({ ...poison, part: [2, 2] }),
    untilAlarmsAre(integ, ledger, { rung: allRung, rungAgain, notOk: { silent: [] }, streams: [good], within: Duration.minutes(30) }),
  ]),
  // The repair: what was set aside goes back, and all is done.
  expectAnswer(integ, ledger.redriver, { run: 'poisoned' }, { redriven: [1, 2] }),
  ...runs.map((run) => untilBooksAre(integ, ledger, run, { inFlight: 0, lost: 0, unexplained: 0, setAside: [] })),
  untilAlarmsAre(integ, ledger, {
    rung: allRung,
    rungAgain,
    notOk: Object.fromEntries(runs.map((run) => [run, []])),
    streams: [good],
    within: Duration.minutes(15),
  }),
]);
