"""Pipes from DynamoDB streams: the supplements `pipes_delivery` and `pipes_parameters`."""

import json

import pytest
from conftest import within
from queues import ensure_role, queue, received, stays_empty

ROLE = "arn:aws:iam::000000000000:role/any"
PERMISSIONS_OF_SOURCE = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"]
BY_GROUP = {"SqsQueueParameters": {"MessageGroupId": "$.dynamodb.NewImage.group.S"}}
ASYNCHRONOUS = {"StepFunctionStateMachineParameters": {"InvocationType": "FIRE_AND_FORGET"}}
TABLE = {
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def table(aws, name: str) -> str:
    """The ARN of a new table's stream."""
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    return aws.client("dynamodb").create_table(TableName=name, StreamSpecification=stream, **TABLE)["TableDescription"]["LatestStreamArn"]


def put(aws, name: str, id: str, **texts: str) -> None:
    aws.client("dynamodb").put_item(TableName=name, Item={"id": {"S": id}, **{key: {"S": value} for key, value in texts.items()}})


def pipe(aws, name: str, source: str, target: str, to: dict | None = None, *, role=ROLE, filters=(), state="RUNNING", **stream) -> str:
    """A pipe from the beginning of a stream. Answers the state it is in."""
    source_parameters = {"DynamoDBStreamParameters": {"StartingPosition": "TRIM_HORIZON", **stream}}
    if filters:
        source_parameters["FilterCriteria"] = {"Filters": [{"Pattern": json.dumps(pattern)} for pattern in filters]}
    aws.client("pipes").create_pipe(
        Name=name, Source=source, Target=target, RoleArn=role, DesiredState=state, SourceParameters=source_parameters, TargetParameters=to or {}
    )
    return aws.client("pipes").describe_pipe(Name=name)["CurrentState"]


def fifo(aws, name: str) -> tuple[str, str]:
    return queue(aws, f"{name}.fifo", FifoQueue="true", ContentBasedDeduplication="true")


def machine(aws, name: str, states: dict | None = None, kind: str = "STANDARD", role: str = ROLE) -> str:
    states = states or {"Done": {"Type": "Pass", "End": True}}
    definition = json.dumps({"StartAt": next(iter(states)), "States": states})
    return aws.client("stepfunctions").create_state_machine(name=name, definition=definition, roleArn=role, type=kind)["stateMachineArn"]


def inputs(aws, machine_arn: str, count: int) -> list:
    """What this many executions were started with, sorted."""
    states = aws.client("stepfunctions")

    def started():
        executions = states.list_executions(stateMachineArn=machine_arn)["executions"]
        return executions if len(executions) >= count else None

    executions = within(20 if aws.supplemented else 2, started)
    described = [states.describe_execution(executionArn=execution["executionArn"]) for execution in executions]
    return [json.loads(given) for given in sorted(execution["input"] for execution in described)]


def ids(records: list[dict]) -> list[str]:
    return [record["dynamodb"]["Keys"]["id"]["S"] for record in records]


def empty(aws, url: str) -> bool:
    """Whether the queue is empty now, after what would have filled it."""
    return "Messages" not in aws.client("sqs").receive_message(QueueUrl=url)


def set_aside(aws, letter: dict) -> list[str]:
    """The ids of the records that a dead letter points to, read from the stream."""
    where = letter["DDBStreamBatchInfo"]
    streams = aws.client("dynamodbstreams")
    iterator = streams.get_shard_iterator(
        StreamArn=where["streamArn"],
        ShardId=where["shardId"],
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        SequenceNumber=where["startSequenceNumber"],
    )["ShardIterator"]
    found = streams.get_records(ShardIterator=iterator, Limit=where["batchSize"])["Records"]
    assert found[-1]["dynamodb"]["SequenceNumber"] == where["endSequenceNumber"]
    return ids(found)


def test_records_go_to_a_fifo_queue_in_order(aws):
    source = table(aws, "pipe-order")
    url, arn = fifo(aws, "pipe-order")
    put(aws, "pipe-order", "before", group="a")
    pipe(aws, "pipe-order", source, arn, {**BY_GROUP, "InputTemplate": '{"job": <$.dynamodb.Keys.id.S>}'}, BatchSize=2)
    for number in range(5):
        put(aws, "pipe-order", str(number), group="a")
    messages = [received(aws, url) for _ in range(6)]
    assert [json.loads(message["Body"]) for message in messages] == [{"job": job} for job in ("before", "0", "1", "2", "3", "4")]
    assert {message["Attributes"]["MessageGroupId"] for message in messages} == {"a"}


def test_only_what_matches_a_filter(aws):
    source = table(aws, "pipe-filter")
    url, arn = queue(aws, "pipe-filter")
    inserts = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"status": {"S": ["PENDING"]}}}}
    urgent = {"dynamodb": {"NewImage": {"status": {"S": [{"prefix": "URGENT"}]}}}}
    pipe(aws, "pipe-filter", source, arn, {"InputTemplate": '{"job": <$.dynamodb.Keys.id.S>}'}, filters=[inserts, urgent])
    put(aws, "pipe-filter", "1", status="DONE")
    put(aws, "pipe-filter", "2", status="PENDING")
    put(aws, "pipe-filter", "1", status="PENDING")  # a change
    put(aws, "pipe-filter", "1", status="URGENT!")
    aws.client("dynamodb").delete_item(TableName="pipe-filter", Key={"id": {"S": "2"}})
    put(aws, "pipe-filter", "last", status="PENDING")
    assert sorted(json.loads(received(aws, url)["Body"])["job"] for _ in range(3)) == ["1", "2", "last"]


