/**
 * A function that is invoked asynchronously stores what it fails at, and its caller invokes it, with what they were granted and no more. When its role may not store any more, or not send to the
 * dead-letter queue, the event is lost, and the alarm for that rings.
 *
 * Shows something only where IAM is enforced: on AWS, and on the local emulator as `npm run integ` starts it.
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
import { faultWindow } from './support/environment-faults';
import { Ledger } from './support/ledger';
import { seed } from './support/seed';

const app = new App();
const stack = new Stack(app, 'IntegAsyncFunctionPermissions');
const ledger = new Ledger(stack, 'Ledger');
Alarms.of(stack).notify(new SnsAction(ledger.onCall));
const failures = new FailureBucket(stack, 'Failures', { removalPolicy: RemovalPolicy.DESTROY });
const letters = new sqs.Queue(stack, 'DeadLetters', { retentionPeriod: Duration.days(14), removalPolicy: RemovalPolicy.DESTROY });

function follow(run: string, props: Partial<AsyncFunctionProps>): AsyncFunction {
  const handler = ledger.newHandler(stack, `${run}Handler`, { entry: join(__dirname, 'support', 'handlers', 'invoked.ts'), timeout: Duration.seconds(30) });
  const invoked = new AsyncFunction(stack, run, { handler: handler.addAlias('live'), retryAttempts: 0, ...props });
  // The producer has the grant of the pattern, and no other.
  const { failureStore, deadLetterQueue } = props;
  const station = { handler: invoked.handler, ...failureStore && { failureStore }, ...deadLetterQueue && { deadLetterQueue } };
  ledger.follow(run, station, { entrance: invocationEntrance(invoked.handler, invoked) });
  ledger.watchAlarms(run, invoked.allAlarms);
  return invoked;
}

const stored = follow('stored', { failureStore: failures });
const lettered = follow('lettered', { deadLetterQueue: letters });

const integ = new IntegTest(app, 'AsyncFunctionPermissions', { testCases: [stack], stackUpdateWorkflow: false });
const send = (run: string, part: readonly [number, number]) => expectAnswer(
  integ, ledger.producer, { run, messages: 2, faults: { poison: 2 }, seed: seed(1), part }, { confirmed: 1, refused: 0 },
);
const lostStore = ledger.losePermission('LostStore', stored.handler.role!, ['s3:PutObject'], failures.bucket.arnForObjects('*'));
const lostQueue = ledger.losePermission('LostQueue', lettered.handler.role!, ['sqs:SendMessage'], letters.queueArn);
const DROPPED = 'EventsDroppedAlarm';

inOrder([
  send('stored', [1, 1]),
  send('lettered', [1, 1]),
  untilBooksAre(integ, ledger, 'stored', { setAside: [1], altered: [], lost: 0 }),
  untilBooksAre(integ, ledger, 'lettered', { setAside: [1], lost: 0 }),
  untilAlarmsAre(integ, ledger, { rung: { stored: [DROPPED], lettered: ['DeadLettersAlarm', DROPPED, 'MoreDeadLettersAlarm'] }, within: Duration.minutes(20) }),
  ...faultWindow(integ, ledger, lostStore, [
    ...faultWindow(integ, ledger, lostQueue, [
      send('stored', [2, 2]),
      send('lettered', [2, 2]),
      untilAlarmsAre(integ, ledger, {
        rung: {
          stored: ['DestinationDeliveryFailuresAlarm', DROPPED],
          lettered: ['DeadLetterErrorsAlarm', 'DeadLettersAlarm', DROPPED, 'MoreDeadLettersAlarm'],
        },
        within: Duration.minutes(20),
      }),
    ]),
  ]),
  untilBooksAre(integ, ledger, 'stored', { setAside: [1], lost: 1 }),
  untilBooksAre(integ, ledger, 'lettered', { setAside: [1], lost: 1 }),
  // CloudFormation deletes no bucket with objects in it.
  expectAnswer(integ, ledger.redriver, { run: 'stored' }, { redriven: [1] }),
]);
