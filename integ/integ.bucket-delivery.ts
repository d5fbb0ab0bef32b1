/**
 * Records go through Firehose into a bucket, with faults on the way, and each is accounted for: in the data once, below the error prefix with the reason, or, where the transformation drops it,
 * among the originals only. Records with a key go into the folder of its value. A transformation that always throws loses nothing and rings the alarms that say so, and those are silent for the others. A consumer is told of each object with failures.
 *
 * On the local emulator CloudWatch's and Firehose's minutes last a second; on AWS it takes about half an hour.
 */
import { join } from 'node:path';
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { BucketDeliveryProps } from '../src';
import { Alarms, BucketDelivery, QueueFed } from '../src';
import { untilAlarmsAre } from './support/alarm-drill';
import { expectAnswer, inOrder } from './support/drill';
import { deliveryEntrance } from './support/entrances/delivery';
import type { Fault, PlanOptions } from './support/faults';
import { planMessages } from './support/faults';
import type { LakeAnswer } from './support/handlers/lake';
import { Ledger } from './support/ledger';
import { seed } from './support/seed';

const app = new App();
const stack = new Stack(app, 'IntegBucketDelivery');
const ledger = new Ledger(stack, 'Ledger');
Alarms.of(stack).notify(new SnsAction(ledger.onCall));

const lake = ledger.newHandler(stack, 'Lake', { entry: join(__dirname, 'support', 'handlers', 'lake.ts'), timeout: Duration.minutes(1) });
const tamperer = ledger.newHandler(stack, 'Tamperer', { entry: join(__dirname, 'support', 'handlers', 'tamperer.ts'), timeout: Duration.minutes(1) });
const transformer = (id: string) => ledger.newHandler(stack, id, {
  entry: join(__dirname, 'support', 'handlers', 'transformer.ts'), timeout: Duration.seconds(30), environment: { BROKEN_RUNS: 'broken' },
});

/** A delivery under the name of a run. */
function deliver(run: string, props: BucketDeliveryProps = {}): BucketDelivery {
  const delivery = new BucketDelivery(stack, run, { bufferingInterval: Duration.minutes(1), removalPolicy: RemovalPolicy.DESTROY, ...props });
  ledger.topology(run, { entrance: deliveryEntrance(delivery), stations: {} });
  ledger.watchAlarms(run, delivery.allAlarms);
  delivery.bucket.grantRead(lake);
  delivery.bucket.grantReadWrite(tamperer);
  return delivery;
}

const treated = deliver('treated', { transform: transformer('Transformer') });
const broken = deliver('broken', { transform: transformer('BrokenTransformer') });
// By the fault of a message; one without a fault has no folder.
const sorted = deliver('sorted', { partitioning: { keys: { fault: '.fault' } } });
// Nothing is transformed, and nothing is to ring.
const plain = deliver('plain');

const deadLetterQueue = new sqs.Queue(stack, 'ToldDeadLetters', { retentionPeriod: Duration.days(14), removalPolicy: RemovalPolicy.DESTROY });
const told = new sqs.Queue(stack, 'Told', { deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: 1000 }, removalPolicy: RemovalPolicy.DESTROY });
const { alarms: consumerAlarms } = treated.addFailureConsumer('Inspection', QueueFed.of(told, deadLetterQueue));
ledger.watchAlarms('inspection', Object.values(consumerAlarms));
told.grantConsumeMessages(lake);

const integ = new IntegTest(app, 'BucketDelivery', { testCases: [stack], stackUpdateWorkflow: false });

const mixed: PlanOptions = { messages: 60, categories: ['transform', 'fail', 'transform', 'drop', 'transform', 'forget'], seed: seed(1) };
const simple: PlanOptions = { messages: 30, seed: seed(2) };
const faulty: PlanOptions = { messages: 30, faults: { poison: 8, slow: 4 }, seed: seed(3) };
const send = (run: string, plan: PlanOptions) => expectAnswer(integ, ledger.producer, { run, ...plan }, { confirmed: plan.messages, refused: 0 });
const all = (plan: PlanOptions) => planMessages(plan).map(({ number }) => number);
const having = (category: string) => planMessages(mixed).filter((message) => message.category === category).map(({ number }) => number);
const untilLakeIs = ({ bucket }: BucketDelivery, answer: Partial<LakeAnswer>, queue?: sqs.IQueue) => (
  expectAnswer(integ, lake, { bucket: bucket.bucketName, ...queue ? { told: queue.queueUrl } : {} }, answer)
    .waitForAssertions({ totalTimeout: Duration.minutes(15), interval: Duration.seconds(5) })
);
const foundAs = (fault?: Fault) => planMessages(faulty).filter((message) => message.fault === fault).map(({ number }) => number);
const runs = ['treated', 'broken', 'sorted', 'plain', 'inspection'];

inOrder([
  untilAlarmsAre(integ, ledger, { notOk: Object.fromEntries(runs.map((run) => [run, []])), within: Duration.minutes(15) }),
  send('treated', mixed),
  send('plain', simple),
  send('sorted', faulty),
  // What is transformed is in the data, what fails is with its reason in the failure store, what is dropped is among the originals, and nothing is anywhere twice.
  untilLakeIs(treated, {
    data: having('transform'),
    errors: { 'Lambda.MissingRecordId': having('forget'), 'Lambda.ProcessingFailedStatus': having('fail') },
    source: all(mixed),
    transformed: true,
    told: true,
  }, told),
  untilLakeIs(plain, { data: all(simple), errors: {}, source: [] }),
  // What has a key is in the folder of its value; what has none is with the reason in the failure store.
  untilLakeIs(sorted, {
    folders: { 'fault=poison': foundAs('poison'), 'fault=slow': foundAs('slow') },
    errors: { 'DynamicPartitioning.MetadataExtractionFailed': foundAs() },
    source: [],
  }),
  send('broken', simple),
  untilLakeIs(broken, { data: [], errors: { 'Lambda.FunctionError': all(simple) }, source: all(simple) }),
  untilAlarmsAre(integ, ledger, {
    rung: {
      treated: ['FailuresStoredAlarm'],
      broken: ['Errors', 'FailuresStoredAlarm', 'TransformFailuresAlarm'],
      sorted: ['FailuresStoredAlarm'],
      plain: [],
      inspection: [],
    },
    streams: [{ run: 'broken', seconds: 8 }],
    within: Duration.minutes(40),
  }),
  untilAlarmsAre(integ, ledger, { notOk: Object.fromEntries(runs.map((run) => [run, []])), within: Duration.minutes(15) }),
  ...[treated, broken, sorted, plain].map(({ bucket }) => expectAnswer(integ, tamperer, { bucket: bucket.bucketName, purge: true }, {})),
]);