def test_what_a_template_makes(aws):
    source = table(aws, "pipe-template")
    url, arn = queue(aws, "pipe-template")
    hostile = '"}\n\\ <$.eventName> ünï🎈 {"a": 1}'
    parts = {
        "body": "<$.dynamodb.NewImage.body.S>",
        "image": "<$.dynamodb.NewImage>",
        "pipe": "<aws.pipes.pipe-name>",
        "arn": "<aws.pipes.pipe-arn>",
        "from": "<aws.pipes.source-arn>",
        "to": "<aws.pipes.target-arn>",
        "at": "<aws.pipes.event.ingestion-time>",
        "event": "<aws.pipes.event.json>",
        "text": '"job <$.dynamodb.Keys.id.S> of <$.eventSource>"',
    }
    pipe(aws, "pipe-template", source, arn, {"InputTemplate": "{" + ", ".join(f'"{name}": {part}' for name, part in parts.items()) + "}"})
    put(aws, "pipe-template", "7", body=hostile)
    made = json.loads(received(aws, url)["Body"])
    assert made["body"] == hostile
    assert made["image"] == {"id": {"S": "7"}, "body": {"S": hostile}}
    assert (made["pipe"], made["from"], made["to"]) == ("pipe-template", source, arn)
    assert made["arn"] == "arn:aws:pipes:us-east-1:000000000000:pipe/pipe-template"
    assert made["at"].endswith("Z")
    assert (made["event"]["eventName"], ids([made["event"]])) == ("INSERT", ["7"])
    assert made["text"] == "job 7 of aws:dynamodb"


def test_a_state_machine_gets_the_batch_as_an_array(aws):
    source = table(aws, "pipe-array")
    target = machine(aws, "pipe-array")
    for number in range(5):
        put(aws, "pipe-array", str(number))
    pipe(aws, "pipe-array", source, target, {**ASYNCHRONOUS, "InputTemplate": '{"job": <$.dynamodb.Keys.id.S>}'}, BatchSize=2)
    assert inputs(aws, target, 3) == [[{"job": "0"}, {"job": "1"}], [{"job": "2"}, {"job": "3"}], [{"job": "4"}]]


def test_a_topic_gets_a_message_for_each_record(aws):
    source = table(aws, "pipe-topic")
    url, arn = queue(aws, "pipe-topic")
    topic = aws.client("sns").create_topic(Name="pipe-topic")["TopicArn"]
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    pipe(aws, "pipe-topic", source, topic, {"InputTemplate": "<$.dynamodb.Keys.id.S>"}, BatchSize=2)
    put(aws, "pipe-topic", "1")
    put(aws, "pipe-topic", "2")
    assert sorted(received(aws, url)["Body"] for _ in range(2)) == ["1", "2"]


