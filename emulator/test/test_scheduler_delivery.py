"""Deliveries of schedules: the supplement `scheduler_delivery`."""

import datetime
import json

from conftest import measured, within
from queues import queue, received, stays_empty

ROLE = "arn:aws:iam::000000000000:role/any"
TIMES = '{"at":"<aws.scheduler.scheduled-time>"}'


def schedule(aws, name: str, arn: str, expression: str, **target) -> str:
    """The ARN of a schedule to a target, in a group of its name."""
    client = aws.client("scheduler")
    client.create_schedule_group(Name=name)
    return client.create_schedule(
        Name=name,
        GroupName=name,
        ScheduleExpression=expression,
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, **{"RoleArn": ROLE, **target}},
    )["ScheduleArn"]


def now() -> str:
    return f"at({datetime.datetime.now(datetime.timezone.utc):%Y-%m-%dT%H:%M:%S})"


def fifo(aws, name: str) -> tuple[str, str]:
    return queue(aws, f"{name}.fifo", FifoQueue="true", ContentBasedDeduplication="true")


def test_a_run_says_when_it_was_due_and_which_attempt_it_is(aws):
    url, arn = queue(aws, "scheduled-once")
    names = ["schedule-arn", "scheduled-time", "execution-id", "attempt-number"]
    at = now()
    made = schedule(aws, "scheduled-once", arn, at, Input=json.dumps({name: f"<aws.scheduler.{name}>" for name in names}))
    run = json.loads(received(aws, url)["Body"])
    assert run["schedule-arn"] == made
    assert run["scheduled-time"] == f"{at[3:-1]}Z"
    assert run["attempt-number"] == "1"
    assert "<" not in run["execution-id"]


def test_a_rate_runs_at_once_and_then_at_full_intervals_that_are_shortened(aws):
    url, arn = fifo(aws, "scheduled-rate")
    schedule(aws, "scheduled-rate", arn, "rate(1 minute)", Input=TIMES, SqsParameters={"MessageGroupId": "runs"})
    first, second = (datetime.datetime.fromisoformat(json.loads(received(aws, url)["Body"])["at"][:-1]) for _ in range(2))
    assert second - first == datetime.timedelta(minutes=1)


def test_a_fifo_queue_drops_a_run_that_is_like_another(aws):
    url, arn = fifo(aws, "scheduled-twice")
    at = now()
    for name in ("scheduled-twice-1", "scheduled-twice-2"):
        schedule(aws, name, arn, at, Input=TIMES, SqsParameters={"MessageGroupId": "runs"})
    for name in ("scheduled-twice-1", "scheduled-twice-2"):
        within(20 if aws.supplemented else 1, lambda: measured(aws, "AWS/Scheduler", "InvocationAttemptCount", "Sum", ScheduleGroup=name) == 1)
    received(aws, url)
    assert stays_empty(aws, url)


def test_a_run_that_cannot_be_delivered_is_tried_again_and_set_aside(aws):
    letters, letters_arn = queue(aws, "scheduled-letters")
    gone = "arn:aws:sqs:us-east-1:000000000000:scheduled-gone"
    made = schedule(
        aws, "scheduled-gone", gone, now(), Input=TIMES, DeadLetterConfig={"Arn": letters_arn},
        RetryPolicy={"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 3600},
    )
    letter = received(aws, letters)
    attributes = {name: attribute["StringValue"] for name, attribute in letter["MessageAttributes"].items()}
    assert "at" in json.loads(letter["Body"])
    assert attributes["SCHEDULE_ARN"] == made
    assert attributes["TARGET_ARN"] == gone
    assert attributes["RETRY_ATTEMPTS"] == "2"
    assert attributes["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"
    assert attributes["SCHEDULED_TIME"] == json.loads(letter["Body"])["at"]
    counts = {"InvocationAttemptCount": 3, "TargetErrorCount": 3, "InvocationDroppedCount": 1, "InvocationsSentToDeadLetterCount": 1}
    assert {name: measured(aws, "AWS/Scheduler", name, "Sum", ScheduleGroup="scheduled-gone") for name in counts} == counts


def test_a_run_that_is_too_old_is_not_tried_again(aws):
    letters, letters_arn = queue(aws, "scheduled-old-letters")
    gone = "arn:aws:sqs:us-east-1:000000000000:scheduled-gone"
    schedule(aws, "scheduled-old", gone, now(), DeadLetterConfig={"Arn": letters_arn}, RetryPolicy={"MaximumEventAgeInSeconds": 60})
    attributes = received(aws, letters)["MessageAttributes"]
    assert attributes["EXHAUSTED_RETRY_CONDITION"]["StringValue"] == "MaximumEventAgeInSeconds"
    # After 1, 3, 7, 15 and 31 seconds; the next would come after 63.
    assert attributes["RETRY_ATTEMPTS"]["StringValue"] == "5"


def test_a_run_that_cannot_be_set_aside_is_counted(aws):
    _, letters_arn = fifo(aws, "scheduled-no-letters")
    gone = "arn:aws:sqs:us-east-1:000000000000:scheduled-gone"
    schedule(aws, "scheduled-lost", gone, now(), DeadLetterConfig={"Arn": letters_arn}, RetryPolicy={"MaximumRetryAttempts": 0})
    metric = "InvocationsFailedToBeSentToDeadLetterCount"
    within(20 if aws.supplemented else 1, lambda: measured(aws, "AWS/Scheduler", metric, "Sum", ScheduleGroup="scheduled-lost") == 1)


def role_for(aws, name: str, group: str, *queues: str) -> str:
    """A role that Scheduler may take for one group, and that may send to these queues."""
    iam = aws.client("iam")
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "scheduler.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceArn": f"arn:aws:scheduler:us-east-1:000000000000:schedule-group/{group}"}},
    }
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
    may = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": list(queues)}
    iam.put_role_policy(RoleName=name, PolicyName="test", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [may]}))
    return made["Role"]["Arn"]


def test_scheduler_delivers_and_sets_aside_as_its_role(aws_with_iam):
    aws = aws_with_iam
    url, arn = queue(aws, "scheduled-role")
    letters, letters_arn = queue(aws, "scheduled-role-letters")
    common = {"Input": TIMES, "DeadLetterConfig": {"Arn": letters_arn}, "RetryPolicy": {"MaximumRetryAttempts": 1}}
    allowed = role_for(aws, "scheduled-allowed", "scheduled-allowed", arn)
    schedule(aws, "scheduled-allowed", arn, now(), **{**common, "RoleArn": allowed})
    received(aws, url)
    refused = role_for(aws, "scheduled-refused", "scheduled-refused", letters_arn)
    schedule(aws, "scheduled-refused", arn, now(), **{**common, "RoleArn": refused})
    assert received(aws, letters)["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "AccessDenied"
    other = role_for(aws, "scheduled-other", "scheduled-refused", arn, letters_arn)
    schedule(aws, "scheduled-other", arn, now(), **{**common, "RoleArn": other})
    metric = "InvocationsFailedToBeSentToDeadLetterCount"
    within(20 if aws.supplemented else 1, lambda: measured(aws, "AWS/Scheduler", metric, "Sum", ScheduleGroup="scheduled-other") == 1)
    assert stays_empty(aws, url)
