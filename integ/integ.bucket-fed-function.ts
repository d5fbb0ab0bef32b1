/**
 * Objects whose keys have spaces, signs and umlauts in them are processed with faults on the way, twice where they are put twice, and every one is accounted for, before and after the repair.
 * Folders are not delivered. In a bucket with versions, what is gone or written over before it is read is read as it was put; in a live bucket without versions it is left out, counted, and no
 * failure.
 *
 * Runs unchanged on the local emulator (`npm run integ`) and on AWS (`npm run integ:aws`).
 */
import { join } from 'node:path';
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { BucketFedFunctionProps } from '../src';
import { BucketFedFunction } from '../src';
import { expectAnswer, faultDrill, inOrder, untilBooksAre } from './support/drill';
import { uploadEntrance } from './support/entrances/upload';
import { faultWindow } from './support/environment-faults';
import type { Tampering } from './support/handlers/tamperer';
import { Ledger } from './support/ledger';
import { markOf } from './support/message';
import { seed } from './support/seed';

const app = new App();
const stack = new Stack(app, 'IntegBucketFedFunction');
const ledger = new Ledger(stack, 'Ledger');
const timeout = Duration.seconds(10);

/** A function that is told of the objects with a prefix; its four tries take 40 seconds. */
function follow(run: string, id: string, keys: string, props: Partial<BucketFedFunctionProps>): BucketFedFunction {
  const made = new BucketFedFunction(stack, id, {
    handler: ledger.newHandler(stack, `${id}Handler`, { entry: join(__dirname, 'support', 'handlers', 'object-reader.ts'), timeout, station: run }),
    visibilityTimeout: timeout,
    maxReceiveCount: 4,
    maxConcurrency: 2,
    removalPolicy: RemovalPolicy.DESTROY,
    ...props,
  });
  const depot = { bucket: made.bucket, grantDeposit: (producer: iam.IGrantable) => made.bucket.grantPut(producer) };
  ledger.topology(run, {
    entrance: uploadEntrance(depot, keys),
    stations: { [run]: made.consumer },
    alsoSetAsideIn: { [run]: [made.deliveryDeadLetterQueue] },
  });
  return made;
}

const imports = follow('imports', 'Imports', 'in/a b+ü%/', { prefix: 'in/' });

const live = new s3.Bucket(stack, 'Live', { removalPolicy: RemovalPolicy.DESTROY });
(live.node.defaultChild as s3.CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
const gone = follow('gone', 'Gone', '', { bucket: live });

const kept = follow('kept', 'Kept', '', {});

const tamperer = ledger.newHandler(stack, 'Tamperer', { entry: join(__dirname, 'support', 'handlers', 'tamperer.ts'), timeout: Duration.minutes(1) });
[imports, gone, kept].forEach(({ bucket }) => bucket.grantReadWrite(tamperer));

const integ = new IntegTest(app, 'BucketFedFunction', { testCases: [stack], stackUpdateWorkflow: false });
const tamper = ({ bucket }: BucketFedFunction, tampering: Omit<Tampering, 'bucket'>, answer: object) => (
  expectAnswer(integ, tamperer, { bucket: bucket.bucketName, ...tampering }, answer)
);

/** While nobody reads: two objects are removed; one is written over, and one is that and then removed. Each version had its event. */
const changedMeanwhile = (run: string, made: BucketFedFunction) => {
  const marks = (numbers: readonly number[]) => numbers.map((number) => `${markOf(run, number)}/`);
  return faultWindow(integ, ledger, ledger.stopEventSource(made.eventSource), [
    expectAnswer(integ, ledger.producer, { run, messages: 8, seed: seed(2) }, { confirmed: 8, refused: 0 }),
    tamper(made, { shorten: marks([2, 3]) }, { done: 2 }),
    tamper(made, { remove: marks([1, 3, 5]) }, { done: 3 }),
  ]);
};

inOrder([
  ...changedMeanwhile('gone', gone),
  ...changedMeanwhile('kept', kept),
  // Were folders delivered, nobody could explain the dead letters.
  tamper(imports, { folders: ['in/', 'in/2026/'] }, { done: 2 }),
  ...faultDrill(integ, ledger, {
    imports: { messages: 20, faults: { 'poison': 2, 'transient': 1, 'batch-error': 1, 'resend': 2 }, seed: seed(1) },
  }),
  untilBooksAre(integ, ledger, 'gone', {
    lost: 0,
    unexplained: 0,
    setAside: 0,
    stations: { gone: { accepted: 8, effects: 4, failures: {}, skipped: { 'gone': 3, 'written over': 1 }, copies: 10, inFlight: 0 } },
  }),
  untilBooksAre(integ, ledger, 'kept', {
    lost: 0,
    unexplained: 0,
    setAside: 0,
    stations: { kept: { accepted: 8, effects: 8, failures: {}, skipped: { 'written over': 2 }, copies: 10, inFlight: 0 } },
  }),
  tamper(gone, { purge: true }, {}),
  tamper(kept, { purge: true }, {}),
  tamper(imports, { purge: true }, {}),
]);
