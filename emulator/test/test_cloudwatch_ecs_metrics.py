import time

import pytest
from conftest import datapoints, within
from ecs import LASTING, patience, service, until_running


@pytest.fixture(autouse=True)
def any_alarm(aws):
    """Services report where there is an alarm."""
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName="any-of-ecs",
        Namespace="ECS/ContainerInsights",
        MetricName="RunningTaskCount",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1000,
        ComparisonOperator="GreaterThanThreshold",
    )


def counts(aws, name: str) -> set:
    return {point["Maximum"] for point in datapoints(aws, "ECS/ContainerInsights", "RunningTaskCount", "Maximum", period=1, ClusterName=name, ServiceName=name)}


@pytest.mark.parametrize("insights", ["enabled", "enhanced"])
def test_a_service_reports_how_many_tasks_run(aws, insights):
    service(aws, f"counted-{insights}", LASTING, count=2, insights=insights)
    within(patience(aws), lambda: 2 in counts(aws, f"counted-{insights}"))


@pytest.mark.also_alone
def test_without_container_insights_nothing_is_reported(aws):
    service(aws, "uncounted", LASTING)
    until_running(aws, "uncounted", 1)
    time.sleep(3)
    assert counts(aws, "uncounted") == set()