def test_a_batch_waits_for_its_window(aws):
    source = table(aws, "pipe-window")
    url, arn = fifo(aws, "pipe-window")
    to = {**BY_GROUP, "InputTemplate": "<$.dynamodb.Keys.id.S>"}
    pipe(aws, "pipe-window", source, arn, to, BatchSize=2, MaximumBatchingWindowInSeconds=300)
    put(aws, "pipe-window", "1", group="a")
    assert stays_empty(aws, url)
    put(aws, "pipe-window", "2", group="a")  # The batch is full.
    put(aws, "pipe-window", "3", group="a")
    assert [received(aws, url)["Body"] for _ in range(2)] == ["1", "2"]
    stream = {"BatchSize": 2, "MaximumBatchingWindowInSeconds": 0}
    aws.client("pipes").update_pipe(Name="pipe-window", RoleArn=ROLE, SourceParameters={"DynamoDBStreamParameters": stream})
    assert received(aws, url)["Body"] == "3"


def test_a_failing_record_blocks_and_is_then_set_aside(aws):
    source = table(aws, "pipe-poison")
    url, arn = fifo(aws, "pipe-poison")
    letters, letters_arn = queue(aws, "pipe-poison-dead")
    to = {**BY_GROUP, "InputTemplate": '{"job": <$.dynamodb.Keys.id.S>}'}
    pipe(aws, "pipe-poison", source, arn, to, MaximumRetryAttempts=3, DeadLetterConfig={"Arn": letters_arn})
    put(aws, "pipe-poison", "1", group="a")
    put(aws, "pipe-poison", "poison")  # It has no group, which the queue requires.
    put(aws, "pipe-poison", "2", group="a")
    assert [json.loads(received(aws, url)["Body"])["job"] for _ in range(2)] == ["1", "2"]
    letter = json.loads(received(aws, letters)["Body"])
    assert letter["context"] == {
        "partnerResourceArn": "arn:aws:pipes:us-east-1:000000000000:pipe/pipe-poison",
        "condition": "RetryAttemptsExhausted",
    }
    assert letter["version"] == "1.0"
    assert letter["DDBStreamBatchInfo"]["batchSize"] == 1
    assert letter["DDBStreamBatchInfo"]["approximateArrivalOfFirstRecord"].endswith("Z")
    assert set_aside(aws, letter) == ["poison"]
    assert empty(aws, letters)


def poisonable(aws, name: str) -> tuple[str, str]:
    """An Express workflow that fails when a record of its batch is poison, and else sends the batch to a queue; the queue's URL."""
    url, _arn = queue(aws, name)
    judge = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.dynamodb.NewImage.kind.S", "StringEquals": "poison", "Next": "Poison"}],
        "Default": "Good",
    }
    each = {"StartAt": "Judge", "States": {"Judge": judge, "Poison": {"Type": "Fail"}, "Good": {"Type": "Pass", "End": True}}}
    states = {
        "Each": {"Type": "Map", "ItemProcessor": each, "Next": "Tell"},
        "Tell": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage",
            "Parameters": {"QueueUrl": url, "MessageBody.$": "$"},
            "End": True,
        },
    }
    return machine(aws, name, states, "EXPRESS"), url


@pytest.mark.parametrize("bisect", [True, False])
def test_a_batch_with_a_failing_record(aws, bisect):
    name = f"pipe-bisect-{bisect}"
    source = table(aws, name)
    target, url = poisonable(aws, name)
    letters, letters_arn = queue(aws, f"{name}-dead")
    for number in range(8):
        put(aws, name, str(number), kind="poison" if number == 5 else "good")
    stream = {"BatchSize": 8, "MaximumRetryAttempts": 1, "DeadLetterConfig": {"Arn": letters_arn}}
    if bisect:
        stream["OnPartialBatchItemFailure"] = "AUTOMATIC_BISECT"
    pipe(aws, name, source, target, **stream)
    if bisect:
        assert [ids(json.loads(received(aws, url)["Body"])) for _ in range(3)] == [["0", "1", "2", "3"], ["4"], ["6", "7"]]
    assert set_aside(aws, json.loads(received(aws, letters)["Body"])) == (["5"] if bisect else [str(number) for number in range(8)])
    assert empty(aws, url)
    assert empty(aws, letters)


