import pytest
from conftest import datapoints, within


@pytest.fixture
def patience(request) -> float:
    """How long to wait, in seconds; on the emulator alone for what will not come."""
    return 1 if request.node.callspec.params["aws"] == "alone" else 20


@pytest.fixture
def any_alarm(aws):
    """Queues report where there is an alarm."""
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName="any",
        Namespace="AWS/SQS",
        MetricName="ApproximateNumberOfMessagesVisible",
        Dimensions=[{"Name": "QueueName", "Value": "none"}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
    )


def newest(aws, queue: str) -> dict:
    """The newest datapoint of each metric; empty while there is none."""
    def values(metric):
        return datapoints(aws, "AWS/SQS", metric, "Maximum", period=1, QueueName=queue)

    metrics = ("Visible", "NotVisible", "Delayed")
    points = {name: values(f"ApproximateNumberOfMessages{name}") for name in metrics}
    points["Age"] = values("ApproximateAgeOfOldestMessage")
    return {name: max(found, key=lambda point: point["Timestamp"])["Maximum"] for name, found in points.items() if found}


def counts(aws, queue: str) -> dict:
    found = newest(aws, queue)
    return {name: found.get(name) for name in ("Visible", "NotVisible", "Delayed")}


@pytest.mark.parametrize("fifo", [False, True])
def test_messages_are_visible_in_flight_or_delayed(aws, any_alarm, fifo, patience):
    sqs, name = aws.client("sqs"), "counted.fifo" if fifo else "counted"
    queue = sqs.create_queue(QueueName=name, Attributes={"FifoQueue": "true"} if fifo else {})["QueueUrl"]
    for number in range(3):
        ordered = {"MessageGroupId": str(number), "MessageDeduplicationId": str(number)} if fifo else {}
        sqs.send_message(QueueUrl=queue, MessageBody="m", **ordered)
    within(patience, lambda: counts(aws, name) == {"Visible": 3, "NotVisible": 0, "Delayed": 0})
    received = sqs.receive_message(QueueUrl=queue)["Messages"]
    within(patience, lambda: counts(aws, name) == {"Visible": 2, "NotVisible": 1, "Delayed": 0})
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=received[0]["ReceiptHandle"])
    if not fifo:
        sqs.send_message(QueueUrl=queue, MessageBody="m", DelaySeconds=900)
    within(patience, lambda: counts(aws, name) == {"Visible": 2, "NotVisible": 0, "Delayed": 0 if fifo else 1})


def test_the_age_grows_in_cloudwatch_time_and_ends_with_the_message(aws, any_alarm, patience):
    sqs = aws.client("sqs")
    queue = sqs.create_queue(QueueName="aged")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="m")
    # A minute lasts a second here.
    within(patience, lambda: newest(aws, "aged").get("Age", 0) > 120)
    received = sqs.receive_message(QueueUrl=queue)["Messages"]
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=received[0]["ReceiptHandle"])
    within(patience, lambda: newest(aws, "aged")["Age"] == 0)


@pytest.mark.parametrize("fifo", [False, True])
def test_poison_does_not_count_for_the_age_of_a_standard_queue(aws, any_alarm, fifo, patience):
    sqs, name = aws.client("sqs"), "poisoned.fifo" if fifo else "poisoned"
    attributes = {"VisibilityTimeout": "0", **({"FifoQueue": "true"} if fifo else {})}
    queue = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="m", **({"MessageGroupId": "g", "MessageDeduplicationId": "d"} if fifo else {}))
    within(patience, lambda: newest(aws, name).get("Age", 0) > 0)
    for _ in range(3):
        assert sqs.receive_message(QueueUrl=queue)["Messages"]
    # A later minute than the one of the last receive.
    before = newest(aws, name)["Age"]
    within(patience, lambda: newest(aws, name)["Age"] > before if fifo else newest(aws, name)["Age"] == 0)
    assert counts(aws, name)["Visible"] == 1
