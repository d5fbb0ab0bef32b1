/**
 * A delivery reads, transforms and writes with what the pattern grants to its role, an encrypted bucket included. While a bucket refuses records, and while a stream may not be read, nothing is
 * lost: the alarms that say so ring, no others do, and everything arrives once after the repair. A producer may put records, and a failure consumer may read failures, and no more.
 *
 * Shows something only where IAM is enforced: on AWS, and on the local emulator as `npm run integ` starts it. There CloudWatch's and Firehose's minutes last a second; on AWS it takes about half
 * an hour.
 */
import { join } from 'node:path';
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { BucketDeliveryProps } from '../src';
import { Alarms, BucketDelivery, QueueFed } from '../src';
import { untilAlarmsAre } from './support/alarm-drill';
import { expectAnswer, inOrder } from './support/drill';
import { deliveryEntrance } from './support/entrances/delivery';
import { streamEntrance } from './support/entrances/stream';
import { faultWindow } from './support/environment-faults';
import type { PlanOptions } from './support/faults';
import { planMessages } from './support/faults';
import type { StorageProbe } from './support/handlers/claimant';
import type { LakeAnswer } from './support/handlers/lake';
import { Ledger } from './support/ledger';
import { seed } from './support/seed';

const app = new App();
const stack = new Stack(app, 'IntegBucketDeliveryPermissions');
const ledger = new Ledger(stack, 'Ledger');
Alarms.of(stack).notify(new SnsAction(ledger.onCall));

const lake = ledger.newHandler(stack, 'Lake', { entry: join(__dirname, 'support', 'handlers', 'lake.ts'), timeout: Duration.minutes(1) });
const tamperer = ledger.newHandler(stack, 'Tamperer', { entry: join(__dirname, 'support', 'handlers', 'tamperer.ts'), timeout: Duration.minutes(1) });
const transform = ledger.newHandler(stack, 'Transformer', { entry: join(__dirname, 'support', 'handlers', 'transformer.ts'), timeout: Duration.seconds(30) });

/** A delivery under the name of a run. */
function deliver(run: string, props: BucketDeliveryProps = {}): BucketDelivery {
  const delivery = new BucketDelivery(stack, run, { bufferingInterval: Duration.minutes(1), removalPolicy: RemovalPolicy.DESTROY, ...props });
  const { source } = props;
  ledger.topology(run, { entrance: source ? streamEntrance(source) : deliveryEntrance(delivery), stations: {} });
  ledger.watchAlarms(run, delivery.allAlarms);
  delivery.bucket.grantRead(lake);
  delivery.bucket.grantReadWrite(tamperer);
  return delivery;
}

const encryptionKey = new kms.Key(stack, 'Key', { removalPolicy: RemovalPolicy.DESTROY, pendingWindow: Duration.days(7) });
const sealed = deliver('sealed', { transform, encryptionKey });
const refused = deliver('refused');
const source = new kinesis.Stream(stack, 'Stream', { shardCount: 1, streamMode: kinesis.StreamMode.PROVISIONED, removalPolicy: RemovalPolicy.DESTROY });
// An hour would be a minute here.
const streamed = deliver('streamed', { source, alarms: { sourceLag: { threshold: Duration.minutes(10) } } });

const reader = ledger.newHandler(stack, 'Reader', { entry: join(__dirname, 'support', 'handlers', 'object-reader.ts'), environment: { OBJECTS_BUCKET: sealed.bucket.bucketName } });
const deadLetterQueue = new sqs.Queue(stack, 'ToldDeadLetters', { retentionPeriod: Duration.days(14), removalPolicy: RemovalPolicy.DESTROY });
const told = new sqs.Queue(stack, 'Told', { deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: 5 }, removalPolicy: RemovalPolicy.DESTROY });
sealed.addFailureConsumer('Inspection', QueueFed.of(told, deadLetterQueue), { grantee: reader });

const noWriting = ledger.losePermission('NoWriting', refused.role, ['s3:PutObject'], refused.bucket.arnForObjects('*'));
const noReading = ledger.losePermission('NoReading', streamed.role, ['kinesis:GetRecords'], source.streamArn);

const integ = new IntegTest(app, 'BucketDeliveryPermissions', { testCases: [stack], stackUpdateWorkflow: false });

const mixed: PlanOptions = { messages: 30, categories: ['transform', 'fail', 'drop'], seed: seed(1) };
const plain: PlanOptions = { messages: 30, seed: seed(2) };
const send = (run: string, plan: PlanOptions) => expectAnswer(integ, ledger.producer, { run, ...plan }, { confirmed: plan.messages, refused: 0 });
const all = (plan: PlanOptions) => planMessages(plan).map(({ number }) => number);
const having = (category: string) => planMessages(mixed).filter((message) => message.category === category).map(({ number }) => number);
const untilLakeIs = ({ bucket }: BucketDelivery, answer: Partial<LakeAnswer>) => (
  expectAnswer(integ, lake, { bucket: bucket.bucketName }, answer)
    .waitForAssertions({ totalTimeout: Duration.minutes(15), interval: Duration.seconds(5) })
);
const runs = ['sealed', 'refused', 'streamed'];

const probes: Record<string, StorageProbe> = {
  list: { attempt: 'list', key: 'errors/' },
  getFailure: { attempt: 'get', key: 'errors/probe' },
  getData: { attempt: 'get', key: 'data/probe' },
  putFailure: { attempt: 'put', key: 'errors/probe' },
  deleteFailure: { attempt: 'delete', key: 'errors/probe' },
};

inOrder([
  untilAlarmsAre(integ, ledger, { notOk: Object.fromEntries(runs.map((run) => [run, []])), within: Duration.minutes(15) }),
  ...faultWindow(integ, ledger, noWriting, [
    ...faultWindow(integ, ledger, noReading, [
      send('sealed', mixed),
      send('refused', plain),
      send('streamed', plain),
      untilLakeIs(sealed, { data: having('transform'), errors: { 'Lambda.ProcessingFailedStatus': having('fail') }, source: all(mixed), transformed: true }),
      untilAlarmsAre(integ, ledger, {
        rung: { sealed: ['FailuresStoredAlarm'], refused: ['DeliveryFreshnessAlarm'], streamed: ['SourceLagAlarm'] },
        within: Duration.minutes(40),
      }),
      expectAnswer(integ, lake, { bucket: refused.bucket.bucketName }, { data: [], errors: {} }),
      expectAnswer(integ, lake, { bucket: streamed.bucket.bucketName }, { data: [], errors: {} }),
    ]),
  ]),
  // After the repair everything arrives, once.
  untilLakeIs(refused, { data: all(plain), errors: {} }),
  untilLakeIs(streamed, { data: all(plain), errors: {} }),
  untilAlarmsAre(integ, ledger, { notOk: Object.fromEntries(runs.map((run) => [run, []])), within: Duration.minutes(15) }),

  expectAnswer(integ, reader, probes, {
    list: 'allowed',
    getFailure: 'NoSuchKey: The specified key does not exist.',
    getData: 'refused',
    putFailure: 'refused',
    deleteFailure: 'refused',
  }),
  ...[sealed, refused, streamed].map(({ bucket }) => expectAnswer(integ, tamperer, { bucket: bucket.bucketName, purge: true }, {})),
]);
