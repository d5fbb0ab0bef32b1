"""Metrics of rules: the supplement `cloudwatch_eventbridge_metrics`."""

import json

from conftest import measured, within


def rule(aws, name: str, pattern: dict, bus: str = "default") -> None:
    aws.client("events").put_rule(Name=name, EventPattern=json.dumps(pattern), EventBusName=bus)


def matched(aws, **dimensions: str) -> list[float]:
    return [measured(aws, "AWS/Events", metric, "Sum", **dimensions) for metric in ("MatchedEvents", "TriggeredRules")]


def test_a_rule_without_a_target_counts_objects(aws):
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="matched-objects")
    s3.put_bucket_notification_configuration(Bucket="matched-objects", NotificationConfiguration={"EventBridgeConfiguration": {}})
    created = {"source": ["aws.s3"], "detail-type": ["Object Created"]}
    rule(aws, "matched-objects", {**created, "detail": {"bucket": {"name": ["matched-objects"]}}})
    rule(aws, "matched-others", {**created, "detail": {"bucket": {"name": ["matched-others"]}}})
    for key in ("1", "2"):
        s3.put_object(Bucket="matched-objects", Key=key, Body=b"kept")
    within(20 if aws.supplemented else 2, lambda: matched(aws, RuleName="matched-objects") == [2, 2])
    assert matched(aws, RuleName="matched-others") == [0, 0]


def test_a_rule_of_another_bus_counts_with_its_bus(aws):
    events = aws.client("events")
    events.create_event_bus(Name="matched-bus")
    rule(aws, "matched-on-bus", {"source": ["drill"]}, "matched-bus")
    events.put_events(Entries=[{"Source": "drill", "DetailType": "told", "Detail": "{}", "EventBusName": "matched-bus"}])
    assert matched(aws, EventBusName="matched-bus", RuleName="matched-on-bus") == [1, 1]
    assert matched(aws, RuleName="matched-on-bus") == [0, 0]
