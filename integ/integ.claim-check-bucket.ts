/**
 * Payloads of up to 10 MB go by reference, by message and by upload, with faults, and every one is accounted for, before and after the repair. What is done to the
 * payloads meanwhile is found out: a message whose payload is gone or not whole is set aside, and not tried for ever.
 *
 * Runs unchanged on the local emulator (`npm run integ`) and on AWS (`npm run integ:aws`).
 */
import { join } from 'node:path';
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { Envelope } from '../runtime/src';
import type { QueueFedFunctionProps } from '../src';
import { ClaimCheckBucket, QueueFedFunction } from '../src';
import { expectAnswer, faultDrill, inOrder, untilBooksAre } from './support/drill';
import { claimCheckEntrance } from './support/entrances/claim-check';
import { uploadEntrance } from './support/entrances/upload';
import { faultWindow } from './support/environment-faults';
import type { PlanOptions } from './support/faults';
import type { Tampering } from './support/handlers/tamperer';
import { Ledger } from './support/ledger';
import { markOf } from './support/message';
import { seed } from './support/seed';

const app = new App();
const stack = new Stack(app, 'IntegClaimCheckBucket');
const ledger = new Ledger(stack, 'Ledger');
const timeout = Duration.seconds(10);

const payloads = new ClaimCheckBucket(stack, 'Payloads', { removalPolicy: RemovalPolicy.DESTROY });
const bucket = payloads.bucket.bucketName;

/** A consumer that claims payloads with its prefix; its five tries take 50 seconds. */
function consumer(id: string, prefix: string, envelope: Envelope, props: Partial<QueueFedFunctionProps> = {}, station?: string): QueueFedFunction {
  return new QueueFedFunction(stack, id, {
    handler: ledger.newHandler(stack, `${id}Handler`, {
      entry: join(__dirname, 'support', 'handlers', 'claimant.ts'),
      timeout,
      environment: { PAYLOADS_BUCKET: bucket, PAYLOADS_PREFIX: prefix, PAYLOADS_ENVELOPE: envelope },
      ...(station ? { station } : {}),
    }),
    visibilityTimeout: timeout,
    maxConcurrency: 2,
    removalPolicy: RemovalPolicy.DESTROY,
    ...props,
  });
}

function byMessage(run: string, id: string, props: Partial<QueueFedFunctionProps> = {}): QueueFedFunction {
  const prefix = `messages/${run}/`;
  const own = consumer(id, prefix, 'none', props);
  payloads.addConsumer(id, own, { prefix });
  ledger.follow(run, own, { entrance: claimCheckEntrance(payloads, prefix, own.queue) });
  return own;
}

byMessage('messages', 'Messages');
byMessage('fifo', 'Fifo', { fifo: true });
const gone = byMessage('gone', 'Gone', { maxReceiveCount: 2 });

const files = consumer('Files', 'uploads/', 's3-event', {}, 'files');
const audit = consumer('Audit', 'uploads/', 's3-event', {}, 'audit');
const uploads = {
  files: payloads.addUploadConsumer('Files', files, { prefix: 'uploads/' }),
  audit: payloads.addUploadConsumer('Audit', audit, { prefix: 'uploads/' }),
};
ledger.topology('uploads', {
  entrance: uploadEntrance(payloads, 'uploads/'),
  stations: { files, audit },
  alsoSetAsideIn: { files: [uploads.files.deadLetterQueue], audit: [uploads.audit.deadLetterQueue] },
});

const ordered = consumer('Ordered', 'ordered/', 's3-event', { fifo: true, contentBasedDeduplication: true });
payloads.addUploadConsumer('Ordered', ordered, { prefix: 'ordered/' });
ledger.follow('ordered', ordered, { entrance: uploadEntrance(payloads, 'ordered/') });

const tamperer = ledger.newHandler(stack, 'Tamperer', { entry: join(__dirname, 'support', 'handlers', 'tamperer.ts'), timeout: Duration.minutes(1) });
payloads.bucket.grantReadWrite(tamperer);

const plans: Record<string, PlanOptions> = {
  messages: { messages: 30, faults: { 'poison': 3, 'transient': 2, 'batch-error': 1, 'resend': 3 }, seed: seed(1) },
  fifo: { messages: 12, groups: 3, faults: { poison: 1, transient: 1, resend: 2 }, seed: seed(2) },
  uploads: { messages: 15, faults: { 'poison': 2, 'transient': 1, 'batch-error': 1, 'resend': 2 }, faultAt: ['files'], seed: seed(3) },
};

/** Of eight messages, those whose payload is gone or not whole. */
const LEFT = { accepted: 8, effects: 5, setAside: [1, 2, 5], inFlight: 0, lost: 0, unexplained: 0 };

const integ = new IntegTest(app, 'ClaimCheckBucket', { testCases: [stack], stackUpdateWorkflow: false });
const send = (run: string, messages: number) => (
  expectAnswer(integ, ledger.producer, { run, messages, seed: seed(4) }, { confirmed: messages, refused: 0 })
);
const tamper = (tampering: Omit<Tampering, 'bucket'>, done: number) => expectAnswer(integ, tamperer, { bucket, ...tampering }, { done });
const marks = (run: string, numbers: readonly number[]) => numbers.map((number) => `${markOf(run, number)}/`);

inOrder([
  // While nobody reads: two payloads are removed, one is written over. Number 3 is in its message.
  ...faultWindow(integ, ledger, ledger.stopEventSource(gone.eventSource), [
    send('gone', 8),
    tamper({ remove: marks('gone', [1, 5]), shorten: marks('gone', [2]) }, 3),
  ]),
  // Folders are no uploads: were they delivered, nobody could explain the dead letters.
  tamper({ folders: ['uploads/', 'uploads/2026/', 'ordered/'] }, 3),
  send('ordered', 6),
  ...faultDrill(integ, ledger, plans),
  // EventBridge does not deliver in order, so nothing is said of it.
  untilBooksAre(integ, ledger, 'ordered', { accepted: 6, effects: 6, setAside: [], inFlight: 0, lost: 0, unexplained: 0 }),
  untilBooksAre(integ, ledger, 'gone', { ...LEFT, deliveries: 5 + 3 * 2, failures: { PayloadGone: 2, PayloadTruncatedError: 1 } }),
  // A redrive gives back nothing that is gone: it is tried as often as before, and set aside again.
  expectAnswer(integ, ledger.redriver, { run: 'gone' }, { redriven: LEFT.setAside }),
  untilBooksAre(integ, ledger, 'gone', { ...LEFT, deliveries: 5 + 3 * 2 * 2 }),
  // CloudFormation deletes no bucket with payloads in it.
  expectAnswer(integ, tamperer, { bucket, remove: ['/'] }, {}),
]);
