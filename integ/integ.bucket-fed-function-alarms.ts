/**
 * Each of the five alarms on the delivery of objects rings by its own fault, and those on call hear it: a queue that is gone (failed invocations, dead letters, more dead letters), one whose
 * dead-letter queue is gone too (failed to set aside), and objects that are too large. None rings for a function that gets its objects.
 *
 * Takes half a minute on the local emulator, where CloudWatch's minutes last a second, and about half an hour on AWS.
 */
import { join } from 'node:path';
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Alarms, BucketFedFunction } from '../src';
import { untilAlarmsAre } from './support/alarm-drill';
import { expectAnswer, inOrder, untilBooksAre } from './support/drill';
import { uploadEntrance } from './support/entrances/upload';
import { Ledger } from './support/ledger';

const app = new App();
const stack = new Stack(app, 'IntegBucketFedFunctionAlarms');
const ledger = new Ledger(stack, 'Ledger');
Alarms.of(stack).notify(new SnsAction(ledger.onCall));

const bucket = new s3.Bucket(stack, 'Live', { removalPolicy: RemovalPolicy.DESTROY });
(bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
const depot = { bucket, grantDeposit: (producer: iam.IGrantable, prefix: string) => bucket.grantPut(producer, `${prefix}*`) };

const entry = join(__dirname, 'support', 'handlers', 'object-reader.ts');
const handler = ledger.newHandler(stack, 'Handler', { entry, timeout: Duration.seconds(10) });

function newFed(run: string, id: string, maxObjectSize: Size): BucketFedFunction {
  const made = new BucketFedFunction(stack, id, { handler, bucket, prefix: `${run}/`, maxObjectSize, maxConcurrency: 2, removalPolicy: RemovalPolicy.DESTROY });
  ledger.watchAlarms(run, Object.values({ ...made.deliveryAlarms }));
  return made;
}

const silent = newFed('silent', 'Silent', Size.gibibytes(1));
const refused = newFed('refused', 'Refused', Size.gibibytes(1));
const lost = newFed('lost', 'Lost', Size.gibibytes(1));
newFed('large', 'Large', Size.bytes(1));

const entrance = (run: string) => uploadEntrance(depot, `${run}/`);
ledger.follow('silent', silent.consumer, { entrance: entrance('silent') });
// The queues of these are taken away, so nothing is asked of them.
ledger.topology('refused', { entrance: entrance('refused'), stations: { refused: { deadLetterQueue: refused.deliveryDeadLetterQueue } } });
ledger.topology('lost', { entrance: entrance('lost'), stations: { lost: {} } });
ledger.topology('large', { entrance: entrance('large'), stations: { large: {} } });

const tamperer = ledger.newHandler(stack, 'Tamperer', { entry: join(__dirname, 'support', 'handlers', 'tamperer.ts'), timeout: Duration.minutes(1) });
bucket.grantReadWrite(tamperer);
const doomed = [refused.queue, lost.queue, lost.deliveryDeadLetterQueue];
doomed.forEach((queue) => queue.grant(tamperer, 'sqs:DeleteQueue'));

const integ = new IntegTest(app, 'BucketFedFunctionAlarms', { testCases: [stack], stackUpdateWorkflow: false });
const runs = ['silent', 'refused', 'lost', 'large'];
const bucketName = bucket.bucketName;

inOrder([
  untilAlarmsAre(integ, ledger, { notOk: Object.fromEntries(runs.map((run) => [run, []])), within: Duration.minutes(15) }),
  expectAnswer(integ, tamperer, { bucket: bucketName, deleteQueues: doomed.map((queue) => queue.queueUrl) }, { done: doomed.length }),
  untilAlarmsAre(integ, ledger, {
    rung: {
      silent: [],
      refused: ['DeadLettersAlarm', 'FailedInvocationsAlarm', 'MoreDeadLettersAlarm'],
      lost: ['FailedInvocationsAlarm', 'FailedToSendToDlqAlarm'],
      large: ['ObjectsTooLargeAlarm'],
    },
    streams: runs.map((run) => ({ run, seconds: 1 })),
    within: Duration.minutes(20),
  }),
  // What failed once more is not failing now; what was set aside waits for people.
  untilAlarmsAre(integ, ledger, { notOk: { silent: [], refused: ['DeadLettersAlarm'], lost: [], large: [] }, within: Duration.minutes(15) }),
  untilBooksAre(integ, ledger, 'silent', { setAside: [], lost: 0, unexplained: 0 }),
  untilBooksAre(integ, ledger, 'refused', { lost: 0, unexplained: 0 }),
  expectAnswer(integ, tamperer, { bucket: bucketName, purge: true }, {}),
]);
