/**
 * The alarms of a stream-fed function ring by their own faults, those on call hear them, and no other rings; without a fault none
 * does; and after the faults all are quiet again.
 *
 * `droppedRecords` and `failuresNotStored` ring in `integ.stream-fed-function-permissions.ts`, where a role can lose its permission.
 *
 * Takes a minute on the local emulator, where CloudWatch's minutes last a second, and about an hour on AWS.
 */
import { join } from 'node:path';
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { StreamFedFunctionProps } from '../src';
import { Alarms, FailureBucket, StreamFedFunction } from '../src';
import { untilAlarmsAre } from './support/alarm-drill';
import { expectAnswer, inOrder, untilBooksAre } from './support/drill';
import { streamEntrance } from './support/entrances/stream';
import { faultWindow } from './support/environment-faults';
import { Ledger } from './support/ledger';
import { seed } from './support/seed';

const app = new App();
const stack = new Stack(app, 'IntegStreamFedFunctionAlarms');
const ledger = new Ledger(stack, 'Ledger');
Alarms.of(stack).notify(new SnsAction(ledger.onCall));

/** A consumer for each fault, with a stream of its own, so that no fault rings the alarm of another. Its alarms are the default ones, but for how long they wait. */
function follow(run: string, id: string, timeout: Duration, props: Partial<StreamFedFunctionProps> = {}): StreamFedFunction {
  const consumer = new StreamFedFunction(stack, id, {
    handler: ledger.newHandler(stack, `${id}Handler`, { timeout }),
    removalPolicy: RemovalPolicy.DESTROY,
    ...props,
  });
  ledger.follow(run, consumer, { entrance: streamEntrance(consumer.stream) });
  ledger.watchAlarms(run, consumer.allAlarms);
  return consumer;
}

const failures = new FailureBucket(stack, 'Failures', { removalPolicy: RemovalPolicy.DESTROY });
ledger.watchAlarms('poisoned', failures.allAlarms);

/** An event source may need longer for its first poll than this alarm waits, on a busy machine, where its minutes last a second. It has its default where it is to ring. */
const READING = { readingStopped: { evaluationPeriods: 120 } };

/** What waits for the end of its fault comes late, too; that is the alarm of another run. */
const LATE_ANYWAY = { iteratorAge: { threshold: Duration.hours(21) } };

follow('silent', 'Silent', Duration.seconds(30), { alarms: READING });
follow('poisoned', 'Poisoned', Duration.seconds(30), { failureStore: failures, alarms: READING });
follow('failing', 'Failing', Duration.seconds(30), { alarms: { ...READING, ...LATE_ANYWAY } });
// A slow record takes 85 % of the timeout. Of a short timeout the rest would be too little on a busy machine: the invocation would end at the timeout, and ring for that.
// The emulator's minutes pass ten times while one record is processed, so that no three in a row have one.
follow('slow', 'Slow', Duration.seconds(10), { batchSize: 1, alarms: { ...READING, ...LATE_ANYWAY, handlerDuration: { evaluationPeriods: 1 } } });
const throttled = follow('throttled', 'Throttled', Duration.seconds(30), { alarms: { ...READING, ...LATE_ANYWAY } });
const forgotten = follow('forgotten', 'Forgotten', Duration.seconds(30), { alarms: LATE_ANYWAY });
// Held up until it is half an hour late, and not until its records are given up, however long that takes on a busy machine.
follow('late', 'Late', Duration.seconds(30), {
  maxRecordAge: Duration.hours(4),
  retryAttempts: 10_000,
  alarms: { ...READING, iteratorAge: { threshold: Duration.minutes(15) }, iteratorAgeCritical: { threshold: Duration.minutes(30) } },
});

// What overloads it is no message, and not for the handler. That others read too much makes this one late as well.
const crowded = follow('crowded', 'Crowded', Duration.seconds(30), {
  filters: [lambda.FilterCriteria.filter({ data: { run: lambda.FilterRule.exists() } })],
  alarms: { ...READING, ...LATE_ANYWAY },
});
const overloader = ledger.newHandler(stack, 'Overloader', { entry: join(__dirname, 'support', 'handlers', 'overloader.ts'), timeout: Duration.minutes(5) });
crowded.stream.grant(overloader, 'kinesis:GetShardIterator', 'kinesis:GetRecords', 'kinesis:PutRecord');

const integ = new IntegTest(app, 'StreamFedFunctionAlarms', { testCases: [stack], stackUpdateWorkflow: false });

const send = (event: { readonly messages: number; readonly [key: string]: unknown }) => (
  expectAnswer(integ, ledger.producer, event, { confirmed: event.messages, refused: 0 })
);
const good = { run: 'silent', seconds: 3 };
const rung = {
  silent: [],
  crowded: ['ReadThrottlesAlarm', 'WriteThrottlesAlarm'],
  poisoned: ['FailuresStoredAlarm', 'StoredFailuresAlarm'],
  failing: ['Errors'],
  slow: ['Duration'],
  throttled: ['Throttles'],
  forgotten: ['ReadingStoppedAlarm'],
  late: ['IteratorAgeAlarm', 'IteratorAgeCriticalAlarm'],
};
const runs = Object.keys(rung);
const quiet = Object.fromEntries(runs.map((run) => [run, []]));

inOrder([
  // An event source needs a while to report its first poll.
  untilAlarmsAre(integ, ledger, { notOk: quiet, within: Duration.minutes(30) }),
  ...faultWindow(integ, ledger, ledger.stopEventSource(forgotten.eventSource), [
    send({ run: 'forgotten', messages: 1, seed: seed(1) }),
    send({ run: 'poisoned', messages: 1, faults: { poison: 1 }, seed: seed(2) }),
    // One after the other.
    send({ run: 'slow', messages: 3, faults: { slow: 3 }, seed: seed(5) }),
    ...faultWindow(integ, ledger, ledger.breakDownstream('late'), [
      send({ run: 'late', messages: 1, seed: seed(3) }),
      ...faultWindow(integ, ledger, ledger.throttle(throttled.handler), [
        send({ run: 'throttled', messages: 1, seed: seed(4) }),
        untilAlarmsAre(integ, ledger, {
          rung: { silent: [], throttled: rung.throttled },
          streams: [good, { run: 'failing', seconds: 3, fault: 'batch-error' }],
          within: Duration.minutes(20),
        }),
      ]),
      untilAlarmsAre(integ, ledger, { rung: { late: rung.late }, streams: [good], within: Duration.minutes(50) }),
    ]),
    // One after the other, because reads must be refused in five minutes in a row.
    ...Array.from({ length: 4 }, () => expectAnswer(integ, overloader, { streamName: crowded.stream.streamName }, { reads: true, writes: true })),
    untilAlarmsAre(integ, ledger, {
      rung,
      streams: [good, { run: 'failing', seconds: 3, fault: 'batch-error' }],
      within: Duration.minutes(30),
    }),
  ]),
  // The repair: what was set aside is replayed, and all is done.
  expectAnswer(integ, ledger.redriver, { run: 'poisoned' }, { redriven: [1] }),
  ...runs.map((run) => untilBooksAre(integ, ledger, run, { lost: 0, unexplained: 0, setAside: [], altered: [], orderViolations: 0 })),
  untilAlarmsAre(integ, ledger, { rung, notOk: quiet, streams: [good], within: Duration.minutes(30) }),
]);
