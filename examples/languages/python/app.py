"""Orders that wait in a queue until they are billed, and none of them is lost."""

from typing import Any

import jsii
from aws_cdk import App, Duration, IPropertyInjector, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk.aws_cloudwatch_actions import SnsAction
from cdk_serverless_patterns import (
    Alarms,
    AlarmSeverity,
    CountAlarmOptions,
    DurationAlarmOptions,
    QueueFedFunction,
    QueueFedFunctionAlarmOptions,
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

# Sends an order to the queue.
CHECKOUT = """\
const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs');
const sqs = new SQSClient();
exports.handler = (order) => sqs.send(new SendMessageCommand({
  QueueUrl: process.env.QUEUE_URL,
  MessageBody: JSON.stringify({ kind: 'order', order }),
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

# Only the handler is required. From its timeout follow the visibility timeout and the thresholds of two alarms.
orders = QueueFedFunction(
    stack,
    "OrdersToBill",
    handler=billing,
    batch_size=50,
    max_batching_window=Duration.seconds(5),
    filters=[lambda_.FilterCriteria.filter({"body": {"kind": lambda_.FilterRule.is_equal("order")}})],
    metrics_config=lambda_.MetricsConfig(metrics=[lambda_.MetricType.EVENT_COUNT]),
    removal_policy=RemovalPolicy.RETAIN,
    alarms=QueueFedFunctionAlarmOptions(
        message_age=DurationAlarmOptions(threshold=Duration.minutes(20)),
        handler_errors=CountAlarmOptions(threshold=5),
        handler_throttles=CountAlarmOptions(enabled=False),
    ),
)

checkout = lambda_.Function(
    stack,
    "Checkout",
    runtime=lambda_.Runtime.NODEJS_22_X,
    handler="index.handler",
    code=lambda_.Code.from_inline(CHECKOUT),
    environment={"QUEUE_URL": orders.queue.queue_url},
)
orders.grant_send_messages(checkout)

# Whoever repairs the billing may look at what it set aside, and move it back afterwards.
orders.grant_redrive(iam.Role(stack, "Operator", assumed_by=iam.AccountRootPrincipal()))

# The team hears every alarm of the app; what cannot wait also pages somebody.
Alarms.of(app).notify(SnsAction(sns.Topic(stack, "Team")))
Alarms.of(app).notify_of(AlarmSeverity.ACT_NOW, SnsAction(sns.Topic(stack, "Pager")))

app.synth()
