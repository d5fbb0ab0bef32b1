/**
 * A stream-fed function reads, and Lambda stores its failures, with what the pattern grants to the role of the handler, and no more;
 * while the role may not read, nothing comes, and all comes afterwards; and failures that the role may not store ring the alarms that
 * say so.
 *
 * Shows something only where IAM is enforced: on AWS, and on the local emulator as `npm run integ` starts it. A record that could not
 * be stored is still in the stream; reading it there by hand is not shown.
 */
import { join } from 'node:path';
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Alarms, FailureBucket, StreamFedFunction } from '../src';
import { untilAlarmsAre } from './support/alarm-drill';
import { expectAnswer, inOrder, untilBooksAre } from './support/drill';
import { streamEntrance } from './support/entrances/stream';
import { faultWindow } from './support/environment-faults';
import { numbersWith, planMessages } from './support/faults';
import type { StreamProbe } from './support/handlers/stream-prober';
import { Ledger } from './support/ledger';
import { seed } from './support/seed';

const app = new App();
const stack = new Stack(app, 'IntegStreamFedFunctionPermissions');
const ledger = new Ledger(stack, 'Ledger');
Alarms.of(stack).notify(new SnsAction(ledger.onCall));

const entry = join(__dirname, 'support', 'handlers', 'stream-prober.ts');
const newProber = (id: string) => ledger.newHandler(stack, id, { entry, timeout: Duration.seconds(30) });

// One key for the stream and for the failures.
const encryptionKey = new kms.Key(stack, 'Key', { removalPolicy: RemovalPolicy.DESTROY, pendingWindow: Duration.days(7) });
const failures = new FailureBucket(stack, 'Failures', { encryptionKey, removalPolicy: RemovalPolicy.DESTROY });
const stream = new kinesis.Stream(stack, 'Stream', {
  shardCount: 1,
  streamMode: kinesis.StreamMode.PROVISIONED,
  encryption: kinesis.StreamEncryption.KMS,
  encryptionKey,
  removalPolicy: RemovalPolicy.DESTROY,
});
const handler = newProber('Handler');
const consumer = new StreamFedFunction(stack, 'Consumer', { handler, stream, failureStore: failures });
ledger.follow('granted', consumer, { entrance: streamEntrance(stream, consumer) });

// Its event source may take longer for its first poll than this alarm waits, on a busy machine.
const alarms = { readingStopped: { enabled: false } };
const denied = new StreamFedFunction(stack, 'Denied', { handler: newProber('DeniedHandler'), alarms, removalPolicy: RemovalPolicy.DESTROY });
ledger.follow('denied', denied, { entrance: streamEntrance(denied.stream, denied) });
ledger.watchAlarms('granted', consumer.allAlarms);
ledger.watchAlarms('denied', denied.allAlarms);

const producer = newProber('Producer');
consumer.grantWrite(producer);
const reader = newProber('Reader');
consumer.grantRead(reader);
const operator = newProber('Operator');
failures.grantRead(operator);

const tamperer = ledger.newHandler(stack, 'Tamperer', { entry: join(__dirname, 'support', 'handlers', 'tamperer.ts'), timeout: Duration.minutes(1) });
failures.bucket.grantReadWrite(tamperer);

const noReading = ledger.losePermission('NoReading', handler.role!, ['kinesis:GetRecords'], stream.streamArn, consumer.eventSource);
const noStoring = ledger.losePermission('NoStoring', denied.handler.role!, ['s3:PutObject'], denied.failureStore.bucket.arnForObjects('*'));

const integ = new IntegTest(app, 'StreamFedFunctionPermissions', { testCases: [stack], stackUpdateWorkflow: false });

const plan = { messages: 20, groups: 5, faults: { 'poison': 2, 'transient': 1, 'batch-error': 1 }, seed: seed(1) };
const poison = (last: number) => numbersWith('poison', planMessages(plan).filter(({ number }) => number <= last));
const settled = { lost: 0, unexplained: 0, orderViolations: 0, altered: [] };
const send = (part: readonly [number, number]) => (
  expectAnswer(integ, ledger.producer, { run: 'granted', ...plan, part }, { confirmed: part[1] - part[0] + 1, refused: 0 })
);
const sendPoison = { run: 'denied', messages: 1, groups: 1, faults: { poison: 1 }, seed: seed(2) };
const probe = (target: lambda.Function, probes: Record<string, StreamProbe>, answer: Record<string, 'allowed' | 'refused'>) => (
  expectAnswer(integ, target, probes, answer)
);

