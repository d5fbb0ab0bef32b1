import datetime
import json
import re

import pytest
from conftest import within
from queues import counted, ensure_role, queue, received, stays_empty

PYTHON = "python3.12"

SOURCE = """
import time
def handler(event, context):
    time.sleep(event.get('seconds', 0))
    if event.get('fail'):
        raise ValueError('no funds' + '!' * event.get('length', 0))
    return {'done': True}
"""
FAILING = {"fail": True, "order": 7}


@pytest.fixture
def function(aws, request):
    name = request.node.name.split("[")[0][5:].replace("_", "-")[:60]
    aws.function(name, SOURCE, PYTHON)
    return name


def configure(aws, name: str, success: str | None = None, failure: str | None = None, **settings) -> None:
    destinations = {"OnSuccess": {"Destination": success} if success else {}, "OnFailure": {"Destination": failure} if failure else {}}
    aws.client("lambda").put_function_event_invoke_config(FunctionName=name, DestinationConfig=destinations, **settings)


def invoke(aws, name: str, event: dict, **qualifier: str) -> None:
    assert aws.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(event), **qualifier)["StatusCode"] == 202


def record_of(message: dict) -> dict:
    return json.loads(message["Body"])


def test_a_success_is_recorded(aws, function):
    successes, arn = queue(aws, "successes")
    configure(aws, function, success=arn)
    invoke(aws, function, {"order": 7})
    record = record_of(received(aws, successes))
    context = record["requestContext"]
    assert record["version"] == "1.0"
    assert context["functionArn"].endswith(f":function:{function}:$LATEST")
    assert (context["condition"], context["approximateInvokeCount"]) == ("Success", 1)
    assert record["requestPayload"] == {"order": 7}
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST"}
    assert record["responsePayload"] == {"done": True}


def test_a_failure_is_recorded_after_its_retries(aws, function):
    failures, arn = queue(aws, "failures")
    configure(aws, function, failure=arn)
    invoke(aws, function, FAILING)
    record = record_of(received(aws, failures))
    context = record["requestContext"]
    assert (context["condition"], context["approximateInvokeCount"]) == ("RetriesExhausted", 3)
    assert record["requestPayload"] == FAILING
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
    assert record["responsePayload"]["errorMessage"] == "no funds"
    assert record["responsePayload"]["requestId"] == context["requestId"]  # the attempts and the record share one id
    assert counted(aws, "AWS/Lambda", "AsyncEventsDropped", FunctionName=function)


def test_all_attempts_have_one_request_id(aws):
    function = "one-request-id"
    aws.function(function, "def handler(event, context):\n    raise ValueError(context.aws_request_id)", PYTHON)
    dead_letters, arn = queue(aws, "one-request-id-dead")
    aws.client("lambda").update_function_configuration(FunctionName=function, DeadLetterConfig={"TargetArn": arn})
    invoke(aws, function, {})
    attributes = received(aws, dead_letters).get("MessageAttributes")
    assert attributes
    identifier = attributes["RequestID"]["StringValue"]
    assert attributes["ErrorMessage"]["StringValue"] == identifier
    events = aws.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{function}", filterPattern="START")["events"]
    starts = [event["message"] for event in events if event["message"].startswith("START")]
    assert [identifier in start for start in starts] == [True] * 3


def test_a_dead_letter_is_the_raw_event(aws, function):
    dead_letters, arn = queue(aws, "dead-letters")
    aws.client("lambda").update_function_configuration(FunctionName=function, DeadLetterConfig={"TargetArn": arn})
    invoke(aws, function, {**FAILING, "length": 2000})
    letter = received(aws, dead_letters)
    assert json.loads(letter["Body"]) == {**FAILING, "length": 2000}
    attributes = letter["MessageAttributes"]
    assert attributes["ErrorCode"] == {"DataType": "Number", "StringValue": "200"}
    assert attributes["ErrorMessage"]["StringValue"] == ("no funds" + "!" * 2000)[:1024]
    assert len(attributes["RequestID"]["StringValue"]) == 36


def test_a_dead_letter_queue_may_stand_beside_a_destination(aws, function):
    dead_letters, dead_letter_arn = queue(aws, "beside-dead")
    failures, failure_arn = queue(aws, "beside-failures")
    aws.client("lambda").update_function_configuration(FunctionName=function, DeadLetterConfig={"TargetArn": dead_letter_arn})
    configure(aws, function, failure=failure_arn, MaximumRetryAttempts=0)
    invoke(aws, function, FAILING)
    record = record_of(received(aws, failures))
    assert received(aws, dead_letters)["MessageAttributes"]["RequestID"]["StringValue"] == record["requestContext"]["requestId"]


