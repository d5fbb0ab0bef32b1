/**
 * Each of the four alarms on uploads rings by its own fault, and those on call hear it: a queue that is gone (failed invocations, dead letters, more dead letters), and
 * one whose dead-letter queue is gone too (failed to set aside). None rings for a consumer that gets its uploads.
 *
 * Takes half a minute on the local emulator, where CloudWatch's minutes last a second, and about half an hour on AWS.
 */
import { join } from 'node:path';
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { UploadConsumer } from '../src';
import { Alarms, ClaimCheckBucket, QueueFed } from '../src';
import { untilAlarmsAre } from './support/alarm-drill';
import { expectAnswer, inOrder, untilBooksAre } from './support/drill';
import { uploadEntrance } from './support/entrances/upload';
import { Ledger } from './support/ledger';

const app = new App();
const stack = new Stack(app, 'IntegClaimCheckBucketAlarms');
const ledger = new Ledger(stack, 'Ledger');
Alarms.of(stack).notify(new SnsAction(ledger.onCall));

const payloads = new ClaimCheckBucket(stack, 'Payloads', { removalPolicy: RemovalPolicy.DESTROY });

/** A consumer of which only the queues are there. */
function follow(run: string, id: string): { readonly queue: sqs.Queue; readonly uploads: UploadConsumer } {
  const deadLetterQueue = new sqs.Queue(stack, `${id}DeadLetters`, { retentionPeriod: Duration.days(14), removalPolicy: RemovalPolicy.DESTROY });
  const queue = new sqs.Queue(stack, `${id}Queue`, { deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: 5 }, removalPolicy: RemovalPolicy.DESTROY });
  const uploads = payloads.addUploadConsumer(id, QueueFed.of(queue, deadLetterQueue), { prefix: `${run}/` });
  ledger.watchAlarms(run, Object.values(uploads.alarms));
  return { queue, uploads };
}

const silent = follow('silent', 'Silent');
const refused = follow('refused', 'Refused');
const lost = follow('lost', 'Lost');

const entrance = (run: string) => uploadEntrance(payloads, `${run}/`);
ledger.topology('silent', { entrance: entrance('silent'), stations: { silent: { queue: silent.queue } } });
// The queues of these are taken away, so nothing is asked of them.
ledger.topology('refused', { entrance: entrance('refused'), stations: { refused: { deadLetterQueue: refused.uploads.deadLetterQueue } } });
ledger.topology('lost', { entrance: entrance('lost'), stations: { lost: {} } });

const tamperer = ledger.newHandler(stack, 'Tamperer', { entry: join(__dirname, 'support', 'handlers', 'tamperer.ts'), timeout: Duration.minutes(1) });
payloads.bucket.grantReadWrite(tamperer);
const doomed = [refused.queue, lost.queue, lost.uploads.deadLetterQueue];
doomed.forEach((queue) => queue.grant(tamperer, 'sqs:DeleteQueue'));

const integ = new IntegTest(app, 'ClaimCheckBucketAlarms', { testCases: [stack], stackUpdateWorkflow: false });
const bucket = payloads.bucket.bucketName;
const runs = ['silent', 'refused', 'lost'];

inOrder([
  untilAlarmsAre(integ, ledger, { notOk: Object.fromEntries(runs.map((run) => [run, []])), within: Duration.minutes(15) }),
  expectAnswer(integ, tamperer, { bucket, deleteQueues: doomed.map((queue) => queue.queueUrl) }, { done: doomed.length }),
  untilAlarmsAre(integ, ledger, {
    rung: {
      silent: [],
      refused: ['DeadLettersAlarm', 'FailedInvocationsAlarm', 'MoreDeadLettersAlarm'],
      lost: ['FailedInvocationsAlarm', 'FailedToSendToDlqAlarm'],
    },
    streams: runs.map((run) => ({ run, seconds: 1 })),
    within: Duration.minutes(20),
  }),
  // What failed once more is not failing now; what was set aside waits for people.
  untilAlarmsAre(integ, ledger, { notOk: { silent: [], refused: ['DeadLettersAlarm'], lost: [] }, within: Duration.minutes(15) }),
  untilBooksAre(integ, ledger, 'silent', { lost: 0, unexplained: 0 }),
  untilBooksAre(integ, ledger, 'refused', { lost: 0, unexplained: 0 }),
  // CloudFormation deletes no bucket with payloads in it.
  expectAnswer(integ, tamperer, { bucket, remove: ['/'] }, {}),
]);
