import json
import uuid

import pytest
from botocore.exceptions import ClientError
from queues import queue


@pytest.fixture
def aws(aws_with_iam):
    return aws_with_iam


def as_user(aws, service: str, action: str, resource: str):
    """A client with the credentials of a user who may do this and nothing else."""
    iam = aws.client("iam")
    name = f"batch-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=name)
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    iam.put_user_policy(UserName=name, PolicyName="test", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return aws.client(service, key["AccessKeyId"], key["SecretAccessKey"])


def attempt(call, **parameters) -> str:
    try:
        return "allowed" if call(**parameters)["Successful"] else "failed"
    except ClientError as error:
        return error.response["Error"]["Code"]


@pytest.fixture
def topic(aws) -> str:
    arn = aws.client("sns").create_topic(Name="batches")["TopicArn"]
    # The policy that a topic has by default lets everybody of the account in.
    aws.client("sns").set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue='{"Version":"2012-10-17","Statement":[]}')
    return arn


def test_publishing_a_batch_takes_the_right_to_publish(aws, topic):
    batch = {"TopicArn": topic, "PublishBatchRequestEntries": [{"Id": "1", "Message": "hello"}]}
    assert attempt(as_user(aws, "sns", "sns:Publish", topic).publish_batch, **batch) == "allowed"
    assert attempt(as_user(aws, "sns", "sns:Subscribe", topic).publish_batch, **batch) == "AuthorizationError"


def test_sending_a_batch_takes_the_right_to_send(aws):
    url, arn = queue(aws, "batches")
    batch = {"QueueUrl": url, "Entries": [{"Id": "1", "MessageBody": "hello"}]}
    assert attempt(as_user(aws, "sqs", "sqs:SendMessage", arn).send_message_batch, **batch) == "allowed"
    assert attempt(as_user(aws, "sqs", "sqs:ReceiveMessage", arn).send_message_batch, **batch).startswith("AccessDenied")
