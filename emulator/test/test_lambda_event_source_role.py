import uuid

import pytest
from botocore.exceptions import ClientError
from conftest import within
from queues import ensure_role, queue, received

READS = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
PASSES_ON = """
import boto3
def handler(event, context):
    for record in event["Records"]:
        boto3.client("sqs").send_message(QueueUrl=%r, MessageBody=record["body"])
"""


def named(test: str) -> str:
    return f"{test}-{uuid.uuid4().hex[:8]}"


class Mapped:
    """A queue, a function that passes on what it gets to a second queue, and the function's role."""

    def __init__(self, aws, name: str, allowed: list[str], **attributes: str):
        self.aws, self.name = aws, name
        self.source, self.source_arn = queue(aws, f"{name}-source", **attributes)
        self.target, self.target_arn = queue(aws, f"{name}-target")
        ensure_role(aws, "any")
        self.role = ensure_role(aws, name)
        self.allow(allowed)
        self.function = aws.function(name, PASSES_ON % self.target, "python3.12")
        aws.client("lambda").update_function_configuration(FunctionName=name, Role=self.role)

    def allow(self, actions: list[str], *more: dict) -> None:
        """Let the role do this to the source queue, and send to the target."""
        reading = [{"Effect": "Allow", "Action": actions, "Resource": self.source_arn}] if actions else []
        ensure_role(self.aws, self.name, {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": self.target_arn}, *reading, *more)

    def map(self) -> str:
        return self.aws.client("lambda").create_event_source_mapping(FunctionName=self.name, EventSourceArn=self.source_arn)["UUID"]

    def send(self, body: str) -> None:
        self.aws.client("sqs").send_message(QueueUrl=self.source, MessageBody=body)

    def held_up_by(self, mapping: str, permission: str) -> bool:
        """Whether the mapping comes to say that its role lacks this."""
        functions = self.aws.client("lambda")
        limit = 20 if self.aws.supplemented else 1
        return within(limit, lambda: permission in functions.get_event_source_mapping(UUID=mapping)["LastProcessingResult"])

    def waiting(self) -> int:
        attributes = self.aws.client("sqs").get_queue_attributes(QueueUrl=self.source, AttributeNames=["All"])["Attributes"]
        return int(attributes["ApproximateNumberOfMessages"])


@pytest.fixture
def aws(aws_with_iam):
    return aws_with_iam


@pytest.mark.parametrize("missing", ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"])
def test_a_mapping_is_refused_whose_role_may_not_read_the_queue(aws, missing):
    mapped = Mapped(aws, named("refused"), [action for action in READS if action != f"sqs:{missing}"])
    with pytest.raises(ClientError) as refused:
        mapped.map()
    assert refused.value.response["Error"]["Code"] == "InvalidParameterValueException"
    assert f"does not have permissions to call {missing} on SQS" in str(refused.value)
    mapped.allow(READS)
    assert mapped.map()


def test_a_stack_fails_whose_role_may_not_read_the_queue(aws):
    name = named("refused-stack")
    mapped = Mapped(aws, name, [])
    mapping = {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"FunctionName": name, "EventSourceArn": mapped.source_arn}}
    with pytest.raises(AssertionError, match="does not have permissions to call ReceiveMessage on SQS"):
        aws.deploy(name, {"Mapping": mapping})


def test_a_lost_permission_ends_the_polling_and_the_messages_stay(aws):
    mapped = Mapped(aws, named("lost"), READS)
    mapping = mapped.map()
    mapped.send("before")
    assert received(aws, mapped.target)["Body"] == "before"
    mapped.allow(["sqs:DeleteMessage", "sqs:GetQueueAttributes"])
    mapped.send("during")
    assert mapped.held_up_by(mapping, "sqs:ReceiveMessage")
    assert mapped.waiting() == 1
    mapped.allow(READS)
    assert received(aws, mapped.target)["Body"] == "during"


def test_what_may_not_be_deleted_comes_again(aws):
    # Longer than the function takes on a busy machine, or else the message comes again on the emulator alone too.
    mapped = Mapped(aws, named("undeleted"), READS, VisibilityTimeout="5")
    mapped.map()
    mapped.allow(["sqs:ReceiveMessage", "sqs:GetQueueAttributes"])
    mapped.send("twice")
    assert received(aws, mapped.target)["Body"] == "twice"
    # Longer than the message is invisible, or else it could not come again on the emulator alone, whatever that does.
    assert received(aws, mapped.target, seconds_alone=10)["Body"] == "twice"


def test_a_queue_with_a_customer_key_asks_for_the_key_too(aws):
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    mapped = Mapped(aws, named("encrypted"), READS, KmsMasterKeyId=key)
    mapping = mapped.map()
    mapped.send("sealed")
    assert mapped.held_up_by(mapping, "kms:Decrypt")
    assert mapped.waiting() == 1
    mapped.allow(READS, {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key})
    assert received(aws, mapped.target)["Body"] == "sealed"


@pytest.mark.also_alone
def test_a_key_that_aws_manages_needs_no_grant(aws):
    mapped = Mapped(aws, named("managed-key"), READS, KmsMasterKeyId="alias/aws/sqs")
    mapped.map()
    mapped.send("sealed")
    sqs = aws.client("sqs")  # `received` has little patience with the emulator alone
    assert within(20, lambda: sqs.receive_message(QueueUrl=mapped.target, WaitTimeSeconds=1).get("Messages"))[0]["Body"] == "sealed"