def test_the_number_of_attempts(aws):
    source = table(aws, "pipe-attempts")
    url, _arn = queue(aws, "pipe-attempts")
    letters, letters_arn = queue(aws, "pipe-attempts-dead")
    tell = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {"QueueUrl": url, "MessageBody": "tried"}, "Next": "Fail"}
    target = machine(aws, "pipe-attempts", {"Tell": tell, "Fail": {"Type": "Fail"}}, "EXPRESS")
    pipe(aws, "pipe-attempts", source, target, MaximumRetryAttempts=3, DeadLetterConfig={"Arn": letters_arn})
    put(aws, "pipe-attempts", "1")
    assert received(aws, letters)
    attempts = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
    assert attempts == {"ApproximateNumberOfMessages": "4"}


def test_without_a_limit_records_wait_until_the_target_is_back(aws):
    source = table(aws, "pipe-back")
    url, arn = fifo(aws, "pipe-back")
    aws.client("sqs").delete_queue(QueueUrl=url)
    pipe(aws, "pipe-back", source, arn, {**BY_GROUP, "InputTemplate": "<$.dynamodb.Keys.id.S>"}, BatchSize=2)
    for number in range(3):
        put(aws, "pipe-back", str(number), group="a")
    url, arn = fifo(aws, "pipe-back")
    assert [received(aws, url)["Body"] for _ in range(3)] == ["0", "1", "2"]


def test_a_record_gets_too_old(aws):
    source = table(aws, "pipe-age")
    letters, letters_arn = queue(aws, "pipe-age-dead")
    missing = "arn:aws:states:us-east-1:000000000000:stateMachine:pipe-age"
    pipe(aws, "pipe-age", source, missing, ASYNCHRONOUS, MaximumRecordAgeInSeconds=60, DeadLetterConfig={"Arn": letters_arn})
    put(aws, "pipe-age", "1")
    letter = json.loads(received(aws, letters)["Body"])
    assert letter["context"]["condition"] == "RecordAgeExceeded"
    assert set_aside(aws, letter) == ["1"]


def test_an_input_that_is_too_large_fails(aws):
    source = table(aws, "pipe-large")
    target = machine(aws, "pipe-large")
    letters, letters_arn = queue(aws, "pipe-large-dead")
    to = {**ASYNCHRONOUS, "InputTemplate": '{"job": <$.dynamodb.Keys.id.S>, "body": <$.dynamodb.NewImage.body.S>}'}
    pipe(aws, "pipe-large", source, target, to, MaximumRetryAttempts=0, DeadLetterConfig={"Arn": letters_arn})
    put(aws, "pipe-large", "large", body="x" * 262_144)
    put(aws, "pipe-large", "fits", body="x" * 262_100)
    assert set_aside(aws, json.loads(received(aws, letters)["Body"])) == ["large"]
    assert inputs(aws, target, 1)[0][0]["job"] == "fits"


def test_a_standard_workflow_cannot_be_invoked_synchronously(aws):
    source = table(aws, "pipe-standard")
    target = machine(aws, "pipe-standard")
    letters, letters_arn = queue(aws, "pipe-standard-dead")
    pipe(aws, "pipe-standard", source, target, MaximumRetryAttempts=0, DeadLetterConfig={"Arn": letters_arn})
    put(aws, "pipe-standard", "1")
    assert set_aside(aws, json.loads(received(aws, letters)["Body"])) == ["1"]
    assert aws.client("stepfunctions").list_executions(stateMachineArn=target)["executions"] == []


