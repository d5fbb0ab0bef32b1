/**
 * A table-fed function reads, and Lambda stores its failures, with what the pattern grants to the role of the handler, and no more; while
 * the role may not read, nothing comes, those on call hear that reading has stopped, and all comes afterwards; and failures that the role
 * may not store ring the alarms that say so.
 *
 * Shows something only where IAM is enforced: on AWS, and on the local emulator as `npm run integ` starts it. Takes a minute there, and about
 * three quarters of an hour on AWS. A change that could not be stored is still in the stream; reading it there by hand is not shown. The
 * alarms on the age of records and those on the handler are the same as of a stream, and ring in `integ.stream-fed-function-alarms.ts`.
 */
import { join } from 'node:path';
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Alarms, FailureBucket, TableFedFunction } from '../src';
import { untilAlarmsAre } from './support/alarm-drill';
import { expectAnswer, inOrder, untilBooksAre } from './support/drill';
import { TABLE_KEY, tableEntrance } from './support/entrances/table';
import { faultWindow } from './support/environment-faults';
import { numbersWith, planMessages } from './support/faults';
import type { StreamProbe } from './support/handlers/stream-prober';
import { Ledger } from './support/ledger';
import { seed } from './support/seed';

const app = new App();
const stack = new Stack(app, 'IntegTableFedFunctionPermissions');
const ledger = new Ledger(stack, 'Ledger');
Alarms.of(stack).notify(new SnsAction(ledger.onCall));

const entry = join(__dirname, 'support', 'handlers', 'stream-prober.ts');
const newProber = (id: string) => ledger.newHandler(stack, id, { entry, timeout: Duration.seconds(30) });

function newTable(id: string, encryptionKey?: kms.IKey): dynamodb.Table {
  return new dynamodb.Table(stack, id, {
    partitionKey: { name: TABLE_KEY, type: dynamodb.AttributeType.STRING },
    billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
    stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
    removalPolicy: RemovalPolicy.DESTROY,
    ...encryptionKey && { encryption: dynamodb.TableEncryption.CUSTOMER_MANAGED, encryptionKey },
  });
}

// One key for the table and for the failures.
const key = new kms.Key(stack, 'Key', { removalPolicy: RemovalPolicy.DESTROY, pendingWindow: Duration.days(7) });
const failures = new FailureBucket(stack, 'Failures', { encryptionKey: key, removalPolicy: RemovalPolicy.DESTROY });
const table = newTable('Table', key);
const consumer = new TableFedFunction(stack, 'Consumer', { handler: newProber('Handler'), table, failureStore: failures });
ledger.follow('granted', consumer, { entrance: tableEntrance(table) });
ledger.watchAlarms('granted', consumer.allAlarms);

const other = newTable('Other');
// Its event source may take longer for its first poll than this alarm waits, on a busy machine.
const alarms = { readingStopped: { enabled: false } };
const denied = new TableFedFunction(stack, 'Denied', { handler: newProber('DeniedHandler'), table: other, alarms, removalPolicy: RemovalPolicy.DESTROY });
ledger.follow('denied', denied, { entrance: tableEntrance(other) });
ledger.watchAlarms('denied', denied.allAlarms);

const tamperer = ledger.newHandler(stack, 'Tamperer', { entry: join(__dirname, 'support', 'handlers', 'tamperer.ts'), timeout: Duration.minutes(1) });
failures.bucket.grantReadWrite(tamperer);

const noReading = ledger.losePermission('NoReading', consumer.handler.role!, ['dynamodb:GetRecords'], table.tableStreamArn!, consumer.eventSource);
const noStoring = ledger.losePermission('NoStoring', denied.handler.role!, ['s3:PutObject'], denied.failureStore.bucket.arnForObjects('*'));

const integ = new IntegTest(app, 'TableFedFunctionPermissions', { testCases: [stack], stackUpdateWorkflow: false });

const plan = { messages: 20, groups: 5, faults: { 'poison': 2, 'transient': 1, 'batch-error': 1 }, seed: seed(1) };
const poison = (last: number) => numbersWith('poison', planMessages(plan).filter(({ number }) => number <= last));
const settled = { lost: 0, unexplained: 0, orderViolations: 0, altered: [] };
const send = (part: readonly [number, number]) => (
  expectAnswer(integ, ledger.producer, { run: 'granted', ...plan, part }, { confirmed: part[1] - part[0] + 1, refused: 0 })
);
const sendPoison = { run: 'denied', messages: 1, groups: 1, faults: { poison: 1 }, seed: seed(2) };
const probe = (probes: Record<string, StreamProbe>, answer: Record<string, 'allowed' | 'refused'>) => expectAnswer(integ, consumer.handler, probes, answer);

const [bucket, otherBucket] = [failures.bucket.bucketName, denied.failureStore.bucket.bucketName];
const prefix = consumer.failureStore.prefix!;

inOrder([
  // Works: Lambda reads and stores as the handler's role, and both may use the key.
  send([1, 10]),
  untilBooksAre(integ, ledger, 'granted', { ...settled, effects: 10 - poison(10).length, setAside: poison(10) }),
  ...faultWindow(integ, ledger, noReading, [send([11, 20])], [
    untilAlarmsAre(integ, ledger, { rung: { granted: ['ReadingStoppedAlarm', 'StoredFailuresAlarm'] }, within: Duration.minutes(40) }),
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

  probe({
    getItem: { attempt: 'getItem', on: table.tableName },
    putItem: { attempt: 'putItem', on: table.tableName },
    putFailure: { attempt: 'put', on: bucket, key: `${prefix}probe` },
    getFailure: { attempt: 'get', on: bucket, key: `${prefix}probe` },
    deleteFailure: { attempt: 'delete', on: bucket, key: `${prefix}probe` },
    putOther: { attempt: 'put', on: otherBucket, key: 'probe' },
  }, { getItem: 'refused', putItem: 'refused', putFailure: 'allowed', getFailure: 'refused', deleteFailure: 'refused', putOther: 'refused' }),
  // CloudFormation deletes no bucket with objects in it.
  expectAnswer(integ, tamperer, { bucket, remove: ['/'] }, { done: 1 }),
]);
