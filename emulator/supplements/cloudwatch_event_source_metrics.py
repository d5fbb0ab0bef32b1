"""Event source mappings of streams report to CloudWatch.

AWS: "Types of metrics for Lambda functions" (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html): of the function,
IteratorAge, which is the age of the last record of a batch when it is sent to the function, and DestinationDeliveryFailures. With EventCount
in the mapping's MetricsConfig, by EventSourceMappingUUID: PolledEventCount, which is 0 for an empty poll and missing when nothing is polled,
FilteredOutEventCount, InvokedEventCount with every attempt, FailedInvokeEventCount, DroppedEventCount for what reached no destination, and
OnFailureDestinationDeliveredEventCount.

The emulator alone: reports none of them.

This supplement: records them. An age is in CloudWatch's time, in which a minute lasts a second. Empty polls are told twice a minute. While
all shards of a mapping wait to try a batch again nothing is polled; AWS does not say whether it polls then. Also left open: which events count
as failed when an answer names some, here those that are tried again, and whether throttled ones do, here they do.
"""

import time

from ministack.services import cloudwatch

from supplements import cloudwatch_lambda_metrics
from supplements._cloudwatch_clock import MINUTE
from supplements._patching import expect_parameters

_polled: dict[str, float] = {}  # when each mapping last told of a poll


def apply() -> None:
    expect_parameters(cloudwatch.record_metric, "namespace", "metric_name", "value", "unit", "dimensions")


def count(mapping: dict, metric: str, events: int) -> None:
    if "EventCount" in ((mapping.get("MetricsConfig") or {}).get("Metrics") or ()):
        cloudwatch.record_metric("AWS/Lambda", metric, events, "Count", {"EventSourceMappingUUID": mapping["UUID"]})


def polled(mapping: dict, events: int) -> None:
    now = time.monotonic()
    if events or now >= _polled.get(mapping["UUID"], 0) + MINUTE / 2:
        _polled[mapping["UUID"]] = now
        count(mapping, "PolledEventCount", events)


def iterator_age(config: dict, seconds: float) -> None:
    of_function(config, "IteratorAge", max(0, seconds) * 1000, "Milliseconds")


def of_function(config: dict, metric: str, value: float, unit: str = "Count") -> None:
    for dimensions in cloudwatch_lambda_metrics.dimension_sets(config):
        cloudwatch.record_metric("AWS/Lambda", metric, value, unit, dimensions)
