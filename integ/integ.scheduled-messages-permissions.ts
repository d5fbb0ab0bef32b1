/**
 * Messages that a function schedules at run time are accounted for. The ledger's producer creates a schedule for each, with what it was granted and what it is told of a request: each comes to the
 * consumer, and one for which the same schedule is created twice comes once. When the role may not send to the queue, messages are set aside, and those on call hear it; no other alarm rings.
 *
 * Shows something of permissions only where IAM is enforced: on AWS, and on the local emulator as `npm run integ` starts it.
 *
 * Takes less than a minute on the local emulator, where CloudWatch's minutes last a second, and about half an hour on AWS.
 */
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Alarms, QueueFedFunction, ScheduledMessages } from '../src';
import { untilAlarmsAre } from './support/alarm-drill';
import { expectAnswer, inOrder, untilBooksAre } from './support/drill';
import { oneOffEntrance } from './support/entrances/schedule';
import { faultWindow } from './support/environment-faults';
import { Ledger } from './support/ledger';
import { seed } from './support/seed';

const app = new App();
const stack = new Stack(app, 'IntegScheduledMessagesPermissions');
const ledger = new Ledger(stack, 'Ledger');
Alarms.of(stack).notify(new SnsAction(ledger.onCall));

function follow(run: string, fifo: boolean): ScheduledMessages {
  const handler = ledger.newHandler(stack, `${run}Handler`, { timeout: Duration.seconds(10), station: run });
  const consumer = new QueueFedFunction(stack, `${run}Consumer`, {
    handler, ...fifo && { fifo, contentBasedDeduplication: true }, maxReceiveCount: 2, removalPolicy: RemovalPolicy.DESTROY,
  });
  const messages = new ScheduledMessages(stack, run, { target: consumer, maxEventAge: Duration.minutes(1), removalPolicy: RemovalPolicy.DESTROY });
  const { queue, deadLetterQueue } = consumer;
  const station = { queue, deadLetterQueue, handler, grantRedrive: consumer.grantRedrive.bind(consumer) };
  const alsoSetAsideIn = { [run]: [messages.scheduleDeadLetterQueue] };
  ledger.topology(run, { entrance: oneOffEntrance(messages), stations: { [run]: station }, alsoSetAsideIn });
  ledger.watchAlarms(run, messages.allAlarms);
  return messages;
}

follow('later', true);
const refused = follow('refused', false);

const integ = new IntegTest(app, 'ScheduledMessagesPermissions', { testCases: [stack], stackUpdateWorkflow: false });
const lostQueue = ledger.losePermission('LostQueue', refused.scheduleRole, ['sqs:SendMessage'], refused.queue.queueArn);
const books = (run: string, expected: object) => untilBooksAre(integ, ledger, run, { stations: { [run]: { lost: 0, unexplained: 0, ...expected } } });

inOrder([
  // Two of six are sent twice.
  expectAnswer(integ, ledger.producer, { run: 'later', messages: 6, faults: { resend: 2 }, seed: seed(1) }, { confirmed: 8, refused: 0 }),
  books('later', { effects: 6, copies: 6, setAside: [] }),
  ...faultWindow(integ, ledger, lostQueue, [
    expectAnswer(integ, ledger.producer, { run: 'refused', messages: 1, seed: seed(2) }, { confirmed: 1, refused: 0 }),
    untilAlarmsAre(integ, ledger, {
      rung: { later: [], refused: ['DroppedRunsAlarm', 'RunsSetAsideAlarm', 'ScheduleDeadLettersAlarm', 'TargetErrorsAlarm'] }, within: Duration.minutes(30),
    }),
  ]),
  books('refused', { effects: 0, setAside: [1] }),
]);
