// eslint-disable-next-line import/no-unresolved -- installed by the benchmark itself, because it is no dependency of the project
import { SqsToLambda } from '@aws-solutions-constructs/aws-sqs-lambda';
import { App, BootstraplessSynthesizer, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource, type SqsEventSourceProps } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { QueueFedFunction } from 'cdk-serverless-patterns';

// The deployed app: `node deliveries-app.js <folder for the assembly>`. The same queue and handler, made in three ways, and twice more for the throughput.

/** Short, so that the drill is, but long enough for a busy machine: a batch that times out is done again, which is not what is counted here. */
const HANDLER_TIMEOUT = Duration.seconds(2);

/** What QueueFedFunction derives from it. Stated for the others, so that all wait equally long; SQS's own 30 seconds would only make the drill longer. */
const VISIBILITY_TIMEOUT = Duration.seconds(12);

/** Notes each invocation: what it was given, and what it did before it ended. The table's name is in TABLE. */
const RECORDER = `
const { DynamoDBClient, PutItemCommand } = require('@aws-sdk/client-dynamodb');
const client = new DynamoDBClient({});
const numbers = (name, list) => ({ [name]: { S: JSON.stringify(list) } });
const note = (context, received, done) => client.send(new PutItemCommand({
  TableName: process.env.TABLE,
  Item: { way: { S: process.env.WAY }, invocation: { S: context.awsRequestId }, ...numbers('received', received), ...numbers('done', done) },
}));
`;

/** Reports the messages that failed, as QueueFedFunction expects it. */
const REPORTS_FAILURES = `${RECORDER}
exports.handler = async (event, context) => {
  const messages = event.Records.map(({ messageId, body }) => ({ messageId, ...JSON.parse(body) }));
  const failed = messages.filter(({ poison }) => poison);
  await note(context, messages.map(({ number }) => number), messages.filter(({ poison }) => !poison).map(({ number }) => number));
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
};
`;

/** Works through the batch and throws at the first message that fails, as handlers do that know nothing of partial batches. */
const THROWS = `${RECORDER}
exports.handler = async (event, context) => {
  const messages = event.Records.map(({ body }) => JSON.parse(body));
  const done = [];
  try {
    for (const { number, poison } of messages) {
      if (poison) {
        throw new Error('cannot process message ' + number);
      }
      done.push(number);
    }
  } finally {
    await note(context, messages.map(({ number }) => number), done);
  }
};
`;

const DOES_NOTHING = 'exports.handler = async () => ({ batchItemFailures: [] });';

interface Queues {
  readonly queue: sqs.IQueue;
  readonly deadLetterQueue: sqs.IQueue;
}

type AddQueues = (scope: Construct, id: string, handler: lambda.Function) => Queues;

const ours: AddQueues = (scope, id, handler) => new QueueFedFunction(scope, id, { handler });

/** What the CDK's documentation shows for a queue with a dead-letter queue before a function. */
const byHandWith = (options: SqsEventSourceProps): AddQueues => (scope, id, handler) => {
  const deadLetterQueue = new sqs.Queue(scope, `${id}DeadLetterQueue`);
  const queue = new sqs.Queue(scope, `${id}Queue`, {
    visibilityTimeout: VISIBILITY_TIMEOUT,
    deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: 5 },
  });
  handler.addEventSource(new SqsEventSource(queue, { batchSize: 10, ...options }));
  return { queue, deadLetterQueue };
};

const solutionsConstructs: AddQueues = (scope, id, handler) => {
  const { sqsQueue, deadLetterQueue } = new SqsToLambda(scope, id, {
    existingLambdaObj: handler,
    queueProps: { visibilityTimeout: VISIBILITY_TIMEOUT },
  });
  return { queue: sqsQueue, deadLetterQueue: deadLetterQueue!.queue };
};

const app = new App({ outdir: process.argv[2] });
// The templates are deployed as they are, without the toolkit and its bootstrap resources.
const stack = new Stack(app, 'Deliveries', { synthesizer: new BootstraplessSynthesizer() });
const table = new dynamodb.Table(stack, 'Invocations', {
  partitionKey: { name: 'way', type: dynamodb.AttributeType.STRING },
  sortKey: { name: 'invocation', type: dynamodb.AttributeType.STRING },
  billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
  removalPolicy: RemovalPolicy.DESTROY,
});
new CfnOutput(stack, 'Table', { value: table.tableName });

function add(way: string, code: string, addQueues: AddQueues): void {
  const handler = new lambda.Function(stack, `${way}Handler`, {
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline(code),
    timeout: HANDLER_TIMEOUT,
    environment: { TABLE: table.tableName, WAY: way },
  });
  table.grantWriteData(handler);
  const { queue, deadLetterQueue } = addQueues(stack, way, handler);
  new CfnOutput(stack, `${way}Function`, { value: handler.functionName });
  new CfnOutput(stack, `${way}QueueUrl`, { value: queue.queueUrl });
  new CfnOutput(stack, `${way}DeadLetterUrl`, { value: deadLetterQueue.queueUrl });
}

add('Ours', REPORTS_FAILURES, ours);
add('ByHand', THROWS, byHandWith({}));
add('Solutions', THROWS, solutionsConstructs);
add('OursIdle', DOES_NOTHING, ours);
// Where none is stated, the emulator takes 5 for the maximum concurrency and AWS none, so the comparison would be between two limits.
add('ByHandIdle', DOES_NOTHING, byHandWith({ maxConcurrency: 100 }));
app.synth();
