"""Queues of the tests, and who may send to them: make one, wait for its message, see that none comes."""

import contextlib
import json

from conftest import within


def queue(aws, name: str, **attributes: str) -> tuple[str, str]:
    """The URL and the ARN of a new queue."""
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def received(aws, url: str, seconds_alone: int = 1) -> dict:
    """The first message, which is deleted. On the emulator alone it mostly never comes, so that wait is short unless stated."""
    sqs = aws.client("sqs")
    call = {"QueueUrl": url, "WaitTimeSeconds": 1, "MessageAttributeNames": ["All"], "MessageSystemAttributeNames": ["All"]}
    message = within(20 if aws.supplemented else seconds_alone, lambda: sqs.receive_message(**call).get("Messages"))[0]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return message


def stays_empty(aws, url: str) -> bool:
    return "Messages" not in aws.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=1)


def allowing(service: str, queue_arn: str, source_arn: str) -> str:
    """A queue policy that lets a service send on behalf of one resource."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": source_arn}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def ensure_role(aws, name: str, *statements: dict) -> str:
    """The ARN of a role, made if it is not there, that may do this and that the services take on. With IAM enforced a function's role must exist."""
    iam = aws.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": ["lambda.amazonaws.com", "pipes.amazonaws.com"]}, "Action": "sts:AssumeRole"}
    with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="test", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    return iam.get_role(RoleName=name)["Role"]["Arn"]


def counted(aws, namespace: str, metric: str, **dimensions: str) -> bool:
    wanted = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    found = aws.client("cloudwatch").list_metrics(Namespace=namespace, MetricName=metric)["Metrics"]
    return any(all(one in metric["Dimensions"] for one in wanted) for metric in found)
