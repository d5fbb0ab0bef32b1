/**
 * Scheduler delivers and sets aside with what its role was granted, and the alarms of scheduled functions ring by their own faults: those on call hear them, and no other rings.
 *
 * When the role may not send to the queue any more, its runs are set aside, and ring; when it may not even send to the dead-letter queue of the schedule, they are lost, and ring too. A schedule that
 * somebody disables rings because nothing comes, and a run that fails rings by the dead-letter queue. A schedule that runs is silent.
 *
 * Shows something only where IAM is enforced: on AWS, and on the local emulator as `npm run integ` starts it.
 *
 * Those on the queue and on the handler are those of a `QueueFedFunction`, and ring in `integ.queue-fed-function-alarms.ts`.
 *
 * Takes a minute on the local emulator, where CloudWatch's minutes last a second, and about an hour on AWS.
 */
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { ScheduledFunctionProps } from '../src';
import { Alarms, ScheduledFunction } from '../src';
import { untilAlarmsAre } from './support/alarm-drill';
import { expectAnswer, inOrder, untilBooksAre } from './support/drill';
import { scheduleEntrance } from './support/entrances/schedule';
import { faultWindow } from './support/environment-faults';
import { Ledger } from './support/ledger';
import { seed } from './support/seed';

const app = new App();
const stack = new Stack(app, 'IntegScheduledFunctionPermissions');
const ledger = new Ledger(stack, 'Ledger');
Alarms.of(stack).notify(new SnsAction(ledger.onCall));

function follow(run: string, props: Partial<ScheduledFunctionProps>): ScheduledFunction {
  const handler = ledger.newHandler(stack, `${run}Handler`, { timeout: Duration.seconds(10), station: run });
  const schedule = ScheduleExpression.rate(Duration.minutes(10));
  const scheduled = new ScheduledFunction(stack, run, { handler, schedule, removalPolicy: RemovalPolicy.DESTROY, ...props });
  const { queue, deadLetterQueue, scheduleDeadLetterQueue, consumer } = scheduled;
  const station = { queue, deadLetterQueue, handler, grantRedrive: consumer.grantRedrive.bind(consumer) };
  ledger.topology(run, { entrance: scheduleEntrance(scheduled), stations: { [run]: station }, alsoSetAsideIn: { [run]: [scheduleDeadLetterQueue] } });
  ledger.watchAlarms(run, scheduled.allAlarms);
  return scheduled;
}

// The own schedules of these are disabled, so that nothing comes but what the ledger sends.
const refused = follow('refused', { enabled: false });
const lost = follow('lost', { enabled: false });
follow('poisoned', { enabled: false, maxReceiveCount: 1 });
// These run by themselves; their handlers do what the ledger has planned for its first message.
// Its alarm has room: where minutes last a second, a busy machine may be late with a run by more than the alarm allows.
follow('silent', { input: { run: 'silent', number: 1 }, alarms: { missedRuns: { evaluationPeriods: 3 } } });
const stopped = follow('stopped', { input: { run: 'stopped', number: 1 } });

const integ = new IntegTest(app, 'ScheduledFunctionPermissions', { testCases: [stack], stackUpdateWorkflow: false });
const { queueArn } = refused.queue;
const lostQueue = ledger.losePermission('LostQueue', refused.scheduleRole, ['sqs:SendMessage'], queueArn);
const lostBoth = ledger.losePermission('LostBoth', lost.scheduleRole, ['sqs:SendMessage'], '*');
const stop = ledger.stopSchedule(stopped);

const send = (run: string, faults = {}) => (
  expectAnswer(integ, ledger.producer, { run, messages: 1, faults, seed: seed(1) }, { confirmed: 1, refused: 0 })
);
const rung = {
  silent: [],
  refused: ['DroppedRunsAlarm', 'RunsSetAsideAlarm', 'ScheduleDeadLettersAlarm', 'TargetErrorsAlarm'],
  lost: ['DroppedRunsAlarm', 'RunsNotSetAsideAlarm', 'TargetErrorsAlarm'],
  poisoned: ['DeadLettersAlarm', 'MoreDeadLettersAlarm'],
  stopped: ['MissedRunsAlarm'],
};
const quiet = Object.fromEntries(Object.keys(rung).map((run) => [run, []]));
const books = (run: string, expected: object) => untilBooksAre(integ, ledger, run, { stations: { [run]: { unexplained: 0, ...expected } } });

inOrder([
  untilAlarmsAre(integ, ledger, { notOk: quiet, within: Duration.minutes(30) }),
  send('poisoned', { poison: 1 }),
  ...faultWindow(integ, ledger, lostQueue, [
    ...faultWindow(integ, ledger, lostBoth, [
      ...faultWindow(integ, ledger, stop, [
        send('refused'),
        send('lost'),
        untilAlarmsAre(integ, ledger, { rung, within: Duration.minutes(40) }),
      ]),
    ]),
  ]),
  books('refused', { setAside: [1], lost: 0, effects: 0 }),
  books('poisoned', { setAside: [1], lost: 0, effects: 0 }),
  books('lost', { setAside: [], lost: 1, effects: 0 }),
  // What is in a dead-letter queue waits for people. The schedule runs again, and its alarm is quiet.
  untilAlarmsAre(integ, ledger, {
    notOk: { ...quiet, refused: ['ScheduleDeadLettersAlarm'], poisoned: ['DeadLettersAlarm'] }, within: Duration.minutes(30),
  }),
]);
