import json

import pytest
from conftest import within

SLOW = """
import time

def handler(event, context):
    time.sleep(0.8)
"""


class Source:
    """An event source of single messages, which their queue lets be received once."""

    def __init__(self, aws, name: str, function: str, visibility_timeout: int):
        name = f"throttled-{name}"
        self.sqs = aws.client("sqs")
        self.dead_letters = self.sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
        redrive = json.dumps({"deadLetterTargetArn": self.arn(self.dead_letters), "maxReceiveCount": 1})
        attributes = {"RedrivePolicy": redrive, "VisibilityTimeout": str(visibility_timeout)}
        self.queue = self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        aws.client("lambda").create_event_source_mapping(EventSourceArn=self.arn(self.queue), FunctionName=function, BatchSize=1)

    def arn(self, url: str) -> str:
        return self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def send(self, messages: int) -> None:
        for number in range(messages):
            self.sqs.send_message(QueueUrl=self.queue, MessageBody=str(number))

    def count(self, url: str, *kinds: str) -> int:
        names = [f"ApproximateNumberOfMessages{kind}" for kind in kinds]
        return sum(map(int, self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values()))

    def in_flight(self) -> int:
        return self.count(self.queue, "NotVisible")

    def left(self) -> int:
        return self.count(self.queue, "", "NotVisible")

    def dead(self) -> int:
        return self.count(self.dead_letters, "")


def reserving(aws, name: str, reserved: int, source: str = "def handler(event, context): pass") -> str:
    function = f"throttled-{name}"
    aws.function(function, source, "python3.12")
    reserve(aws, function, reserved)
    return function


def reserve(aws, name: str, reserved: int) -> None:
    aws.client("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=reserved)


@pytest.fixture(scope="module")
def sources(aws):
    """All at once, so that they wait for their visibility timeouts together."""
    stopped = reserving(aws, "stopped", 1)
    version = aws.client("lambda").publish_version(FunctionName=stopped)["Version"]
    aws.client("lambda").create_alias(FunctionName=stopped, Name="live", FunctionVersion=version)
    # Where it is not throttled it must be quick: a cold start on a busy machine outlasts the visibility timeout too.
    aws.client("lambda").invoke(FunctionName=stopped, Qualifier="live")
    reserve(aws, stopped, 0)
    started = {
        "stopped": Source(aws, "stopped", stopped, visibility_timeout=2),
        "aliased": Source(aws, "aliased", f"{stopped}:live", visibility_timeout=2),
        "crowded": Source(aws, "crowded", reserving(aws, "crowded", 1, SLOW), visibility_timeout=2),
    }
    started["stopped"].send(1)
    started["aliased"].send(1)
    started["crowded"].send(6)
    return started


def test_throttled_in_time(aws):
    function = reserving(aws, "in-time", 0)
    source = Source(aws, "in-time", function, visibility_timeout=60)
    source.send(1)
    within(3, source.in_flight)
    reserve(aws, function, 1)
    within(10, lambda: source.left() == 0)
    assert source.dead() == 0


@pytest.mark.parametrize("name", ["stopped", "aliased"])
def test_throttled_too_long(sources, name):
    within(8, lambda: sources[name].left() == 0)
    assert sources[name].dead() == 1


def test_throttled_by_its_own_load(sources):
    within(20, lambda: sources["crowded"].left() == 0)
    # Some had their turn before the visibility timeout of the others was over.
    assert 0 < sources["crowded"].dead() < 6