def test_a_stopped_pipe_goes_on_where_it_was(aws):
    source = table(aws, "pipe-stop")
    url, arn = fifo(aws, "pipe-stop")
    pipe(aws, "pipe-stop", source, arn, {**BY_GROUP, "InputTemplate": "<$.dynamodb.Keys.id.S>"}, state="STOPPED")
    put(aws, "pipe-stop", "1", group="a")
    assert stays_empty(aws, url)
    pipes = aws.client("pipes")
    pipes.start_pipe(Name="pipe-stop")
    assert received(aws, url)["Body"] == "1"
    pipes.stop_pipe(Name="pipe-stop")
    put(aws, "pipe-stop", "2", group="a")
    assert stays_empty(aws, url)
    pipes.start_pipe(Name="pipe-stop")
    assert received(aws, url)["Body"] == "2"


def test_an_update_changes_what_it_names(aws):
    source = table(aws, "pipe-update")
    url, arn = queue(aws, "pipe-update")
    _letters, letters_arn = queue(aws, "pipe-update-dead")
    wanted = {"dynamodb": {"NewImage": {"status": {"S": ["NEW"]}}}}
    pipe(aws, "pipe-update", source, arn, filters=[wanted], BatchSize=5, MaximumRetryAttempts=1)
    pipes = aws.client("pipes")
    stream = {"MaximumRetryAttempts": 7, "DeadLetterConfig": {"Arn": letters_arn}}
    pipes.update_pipe(
        Name="pipe-update",
        RoleArn=ROLE,
        SourceParameters={"DynamoDBStreamParameters": stream},
        TargetParameters={"InputTemplate": "<$.dynamodb.Keys.id.S>"},
    )
    described = pipes.describe_pipe(Name="pipe-update")
    assert described.get("SourceParameters") == {
        "DynamoDBStreamParameters": {**stream, "StartingPosition": "TRIM_HORIZON"},
        "FilterCriteria": {"Filters": [{"Pattern": json.dumps(wanted)}]},
    }
    put(aws, "pipe-update", "1", status="OLD")
    put(aws, "pipe-update", "2", status="NEW")
    assert received(aws, url)["Body"] == "2"
    pipes.update_pipe(Name="pipe-update", RoleArn=ROLE, SourceParameters={"FilterCriteria": {"Filters": []}}, TargetParameters={"InputTemplate": ""})
    put(aws, "pipe-update", "3", status="OLD")
    assert ids([json.loads(received(aws, url)["Body"])]) == ["3"]


@pytest.mark.parametrize("wrong", ["missing", "fifo"])
def test_a_dead_letter_queue_that_takes_nothing(aws, wrong):
    name = f"pipe-dead-{wrong}"
    source = table(aws, name)
    _url, arn = queue(aws, name)
    letters = fifo(aws, f"{name}-dead")[1] if wrong == "fifo" else f"{arn}-dead"
    assert pipe(aws, name, source, arn, DeadLetterConfig={"Arn": letters}) == "CREATE_FAILED"
    assert letters in aws.client("pipes").describe_pipe(Name=name)["StateReason"]


def test_a_batch_is_not_larger_than_the_target_takes(aws):
    source = table(aws, "pipe-eleven")
    _url, arn = queue(aws, "pipe-eleven")
    with pytest.raises(aws.client("pipes").exceptions.ClientError, match="batch size 11"):
        pipe(aws, "pipe-eleven", source, arn, BatchSize=11)


def resources(**properties) -> dict:
    return {
        "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {**TABLE, "StreamSpecification": {"StreamViewType": "NEW_IMAGE"}}},
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Pipe": {
            "Type": "AWS::Pipes::Pipe",
            "Properties": {
                "RoleArn": ROLE,
                "Source": {"Fn::GetAtt": ["Table", "StreamArn"]},
                "Target": {"Fn::GetAtt": ["Queue", "Arn"]},
                **properties,
            },
        },
    }


