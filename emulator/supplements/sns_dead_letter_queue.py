"""What a topic cannot deliver goes to its subscription's dead-letter queue; functions are invoked asynchronously.

AWS: "Amazon SNS dead-letter queues" (https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html): an endpoint that
is gone or that does not let the topic in is a client-side error. It is not retried, and the message goes to the queue that the
subscription's RedrivePolicy names, if that queue's policy lets the topic send. The dead letter is what the endpoint would have
got: with raw delivery the message with its attributes, otherwise the notification as JSON. A FIFO topic keeps the group, and
needs a FIFO dead-letter queue, as a standard topic needs a standard one. (AWS names no attributes of SNS's own, and none are
added.) "Amazon SNS message attributes" (https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html): a raw message
with more than 10 attributes is discarded. "Fanout to Lambda functions"
(https://docs.aws.amazon.com/sns/latest/dg/sns-lambda-as-subscriber.html): a delivery to a function ends when the function's
asynchronous queue has it; errors of the function are no concern of the topic.
Server-side errors, which SNS retries for 23 days, do not occur here: a queue and a function's event queue always answer.

The emulator alone: stores the RedrivePolicy and drops what it cannot deliver; runs a function once, whatever comes of it.

This supplement: decides before each delivery whether the endpoint takes it. With IAM enforced a function's resource policy
counts too. "Monitoring Amazon SNS topics using CloudWatch" (https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html):
by TopicName, NumberOfNotificationsDelivered, -Failed, -RedrivenToDlq and -FailedToRedriveToDlq.
"""

import json

from ministack.services import lambda_svc, sns, sqs

from supplements._delivery import count, expect_hooks, function_policy_allows, function_to_invoke
from supplements._patching import expect_parameters

MOST_RAW_ATTRIBUTES = 10


def queue_accepts(queue_arn: str, topic_arn: str) -> bool:
    topic_account = topic_arn.split(":")[4]
    return sqs._queue_by_arn(queue_arn) is not None and sqs.queue_policy_allows(queue_arn, "sns.amazonaws.com", topic_arn, topic_account)


def apply() -> None:
    expect_hooks()
    deliver = sns._deliver_to_sqs
    expect_parameters(
        deliver, "endpoint", "envelope", "raw", "raw_message", "message_group_id", "message_dedup_id", "message_attributes", "topic_arn"
    )
    expect_parameters(
        sns._deliver_to_lambda, "endpoint", "envelope", "topic_arn", "sub_arn", "msg_id", "raw_message", "message_attributes"
    )
    expect_parameters(sns._topic_by_arn_any_scope, "topic_arn")

    def count_notification(outcome, topic_arn):
        count("AWS/SNS", f"NumberOfNotifications{outcome}", TopicName=topic_arn.rsplit(":", 1)[-1])

    def set_aside(protocol, endpoint, topic_arn, *message, **fifo_and_attributes):
        count_notification("Failed", topic_arn)
        # A topic has at most one subscription of an endpoint.
        subscriptions = sns._topic_by_arn_any_scope(topic_arn)["subscriptions"]
        found = next((s for s in subscriptions if s["protocol"] == protocol and s["endpoint"] == endpoint), None)
        policy = found and found["attributes"].get("RedrivePolicy")
        if not policy:
            sns.logger.warning("SNS: %s refuses the message and its subscription has no dead-letter queue: discarded", endpoint)
            return
        queue_arn = json.loads(policy)["deadLetterTargetArn"]
        redriven = queue_arn.endswith(".fifo") == topic_arn.endswith(".fifo") and queue_accepts(queue_arn, topic_arn)
        if redriven:
            deliver(queue_arn, *message, topic_arn=topic_arn, **fifo_and_attributes)
        count_notification("RedrivenToDlq" if redriven else "FailedToRedriveToDlq", topic_arn)

    def deliver_to_sqs(
        endpoint, envelope, raw, raw_message, message_group_id="", message_dedup_id="", message_attributes=None, topic_arn=""
    ):
        rest = {"message_group_id": message_group_id, "message_dedup_id": message_dedup_id, "message_attributes": message_attributes}
        if raw and len(message_attributes or {}) > MOST_RAW_ATTRIBUTES:
            sns.logger.warning("SNS: more than %d attributes with raw delivery to %s: discarded", MOST_RAW_ATTRIBUTES, endpoint)
            count_notification("Failed", topic_arn)
        elif queue_accepts(endpoint, topic_arn):
            deliver(endpoint, envelope, raw, raw_message, topic_arn=topic_arn, **rest)
            count_notification("Delivered", topic_arn)
        else:
            set_aside("sqs", endpoint, topic_arn, envelope, raw, raw_message, **rest)

    def deliver_to_lambda(endpoint, envelope, topic_arn, sub_arn, msg_id, raw_message, message_attributes):
        function = function_to_invoke(endpoint)
        if function is None or not function_policy_allows(endpoint, "sns.amazonaws.com", topic_arn):
            set_aside("lambda", endpoint, topic_arn, envelope, False, raw_message)
            return
        record = {"EventVersion": "1.0", "EventSubscriptionArn": sub_arn, "EventSource": "aws:sns", "Sns": json.loads(envelope)}
        lambda_svc.invoke_async_with_retry(function, {"Records": [record]})
        count_notification("Delivered", topic_arn)

    sns._deliver_to_sqs = deliver_to_sqs
    sns._deliver_to_lambda = deliver_to_lambda