def test_an_event_grows_too_old_for_its_next_attempt(aws, function):
    failures, arn = queue(aws, "old-failures")
    configure(aws, function, failure=arn, MaximumEventAgeInSeconds=150)  # the second retry would come after 60 s and 120 s more
    invoke(aws, function, FAILING)
    context = record_of(received(aws, failures))["requestContext"]
    assert (context["condition"], context["approximateInvokeCount"]) == ("EventAgeExceeded", 2)


def test_a_throttle_is_no_attempt(aws, function):
    successes, success_arn = queue(aws, "throttled-successes")
    failures, failure_arn = queue(aws, "throttled-failures")
    configure(aws, function, success=success_arn, failure=failure_arn, MaximumRetryAttempts=0)
    aws.client("lambda").put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=1)
    for _ in range(3):
        invoke(aws, function, {"seconds": 0.3})
    counts = [record_of(received(aws, successes))["requestContext"]["approximateInvokeCount"] for _ in range(3)]
    assert counts == [1, 1, 1]
    assert stays_empty(aws, failures)


def test_a_reserved_concurrency_of_zero_sets_events_aside_at_once(aws, function):
    dead_letters, arn = queue(aws, "stopped-dead")
    aws.client("lambda").update_function_configuration(FunctionName=function, DeadLetterConfig={"TargetArn": arn})
    failures, failure_arn = queue(aws, "stopped-failures")
    configure(aws, function, failure=failure_arn)
    aws.client("lambda").put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    invoke(aws, function, {"order": 7})
    context = record_of(received(aws, failures))["requestContext"]
    assert context["condition"] not in ("RetriesExhausted", "EventAgeExceeded")  # AWS does not document its name
    assert context["approximateInvokeCount"] == 0
    letter = received(aws, dead_letters)
    assert json.loads(letter["Body"]) == {"order": 7}
    assert letter["MessageAttributes"]["ErrorCode"]["StringValue"] == "429"


def test_an_alias_has_its_own_settings(aws, function):
    failures, arn = queue(aws, "alias-failures")
    functions = aws.client("lambda")
    version = functions.publish_version(FunctionName=function)["Version"]
    functions.create_alias(FunctionName=function, Name="live", FunctionVersion=version)
    functions.put_function_event_invoke_config(
        FunctionName=function, Qualifier="live", MaximumRetryAttempts=1, DestinationConfig={"OnFailure": {"Destination": arn}}
    )
    invoke(aws, function, FAILING, Qualifier="live")
    record = record_of(received(aws, failures))
    assert record["requestContext"]["functionArn"].endswith(f"{function}:live")
    assert record["requestContext"]["approximateInvokeCount"] == 2
    assert record["responseContext"]["executedVersion"] == version


def test_a_record_on_a_topic(aws, function):
    url, arn = queue(aws, "topic-records")
    topic = aws.client("sns").create_topic(Name="records")["TopicArn"]
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    configure(aws, function, success=topic)
    invoke(aws, function, {"order": 7})
    assert record_of(received(aws, url))["requestPayload"] == {"order": 7}


def test_a_record_to_a_function_is_an_asynchronous_invocation(aws, function):
    target = aws.function("takes-records", SOURCE, PYTHON)
    url, arn = queue(aws, "function-records")
    configure(aws, function, success=target)
    configure(aws, "takes-records", success=arn)
    invoke(aws, function, {"order": 7})
    record = record_of(received(aws, url))
    assert record["requestPayload"]["requestPayload"] == {"order": 7}


def test_a_record_on_an_event_bus(aws, function):
    url, arn = queue(aws, "bus-records")
    events = aws.client("events")
    bus = events.create_event_bus(Name="records")["EventBusArn"]
    pattern = {"source": ["lambda"], "detail-type": ["Lambda Function Invocation Result - Failure"]}
    events.put_rule(Name="records", EventBusName="records", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="records", EventBusName="records", Targets=[{"Id": "queue", "Arn": arn}])
    configure(aws, function, failure=bus, MaximumRetryAttempts=0)
    invoke(aws, function, FAILING)
    assert record_of(received(aws, url))["detail"]["requestPayload"] == FAILING


def objects_in(aws, bucket: str) -> list[str]:
    return [entry["Key"] for entry in aws.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])]


