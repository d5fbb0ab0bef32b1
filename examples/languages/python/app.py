"""Orders that wait in a queue until they are billed, and none of them is lost."""

from typing import Any

import jsii
from automation import Automation
from aws_cdk import App, Duration, IPropertyInjector, RemovalPolicy, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk.aws_cloudwatch_actions import SnsAction
from back_office import BackOffice
from cdk_serverless_patterns import (
    Alarms,
    AlarmSeverity,
    CanaryFunction,
    CanaryFunctionAlarmOptions,
    CountAlarmOptions,
    DurationAlarmOptions,
    PercentAlarmOptions,
    ProvisionedConcurrency,
    QueueFed,
    QueueFedFunction,
    QueueFedFunctionAlarmOptions,
    TopicFanOut,
    TopicFanOutAlarmOptions,
)

# Processes a batch, and answers with the messages that failed: only these are tried again.
BILL = """\
exports.handler = async (event) => {
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
"""

# Publishes an order.
CHECKOUT = """\
const { SNSClient, PublishCommand } = require('@aws-sdk/client-sns');
const sns = new SNSClient();
exports.handler = (order) => sns.send(new PublishCommand({
  TopicArn: process.env.TOPIC_ARN,
  Message: JSON.stringify({ order }),
  MessageAttributes: { kind: { DataType: 'String', StringValue: 'order' } },
}));
"""


@jsii.implements(IPropertyInjector)
class CompanyDefaults:
    """What the company wants of every QueueFedFunction that does not state it itself."""

    @property
    def construct_unique_id(self) -> str:
        return QueueFedFunction.PROPERTY_INJECTION_ID

    def inject(self, original_props: Any, *, id: str, scope: Any) -> Any:
        # The props come, and go back, with their TypeScript names.
        return {"maxReceiveCount": 3, **original_props}


app = App(property_injectors=[CompanyDefaults()])
stack = Stack(app, "Orders")

billing = lambda_.Function(
    stack,
    "Billing",
    runtime=lambda_.Runtime.NODEJS_22_X,
    handler="index.handler",
    code=lambda_.Code.from_inline(BILL),
    timeout=Duration.seconds(20),
)

# A new version gets a tenth of the orders more each minute, and loses all of them when it fails, or when too many orders stay without a bill.
release = CanaryFunction(
    stack,
    "BillingRelease",
    handler=billing,
    deployment_config=codedeploy.LambdaDeploymentConfig.LINEAR_10_PERCENT_EVERY_1_MINUTE,
    provisioned_concurrency=ProvisionedConcurrency(max_capacity=5, utilization_target=0.8),
    rollback_alarms=[
        cloudwatch.Metric(
            namespace="Shop", metric_name="OrdersWithoutBill", statistic=cloudwatch.Stats.MAXIMUM, period=Duration.minutes(1)
        ).create_alarm(stack, "OrdersWithoutBillAlarm", threshold=100, evaluation_periods=1),
    ],
    alarms=CanaryFunctionAlarmOptions(
        new_version_error_rate=PercentAlarmOptions(threshold=2),
        new_version_duration=DurationAlarmOptions(threshold=Duration.seconds(10)),
        duration=DurationAlarmOptions(enabled=False),
    ),
)

# Only the handler is required. From its timeout follow the visibility timeout and the thresholds of two alarms.
orders = QueueFedFunction(
    stack,
    "OrdersToBill",
    handler=release.alias,
    batch_size=50,
    max_batching_window=Duration.seconds(5),
    filters=[lambda_.FilterCriteria.filter({"body": {"order": {"paid": lambda_.FilterRule.not_exists()}}})],
    metrics_config=lambda_.MetricsConfig(metrics=[lambda_.MetricType.EVENT_COUNT]),
    removal_policy=RemovalPolicy.RETAIN,
    alarms=QueueFedFunctionAlarmOptions(
        message_age=DurationAlarmOptions(threshold=Duration.minutes(20)),
        handler_errors=CountAlarmOptions(threshold=5),
        handler_throttles=CountAlarmOptions(enabled=False),
    ),
)

# Every order goes to whoever asks for it, each by a queue of their own: the billing, and another team, whose queues are made elsewhere.
placed = TopicFanOut(
    stack,
    "OrderPlaced",
    alarms=TopicFanOutAlarmOptions(
        redriven=CountAlarmOptions(threshold=10, evaluation_periods=2),
        invalid_attributes=CountAlarmOptions(enabled=False),
    ),
)
placed.add_consumer(
    "Billing",
    orders,
    filter_policy={"kind": sns.SubscriptionFilter.string_filter(allowlist=["order", "reorder"])},
)
fraud = QueueFed.of(
    sqs.Queue.from_queue_arn(stack, "FraudQueue", "arn:aws:sqs:us-east-1:111122223333:fraud"),
    sqs.Queue.from_queue_arn(stack, "FraudDeadLetters", "arn:aws:sqs:us-east-1:111122223333:fraud-dead-letters"),
)
placed.add_consumer(
    "Fraud",
    fraud,
    filter_policy_with_message_body={
        "order": sns.FilterOrPolicy.policy(
            {"total": sns.FilterOrPolicy.filter(sns.SubscriptionFilter.numeric_filter(greater_than_or_equal_to=1000))}
        ),
    },
    raw_message_delivery=False,
)

checkout = lambda_.Function(
    stack,
    "Checkout",
    runtime=lambda_.Runtime.NODEJS_22_X,
    handler="index.handler",
    code=lambda_.Code.from_inline(CHECKOUT),
    environment={"TOPIC_ARN": placed.topic.topic_arn},
)
placed.grant_publish(checkout)

# Whoever repairs the billing may look at what it set aside, and move it back afterwards.
orders.grant_redrive(iam.Role(stack, "Operator", assumed_by=iam.AccountRootPrincipal()))

BackOffice(app, "BackOffice")
Automation(app, "Automation")

# The team hears every alarm of the app; what cannot wait also pages somebody.
Alarms.of(app).notify(SnsAction(sns.Topic(stack, "Team")))
Alarms.of(app).notify_of(AlarmSeverity.CRITICAL, SnsAction(sns.Topic(stack, "Pager")))

app.synth()
