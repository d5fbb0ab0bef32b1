import json

import pytest
from queues import allowing, counted, ensure_role, queue, received, stays_empty

ATTRIBUTES = {"kind": {"DataType": "String", "StringValue": "order"}, "size": {"DataType": "Number", "StringValue": "3"}}


def subscribe(aws, topic: str, protocol: str, endpoint: str, dead_letter_arn: str, **attributes: str) -> None:
    attributes["RedrivePolicy"] = json.dumps({"deadLetterTargetArn": dead_letter_arn})
    aws.client("sns").subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes=attributes)


@pytest.fixture
def topic(aws, request):
    return aws.client("sns").create_topic(Name=request.node.name.split("[")[0])["TopicArn"]


def orphaned(aws, topic: str, name: str, **attributes: str) -> str:
    """Subscribes a queue, deletes it, and answers the URL of the dead-letter queue."""
    url, arn = queue(aws, name)
    dead_letters, dead_letter_arn = queue(aws, f"{name}-dead")
    subscribe(aws, topic, "sqs", arn, dead_letter_arn, **attributes)
    aws.client("sqs").delete_queue(QueueUrl=url)
    return dead_letters


def test_a_raw_dead_letter_is_the_message_with_its_attributes(aws, topic):
    dead_letters = orphaned(aws, topic, "raw", RawMessageDelivery="true")
    aws.client("sns").publish(TopicArn=topic, Message="hello", MessageAttributes=ATTRIBUTES)
    letter = received(aws, dead_letters)
    assert letter["Body"] == "hello"
    assert letter["MessageAttributes"] == ATTRIBUTES
    assert counted(aws, "AWS/SNS", "NumberOfNotificationsRedrivenToDlq", TopicName=topic.rsplit(":", 1)[-1])


def test_another_dead_letter_is_the_notification(aws, topic):
    dead_letters = orphaned(aws, topic, "wrapped")
    published = aws.client("sns").publish(TopicArn=topic, Message="hello", MessageAttributes=ATTRIBUTES)["MessageId"]
    letter = received(aws, dead_letters)
    notification = json.loads(letter["Body"])
    assert (notification["Type"], notification["Message"], notification["MessageId"]) == ("Notification", "hello", published)
    assert notification["MessageAttributes"]["kind"] == {"Type": "String", "Value": "order"}
    assert "MessageAttributes" not in letter


