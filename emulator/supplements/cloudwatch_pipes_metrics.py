"""Pipes report to CloudWatch.

AWS: "Monitoring Amazon EventBridge Pipes" (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-monitoring.html): by PipeName,
Invocations, and ExecutionFailed or ExecutionPartiallyFailed for an execution whose events could not, or not all, be delivered.

The emulator alone: pipes report nothing.

This supplement: records them at each attempt to deliver. Nothing is ever throttled, so that there is no ExecutionThrottled.
"""

from ministack.services import cloudwatch

from supplements import pipes_delivery
from supplements._patching import expect_parameters


def apply() -> None:
    deliver = pipes_delivery.deliver
    expect_parameters(deliver, "pipe", "records")
    expect_parameters(cloudwatch.record_metric, "namespace", "metric_name", "value", "unit", "dimensions")

    def deliver_and_record(pipe: dict, records: list[dict]) -> list:
        failed = deliver(pipe, records)
        record(pipe, "Invocations")
        if failed:
            record(pipe, "ExecutionFailed" if len(failed) == len(records) else "ExecutionPartiallyFailed")
        return failed

    pipes_delivery.deliver = deliver_and_record


def record(pipe: dict, metric: str) -> None:
    cloudwatch.record_metric("AWS/EventBridge/Pipes", metric, 1, "Count", {"PipeName": pipe["Name"]})
