"""Metrics of event source mappings of streams: the supplement `cloudwatch_event_source_metrics`."""

import json
import time

import pytest
from conftest import datapoints, measured, within
from queues import ensure_role, queue
from streams import Fed

both = pytest.mark.parametrize("kind", ["kinesis", "dynamodb"])
COUNTED = {"MetricsConfig": {"Metrics": ["EventCount"]}}
NAMES = ["Polled", "FilteredOut", "Invoked", "FailedInvoke", "Dropped", "OnFailureDestinationDelivered"]


def counts(aws, mapping: str) -> dict[str, float]:
    return {name: measured(aws, "AWS/Lambda", f"{name}EventCount", "Sum", EventSourceMappingUUID=mapping) for name in NAMES}


def polls(aws, mapping: str) -> float:
    return measured(aws, "AWS/Lambda", "PolledEventCount", "SampleCount", EventSourceMappingUUID=mapping)


def become(aws, mapping: str, **expected: float) -> None:
    wanted = dict.fromkeys(NAMES, 0) | expected
    try:
        within(20 if aws.supplemented else 2, lambda: counts(aws, mapping) == wanted)
    except AssertionError:
        assert counts(aws, mapping) == wanted


@both
def test_events_are_counted(aws, kind):
    fed = Fed(aws, f"counted-{kind}", kind)
    for number in range(4):
        fed.put(str(number), status="done" if number == 3 else "new", **({"kind": "throws"} if number == 1 else {}))
    wanted = {"data": {"status": ["new"]}} if kind == "kinesis" else {"dynamodb": {"NewImage": {"status": {"S": ["new"]}}}}
    mapping = fed.map(BatchSize=1, MaximumRetryAttempts=2, FilterCriteria={"Filters": [{"Pattern": json.dumps(wanted)}]}, **COUNTED)
    become(aws, mapping, Polled=4, FilteredOut=1, Invoked=5, FailedInvoke=3, Dropped=1)
    _url, arn = queue(aws, f"{fed.name}-failed")
    aws.client("lambda").update_event_source_mapping(UUID=mapping, DestinationConfig={"OnFailure": {"Destination": arn}})
    fed.put("4", status="new", kind="throws")
    become(aws, mapping, Polled=5, FilteredOut=1, Invoked=8, FailedInvoke=6, Dropped=1, OnFailureDestinationDelivered=1)
    aws.client("lambda").update_event_source_mapping(UUID=mapping, DestinationConfig={"OnFailure": {"Destination": f"{arn}-missing"}})
    fed.put("5", status="new", kind="throws")
    become(aws, mapping, Polled=6, FilteredOut=1, Invoked=11, FailedInvoke=9, Dropped=2, OnFailureDestinationDelivered=1)


def test_nothing_is_counted_that_was_not_asked_for(aws):
    fed = Fed(aws, "counted-not")
    asked = fed.map(**COUNTED)
    mapping = fed.map()
    fed.put("1")
    become(aws, asked, Polled=1, Invoked=1)
    fed.given(2)
    become(aws, mapping)


@both
def test_an_empty_poll_counts_as_zero_and_none_as_nothing(aws, kind):
    fed = Fed(aws, f"polls-{kind}", kind)
    mapping = fed.map(**COUNTED)
    within(20 if aws.supplemented else 2, lambda: polls(aws, mapping) >= 3)
    become(aws, mapping)
    aws.client("lambda").update_event_source_mapping(UUID=mapping, Enabled=False)
    time.sleep(1)  # What is under way ends.
    before = polls(aws, mapping)
    time.sleep(2)
    assert polls(aws, mapping) == before


def test_an_alarm_rings_when_nothing_is_polled(aws):
    fed = Fed(aws, "polls-alarm")
    mapping = fed.map(**COUNTED)
    alarms = aws.client("cloudwatch")
    alarms.put_metric_alarm(
        AlarmName="polls-alarm",
        Namespace="AWS/Lambda",
        MetricName="PolledEventCount",
        Dimensions=[{"Name": "EventSourceMappingUUID", "Value": mapping}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=5,
        ComparisonOperator="LessThanThreshold",
        Threshold=0,
        TreatMissingData="breaching",
    )

    def becomes(state: str) -> bool:
        return within(30 if aws.supplemented else 2, lambda: alarms.describe_alarms(AlarmNames=["polls-alarm"])["MetricAlarms"][0]["StateValue"] == state)

    assert becomes("OK")
    aws.client("lambda").update_event_source_mapping(UUID=mapping, Enabled=False)
    assert becomes("ALARM")
    aws.client("lambda").update_event_source_mapping(UUID=mapping, Enabled=True)
    assert becomes("OK")


def test_nothing_is_polled_without_permission(aws_with_iam):
    aws = aws_with_iam
    ensure_role(aws, "any", {"Effect": "Allow", "Action": "*", "Resource": "*"})
    fed = Fed(aws, "polls-role")
    role = ensure_role(aws, "polls-role", {"Effect": "Allow", "Action": "kinesis:*", "Resource": fed.stream.arn})
    aws.client("lambda").update_function_configuration(FunctionName=fed.name, Role=role)
    mapping = fed.map(**COUNTED)
    within(20 if aws.supplemented else 2, lambda: polls(aws, mapping) >= 1)
    ensure_role(aws, "polls-role", {"Effect": "Allow", "Action": "kinesis:ListShards", "Resource": fed.stream.arn})
    assert fed.ends_with(mapping, "may not kinesis:DescribeStream")
    before = polls(aws, mapping)
    time.sleep(2)
    assert polls(aws, mapping) == before


@both
def test_the_age_of_the_last_record(aws, kind):
    fed = Fed(aws, f"iterator-age-{kind}", kind)
    fed.put("1", kind="throws")
    fed.map(MaximumRetryAttempts=2)
    fed.given(3)
    for dimensions in ({"FunctionName": fed.name}, {"FunctionName": fed.name, "Resource": fed.name}):
        points = datapoints(aws, "AWS/Lambda", "IteratorAge", "Maximum", **dimensions)
        assert [point["Unit"] for point in points] == ["Milliseconds"]
        assert 3000 < points[0]["Maximum"] < 20 * 60_000  # There were waits of three seconds, and a start.
    assert measured(aws, "AWS/Lambda", "IteratorAge", "SampleCount", FunctionName=fed.name) == 3


def test_the_age_by_alias(aws):
    fed = Fed(aws, "iterator-age-alias")
    functions = aws.client("lambda")
    version = functions.publish_version(FunctionName=fed.name)["Version"]
    alias = functions.create_alias(FunctionName=fed.name, Name="live", FunctionVersion=version)["AliasArn"]
    fed.put("1")
    functions.create_event_source_mapping(FunctionName=alias, EventSourceArn=fed.stream.arn, StartingPosition="TRIM_HORIZON")
    fed.given(1)
    by_alias = {"FunctionName": fed.name, "Resource": f"{fed.name}:live"}
    assert measured(aws, "AWS/Lambda", "IteratorAge", "SampleCount", **by_alias) == 1
    assert measured(aws, "AWS/Lambda", "Invocations", "Sum", **by_alias) == 1
