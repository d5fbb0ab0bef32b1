/**
 * The handler can do what it was granted, under its prefixes, and no more; it can tell what is gone from what it may not read. A rule gets events into encrypted queues; while the policy of
 * the queue shuts the rule out, they are set aside whole, and arrive after the repair.
 *
 * Shows something only where IAM is enforced: on AWS, and on the local emulator as `npm run integ` starts it.
 */
import { join } from 'node:path';
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { BucketFedFunction } from '../src';
import { expectAnswer, inOrder, untilBooksAre } from './support/drill';
import { uploadEntrance } from './support/entrances/upload';
import type { StorageProbe } from './support/handlers/claimant';
import type { Tampering } from './support/handlers/tamperer';
import { Ledger } from './support/ledger';
import { markOf } from './support/message';
import { seed } from './support/seed';

const app = new App();
const stack = new Stack(app, 'IntegBucketFedFunctionPermissions');
const ledger = new Ledger(stack, 'Ledger');
const timeout = Duration.seconds(10);
const entry = join(__dirname, 'support', 'handlers', 'object-reader.ts');

const handler = ledger.newHandler(stack, 'Handler', { entry, timeout, station: 'files' });
const files = new BucketFedFunction(stack, 'Files', {
  handler,
  prefix: 'in/',
  outputPrefix: 'out/',
  visibilityTimeout: timeout,
  maxConcurrency: 2,
  encryptionKey: new kms.Key(stack, 'Key', { removalPolicy: RemovalPolicy.DESTROY, pendingWindow: Duration.days(7) }),
  removalPolicy: RemovalPolicy.DESTROY,
});
handler.addEnvironment('OBJECTS_BUCKET', files.bucket.bucketName);
const depot = { bucket: files.bucket, grantDeposit: (producer: iam.IGrantable, prefix: string) => files.bucket.grantPut(producer, `${prefix}*`) };
ledger.topology('files', {
  entrance: uploadEntrance(depot, 'in/'),
  stations: { files: files.consumer },
  alsoSetAsideIn: { files: [files.deliveryDeadLetterQueue] },
});

const tamperer = ledger.newHandler(stack, 'Tamperer', { entry: join(__dirname, 'support', 'handlers', 'tamperer.ts'), timeout: Duration.minutes(1) });
files.bucket.grantReadWrite(tamperer);
files.queue.grant(tamperer, 'sqs:GetQueueAttributes', 'sqs:SetQueueAttributes');

const integ = new IntegTest(app, 'BucketFedFunctionPermissions', { testCases: [stack], stackUpdateWorkflow: false });
const tamper = (tampering: Omit<Tampering, 'bucket'>, answer: object) => expectAnswer(integ, tamperer, { bucket: files.bucket.bucketName, ...tampering }, answer);
const send = (part: readonly [number, number]) => (
  expectAnswer(integ, ledger.producer, { run: 'files', messages: 6, part, seed: seed(1) }, { confirmed: 3, refused: 0 })
);
const probes: Record<string, StorageProbe> = {
  getOwn: { attempt: 'get', key: `in/${markOf('files', 1)}` },
  getGone: { attempt: 'get', key: 'in/gone' },
  getOther: { attempt: 'get', key: 'out/probe' },
  putOutput: { attempt: 'put', key: 'out/probe' },
  putInput: { attempt: 'put', key: 'in/probe' },
  deleteOwn: { attempt: 'delete', key: `in/${markOf('files', 1)}` },
  list: { attempt: 'list', key: 'in/' },
};

inOrder([
  send([1, 3]),
  untilBooksAre(integ, ledger, 'files', { effects: 3, setAside: 0, lost: 0 }),

  // The queue shuts the rule out: what comes meanwhile is set aside whole, in an encrypted queue, and arrives after the repair.
  tamper({ shut: [files.queue.queueUrl] }, { done: 1 }),
  send([4, 6]),
  untilBooksAre(integ, ledger, 'files', { effects: 3, lost: 0, stations: { files: { setAside: [4, 5, 6] } } }),
  tamper({ open: [files.queue.queueUrl] }, { done: 1 }),
  expectAnswer(integ, ledger.redriver, { run: 'files', station: 'files' }, { redriven: [4, 5, 6] }),
  untilBooksAre(integ, ledger, 'files', { effects: 6, setAside: 0, inFlight: 0, lost: 0, unexplained: 0 }),

  expectAnswer(integ, handler, probes, {
    getOwn: 'allowed',
    getGone: 'NoSuchKey: The specified key does not exist.',
    getOther: 'refused',
    putOutput: 'allowed',
    putInput: 'refused',
    deleteOwn: 'refused',
    list: 'allowed',
  }),
  tamper({ purge: true }, {}),
]);
