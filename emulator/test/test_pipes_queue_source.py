"""Pipes from SQS queues: the supplement `pipes_queue_source`."""

import json

from conftest import within
from queues import ensure_role, queue, received, stays_empty

ROLE = "arn:aws:iam::000000000000:role/any"
FAIL = {"Fail": {"Type": "Fail", "Error": "Broken"}}


def fed(aws, name: str, state: dict, *, receives: int = 3, role: str = ROLE, runner: str = "", **parameters) -> tuple[str, str, str]:
    """The URLs of a queue, which a pipe has an Express workflow process, and of its dead-letter queue; and the ARN of the machine."""
    letters, letters_arn = queue(aws, f"{name}-dead")
    redrive = json.dumps({"deadLetterTargetArn": letters_arn, "maxReceiveCount": receives})
    url, arn = queue(aws, name, VisibilityTimeout="1", RedrivePolicy=redrive)
    definition = json.dumps({"StartAt": next(iter(state)), "States": state})
    states = aws.client("stepfunctions")
    target = states.create_state_machine(name=name, definition=definition, roleArn=runner or ROLE, type="EXPRESS")["stateMachineArn"]
    source = {"SqsQueueParameters": {"BatchSize": parameters.pop("BatchSize", 1)}, **parameters}
    aws.client("pipes").create_pipe(Name=name, Source=arn, Target=target, RoleArn=role, SourceParameters=source)
    return url, letters, target


def runner_in(aws, name: str) -> str:
    """A role for Step Functions."""
    trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    return aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]


def send(aws, url: str, body: str) -> str:
    attributes = {"kind": {"DataType": "String", "StringValue": "order"}}
    return aws.client("sqs").send_message(QueueUrl=url, MessageBody=body, MessageAttributes=attributes)["MessageId"]


def left(aws, url: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(found[name]) for name in names)


def forward(results: str) -> dict:
    """Sends what the machine got to a queue, and succeeds."""
    arguments = {"QueueUrl": results, "MessageBody": "{% $string($states.input) %}"}
    task = {"Type": "Task", "QueryLanguage": "JSONata", "Resource": "arn:aws:states:::sqs:sendMessage", "Arguments": arguments, "End": True}
    return {"Forward": {**task, "Output": {}}}


def test_a_message_is_delivered_as_a_record_in_an_array_and_deleted(aws):
    results, _ = queue(aws, "pipe-queue-results")
    url, letters, _ = fed(aws, "pipe-queue", forward(results))
    sent = send(aws, url, '{"order": 7}')
    (record,) = json.loads(received(aws, results, 2)["Body"])
    assert (record["messageId"], record["body"], record["eventSource"]) == (sent, '{"order": 7}', "aws:sqs")
    assert record["eventSourceARN"].endswith(":pipe-queue")
    assert record["messageAttributes"]["kind"]["stringValue"] == "order"
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert within(20, lambda: left(aws, url) == 0)
    assert stays_empty(aws, letters)


def test_a_failed_execution_counts_as_a_receive(aws):
    url, letters, _ = fed(aws, "pipe-queue-poison", FAIL, receives=2)
    send(aws, url, "poison")
    letter = received(aws, letters, 4)
    assert letter["Body"] == "poison"
    assert letter["MessageAttributes"]["kind"]["StringValue"] == "order"
    assert left(aws, url) == 0


def test_what_matches_no_filter_is_deleted(aws):
    results, _ = queue(aws, "pipe-queue-filter-results")
    pattern = json.dumps({"body": {"kind": ["order"]}})
    url, letters, _ = fed(aws, "pipe-queue-filter", forward(results), FilterCriteria={"Filters": [{"Pattern": pattern}]})
    send(aws, url, '{"kind": "other"}')
    send(aws, url, '{"kind": "order"}')
    assert json.loads(json.loads(received(aws, results, 2)["Body"])[0]["body"]) == {"kind": "order"}
    assert within(20, lambda: left(aws, url) == 0)
    assert stays_empty(aws, results)
    assert stays_empty(aws, letters)


def test_an_answer_names_the_messages_that_failed(aws):
    failures = {"batchItemFailures": '{% [$states.input[body = "bad"].{"itemIdentifier": messageId}] %}'}
    state = {"Answer": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": failures, "End": True}}
    url, letters, _ = fed(aws, "pipe-queue-partial", state, receives=1, BatchSize=10)
    for body in ("good", "bad"):
        send(aws, url, body)
    assert received(aws, letters, 4)["Body"] == "bad"
    assert within(20, lambda: left(aws, url) == 0)
    assert stays_empty(aws, letters)


def test_a_stopped_pipe_leaves_messages_where_they_are(aws):
    results, _ = queue(aws, "pipe-queue-stopped-results")
    url, _, _ = fed(aws, "pipe-queue-stopped", forward(results))
    aws.client("pipes").stop_pipe(Name="pipe-queue-stopped")
    send(aws, url, "waits")
    assert stays_empty(aws, results)
    assert left(aws, url) == 1
    aws.client("pipes").start_pipe(Name="pipe-queue-stopped")
    assert json.loads(received(aws, results, 2)["Body"])[0]["body"] == "waits"


def test_a_role_that_may_not_read_makes_no_pipe(aws_with_iam):
    aws = aws_with_iam
    allow = {"Effect": "Allow", "Resource": "*"}
    blind = ensure_role(aws, "pipe-queue-blind", {**allow, "Action": ["sqs:ReceiveMessage", "sqs:GetQueueAttributes"]})
    fed(aws, "pipe-queue-blind", FAIL, role=blind, runner=runner_in(aws, "pipe-queue-blind-runner"))
    assert aws.client("pipes").describe_pipe(Name="pipe-queue-blind")["CurrentState"] == "CREATE_FAILED"


def test_a_role_that_may_not_start_uses_up_receives(aws_with_iam):
    aws = aws_with_iam
    reading = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    role = ensure_role(aws, "pipe-queue-idle", {"Effect": "Allow", "Resource": "*", "Action": reading})
    runner = runner_in(aws, "pipe-queue-idle-runner")
    url, letters, _ = fed(aws, "pipe-queue-idle", {"Done": {"Type": "Pass", "End": True}}, receives=1, role=role, runner=runner)
    send(aws, url, "refused")
    assert received(aws, letters, 4)["Body"] == "refused"
