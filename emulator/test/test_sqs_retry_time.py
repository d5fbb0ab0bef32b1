import time

import pytest
from conftest import KINDS, bed, within
from queues import queue

VISIBILITY_TIMEOUT = 12

FAILING = """
def handler(event, context):
    raise Exception("no")
"""
NAMING_FAILURES = """
def handler(event, context):
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in event["Records"]]}
"""


@pytest.fixture(scope="module", params=KINDS)
def hurried(request):
    return bed(request, SQS_RETRY_SCALE="0.02")


def dead_letters_of(aws, name: str, source: str, **mapping) -> str:
    """The URL of the queue in which a message is after two attempts."""
    sqs = aws.client("sqs")
    dead_letters, arn = queue(aws, f"retry-{name}-dead")
    policy = f'{{"deadLetterTargetArn": "{arn}", "maxReceiveCount": 2}}'
    url, arn = queue(aws, f"retry-{name}", VisibilityTimeout=str(VISIBILITY_TIMEOUT), RedrivePolicy=policy)
    function = aws.function(f"retry-{name}", source, "python3.12")
    aws.client("lambda").create_event_source_mapping(EventSourceArn=arn, FunctionName=function, **mapping)
    sqs.send_message(QueueUrl=url, MessageBody="poison")
    return dead_letters


def waits_for(aws, url: str) -> float:
    """How long a message takes until it is in a queue; no longer than two attempts take without the supplement."""
    begin = time.monotonic()
    within(1.5 * VISIBILITY_TIMEOUT, lambda: aws.client("sqs").receive_message(QueueUrl=url, VisibilityTimeout=0).get("Messages"))
    return time.monotonic() - begin


@pytest.mark.parametrize("name, source, mapping", [
    ("error", FAILING, {}),
    ("named", NAMING_FAILURES, {"FunctionResponseTypes": ["ReportBatchItemFailures"]}),
])
def test_a_failed_message_is_tried_again_sooner(hurried, name, source, mapping):
    assert waits_for(hurried, dead_letters_of(hurried, name, source, **mapping)) < VISIBILITY_TIMEOUT


@pytest.mark.parametrize("option", ["supplemented", "alone"])
def test_a_scale_that_stops_time_is_refused(option, request):
    options = ["--plain"] if option == "alone" else []
    with pytest.raises(AssertionError, match="SQS_RETRY_SCALE=0.0: must be more than 0"):
        request.config.beds.bed(*options, SQS_RETRY_SCALE="0")