const [own, other] = [stream.streamName, denied.stream.streamName];
const [bucket, otherBucket] = [failures.bucket.bucketName, denied.failureStore.bucket.bucketName];
const prefix = consumer.failureStore.prefix!;

inOrder([
  // Works: Lambda reads and stores as the handler's role, the ledger's producer has the grant of the pattern, and all may use the key.
  send([1, 10]),
  untilBooksAre(integ, ledger, 'granted', { ...settled, effects: 10 - poison(10).length, setAside: poison(10) }),
  ...faultWindow(integ, ledger, noReading, [send([11, 20])], [
    expectAnswer(integ, ledger.auditor, { run: 'granted' }, { accepted: 20, effects: 10 - poison(10).length }),
  ]),
  untilBooksAre(integ, ledger, 'granted', { ...settled, effects: 20 - poison(20).length, setAside: poison(20) }),
  expectAnswer(integ, ledger.redriver, { run: 'granted' }, { redriven: poison(20) }),
  untilBooksAre(integ, ledger, 'granted', { ...settled, effects: 20, setAside: [] }),

  // What cannot be stored is told of, and nothing else rings for it.
  ...faultWindow(integ, ledger, noStoring, [
    expectAnswer(integ, ledger.producer, sendPoison, { confirmed: 1, refused: 0 }),
    untilAlarmsAre(integ, ledger, { rung: { denied: ['DroppedRecordsAlarm', 'FailuresNotStoredAlarm'] }, within: Duration.minutes(20) }),
  ]),
  // After the repair the next one is kept.
  expectAnswer(integ, ledger.producer, { ...sendPoison, messages: 2, part: [2, 2], faults: { poison: 2 } }, { confirmed: 1, refused: 0 }),
  untilBooksAre(integ, ledger, 'denied', { accepted: 2, setAside: [2], altered: [], outstanding: [1] }),
  expectAnswer(integ, ledger.redriver, { run: 'denied' }, { redriven: [2] }),

  probe(handler, {
    readOwn: { attempt: 'readStream', on: own },
    writeOwn: { attempt: 'writeStream', on: own },
    deleteOwn: { attempt: 'deleteStream', on: own },
    readOther: { attempt: 'readStream', on: other },
    putFailure: { attempt: 'put', on: bucket, key: `${prefix}probe` },
    getFailure: { attempt: 'get', on: bucket, key: `${prefix}probe` },
    deleteFailure: { attempt: 'delete', on: bucket, key: `${prefix}probe` },
    putOther: { attempt: 'put', on: otherBucket, key: 'probe' },
  }, {
    readOwn: 'allowed',
    writeOwn: 'refused',
    deleteOwn: 'refused',
    readOther: 'refused',
    putFailure: 'allowed',
    getFailure: 'refused',
    deleteFailure: 'refused',
    putOther: 'refused',
  }),
  probe(operator, {
    list: { attempt: 'list', on: bucket, key: prefix },
    get: { attempt: 'get', on: bucket, key: `${prefix}probe` },
    put: { attempt: 'put', on: bucket, key: `${prefix}probe` },
    delete: { attempt: 'delete', on: bucket, key: `${prefix}probe` },
    getOther: { attempt: 'get', on: otherBucket, key: 'probe' },
    readStream: { attempt: 'readStream', on: own },
  }, { list: 'allowed', get: 'allowed', put: 'refused', delete: 'refused', getOther: 'refused', readStream: 'refused' }),
  probe(reader, {
    readOwn: { attempt: 'readStream', on: own },
    listOwn: { attempt: 'listShards', on: own },
    writeOwn: { attempt: 'writeStream', on: own },
    readOther: { attempt: 'readStream', on: other },
  }, { readOwn: 'allowed', listOwn: 'allowed', writeOwn: 'refused', readOther: 'refused' }),
  probe(producer, {
    listOwn: { attempt: 'listShards', on: own },
    readOwn: { attempt: 'readStream', on: own },
    deleteOwn: { attempt: 'deleteStream', on: own },
    writeOther: { attempt: 'writeStream', on: other },
  }, { listOwn: 'allowed', readOwn: 'refused', deleteOwn: 'refused', writeOther: 'refused' }),
  // CloudFormation deletes no bucket with objects in it.
  expectAnswer(integ, tamperer, { bucket, remove: ['/'] }, { done: 1 }),
]);
