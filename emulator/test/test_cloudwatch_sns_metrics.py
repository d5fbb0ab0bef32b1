import json

import pytest
from queues import counted, queue, stays_empty

SIZE = {"size": {"DataType": "String", "StringValue": "small"}}


@pytest.fixture
def topic(aws, request):
    name = request.node.originalname.removeprefix("test_").replace("_", "-") + request.node.callspec.params.get("reason", "")
    return aws.client("sns").create_topic(Name=name)["TopicArn"]


def reported(aws, topic: str, metric: str) -> bool:
    return counted(aws, "AWS/SNS", metric, TopicName=topic.rsplit(":", 1)[-1])


def filtered(aws, topic: str, policy: dict, scope: str) -> str:
    """The URL of a queue that gets what passes the policy."""
    name = topic.rsplit(":", 1)[-1]
    url, arn = queue(aws, f"{name}-filtered")
    attributes = {"FilterPolicy": json.dumps(policy), "FilterPolicyScope": scope}
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes)
    return url


def test_what_is_published_and_delivered(aws, topic):
    _url, arn = queue(aws, "sns-metrics-delivered")
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    aws.client("sns").publish(TopicArn=topic, Message="hello")
    assert reported(aws, topic, "NumberOfMessagesPublished")
    assert reported(aws, topic, "NumberOfNotificationsDelivered")
    assert not reported(aws, topic, "NumberOfNotificationsFailed")
    assert not reported(aws, topic, "NumberOfNotificationsFilteredOut")


def test_what_fails(aws, topic):
    url, arn = queue(aws, "sns-metrics-failed")
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    aws.client("sqs").delete_queue(QueueUrl=url)
    aws.client("sns").publish(TopicArn=topic, Message="hello")
    assert reported(aws, topic, "NumberOfNotificationsFailed")
    assert not reported(aws, topic, "NumberOfNotificationsDelivered")


@pytest.mark.parametrize(
    ("reason", "scope", "message", "attributes"),
    [
        ("MessageAttributes", "MessageAttributes", "{}", SIZE),
        ("NoMessageAttributes", "MessageAttributes", "{}", {}),
        ("InvalidAttributes", "MessageAttributes", "{}", {"size": {"DataType": "String.Array", "StringValue": '["large"'}}),
        ("MessageBody", "MessageBody", '{"size": "small"}', {}),
        ("InvalidMessageBody", "MessageBody", '{"size": "large"', {}),
    ],
)
def test_what_is_filtered_out_by_reason(aws, topic, reason, scope, message, attributes):
    url = filtered(aws, topic, {"size": ["large"]}, scope)
    aws.client("sns").publish(TopicArn=topic, Message=message, MessageAttributes=attributes)
    assert stays_empty(aws, url)
    assert reported(aws, topic, "NumberOfNotificationsFilteredOut")
    others = {"MessageAttributes", "NoMessageAttributes", "InvalidAttributes", "MessageBody", "InvalidMessageBody"} - {reason}
    assert reported(aws, topic, f"NumberOfNotificationsFilteredOut-{reason}")
    assert not any(reported(aws, topic, f"NumberOfNotificationsFilteredOut-{other}") for other in others)


def test_a_malformed_array_matches_no_filter(aws, topic):
    url = filtered(aws, topic, {"size": [{"prefix": '["large"'}]}, "MessageAttributes")
    aws.client("sns").publish(TopicArn=topic, Message="x", MessageAttributes={"size": {"DataType": "String.Array", "StringValue": '["large"'}})
    assert stays_empty(aws, url)
