import type { IPropertyInjector } from 'aws-cdk-lib';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import type { QueueFedFunctionProps } from 'cdk-serverless-patterns';
import { Alarms, AlarmSeverity, QueueFedFunction } from 'cdk-serverless-patterns';

/** Processes a batch, and answers with the messages that failed: only these are tried again. */
const BILL = `exports.handler = async (event) => {
  const batchItemFailures = [];
  for (const message of event.Records) {
    try {
      console.log('billed', JSON.parse(message.body).order);
    } catch (error) {
      console.error(message.messageId, error);
      batchItemFailures.push({ itemIdentifier: message.messageId });
    }
  }
  return { batchItemFailures };
};
`;

/** Sends an order to the queue. */
const CHECKOUT = `const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs');
const sqs = new SQSClient();
exports.handler = (order) => sqs.send(new SendMessageCommand({
  QueueUrl: process.env.QUEUE_URL,
  MessageBody: JSON.stringify({ kind: 'order', order }),
}));
`;

/** What the company wants of every QueueFedFunction that does not state it itself. */
class CompanyDefaults implements IPropertyInjector {
  public readonly constructUniqueId = QueueFedFunction.PROPERTY_INJECTION_ID;

  public inject(props: QueueFedFunctionProps): QueueFedFunctionProps {
    return { maxReceiveCount: 3, ...props };
  }
}

const app = new App({ propertyInjectors: [new CompanyDefaults()] });
const stack = new Stack(app, 'Orders');

const billing = new lambda.Function(stack, 'Billing', {
  runtime: lambda.Runtime.NODEJS_22_X,
  handler: 'index.handler',
  code: lambda.Code.fromInline(BILL),
  timeout: Duration.seconds(20),
});

// Only the handler is required. From its timeout follow the visibility timeout and the thresholds of two alarms.
const orders = new QueueFedFunction(stack, 'OrdersToBill', {
  handler: billing,
  batchSize: 50,
  maxBatchingWindow: Duration.seconds(5),
  filters: [lambda.FilterCriteria.filter({ body: { kind: lambda.FilterRule.isEqual('order') } })],
  metricsConfig: { metrics: [lambda.MetricType.EVENT_COUNT] },
  removalPolicy: RemovalPolicy.RETAIN,
  alarms: {
    messageAge: { threshold: Duration.minutes(20) },
    handlerErrors: { threshold: 5 },
    handlerThrottles: { enabled: false },
  },
});

const checkout = new lambda.Function(stack, 'Checkout', {
  runtime: lambda.Runtime.NODEJS_22_X,
  handler: 'index.handler',
  code: lambda.Code.fromInline(CHECKOUT),
  environment: { QUEUE_URL: orders.queue.queueUrl },
});
orders.grantSendMessages(checkout);

// Whoever repairs the billing may look at what it set aside, and move it back afterwards.
orders.grantRedrive(new iam.Role(stack, 'Operator', { assumedBy: new iam.AccountRootPrincipal() }));

// The team hears every alarm of the app; what cannot wait also pages somebody.
Alarms.of(app).notify(new SnsAction(new sns.Topic(stack, 'Team')));
Alarms.of(app).notifyOf(AlarmSeverity.ACT_NOW, new SnsAction(new sns.Topic(stack, 'Pager')));

app.synth();
