/**
 * Who deposits and who claims can do what they were granted, under their prefix, and no more; a rule gets uploads into encrypted queues, and what a queue's policy keeps
 * out is set aside, and arrives after the repair.
 *
 * Shows something only where IAM is enforced: on AWS, and on the local emulator as `npm run integ` starts it.
 */
import { join } from 'node:path';
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Envelope } from '../runtime/src';
import { ClaimCheckBucket, QueueFedFunction } from '../src';
import { expectAnswer, faultDrill, inOrder, untilBooksAre } from './support/drill';
import { claimCheckEntrance } from './support/entrances/claim-check';
import { uploadEntrance } from './support/entrances/upload';
import type { StorageProbe } from './support/handlers/claimant';
import type { Tampering } from './support/handlers/tamperer';
import { Ledger } from './support/ledger';
import { seed } from './support/seed';

const app = new App();
const stack = new Stack(app, 'IntegClaimCheckBucketPermissions');
const ledger = new Ledger(stack, 'Ledger');
const timeout = Duration.seconds(10);

const newKey = (id: string) => new kms.Key(stack, id, { removalPolicy: RemovalPolicy.DESTROY, pendingWindow: Duration.days(7) });
const payloads = new ClaimCheckBucket(stack, 'Payloads', { encryptionKey: newKey('PayloadsKey'), removalPolicy: RemovalPolicy.DESTROY });
const bucket = payloads.bucket.bucketName;

function newClaimant(id: string, prefix: string, envelope: Envelope = 'none', station?: string): lambda.Function {
  return ledger.newHandler(stack, id, {
    entry: join(__dirname, 'support', 'handlers', 'claimant.ts'),
    timeout,
    environment: { PAYLOADS_BUCKET: bucket, PAYLOADS_PREFIX: prefix, PAYLOADS_ENVELOPE: envelope },
    ...(station ? { station } : {}),
  });
}

function consumer(id: string, prefix: string, envelope?: Envelope, station?: string): QueueFedFunction {
  return new QueueFedFunction(stack, id, {
    handler: newClaimant(`${id}Handler`, prefix, envelope, station),
    visibilityTimeout: timeout,
    maxReceiveCount: 3,
    maxConcurrency: 2,
    encryptionKey: newKey(`${id}Key`),
    removalPolicy: RemovalPolicy.DESTROY,
  });
}

const orders = consumer('Orders', 'orders/');
payloads.addConsumer('Orders', orders, { prefix: 'orders/' });
ledger.follow('orders', orders, { entrance: claimCheckEntrance(payloads, 'orders/', orders.queue) });

const files = consumer('Files', 'files/', 's3-event', 'files');
const uploads = payloads.addUploadConsumer('Files', files, { prefix: 'files/' });
ledger.topology('files', {
  entrance: uploadEntrance(payloads, 'files/'),
  stations: { files },
  alsoSetAsideIn: { files: [uploads.deadLetterQueue] },
});

const depositor = newClaimant('Depositor', '');
payloads.grantDeposit(depositor, 'orders/');

const tamperer = ledger.newHandler(stack, 'Tamperer', { entry: join(__dirname, 'support', 'handlers', 'tamperer.ts'), timeout: Duration.minutes(1) });
payloads.bucket.grantReadWrite(tamperer);
files.queue.grant(tamperer, 'sqs:GetQueueAttributes', 'sqs:SetQueueAttributes');

const integ = new IntegTest(app, 'ClaimCheckBucketPermissions', { testCases: [stack], stackUpdateWorkflow: false });
const tamper = (tampering: Omit<Tampering, 'bucket'>, answer: object) => expectAnswer(integ, tamperer, { bucket, ...tampering }, answer);
const send = (part: readonly [number, number]) => (
  expectAnswer(integ, ledger.producer, { run: 'files', messages: 6, part, seed: seed(2) }, { confirmed: 3, refused: 0 })
);
const probe = (target: lambda.Function, probes: Record<string, StorageProbe>, answer: Record<string, 'allowed' | 'refused'>) => (
  expectAnswer(integ, target, probes, answer)
);

inOrder([
  // Works: the producer deposits and the handlers claim with what they were granted, and EventBridge may use the keys of both queues.
  ...faultDrill(integ, ledger, { orders: { messages: 9, faults: { poison: 1, transient: 1 }, seed: seed(1) } }),
  send([1, 3]),
  untilBooksAre(integ, ledger, 'files', { effects: 3, setAside: 0, lost: 0 }),

  // The queue shuts the rule out: what comes meanwhile is set aside whole, in an encrypted queue, and arrives after the repair.
  tamper({ shut: [files.queue.queueUrl] }, { done: 1 }),
  send([4, 6]),
  untilBooksAre(integ, ledger, 'files', { effects: 3, lost: 0, stations: { files: { setAside: [4, 5, 6] } } }),
  tamper({ open: [files.queue.queueUrl] }, { done: 1 }),
  expectAnswer(integ, ledger.redriver, { run: 'files', station: 'files' }, { redriven: [4, 5, 6] }),
  untilBooksAre(integ, ledger, 'files', { effects: 6, setAside: 0, inFlight: 0, lost: 0, unexplained: 0 }),

  probe(depositor, {
    putOwn: { attempt: 'put', key: 'orders/probe' },
    putOther: { attempt: 'put', key: 'files/probe' },
    getOwn: { attempt: 'get', key: 'orders/probe' },
    deleteOwn: { attempt: 'delete', key: 'orders/probe' },
    list: { attempt: 'list', key: 'orders/' },
  }, { putOwn: 'allowed', putOther: 'refused', getOwn: 'refused', deleteOwn: 'refused', list: 'refused' }),
  probe(orders.handler as lambda.Function, {
    getOwn: { attempt: 'get', key: 'orders/probe' },
    getOther: { attempt: 'get', key: 'files/ledger/files/1' },
    putOwn: { attempt: 'put', key: 'orders/another' },
    deleteOwn: { attempt: 'delete', key: 'orders/probe' },
    list: { attempt: 'list', key: 'orders/' },
  }, { getOwn: 'allowed', getOther: 'refused', putOwn: 'refused', deleteOwn: 'refused', list: 'refused' }),
  // CloudFormation deletes no bucket with payloads in it.
  tamper({ remove: ['/'] }, {}),
]);