def test_a_template_makes_changes_and_deletes_a_pipe(aws):
    stream = {"StartingPosition": "TRIM_HORIZON", "BatchSize": "5"}
    wanted = {"Filters": [{"Pattern": json.dumps({"dynamodb": {"NewImage": {"status": {"S": ["NEW"]}}}})}]}
    made = aws.deploy(
        "pipe-stack",
        resources(
            SourceParameters={"DynamoDBStreamParameters": stream, "FilterCriteria": wanted},
            TargetParameters={"InputTemplate": "<$.dynamodb.Keys.id.S>"},
        ),
    )
    put(aws, made["Table"], "1", status="OLD")
    put(aws, made["Table"], "2", status="NEW")
    assert received(aws, made["Queue"])["Body"] == "2"
    changed = aws.deploy("pipe-stack", resources(SourceParameters={"DynamoDBStreamParameters": stream}))
    assert changed["Pipe"] == made["Pipe"]
    put(aws, made["Table"], "3", status="OLD")
    assert ids([json.loads(received(aws, made["Queue"])["Body"])]) == ["3"]
    aws.client("cloudformation").delete_stack(StackName="pipe-stack")
    within(20, lambda: made["Pipe"] not in [one["Name"] for one in aws.client("pipes").list_pipes()["Pipes"]])


def test_the_role_of_a_pipe_counts(aws_with_iam):
    aws = aws_with_iam
    role = ensure_role(aws, "pipe-role")
    source = table(aws, "pipe-role")
    target = machine(aws, "pipe-role", role=role)
    letters, letters_arn = queue(aws, "pipe-role-dead")
    stream = {"StartingPosition": "TRIM_HORIZON", "MaximumRetryAttempts": 1, "DeadLetterConfig": {"Arn": letters_arn}}
    properties = {
        "Name": "pipe-role",
        "RoleArn": role,
        "Source": source,
        "Target": target,
        "SourceParameters": {"DynamoDBStreamParameters": stream},
        "TargetParameters": ASYNCHRONOUS,
    }
    stack = {"Pipe": {"Type": "AWS::Pipes::Pipe", "Properties": properties}}
    read = {"Effect": "Allow", "Action": PERMISSIONS_OF_SOURCE, "Resource": source}
    give_up = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": letters_arn}
    start = {"Effect": "Allow", "Action": "states:StartExecution", "Resource": target}
    with pytest.raises(AssertionError, match="Cannot access stream"):
        aws.deploy("pipe-role-1", stack)
    ensure_role(aws, "pipe-role", read)
    with pytest.raises(AssertionError, match="Error occurred while sending message to SQS queue"):
        aws.deploy("pipe-role-2", stack)
    ensure_role(aws, "pipe-role", read, give_up)
    aws.deploy("pipe-role-3", stack)
    put(aws, "pipe-role", "1")
    assert set_aside(aws, json.loads(received(aws, letters)["Body"])) == ["1"]
    ensure_role(aws, "pipe-role", give_up, start)  # What it cannot read waits.
    put(aws, "pipe-role", "2")
    assert stays_empty(aws, letters)
    assert aws.client("stepfunctions").list_executions(stateMachineArn=target)["executions"] == []
    ensure_role(aws, "pipe-role", read, give_up, start)
    assert [ids(batch) for batch in inputs(aws, target, 1)] == [["2"]]


def test_the_role_of_a_pipe_may_send_to_its_queue(aws_with_iam):
    aws = aws_with_iam
    source = table(aws, "pipe-sends")
    only_tls = {"Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    policy = {"Version": "2012-10-17", "Statement": [{**only_tls, "Resource": "arn:aws:sqs:us-east-1:000000000000:pipe-sends"}]}
    url, arn = queue(aws, "pipe-sends", Policy=json.dumps(policy))
    letters, letters_arn = queue(aws, "pipe-sends-dead")
    read = {"Effect": "Allow", "Action": PERMISSIONS_OF_SOURCE, "Resource": source}
    send = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": letters_arn}
    role = ensure_role(aws, "pipe-sends", read, send)
    pipe(aws, "pipe-sends", source, arn, role=role, MaximumRetryAttempts=0, DeadLetterConfig={"Arn": letters_arn})
    put(aws, "pipe-sends", "1")
    assert set_aside(aws, json.loads(received(aws, letters)["Body"])) == ["1"]
    ensure_role(aws, "pipe-sends", read, {**send, "Resource": [arn, letters_arn]})
    put(aws, "pipe-sends", "2")
    assert ids([json.loads(received(aws, url)["Body"])]) == ["2"]
