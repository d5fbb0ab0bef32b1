import json
import urllib.error
import urllib.parse
import urllib.request

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from conftest import within

ON_DEAD_LETTERS = [
    "StartMessageMoveTask",
    "CancelMessageMoveTask",
    "ListMessageMoveTasks",
    "ReceiveMessage",
    "DeleteMessage",
    "GetQueueAttributes",
]
ON_DESTINATION = ["SendMessage"]


class Pair:
    """A queue with its dead-letter queue."""

    def __init__(self, aws, name: str, fifo: bool = False):
        self.sqs = aws.client("sqs")
        self.dead_letters, self.dead_letters_arn = self.queue(f"{name}-dead", fifo)
        redrive = {"deadLetterTargetArn": self.dead_letters_arn, "maxReceiveCount": 1}
        self.url, self.arn = self.queue(name, fifo, RedrivePolicy=json.dumps(redrive), VisibilityTimeout="0")

    def queue(self, name: str, fifo: bool = False, **attributes) -> tuple[str, str]:
        name = f"moved-{name}"
        if fifo:
            name, attributes = f"{name}.fifo", {**attributes, "FifoQueue": "true"}
        url = self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        return url, self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def fail(self, *bodies: str, **parameters) -> list[str]:
        """Send messages and receive them once too often; gives the ids they had."""
        ids = [self.sqs.send_message(QueueUrl=self.url, MessageBody=body, **parameters)["MessageId"] for body in bodies]
        self.receive_until_empty(self.url)
        assert self.count(self.dead_letters) == len(bodies)
        return ids

    def receive_until_empty(self, url: str) -> None:
        while self.count(url):
            self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)

    def count(self, url: str) -> int:
        attributes = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
        return int(attributes["ApproximateNumberOfMessages"])

    def read(self, url: str) -> list[dict]:
        request = {"QueueUrl": url, "MaxNumberOfMessages": 10, "VisibilityTimeout": 60, "MessageAttributeNames": ["All"]}
        return self.sqs.receive_message(**request, MessageSystemAttributeNames=["All"]).get("Messages", [])

    def start(self, **parameters) -> str:
        """Start a task; an emulator that cannot is a failed assertion."""
        try:
            return self.sqs.start_message_move_task(SourceArn=self.dead_letters_arn, **parameters)["TaskHandle"]
        except ClientError as error:
            raise AssertionError(str(error)) from error

    def tasks(self, **parameters) -> list[dict]:
        return self.sqs.list_message_move_tasks(SourceArn=self.dead_letters_arn, **parameters)["Results"]

    def ended(self) -> dict:
        return within(10, lambda: next((task for task in self.tasks() if task["Status"] not in ("RUNNING", "CANCELLING")), None))


def refusal(call, **parameters) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    return refused.value.response["Error"]["Code"], refused.value.response["Error"]["Message"]


def test_moves_to_the_destination_it_names(aws):
    pair = Pair(aws, "named")
    repaired, repaired_arn = pair.queue("named-repaired")
    pair.fail("one", "two", "two")  # messages that say the same are still two
    pair.start(DestinationArn=repaired_arn, MaxNumberOfMessagesPerSecond=500)
    task = pair.ended()
    started = task.pop("StartedTimestamp")
    assert task == {
        "Status": "COMPLETED",
        "SourceArn": pair.dead_letters_arn,
        "DestinationArn": repaired_arn,
        "MaxNumberOfMessagesPerSecond": 500,
        "ApproximateNumberOfMessagesMoved": 3,
        "ApproximateNumberOfMessagesToMove": 3,
    }
    assert started > 1_600_000_000_000
    assert [message["Body"] for message in pair.read(repaired)] == ["one", "two", "two"]
    assert pair.count(pair.dead_letters) == 0
    assert pair.count(pair.url) == 0


def test_a_message_arrives_as_a_new_one(aws):
    pair = Pair(aws, "new")
    [former_id] = pair.fail("order", MessageAttributes={"tenant": {"DataType": "String", "StringValue": "blue"}})
    pair.start(DestinationArn=pair.arn)
    pair.ended()
    [message] = pair.read(pair.url)
    assert message["MessageId"] != former_id
    assert message["MessageAttributes"]["tenant"]["StringValue"] == "blue"
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    assert "DeadLetterQueueSourceArn" not in message["Attributes"]


def test_without_a_destination_each_goes_to_the_queue_it_came_from(aws):
    first = Pair(aws, "shared")
    redrive = json.dumps({"deadLetterTargetArn": first.dead_letters_arn, "maxReceiveCount": 1})
    second, _arn = first.queue("shared-second", RedrivePolicy=redrive, VisibilityTimeout="0")
    first.fail("of the first")
    first.sqs.send_message(QueueUrl=second, MessageBody="of the second")
    first.receive_until_empty(second)
    first.start()
    task = first.ended()
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 2)
    assert "DestinationArn" not in task and "MaxNumberOfMessagesPerSecond" not in task
    assert [message["Body"] for message in first.read(first.url)] == ["of the first"]
    assert [message["Body"] for message in first.read(second)] == ["of the second"]


