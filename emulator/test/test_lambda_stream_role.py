"""Event source mappings of streams read as the function's role: the supplement `lambda_stream_role`."""


import pytest
from botocore.exceptions import ClientError
from queues import ensure_role
from streams import Fed

READ = {
    "kinesis": ["kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:ListShards", "kinesis:GetRecords", "kinesis:GetShardIterator"],
    "dynamodb": ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"],
}
CASES = [(kind, action) for kind, actions in READ.items() for action in actions]
both = pytest.mark.parametrize("kind", READ)


@pytest.fixture
def aws(aws_with_iam):
    return aws_with_iam


class Roled(Fed):
    def __init__(self, aws, name: str, kind: str, actions: list[str]):
        ensure_role(aws, "any")
        super().__init__(aws, name, kind)
        self.kind = kind
        self.allow(actions)
        aws.client("lambda").update_function_configuration(FunctionName=name, Role=ensure_role(aws, name))

    def allow(self, actions: list[str], *more: dict) -> None:
        reading = [{"Effect": "Allow", "Action": actions, "Resource": self.stream.arn}] if actions else []
        ensure_role(self.aws, self.name, {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": self.queue_arn}, *reading, *more)


@pytest.mark.parametrize("kind, missing", CASES)
def test_a_mapping_is_refused_whose_role_may_not_read_the_stream(aws, kind, missing):
    fed = Roled(aws, f"read-{missing.replace(':', '-')}", kind, [action for action in READ[kind] if action != missing])
    with pytest.raises(ClientError) as refused:
        fed.map()
    assert refused.value.response["Error"]["Code"] == "InvalidParameterValueException"
    assert f"Cannot access stream {fed.stream.arn}" in str(refused.value)
    assert missing.partition(":")[2] in str(refused.value)
    fed.allow(READ[kind])
    assert fed.map()


@both
def test_a_stack_fails_whose_role_may_not_read_the_stream(aws, kind):
    fed = Roled(aws, f"read-stack-{kind}", kind, [])
    properties = {"FunctionName": fed.name, "EventSourceArn": fed.stream.arn, "StartingPosition": "LATEST"}
    with pytest.raises(AssertionError, match="Cannot access stream"):
        aws.deploy(fed.name, {"Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": properties}})


@both
def test_a_lost_permission_ends_the_reading_and_the_records_stay(aws, kind):
    fed = Roled(aws, f"read-lost-{kind}", kind, READ[kind])
    mapping = fed.map()
    fed.put("before")
    assert fed.given(1, seconds_alone=10) == [["before"]]
    lost = f"{kind}:GetRecords"
    fed.allow([action for action in READ[kind] if action != lost])
    assert fed.ends_with(mapping, lost)
    fed.put("during")
    assert fed.rests()
    fed.allow(READ[kind])
    assert fed.given(1) == [["during"]]


def test_a_stream_with_a_customer_key_asks_for_the_key_too(aws):
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    fed = Roled(aws, "read-key", "kinesis", READ["kinesis"])
    aws.client("kinesis").start_stream_encryption(StreamName=fed.name, EncryptionType="KMS", KeyId=key)
    mapping = fed.map()
    fed.put("sealed")
    assert fed.ends_with(mapping, "kms:Decrypt")
    fed.allow(READ["kinesis"], {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key})
    assert fed.given(1) == [["sealed"]]


def test_a_consumer_is_subscribed_to(aws):
    fed = Roled(aws, "read-consumer", "kinesis", READ["kinesis"][:3])
    stream = fed.stream.arn
    fed.stream.arn = aws.client("kinesis").register_stream_consumer(StreamARN=stream, ConsumerName="one")["Consumer"]["ConsumerARN"]
    subscribing = {"Effect": "Allow", "Action": ["kinesis:DescribeStreamConsumer", "kinesis:SubscribeToShard"], "Resource": fed.stream.arn}
    describing = {"Effect": "Allow", "Action": READ["kinesis"][:3], "Resource": stream}
    fed.allow([], describing)
    with pytest.raises(ClientError, match="SubscribeToShard"):
        fed.map()
    fed.allow([], describing, subscribing)
    try:
        fed.map()
    except ClientError as refused:
        raise AssertionError(str(refused)) from refused
    fed.put("1")
    assert fed.given(1) == [["1"]]
