import pytest


def alarm(**properties) -> dict:
    return {
        "Alarm": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {"ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "Threshold": 0, **properties},
        }
    }


def stat(identifier: str, metric: str) -> dict:
    return {
        "Id": identifier,
        "MetricStat": {
            "Metric": {"Namespace": "AWS/SQS", "MetricName": metric, "Dimensions": [{"Name": "QueueName", "Value": "q"}]},
            "Period": 60,
            "Stat": "Maximum",
        },
        "ReturnData": False,
    }


METRICS = [
    {"Id": "growth", "Expression": "DIFF(visible)", "Label": "growth"},
    stat("visible", "ApproximateNumberOfMessagesVisible"),
]


def described(aws, name: str) -> dict:
    return aws.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]


def test_made_and_described(aws):
    ids = aws.deploy("math", alarm(Metrics=METRICS, TreatMissingData="notBreaching", DatapointsToAlarm=1))
    found = described(aws, ids["Alarm"])
    assert found["Metrics"] == [{**METRICS[0], "ReturnData": True}, METRICS[1]]
    assert found["TreatMissingData"] == "notBreaching"
    assert found["Threshold"] == 0
    assert {"MetricName", "Namespace", "Statistic", "Period", "Dimensions"} & found.keys() == set()


def test_updated_between_one_metric_and_math(aws):
    one = alarm(Namespace="AWS/SQS", MetricName="ApproximateAgeOfOldestMessage", Statistic="Maximum", Period=60)
    name = aws.deploy("turns", one)["Alarm"]
    assert described(aws, name)["MetricName"] == "ApproximateAgeOfOldestMessage"
    aws.deploy("turns", alarm(Metrics=METRICS))
    assert len(described(aws, name)["Metrics"]) == 2
    aws.deploy("turns", one)
    assert "Metrics" not in described(aws, name)


@pytest.mark.parametrize(
    "properties, reason",
    [
        ({"Metrics": METRICS, "MetricName": "Errors"}, "Metrics cannot be given together with MetricName"),
        ({"Metrics": [stat("a", "A"), stat("b", "B")]}, "exactly one entry of Metrics must return data"),
    ],
)
def test_what_cloudwatch_refuses_fails_the_stack(aws, properties, reason):
    with pytest.raises(AssertionError, match=reason):
        aws.deploy(f"refused-{len(reason)}", alarm(**properties))
