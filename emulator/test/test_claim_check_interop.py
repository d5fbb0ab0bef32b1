"""Claim checks of the runtime package, against the SQS Extended Client Library of AWS for Python, in both directions.

Not a test of a supplement, so it runs once; it is here because both sides need the emulator.
"""

import hashlib
import json
import os
import pathlib
import subprocess
import uuid

import pytest
from sqs_extended_client import SQSExtendedClientSession

ROOT = pathlib.Path(__file__).parents[2]
LARGE = "grüezi " * 50_000  # 400,000 bytes
PARTS = "x" * (10 * 1024 * 1024)


class Sides:
    """A queue and a bucket, with Python at one end and Node at the other."""

    def __init__(self, aws):
        name = f"claim-check-{uuid.uuid4()}"
        self.bucket = name
        self.s3 = aws.client("s3")
        self.s3.create_bucket(Bucket=name)
        self.queue_url = aws.client("sqs").create_queue(QueueName=name)["QueueUrl"]
        self.python = SQSExtendedClientSession().client("sqs")
        self.python.large_payload_support = name

    def node(self, prefix: str = "", **request: str) -> dict:
        done = subprocess.run(
            ["node", "--import", "tsx", str(pathlib.Path(__file__).with_name("claim-check.ts"))],
            input=json.dumps({"queueUrl": self.queue_url, "bucket": self.bucket, "prefix": prefix, **request}),
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**os.environ, "TSX_TSCONFIG_PATH": str(ROOT / "tsconfig.dev.json")},
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def receive_in_python(self) -> str:
        [message] = self.python.receive_message(QueueUrl=self.queue_url, WaitTimeSeconds=5)["Messages"]
        return message["Body"]

    def keys(self) -> list[str]:
        return [found["Key"] for found in self.s3.list_objects_v2(Bucket=self.bucket).get("Contents", [])]


@pytest.fixture
def sides(request, monkeypatch):
    aws = request.config.beds.bed()
    for name, value in {
        "AWS_ENDPOINT_URL": aws.endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    return Sides(aws)


@pytest.mark.parametrize("payload", [LARGE, PARTS], ids=["in one piece", "in parts"])
def test_python_reads_what_node_deposited(sides, payload):
    key = sides.node(prefix="orders/", payload=payload)["key"]
    assert key.startswith("orders/")
    assert sides.receive_in_python() == payload
    assert sides.keys() == [key]
    # The library would delete the payload with its message only if it were told to. (It takes no receipt handle with a hyphen in it, which those of AWS have not
    # and those of the emulator have, so its deletion cannot be tried here.)
    assert sides.python.delete_payload_from_s3 is False


def test_python_reads_what_node_sent_inline(sides):
    assert sides.node(payload="grüezi")["key"] is None
    assert sides.receive_in_python() == "grüezi"


@pytest.mark.parametrize("legacy", [False, True], ids=["version 2", "version 1"])
def test_node_claims_what_python_sent(sides, legacy):
    sides.python.use_legacy_attribute = legacy
    sides.python.send_message(QueueUrl=sides.queue_url, MessageBody=LARGE)
    assert len(sides.keys()) == 1
    assert sides.node() == {"size": len(LARGE.encode()), "sha256": hashlib.sha256(LARGE.encode()).hexdigest()}
    assert len(sides.keys()) == 1


def test_node_claims_what_python_sent_under_a_prefix(sides):
    key = f"orders/{uuid.uuid4()}"
    attributes = {"S3Key": {"DataType": "String", "StringValue": key}}
    sides.python.send_message(QueueUrl=sides.queue_url, MessageBody=LARGE, MessageAttributes=attributes)
    assert sides.keys() == [key]
    assert sides.node(prefix="orders/")["size"] == len(LARGE.encode())


def test_node_claims_what_python_sent_inline(sides):
    sides.python.send_message(QueueUrl=sides.queue_url, MessageBody="grüezi")
    assert sides.keys() == []
    assert sides.node()["size"] == len("grüezi".encode())


def test_node_refuses_what_python_deposited_elsewhere(sides):
    sides.python.send_message(QueueUrl=sides.queue_url, MessageBody=LARGE)
    with pytest.raises(AssertionError, match="ForeignPayloadError"):
        sides.node(prefix="orders/")