def test_the_dead_letter_of_a_fifo_topic_keeps_its_group(aws):
    topic = aws.client("sns").create_topic(Name="orders.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    url, arn = queue(aws, "orders.fifo", FifoQueue="true")
    dead_letters, dead_letter_arn = queue(aws, "orders-dead.fifo", FifoQueue="true")
    subscribe(aws, topic, "sqs", arn, dead_letter_arn)
    aws.client("sqs").delete_queue(QueueUrl=url)
    aws.client("sns").publish(TopicArn=topic, Message="hello", MessageGroupId="customer", MessageDeduplicationId="one")
    assert received(aws, dead_letters)["Attributes"]["MessageGroupId"] == "customer"


def test_a_fifo_topic_does_not_set_aside_in_a_standard_queue(aws):
    topic = aws.client("sns").create_topic(Name="mismatched.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    url, arn = queue(aws, "mismatched.fifo", FifoQueue="true")
    dead_letters, dead_letter_arn = queue(aws, "mismatched-dead")
    subscribe(aws, topic, "sqs", arn, dead_letter_arn)
    aws.client("sqs").delete_queue(QueueUrl=url)
    aws.client("sns").publish(TopicArn=topic, Message="hello", MessageGroupId="customer", MessageDeduplicationId="one")
    assert counted(aws, "AWS/SNS", "NumberOfNotificationsFailedToRedriveToDlq", TopicName="mismatched.fifo")
    assert stays_empty(aws, dead_letters)


def test_a_failed_redrive_is_counted(aws, topic):
    dead_letters = orphaned(aws, topic, "lost")
    aws.client("sqs").delete_queue(QueueUrl=dead_letters)
    aws.client("sns").publish(TopicArn=topic, Message="hello")
    assert counted(aws, "AWS/SNS", "NumberOfNotificationsFailedToRedriveToDlq", TopicName=topic.rsplit(":", 1)[-1])


def test_too_many_raw_attributes_discard_the_message(aws, topic):
    url, arn = queue(aws, "narrow")
    dead_letters, dead_letter_arn = queue(aws, "narrow-dead")
    subscribe(aws, topic, "sqs", arn, dead_letter_arn, RawMessageDelivery="true")
    eleven = {f"n{index}": ATTRIBUTES["kind"] for index in range(11)}
    aws.client("sns").publish(TopicArn=topic, Message="hello", MessageAttributes=eleven)
    assert stays_empty(aws, url)
    assert stays_empty(aws, dead_letters)


@pytest.mark.also_alone
def test_what_is_delivered_is_not_set_aside(aws, topic):
    url, arn = queue(aws, "healthy")
    dead_letters, dead_letter_arn = queue(aws, "healthy-dead")
    subscribe(aws, topic, "sqs", arn, dead_letter_arn, RawMessageDelivery="true")
    aws.client("sns").publish(TopicArn=topic, Message="hello", MessageAttributes=ATTRIBUTES)
    assert received(aws, url)["MessageAttributes"] == ATTRIBUTES
    assert stays_empty(aws, dead_letters)


def test_a_deleted_function_is_a_client_side_error(aws, topic):
    function = aws.function("soon-gone", "def handler(event, context): pass", "python3.12")
    dead_letters, dead_letter_arn = queue(aws, "soon-gone-dead")
    subscribe(aws, topic, "lambda", function, dead_letter_arn)
    aws.client("lambda").delete_function(FunctionName="soon-gone")
    aws.client("sns").publish(TopicArn=topic, Message="hello")
    assert json.loads(received(aws, dead_letters)["Body"])["Message"] == "hello"


def test_the_errors_of_a_function_are_its_own_affair(aws, topic):
    function = aws.function("always-fails", "def handler(event, context): raise ValueError('no')", "python3.12")
    topic_dead_letters, topic_dead_letter_arn = queue(aws, "always-fails-topic-dead")
    failures, failure_arn = queue(aws, "always-fails-failures")
    aws.client("lambda").put_function_event_invoke_config(
        FunctionName="always-fails", MaximumRetryAttempts=1, DestinationConfig={"OnFailure": {"Destination": failure_arn}}
    )
    subscribe(aws, topic, "lambda", function, topic_dead_letter_arn)
    aws.client("sns").publish(TopicArn=topic, Message="hello")
    record = json.loads(received(aws, failures)["Body"])
    assert record["requestContext"]["approximateInvokeCount"] == 2
    assert record["requestPayload"]["Records"][0]["Sns"]["Message"] == "hello"
    assert stays_empty(aws, topic_dead_letters)


def test_a_queue_that_does_not_let_the_topic_in(aws_with_iam):
    aws = aws_with_iam
    topic = aws.client("sns").create_topic(Name="uninvited")["TopicArn"]
    _url, arn = queue(aws, "closed-to-topic")
    dead_letters, dead_letter_arn = queue(aws, "closed-to-topic-dead")
    subscribe(aws, topic, "sqs", arn, dead_letter_arn)
    aws.client("sns").publish(TopicArn=topic, Message="lost: the dead-letter queue does not let the topic in either")
    assert counted(aws, "AWS/SNS", "NumberOfNotificationsFailedToRedriveToDlq", TopicName="uninvited")
    aws.client("sqs").set_queue_attributes(QueueUrl=dead_letters, Attributes={"Policy": allowing("sns.amazonaws.com", dead_letter_arn, topic)})
    aws.client("sns").publish(TopicArn=topic, Message="kept")
    assert json.loads(received(aws, dead_letters)["Body"])["Message"] == "kept"


def test_a_function_that_does_not_let_the_topic_in(aws_with_iam):
    aws = aws_with_iam
    topic = aws.client("sns").create_topic(Name="uninvited-by-function")["TopicArn"]
    successes, success_arn = queue(aws, "closed-function-successes")
    dead_letters, dead_letter_arn = queue(aws, "closed-function-dead")
    aws.client("sqs").set_queue_attributes(QueueUrl=dead_letters, Attributes={"Policy": allowing("sns.amazonaws.com", dead_letter_arn, topic)})
    ensure_role(aws, "any", {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": success_arn})
    function = aws.function("closed-function", "def handler(event, context): pass", "python3.12")
    aws.client("lambda").put_function_event_invoke_config(
        FunctionName="closed-function", DestinationConfig={"OnSuccess": {"Destination": success_arn}}
    )
    subscribe(aws, topic, "lambda", function, dead_letter_arn)
    aws.client("sns").publish(TopicArn=topic, Message="refused")
    assert json.loads(received(aws, dead_letters)["Body"])["Message"] == "refused"
    aws.client("lambda").add_permission(
        FunctionName="closed-function", StatementId="topic", Action="lambda:InvokeFunction", Principal="sns.amazonaws.com", SourceArn=topic
    )
    aws.client("sns").publish(TopicArn=topic, Message="let in")
    record = json.loads(received(aws, successes)["Body"])
    assert record["requestPayload"]["Records"][0]["Sns"]["Message"] == "let in"
