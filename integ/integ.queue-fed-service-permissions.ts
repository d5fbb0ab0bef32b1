/**
 * The worker of a queue-fed service and the operator who redrives it can do what they were granted, and no more; a worker that may not protect its task receives nothing.
 *
 * On the local emulator with IAM enforced, where a task is a process of this machine that acts as the role of its definition.
 */
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { expectAnswer, faultDrill, inOrder, untilBooksAre } from './support/drill';
import { Ledger } from './support/ledger';
import { seed } from './support/seed';
import { LedgerServices } from './support/service-worker';

const app = new App();
const stack = new Stack(app, 'IntegQueueFedServicePermissions');
const ledger = new Ledger(stack, 'Ledger');
const services = new LedgerServices(stack, ledger);
const quick = { visibilityTimeout: Duration.seconds(30), maxProcessingTime: Duration.seconds(5) };

const worked = services.follow('worked', 'Worked', quick);
const workerRole = worked.taskDefinition.taskRole as iam.Role;

const unprotected = services.follow('unprotected', 'Unprotected', quick);
const refusal = new iam.Policy(stack, 'Refusal', {
  statements: [new iam.PolicyStatement({ effect: iam.Effect.DENY, actions: ['ecs:UpdateTaskProtection'], resources: ['*'] })],
  roles: [unprotected.taskDefinition.taskRole],
});
unprotected.service.node.addDependency(refusal);

// A function that acts as the worker's role says what the role allows.
workerRole.assumeRolePolicy!.addStatements(new iam.PolicyStatement({ actions: ['sts:AssumeRole'], principals: [new iam.ServicePrincipal('lambda.amazonaws.com')] }));
const worker = ledger.newProber(stack, 'Worker', { timeout: Duration.seconds(30) });
(worker.node.defaultChild as lambda.CfnFunction).role = workerRole.roleArn;

const operator = ledger.newProber(stack, 'Operator', { timeout: Duration.seconds(30) });
worked.grantRedrive(operator);

const sibling = new sqs.Queue(stack, 'Sibling', { removalPolicy: RemovalPolicy.DESTROY });

const integ = new IntegTest(app, 'QueueFedServicePermissions', { testCases: [stack], stackUpdateWorkflow: false });
const queueUrl = worked.queue.queueUrl;
const deadLetterQueueUrl = worked.deadLetterQueue.queueUrl;

inOrder([
  expectAnswer(integ, ledger.producer, { run: 'unprotected', messages: 1, seed: seed(2) }, { confirmed: 1, refused: 0 }),
  // Works: the worker protects its task, processes and records, and the ledger's redriver, which starts a message move task, has the operator's grant on the queues and no other.
  ...faultDrill(integ, ledger, { worked: { messages: 10, faults: { poison: 1, transient: 1 }, seed: seed(1) } }),
  untilBooksAre(integ, ledger, 'unprotected', { accepted: 1, deliveries: 0, effects: 0, inFlight: 1 }),
  integ.assertions.awsApiCall('IAM', 'deleteRolePolicy', { RoleName: unprotected.taskDefinition.taskRole.roleName, PolicyName: refusal.policyName }),
  untilBooksAre(integ, ledger, 'unprotected', { accepted: 1, deliveries: 1, effects: 1, inFlight: 0, lost: 0 }),
  expectAnswer(integ, worker, {
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
    receiveSibling: { attempt: 'receive', queueUrl: sibling.queueUrl },
  }, {
    receiveDeadLetter: 'allowed',
    sendQueue: 'allowed',
    receiveQueue: 'refused',
    sendDeadLetter: 'refused',
    purgeDeadLetter: 'refused',
    receiveSibling: 'refused',
  }),
]);
