"""AWS: "Event message structure" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html)."""

import json

import pytest
from queues import allowing, queue, received


def events_of(aws, name, versions, act):
    """The details of the events of a new bucket, in their order."""
    s3, events = aws.client("s3"), aws.client("events")
    notification = {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    properties = {"NotificationConfiguration": notification, **({"VersioningConfiguration": {"Status": "Enabled"}} if versions else {})}
    bucket = aws.deploy(name, {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": properties}})["Bucket"]
    url, arn = queue(aws, name)
    rule = events.put_rule(Name=name, EventPattern=json.dumps({"source": ["aws.s3"], "detail": {"bucket": {"name": [bucket]}}}))["RuleArn"]
    aws.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": allowing("events.amazonaws.com", arn, rule)})
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
    expected = act(s3, bucket)
    found = [json.loads(received(aws, url)["Body"])["detail"]["object"] for _ in expected]
    return sorted(found, key=lambda found: found["sequencer"]), expected


def test_the_event_names_the_version_that_was_put(aws):
    def put_twice(s3, bucket):
        return [s3.put_object(Bucket=bucket, Key="a", Body=body)["VersionId"] for body in (b"first", b"second")]

    found, versions = events_of(aws, "names-versions", True, put_twice)
    assert [event.get("version-id") for event in found] == versions


@pytest.mark.also_alone
def test_in_a_bucket_without_versions_it_names_none(aws):
    found, _ = events_of(aws, "names-no-versions", False, lambda s3, bucket: [s3.put_object(Bucket=bucket, Key="a", Body=b"")])
    assert ["version-id" in event for event in found] == [False]
