"""Queues report to CloudWatch.

AWS: "Available CloudWatch metrics for Amazon SQS"
(https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html): each minute a queue
reports, among others, how many messages are visible, in flight and delayed, and the age of the oldest message that is
not deleted. In a standard queue, a message that was received three times or more counts no longer for the age.

The emulator alone: queues report nothing.

This supplement: the four metrics, each minute of CloudWatch's time (`_cloudwatch_clock`), for the queues of an account and
region that has an alarm. The age is in CloudWatch's time too: otherwise no alarm on it could ring before its minutes
have passed on the wall clock. In a dead-letter queue the age counts from the sending, not from the move.
"""

import time

from ministack.services import cloudwatch, sqs

from supplements import _cloudwatch_clock as clock
from supplements._patching import expect_parameters

POISON_RECEIVES = 3
KEPT_MINUTES = 24 * 60


def apply() -> None:
    expect_parameters(sqs._refresh_counts, "q")
    expect_parameters(cloudwatch._metric_bucket, "key")
    expect_parameters(cloudwatch._dims_key, "dims")
    clock.report_each_minute(report)


def report(end: float) -> None:
    for queue in sqs._queues.values():
        dimensions = {"QueueName": queue["name"]}
        for name, (value, unit) in measured(queue, time.time()).items():
            points = cloudwatch._metric_bucket(("AWS/SQS", name, cloudwatch._dims_key(dimensions)))
            # Within the minute that ended, safe from rounding at either end.
            points.append({"Timestamp": end - clock.MINUTE / 2, "Value": float(value), "Unit": unit, "Dimensions": dimensions})
            if len(points) > 2 * KEPT_MINUTES:
                del points[:-KEPT_MINUTES]


def measured(queue: dict, now: float) -> dict:
    """As `sqs._refresh_counts` counts, without touching the queue, which other threads are using."""
    messages = list(queue["messages"])
    waiting = [message for message in messages if message.get("visible_at", now) > now]
    delayed = sum(not message.get("receive_count") for message in waiting)
    sent_at = [
        message.get("enqueued_at") or message.get("sent_at", now)
        for message in messages
        if queue["is_fifo"] or message.get("receive_count", 0) < POISON_RECEIVES
    ]
    return {
        "ApproximateNumberOfMessagesVisible": (len(messages) - len(waiting), "Count"),
        "ApproximateNumberOfMessagesNotVisible": (len(waiting) - delayed, "Count"),
        "ApproximateNumberOfMessagesDelayed": (delayed, "Count"),
        "ApproximateAgeOfOldestMessage": (clock.duration_on_aws(max(0.0, now - min(sent_at, default=now))), "Seconds"),
    }
