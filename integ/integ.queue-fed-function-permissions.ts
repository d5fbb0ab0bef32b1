/**
 * A queue-fed function and the operator who redrives it can do what they were granted, and no more.
 *
 * Shows something only where IAM is enforced: on AWS, and on the local emulator as `npm run integ` starts it.
 */
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { QueueFedFunction } from '../src';
import { expectAnswer, faultDrill, inOrder } from './support/drill';
import { Ledger } from './support/ledger';
import { seed } from './support/seed';

const app = new App();
const stack = new Stack(app, 'IntegQueueFedFunctionPermissions');
const ledger = new Ledger(stack, 'Ledger');
const timeout = Duration.seconds(5);

const handler = ledger.newProber(stack, 'Handler', { timeout });
const consumer = new QueueFedFunction(stack, 'Consumer', {
  handler, visibilityTimeout: timeout, maxReceiveCount: 8, maxConcurrency: 2, removalPolicy: RemovalPolicy.DESTROY,
});
ledger.follow('permissions', consumer);

const operator = ledger.newProber(stack, 'Operator', { timeout: Duration.seconds(30) });
consumer.grantRedrive(operator);

// Half of the messages are sent while the handler's role may not read the queue: the event source reads it as this role, so none is delivered meanwhile.
const windows = {
  permissions: [ledger.losePermission('LostPermission', handler.role!, ['sqs:ReceiveMessage'], consumer.queue.queueArn, consumer.eventSource)],
};

const sibling = new sqs.Queue(stack, 'Sibling', { removalPolicy: RemovalPolicy.DESTROY });

const integ = new IntegTest(app, 'QueueFedFunctionPermissions', { testCases: [stack], stackUpdateWorkflow: false });
const queueUrl = consumer.queue.queueUrl;
const deadLetterQueueUrl = consumer.deadLetterQueue.queueUrl;

inOrder([
  // Works: the handler records, and the ledger's redriver, which starts a message move task, has the operator's grant on the queues and no other.
  ...faultDrill(integ, ledger, { permissions: { messages: 20, faults: { 'poison': 2, 'transient': 1, 'batch-error': 1 }, seed: seed(1) } }, windows),
  expectAnswer(integ, handler, {
    receiveOwn: { attempt: 'receive', queueUrl },
    sendOwn: { attempt: 'send', queueUrl },
    purgeOwn: { attempt: 'purge', queueUrl },
    receiveDeadLetter: { attempt: 'receive', queueUrl: deadLetterQueueUrl },
    receiveSibling: { attempt: 'receive', queueUrl: sibling.queueUrl },
    sendSibling: { attempt: 'send', queueUrl: sibling.queueUrl },
  }, {
    receiveOwn: 'allowed',
    sendOwn: 'refused',
    purgeOwn: 'refused',
    receiveDeadLetter: 'refused',
    receiveSibling: 'refused',
    sendSibling: 'refused',
  }),
  expectAnswer(integ, operator, {
    receiveDeadLetter: { attempt: 'receive', queueUrl: deadLetterQueueUrl },
    sendQueue: { attempt: 'send', queueUrl },
    receiveQueue: { attempt: 'receive', queueUrl },
    sendDeadLetter: { attempt: 'send', queueUrl: deadLetterQueueUrl },
    purgeDeadLetter: { attempt: 'purge', queueUrl: deadLetterQueueUrl },
    configureDeadLetter: { attempt: 'configure', queueUrl: deadLetterQueueUrl },
    deleteDeadLetter: { attempt: 'delete', queueUrl: deadLetterQueueUrl },
    receiveSibling: { attempt: 'receive', queueUrl: sibling.queueUrl },
  }, {
    receiveDeadLetter: 'allowed',
    sendQueue: 'allowed',
    receiveQueue: 'refused',
    sendDeadLetter: 'refused',
    purgeDeadLetter: 'refused',
    configureDeadLetter: 'refused',
    deleteDeadLetter: 'refused',
    receiveSibling: 'refused',
  }),
]);
