"""Services report how many tasks run.

AWS: "Amazon ECS Container Insights metrics" (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html):
RunningTaskCount by ClusterName and ServiceName, of a cluster whose Container Insights are on.

The emulator alone: reports nothing of ECS.

This supplement: this metric, each minute of CloudWatch's time. Of a service without a task nothing is reported: AWS does not say whether it is,
and what reads the metric must do without.
"""

from ministack.services import cloudwatch, ecs

from supplements import _cloudwatch_clock as clock
from supplements._patching import expect_parameters

KEPT_MINUTES = 24 * 60


def apply() -> None:
    expect_parameters(cloudwatch._metric_bucket, "key")
    expect_parameters(cloudwatch._dims_key, "dims")
    clock.report_each_minute(report)


def report(end: float) -> None:
    for key, service in ecs._services.items():
        cluster = ecs._clusters.get(key.partition("/")[0])
        if not cluster or not service["runningCount"] or not has_insights(cluster):
            continue
        dimensions = {"ClusterName": cluster["clusterName"], "ServiceName": service["serviceName"]}
        points = cloudwatch._metric_bucket(("ECS/ContainerInsights", "RunningTaskCount", cloudwatch._dims_key(dimensions)))
        # Within the minute that ended, safe from rounding at either end.
        points.append({"Timestamp": end - clock.MINUTE / 2, "Value": float(service["runningCount"]), "Unit": "Count", "Dimensions": dimensions})
        del points[:-KEPT_MINUTES]


def has_insights(cluster: dict) -> bool:
    settings = {each["name"]: each["value"] for each in cluster.get("settings") or []}
    return settings.get("containerInsights") in ("enabled", "enhanced")
