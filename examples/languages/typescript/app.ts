import type { IPropertyInjector } from 'aws-cdk-lib';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { QueueFedFunctionProps } from 'cdk-serverless-patterns';
import { Alarms, AlarmSeverity, CanaryFunction, QueueFed, QueueFedFunction, TopicFanOut } from 'cdk-serverless-patterns';
import { Automation } from './automation';
import { BackOffice } from './back-office';

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

/** Publishes an order. */
const CHECKOUT = `const { SNSClient, PublishCommand } = require('@aws-sdk/client-sns');
const sns = new SNSClient();
exports.handler = (order) => sns.send(new PublishCommand({
  TopicArn: process.env.TOPIC_ARN,
  Message: JSON.stringify({ order }),
  MessageAttributes: { kind: { DataType: 'String', StringValue: 'order' } },
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

// A new version gets a tenth of the orders more each minute, and loses all of them when it fails, or when too many orders stay without a bill.
const release = new CanaryFunction(stack, 'BillingRelease', {
  handler: billing,
  deploymentConfig: codedeploy.LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_1MINUTE,
  provisionedConcurrency: { maxCapacity: 5, utilizationTarget: 0.8 },
  rollbackAlarms: [
    new cloudwatch.Metric({ namespace: 'Shop', metricName: 'OrdersWithoutBill', statistic: cloudwatch.Stats.MAXIMUM, period: Duration.minutes(1) })
      .createAlarm(stack, 'OrdersWithoutBillAlarm', { threshold: 100, evaluationPeriods: 1 }),
  ],
  alarms: {
    newVersionErrorRate: { threshold: 2 },
    newVersionDuration: { threshold: Duration.seconds(10) },
    duration: { enabled: false },
  },
});

// Only the handler is required. From its timeout follow the visibility timeout and the thresholds of two alarms.
const orders = new QueueFedFunction(stack, 'OrdersToBill', {
  handler: release.alias,
  batchSize: 50,
  maxBatchingWindow: Duration.seconds(5),
  filters: [lambda.FilterCriteria.filter({ body: { order: { paid: lambda.FilterRule.notExists() } } })],
  metricsConfig: { metrics: [lambda.MetricType.EVENT_COUNT] },
  removalPolicy: RemovalPolicy.RETAIN,
  alarms: {
    messageAge: { threshold: Duration.minutes(20) },
    handlerErrors: { threshold: 5 },
    handlerThrottles: { enabled: false },
  },
});

// Every order goes to whoever asks for it, each by a queue of their own: the billing, and another team, whose queues are made elsewhere.
const placed = new TopicFanOut(stack, 'OrderPlaced', {
  alarms: { redriven: { threshold: 10, evaluationPeriods: 2 }, invalidAttributes: { enabled: false } },
});
placed.addConsumer('Billing', orders, {
  filterPolicy: { kind: sns.SubscriptionFilter.stringFilter({ allowlist: ['order', 'reorder'] }) },
});
const fraud = QueueFed.of(
  sqs.Queue.fromQueueArn(stack, 'FraudQueue', 'arn:aws:sqs:us-east-1:111122223333:fraud'),
  sqs.Queue.fromQueueArn(stack, 'FraudDeadLetters', 'arn:aws:sqs:us-east-1:111122223333:fraud-dead-letters'),
);
placed.addConsumer('Fraud', fraud, {
  filterPolicyWithMessageBody: {
    order: sns.FilterOrPolicy.policy({ total: sns.FilterOrPolicy.filter(sns.SubscriptionFilter.numericFilter({ greaterThanOrEqualTo: 1000 })) }),
  },
  rawMessageDelivery: false,
});

const checkout = new lambda.Function(stack, 'Checkout', {
  runtime: lambda.Runtime.NODEJS_22_X,
  handler: 'index.handler',
  code: lambda.Code.fromInline(CHECKOUT),
  environment: { TOPIC_ARN: placed.topic.topicArn },
});
placed.grantPublish(checkout);

// Whoever repairs the billing may look at what it set aside, and move it back afterwards.
orders.grantRedrive(new iam.Role(stack, 'Operator', { assumedBy: new iam.AccountRootPrincipal() }));

new BackOffice(app, 'BackOffice');
new Automation(app, 'Automation');

// The team hears every alarm of the app; what cannot wait also pages somebody.
Alarms.of(app).notify(new SnsAction(new sns.Topic(stack, 'Team')));
Alarms.of(app).notifyOf(AlarmSeverity.CRITICAL, new SnsAction(new sns.Topic(stack, 'Pager')));

app.synth();
