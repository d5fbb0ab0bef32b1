/**
 * An object that arrives in a `FailureBucket` rings its alarm, and reaches the queue of each consumer with its prefix; what EventBridge cannot deliver is set aside. The alarms on consumers ring
 * by their faults: a queue that is gone (failed invocations, dead letters, more dead letters), and one whose dead-letter queue is gone too (failed to set aside). A bucket in which nothing is
 * stored, and a consumer that gets its messages, are silent.
 *
 * Takes half a minute on the local emulator, where CloudWatch's minutes last a second, and about half an hour on AWS.
 */
import { join } from 'node:path';
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { FailureConsumer } from '../src';
import { Alarms, FailureBucket, QueueFed } from '../src';
import { untilAlarmsAre } from './support/alarm-drill';
import { expectAnswer, inOrder, untilBooksAre } from './support/drill';
import { uploadEntrance } from './support/entrances/upload';
import { Ledger } from './support/ledger';

const app = new App();
const stack = new Stack(app, 'IntegFailureBucket');
const ledger = new Ledger(stack, 'Ledger');
Alarms.of(stack).notify(new SnsAction(ledger.onCall));

const failures = new FailureBucket(stack, 'Failures', { removalPolicy: RemovalPolicy.DESTROY });
const unused = new FailureBucket(stack, 'Unused', { removalPolicy: RemovalPolicy.DESTROY });
ledger.watchAlarms('stored', failures.allAlarms);
ledger.watchAlarms('unused', unused.allAlarms);

/** A consumer of which only the queues are there. */
function follow(run: string, id: string): { readonly queue: sqs.Queue; readonly made: FailureConsumer } {
  const deadLetterQueue = new sqs.Queue(stack, `${id}DeadLetters`, { retentionPeriod: Duration.days(14), removalPolicy: RemovalPolicy.DESTROY });
  const queue = new sqs.Queue(stack, `${id}Queue`, { deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: 5 }, removalPolicy: RemovalPolicy.DESTROY });
  const made = failures.addConsumer(id, QueueFed.of(queue, deadLetterQueue), { prefix: `${run}/` });
  ledger.watchAlarms(run, Object.values(made.alarms));
  return { queue, made };
}

const delivered = follow('delivered', 'Delivered');
const refused = follow('refused', 'Refused');
const lost = follow('lost', 'Lost');

const depot = { bucket: failures.bucket, grantDeposit: (producer: iam.IGrantable, prefix: string) => failures.bucket.grantPut(producer, `${prefix}*`) };
const entrance = (run: string) => uploadEntrance(depot, `${run}/`);
ledger.topology('delivered', { entrance: entrance('delivered'), stations: { delivered: { queue: delivered.queue } } });
// The queues of these are taken away, so nothing is asked of them.
ledger.topology('refused', { entrance: entrance('refused'), stations: { refused: { deadLetterQueue: refused.made.deadLetterQueue } } });
ledger.topology('lost', { entrance: entrance('lost'), stations: { lost: {} } });

const tamperer = ledger.newHandler(stack, 'Tamperer', { entry: join(__dirname, 'support', 'handlers', 'tamperer.ts'), timeout: Duration.minutes(1) });
failures.bucket.grantReadWrite(tamperer);
const doomed = [refused.queue, lost.queue, lost.made.deadLetterQueue];
doomed.forEach((queue) => queue.grant(tamperer, 'sqs:DeleteQueue'));

const integ = new IntegTest(app, 'FailureBucket', { testCases: [stack], stackUpdateWorkflow: false });
const bucket = failures.bucket.bucketName;
const runs = ['delivered', 'refused', 'lost'];

inOrder([
  untilAlarmsAre(integ, ledger, { notOk: Object.fromEntries([...runs, 'stored', 'unused'].map((run) => [run, []])), within: Duration.minutes(15) }),
  expectAnswer(integ, tamperer, { bucket, deleteQueues: doomed.map((queue) => queue.queueUrl) }, { done: doomed.length }),
  untilAlarmsAre(integ, ledger, {
    rung: {
      stored: ['FailuresStoredAlarm'],
      unused: [],
      delivered: [],
      refused: ['DeadLettersAlarm', 'FailedInvocationsAlarm', 'MoreDeadLettersAlarm'],
      lost: ['FailedInvocationsAlarm', 'FailedToSendToDlqAlarm'],
    },
    streams: runs.map((run) => ({ run, seconds: 1 })),
    within: Duration.minutes(20),
  }),
  // What was stored once more is not being stored now; what was set aside waits for people.
  untilAlarmsAre(integ, ledger, { notOk: { stored: [], unused: [], delivered: [], refused: ['DeadLettersAlarm'], lost: [] }, within: Duration.minutes(15) }),
  untilBooksAre(integ, ledger, 'delivered', { lost: 0, unexplained: 0 }),
  untilBooksAre(integ, ledger, 'refused', { lost: 0, unexplained: 0 }),
  // CloudFormation deletes no bucket with objects in it.
  expectAnswer(integ, tamperer, { bucket, remove: ['/'] }, {}),
]);
