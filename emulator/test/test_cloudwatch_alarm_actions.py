import json

import pytest
from conftest import within


def listener(aws, name: str) -> tuple[str, str]:
    """A topic and the queue that hears it."""
    sqs, sns = aws.client("sqs"), aws.client("sns")
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    topic = sns.create_topic(Name=name)["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:000000000000:{name}")
    return topic, queue


def received(aws, queue: str) -> dict:
    messages = within(10, lambda: aws.client("sqs").receive_message(QueueUrl=queue).get("Messages"))
    return json.loads(messages[0]["Body"])


def one_metric(**changes) -> dict:
    return {
        "AlarmDescription": "Too many.",
        "Namespace": "Tests",
        "MetricName": "Load",
        "Dimensions": [{"Name": "Host", "Value": "a"}],
        "Statistic": "Sum",
        "Period": 300,
        "EvaluationPeriods": 3,
        "Threshold": 5,
        "ComparisonOperator": "GreaterThanThreshold",
        **changes,
    }


# The state is set by hand, which acts as any change does; these alarms have no data, and ignore that.
def changed(aws, name: str, state: str = "ALARM", **properties) -> dict:
    topic, queue = listener(aws, name)
    actions = {field: [topic] for field in ("AlarmActions", "OKActions")}
    settings = {"AlarmName": name, "TreatMissingData": "ignore", **properties, **actions}
    aws.deploy(name, {"Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": settings}})
    aws.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue=state, StateReason="because")
    return received(aws, queue)


def test_the_message_of_a_metric_alarm(aws):
    envelope = changed(aws, "message", **one_metric(DatapointsToAlarm=2))
    assert envelope["Subject"] == 'ALARM: "message" in US East (N. Virginia)'
    message = json.loads(envelope["Message"])
    trigger = message.pop("Trigger")
    assert message.pop("StateChangeTime").endswith("+0000")
    assert message.pop("AlarmConfigurationUpdatedTimestamp").endswith("+0000")
    topic = "arn:aws:sns:us-east-1:000000000000:message"
    assert message == {
        "AlarmName": "message",
        "AlarmDescription": "Too many.",
        "AWSAccountId": "000000000000",
        "NewStateValue": "ALARM",
        "NewStateReason": "because",
        "Region": "US East (N. Virginia)",
        "AlarmArn": "arn:aws:cloudwatch:us-east-1:000000000000:alarm:message",
        "OldStateValue": "INSUFFICIENT_DATA",
        "OKActions": [topic],
        "AlarmActions": [topic],
        "InsufficientDataActions": [],
    }
    assert trigger == {
        "MetricName": "Load",
        "Namespace": "Tests",
        "StatisticType": "Statistic",
        "Statistic": "SUM",
        "Unit": None,
        "Dimensions": [{"value": "a", "name": "Host"}],
        "Period": 300,
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 2,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 5.0,
        "TreatMissingData": "ignore",
        "EvaluateLowSampleCountPercentile": "",
    }


def test_the_trigger_of_a_percentile(aws):
    properties = one_metric(ExtendedStatistic="p99")
    del properties["Statistic"]
    trigger = json.loads(changed(aws, "percentile", "OK", **properties)["Message"])["Trigger"]
    assert (trigger.get("StatisticType"), trigger.get("ExtendedStatistic")) == ("ExtendedStatistic", "p99")
    assert "Statistic" not in trigger


def test_the_trigger_of_metric_math(aws):
    stat = {"Metric": {"Namespace": "Tests", "MetricName": "Load", "Dimensions": [{"Name": "Host", "Value": "a"}]}, "Period": 60, "Stat": "Sum"}
    metrics = [{"Id": "e", "Expression": "DIFF(m)"}, {"Id": "m", "MetricStat": stat, "ReturnData": False}]
    trigger = json.loads(
        changed(aws, "math-trigger", Metrics=metrics, EvaluationPeriods=1, Threshold=0, ComparisonOperator="GreaterThanThreshold")["Message"]
    )["Trigger"]
    assert trigger["Period"] == 60
    assert trigger["Metrics"] == [
        {"Id": "e", "Expression": "DIFF(m)", "ReturnData": True},
        {"Id": "m", "MetricStat": {**stat, "Metric": {**stat["Metric"], "Dimensions": [{"value": "a", "name": "Host"}]}}, "ReturnData": False},
    ]


def test_a_change_is_an_event(aws):
    events, sqs = aws.client("events"), aws.client("sqs")
    queue = sqs.create_queue(QueueName="alarm-events")["QueueUrl"]
    pattern = {"source": ["aws.cloudwatch"], "detail-type": ["CloudWatch Alarm State Change"], "detail": {"alarmName": ["an-event"]}}
    events.put_rule(Name="alarm-events", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="alarm-events", Targets=[{"Id": "queue", "Arn": "arn:aws:sqs:us-east-1:000000000000:alarm-events"}])
    cloudwatch = aws.client("cloudwatch")
    cloudwatch.put_metric_alarm(AlarmName="an-event", TreatMissingData="ignore", **one_metric())
    cloudwatch.set_alarm_state(AlarmName="an-event", StateValue="ALARM", StateReason="because")
    messages = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages", [])
    assert len(messages) == 1
    event = json.loads(messages[0]["Body"])
    assert event["resources"] == ["arn:aws:cloudwatch:us-east-1:000000000000:alarm:an-event"]
    assert (event["detail"]["state"]["value"], event["detail"]["state"]["reason"]) == ("ALARM", "because")
    assert event["detail"]["previousState"]["value"] == "INSUFFICIENT_DATA"


@pytest.mark.also_alone
def test_disabled_actions_are_silent(aws):
    topic, queue = listener(aws, "disabled")
    cloudwatch = aws.client("cloudwatch")
    cloudwatch.put_metric_alarm(AlarmName="disabled", TreatMissingData="ignore", AlarmActions=[topic], ActionsEnabled=False, **one_metric())
    cloudwatch.set_alarm_state(AlarmName="disabled", StateValue="ALARM", StateReason="because")
    aws.client("sns").publish(TopicArn=topic, Message="the only one")
    assert received(aws, queue)["Message"] == "the only one"