def test_a_message_of_unknown_source_fails_the_task(aws):
    pair = Pair(aws, "direct")
    pair.sqs.send_message(QueueUrl=pair.dead_letters, MessageBody="sent directly")
    pair.start()
    task = pair.ended()
    assert (task["Status"], task["FailureReason"]) == ("FAILED", "CouldNotDetermineMessageSource")
    assert pair.count(pair.dead_letters) == 1
    pair.start(DestinationArn=pair.arn)
    assert pair.ended()["Status"] == "COMPLETED"
    assert [task["Status"] for task in pair.tasks(MaxResults=10)] == ["COMPLETED", "FAILED"]
    assert len(pair.tasks()) == 1


def test_a_message_that_is_being_read_stays(aws):
    pair = Pair(aws, "reading")
    pair.fail("one")
    assert len(pair.read(pair.dead_letters)) == 1
    pair.start(DestinationArn=pair.arn)
    task = pair.ended()
    assert (task["Status"], task["ApproximateNumberOfMessagesToMove"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 0, 0)


def test_cancelled_on_the_way(aws):
    pair = Pair(aws, "cancelled")
    pair.fail(*(str(number) for number in range(10)))
    handle = pair.start(DestinationArn=pair.arn, MaxNumberOfMessagesPerSecond=1)
    [running] = pair.tasks()
    assert (running["Status"], running["TaskHandle"]) == ("RUNNING", handle)
    busy = refusal(pair.sqs.start_message_move_task, SourceArn=pair.dead_letters_arn)
    assert busy[0] == "InvalidParameterValue" and "already a task running" in busy[1]
    within(10, lambda: pair.count(pair.url) > 0)

    assert pair.sqs.cancel_message_move_task(TaskHandle=handle)["ApproximateNumberOfMessagesMoved"] >= 1
    ended = pair.ended()
    assert ended["Status"] == "CANCELLED" and "TaskHandle" not in ended
    assert pair.count(pair.url) == ended["ApproximateNumberOfMessagesMoved"] < 10
    assert pair.count(pair.url) + pair.count(pair.dead_letters) == 10
    assert refusal(pair.sqs.cancel_message_move_task, TaskHandle=handle)[0] == "AWS.SimpleQueueService.UnsupportedOperation"

    pair.start(DestinationArn=pair.arn)
    assert pair.ended()["Status"] == "COMPLETED"
    assert pair.count(pair.url) == 10


def test_fifo_keeps_order_and_takes_nothing_for_a_duplicate(aws):
    pair = Pair(aws, "ordered", fifo=True)
    ids = [
        pair.sqs.send_message(QueueUrl=pair.url, MessageBody=body, MessageGroupId="group", MessageDeduplicationId=body)["MessageId"]
        for body in ("a", "b", "c")
    ]
    pair.receive_until_empty(pair.url)
    pair.start(DestinationArn=pair.arn)
    assert pair.ended()["ApproximateNumberOfMessagesMoved"] == 3
    back = pair.read(pair.url)
    assert [message["Body"] for message in back] == ["a", "b", "c"]
    assert [message["Attributes"]["MessageGroupId"] for message in back] == ["group"] * 3
    assert [message["Attributes"]["MessageDeduplicationId"] for message in back] == ids


def test_what_is_refused(aws):
    pair = Pair(aws, "refusing")
    _fifo, fifo_arn = pair.queue("refusing-ordered", fifo=True)
    _other, other_arn = pair.queue("refusing-other")
    missing = f"{pair.arn}-missing"
    start = pair.sqs.start_message_move_task
    source = {"SourceArn": pair.dead_letters_arn}
    assert refusal(start, SourceArn=missing)[0] == "ResourceNotFoundException"
    assert refusal(start, **source, DestinationArn=missing)[0] == "ResourceNotFoundException"
    assert "configured as a Dead Letter Queue" in refusal(start, SourceArn=other_arn)[1]
    assert "same queue type" in refusal(start, **source, DestinationArn=fifo_arn)[1]
    assert "cannot be the same" in refusal(start, **source, DestinationArn=pair.dead_letters_arn)[1]
    assert refusal(start, **source, MaxNumberOfMessagesPerSecond=501)[0] == "InvalidParameterValue"
    assert refusal(start, **source, MaxNumberOfMessagesPerSecond=0)[0] == "InvalidParameterValue"
    assert refusal(pair.sqs.list_message_move_tasks, SourceArn=missing)[0] == "ResourceNotFoundException"
    assert refusal(pair.sqs.list_message_move_tasks, **source, MaxResults=11)[0] == "InvalidParameterValue"
    assert refusal(pair.sqs.cancel_message_move_task, TaskHandle="no handle")[0] == "InvalidParameterValue"


def test_a_destination_that_is_deleted_fails_the_task(aws):
    pair = Pair(aws, "deleted")
    gone, gone_arn = pair.queue("deleted-destination")
    pair.fail("one", "two", "three")
    pair.start(DestinationArn=gone_arn, MaxNumberOfMessagesPerSecond=1)
    pair.sqs.delete_queue(QueueUrl=gone)
    task = pair.ended()
    assert (task["Status"], task["FailureReason"]) == ("FAILED", "AWS.SimpleQueueService.NonExistentQueue")
    assert pair.count(pair.dead_letters) == 3 - task["ApproximateNumberOfMessagesMoved"]


def query(aws, **parameters) -> str:
    """A signed request in the query protocol, which the SDK speaks no more."""
    body = urllib.parse.urlencode({**parameters, "Version": "2012-11-05"})
    request = AWSRequest("POST", f"{aws.endpoint}/", data=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    SigV4Auth(Credentials("test", "test"), "sqs", "us-east-1").add_auth(request)
    sent = urllib.request.Request(request.url, body.encode(), dict(request.headers.items()))
    try:
        return urllib.request.urlopen(sent).read().decode()
    except urllib.error.HTTPError as error:
        raise AssertionError(error.read().decode()) from error


def test_the_query_protocol(aws):
    pair = Pair(aws, "query")
    pair.fail("one", "two")
    started = query(aws, Action="StartMessageMoveTask", SourceArn=pair.dead_letters_arn, DestinationArn=pair.arn, MaxNumberOfMessagesPerSecond=1)
    assert "<StartMessageMoveTaskResult><TaskHandle>" in started
    handle = started.split("<TaskHandle>")[1].split("<")[0]
    cancelled = query(aws, Action="CancelMessageMoveTask", TaskHandle=handle)
    assert "<CancelMessageMoveTaskResult><ApproximateNumberOfMessagesMoved>" in cancelled
    pair.ended()
    listed = query(aws, Action="ListMessageMoveTasks", SourceArn=pair.dead_letters_arn, MaxResults=10)
    assert "<ListMessageMoveTasksResultEntry><Status>CANCELLED</Status>" in listed


class Operator:
    """A user who may do what was granted."""

    def __init__(self, aws, name: str):
        self.name, self.iam = f"moved-{name}", aws.client("iam")
        self.iam.create_user(UserName=self.name)
        key = self.iam.create_access_key(UserName=self.name)["AccessKey"]
        self.sqs = aws.client("sqs", key["AccessKeyId"], key["SecretAccessKey"])

    def may(self, pair: Pair, without: str | None = None) -> None:
        statements = [
            {"Effect": "Allow", "Action": [f"sqs:{action}" for action in actions if action != without], "Resource": arn}
            for actions, arn in ((ON_DEAD_LETTERS, pair.dead_letters_arn), (ON_DESTINATION, pair.arn))
        ]
        policy = json.dumps({"Version": "2012-10-17", "Statement": [s for s in statements if s["Action"]]})
        self.iam.put_user_policy(UserName=self.name, PolicyName="redrive", PolicyDocument=policy)

    def does(self, action: str, **parameters) -> dict:
        try:
            return getattr(self.sqs, action)(**parameters)
        except ClientError as error:
            raise AssertionError(str(error)) from error


def test_an_operator_redrives_these_queues_and_no_others(aws_with_iam):
    pair, sibling = Pair(aws_with_iam, "permitted"), Pair(aws_with_iam, "sibling")
    pair.fail("one", "two")
    operator = Operator(aws_with_iam, "operator")
    operator.may(pair)
    refused = refusal(operator.sqs.start_message_move_task, SourceArn=pair.dead_letters_arn, DestinationArn=sibling.arn)
    assert refused[0] == "AccessDenied" and "sqs:SendMessage" in refused[1]
    start = {"SourceArn": pair.dead_letters_arn, "DestinationArn": pair.arn, "MaxNumberOfMessagesPerSecond": 1}
    operator.does("cancel_message_move_task", TaskHandle=operator.does("start_message_move_task", **start)["TaskHandle"])
    assert operator.does("list_message_move_tasks", SourceArn=pair.dead_letters_arn)["Results"]

    sibling.fail("one", "two")
    handle = sibling.start(MaxNumberOfMessagesPerSecond=1)
    assert refusal(operator.sqs.start_message_move_task, SourceArn=sibling.dead_letters_arn)[0] == "AccessDenied"
    assert refusal(operator.sqs.list_message_move_tasks, SourceArn=sibling.dead_letters_arn)[0] == "AccessDenied"
    assert refusal(operator.sqs.cancel_message_move_task, TaskHandle=handle)[0] == "AccessDenied"


@pytest.mark.parametrize("missing", ["StartMessageMoveTask", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes", "SendMessage"])
def test_a_redrive_needs_each_permission(aws_with_iam, missing):
    pair = Pair(aws_with_iam, f"without-{missing}")
    pair.fail("one")
    operator = Operator(aws_with_iam, f"without-{missing}")
    operator.may(pair, without=missing)
    code, message = refusal(operator.sqs.start_message_move_task, SourceArn=pair.dead_letters_arn)
    assert code == "AccessDenied" and missing in message
    assert pair.count(pair.dead_letters) == 1
    operator.may(pair)
    operator.does("start_message_move_task", SourceArn=pair.dead_letters_arn)
    assert pair.ended()["Status"] == "COMPLETED"
