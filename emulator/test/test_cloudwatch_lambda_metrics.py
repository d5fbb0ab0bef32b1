import json

import pytest
from conftest import measured, within

HANDLER = """
exports.handler = async (event) => {
  const body = event.Records ? event.Records[0].body : event;
  if (body === 'fail') throw new Error('as told');
  if (body === 'slow') await new Promise(done => setTimeout(done, 300));
};
"""


@pytest.fixture
def patience(request) -> float:
    """How long to wait, in seconds; on the emulator alone for what will not come."""
    return 1 if request.node.callspec.params["aws"] == "alone" else 20


def total(aws, metric: str, statistic: str = "Sum", **dimensions) -> float:
    return measured(aws, "AWS/Lambda", metric, statistic, **dimensions)


def reported(aws, **dimensions) -> dict:
    return {metric: total(aws, metric, **dimensions) for metric in ("Invocations", "Errors", "Throttles")}


def made(aws, name: str):
    aws.function(name, HANDLER, "nodejs22.x")
    return aws.client("lambda")


def test_synchronous_invocations(aws):
    functions = made(aws, "sync")
    for payload in (b'"succeed"', b'"fail"', b'"slow"'):
        functions.invoke(FunctionName="sync", Payload=payload)
    for dimensions in ({"FunctionName": "sync"}, {"FunctionName": "sync", "Resource": "sync"}):
        assert reported(aws, **dimensions) == {"Invocations": 3, "Errors": 1, "Throttles": 0}
        assert total(aws, "Duration", "SampleCount", **dimensions) == 3
        assert total(aws, "Duration", "Maximum", **dimensions) >= 300


def test_the_duration_is_without_the_initialization(aws):
    aws.function("initializing", "const until = Date.now() + 1500; while (Date.now() < until) {}\nexports.handler = async () => {};", "nodejs22.x")
    aws.client("lambda").invoke(FunctionName="initializing", Payload=b"null")
    assert 0 < total(aws, "Duration", "Maximum", FunctionName="initializing") < 1000


def test_asynchronous_invocations_count_each_attempt(aws, patience):
    functions = made(aws, "async")
    functions.invoke(FunctionName="async", InvocationType="Event", Payload=b'"succeed"')
    functions.invoke(FunctionName="async", InvocationType="Event", Payload=b'"fail"')
    expected = {"Invocations": 4, "Errors": 3, "Throttles": 0}
    within(patience, lambda: reported(aws, FunctionName="async") == expected)
    assert reported(aws, FunctionName="async", Resource="async") == expected


def test_invocations_by_an_event_source(aws, patience):
    functions, sqs = made(aws, "polled"), aws.client("sqs")
    queue = sqs.create_queue(QueueName="polled", Attributes={"VisibilityTimeout": "60"})["QueueUrl"]
    functions.create_event_source_mapping(FunctionName="polled", EventSourceArn="arn:aws:sqs:us-east-1:000000000000:polled", BatchSize=1)
    for body in ("succeed", "fail"):
        sqs.send_message(QueueUrl=queue, MessageBody=body)
    within(patience, lambda: reported(aws, FunctionName="polled")["Invocations"] == 2)
    assert reported(aws, FunctionName="polled") == {"Invocations": 2, "Errors": 1, "Throttles": 0}


def test_a_throttle_is_neither_an_invocation_nor_an_error(aws):
    functions = made(aws, "throttled")
    functions.put_function_concurrency(FunctionName="throttled", ReservedConcurrentExecutions=0)
    with pytest.raises(functions.exceptions.TooManyRequestsException) as refused:
        functions.invoke(FunctionName="throttled", Payload=b"null")
    attempts = 1 + refused.value.response["ResponseMetadata"]["RetryAttempts"]  # the SDK retries a throttle
    assert reported(aws, FunctionName="throttled") == {"Invocations": 0, "Errors": 0, "Throttles": attempts}
    assert total(aws, "Duration", "SampleCount", FunctionName="throttled") == 0


def test_an_alias_reports_by_resource_and_executed_version(aws):
    functions = made(aws, "aliased")
    version = functions.publish_version(FunctionName="aliased")["Version"]
    functions.create_alias(FunctionName="aliased", Name="live", FunctionVersion=version)
    functions.invoke(FunctionName="aliased", Qualifier="live", Payload=b'"fail"')
    functions.invoke(FunctionName="aliased", Qualifier=version, Payload=b'"succeed"')
    functions.invoke(FunctionName="aliased", Payload=b'"succeed"')
    alias = {"FunctionName": "aliased", "Resource": "aliased:live"}
    assert reported(aws, **alias) == {"Invocations": 1, "Errors": 1, "Throttles": 0}
    assert reported(aws, **alias, ExecutedVersion=version) == {"Invocations": 1, "Errors": 1, "Throttles": 0}
    assert reported(aws, FunctionName="aliased", Resource=f"aliased:{version}")["Invocations"] == 1
    assert reported(aws, FunctionName="aliased", Resource="aliased")["Invocations"] == 1
    assert reported(aws, FunctionName="aliased")["Invocations"] == 3


def test_an_event_source_of_an_alias_reports_the_alias(aws, patience):
    functions, sqs = made(aws, "fed"), aws.client("sqs")
    version = functions.publish_version(FunctionName="fed")["Version"]
    functions.create_alias(FunctionName="fed", Name="live", FunctionVersion=version)
    queue = sqs.create_queue(QueueName="fed")["QueueUrl"]
    functions.create_event_source_mapping(FunctionName="fed:live", EventSourceArn="arn:aws:sqs:us-east-1:000000000000:fed")
    sqs.send_message(QueueUrl=queue, MessageBody=json.dumps("succeed"))
    within(patience, lambda: total(aws, "Invocations", FunctionName="fed", Resource="fed:live", ExecutedVersion=version) == 1)