def stored(aws, bucket: str) -> tuple[str, dict]:
    """The key and the content of the one object in a bucket."""
    [key] = within(20 if aws.supplemented else 1, lambda: objects_in(aws, bucket))
    return key, json.loads(aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())


def test_a_failure_is_recorded_in_a_bucket(aws, function):
    aws.client("s3").create_bucket(Bucket="async-failures")
    configure(aws, function, failure="arn:aws:s3:::async-failures")
    invoke(aws, function, FAILING)
    key, record = stored(aws, "async-failures")
    assert re.fullmatch(rf"aws/lambda/async/{function}/\d{{4}}/\d\d/\d\d/\d{{4}}-\d\d-\d\dT\d\d\.\d\d\.\d\d-[0-9a-f-]{{36}}", key)
    assert record["requestPayload"] == FAILING
    assert (record["requestContext"]["condition"], record["requestContext"]["approximateInvokeCount"]) == ("RetriesExhausted", 3)


def test_a_bucket_that_is_not_there_is_counted(aws, function):
    configure(aws, function, failure="arn:aws:s3:::async-not-there", MaximumRetryAttempts=0)
    invoke(aws, function, FAILING)
    within(20 if aws.supplemented else 1, lambda: counted(aws, "AWS/Lambda", "DestinationDeliveryFailures", FunctionName=function))


def test_the_age_of_events_is_reported_with_its_waits(aws, function):
    configure(aws, function)
    invoke(aws, function, FAILING)
    cloudwatch = aws.client("cloudwatch")
    now = datetime.datetime.now(datetime.timezone.utc)

    def oldest() -> bool:
        datapoints = cloudwatch.get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName="AsyncEventAge",
            Dimensions=[{"Name": "FunctionName", "Value": function}],
            StartTime=now - datetime.timedelta(hours=1),
            EndTime=now + datetime.timedelta(hours=1),
            Period=3600,
            Statistics=["Maximum"],
        )["Datapoints"]
        return any(180_000 <= point["Maximum"] < 200_000 for point in datapoints)  # two retries: one minute, and two more

    within(20 if aws.supplemented else 1, oldest)


def test_an_unsupported_destination_is_counted(aws, function):
    _url, arn = queue(aws, "records.fifo", FifoQueue="true")
    configure(aws, function, success=arn)
    invoke(aws, function, {})
    within(20 if aws.supplemented else 1, lambda: counted(aws, "AWS/Lambda", "DestinationDeliveryFailures", FunctionName=function))


def test_the_role_must_be_allowed_to_send(aws_with_iam):
    aws = aws_with_iam
    closed, closed_arn = queue(aws, "not-granted")
    dead_letters, dead_letter_arn = queue(aws, "granted")
    ensure_role(aws, "any")
    role = ensure_role(aws, "sends", {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": dead_letter_arn})
    aws.function("sends", SOURCE, PYTHON)
    aws.client("lambda").update_function_configuration(
        FunctionName="sends", Role=role, DeadLetterConfig={"TargetArn": dead_letter_arn}
    )
    configure(aws, "sends", failure=closed_arn, MaximumRetryAttempts=0)
    invoke(aws, "sends", FAILING)
    assert json.loads(received(aws, dead_letters)["Body"]) == FAILING
    assert counted(aws, "AWS/Lambda", "DestinationDeliveryFailures", FunctionName="sends")
    assert stays_empty(aws, closed)


def test_the_role_must_be_allowed_to_store(aws_with_iam):
    aws = aws_with_iam
    s3 = aws.client("s3")
    account = aws.client("sts").get_caller_identity()["Account"]
    own = {"StringEquals": {"s3:ResourceAccount": account}}
    for name, action in {"stores": ["s3:PutObject", "s3:ListBucket"], "only-puts": ["s3:PutObject"]}.items():
        s3.create_bucket(Bucket=f"async-{name}")
        arn = f"arn:aws:s3:::async-{name}"
        role = ensure_role(aws, name, {"Effect": "Allow", "Action": action, "Resource": [arn, f"{arn}/*"], "Condition": own})
        ensure_role(aws, "any")
        aws.function(name, SOURCE, PYTHON)
        aws.client("lambda").update_function_configuration(FunctionName=name, Role=role)
        configure(aws, name, failure=arn, MaximumRetryAttempts=0)
        invoke(aws, name, FAILING)
    assert stored(aws, "async-stores")[1]["requestPayload"] == FAILING
    within(20 if aws.supplemented else 1, lambda: counted(aws, "AWS/Lambda", "DestinationDeliveryFailures", FunctionName="only-puts"))
    assert objects_in(aws, "async-only-puts") == []
