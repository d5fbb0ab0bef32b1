import time

from botocore.exceptions import ClientError
from conftest import within
from ecs import LASTING, described, service, update

DIMENSION = "ecs:service:DesiredCount"


def scaled(aws, name: str, count: int, least: int = 0, most: int = 5) -> dict:
    service(aws, name, LASTING, count)
    target = {"ServiceNamespace": "ecs", "ResourceId": f"service/{name}/{name}", "ScalableDimension": DIMENSION}
    try:
        aws.client("application-autoscaling").register_scalable_target(**target, MinCapacity=least, MaxCapacity=most)
    except ClientError as error:
        raise AssertionError(str(error)) from error
    return target


def report(aws, name: str, value: float) -> None:
    aws.client("cloudwatch").put_metric_data(Namespace="Tests", MetricData=[{"MetricName": name, "Value": value}])


def desired(aws, name: str) -> int:
    return described(aws, name)["desiredCount"]


def step(aws, target: dict, name: str, threshold: float, comparison: str, **configuration) -> None:
    policy = aws.client("application-autoscaling").put_scaling_policy(
        **target, PolicyName=name, PolicyType="StepScaling", StepScalingPolicyConfiguration={"MetricAggregationType": "Maximum", **configuration}
    )
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="Tests",
        MetricName=name,
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=threshold,
        ComparisonOperator=comparison,
        AlarmActions=[policy["PolicyARN"]],
    )


def track(aws, target: dict, name: str, value: float) -> None:
    metrics = [
        {"Id": "half", "Expression": "FILL(whole, 0) / 2", "ReturnData": True},
        {"Id": "whole", "ReturnData": False, "MetricStat": {"Stat": "Average", "Metric": {"Namespace": "Tests", "MetricName": name, "Dimensions": []}}},
    ]
    aws.client("application-autoscaling").put_scaling_policy(
        **target,
        PolicyName=name,
        PolicyType="TargetTrackingScaling",
        # Scaled out once only: a busy machine may not look before the next time.
        TargetTrackingScalingPolicyConfiguration={"TargetValue": value, "ScaleOutCooldown": 3600, "CustomizedMetricSpecification": {"Metrics": metrics}},
    )
    # The clock runs where there is an alarm.
    step(aws, target, f"{name}-clock", 1000, "GreaterThanThreshold", AdjustmentType="ChangeInCapacity", StepAdjustments=[{"ScalingAdjustment": 0}])


def test_an_alarm_adds_a_step_once_in_its_cooldown(aws):
    added = {"AdjustmentType": "ChangeInCapacity", "Cooldown": 300, "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}]}
    step(aws, scaled(aws, "woken", 0), "woken", 1, "GreaterThanOrEqualToThreshold", **added)
    assert desired(aws, "woken") == 0
    begun = time.monotonic()

    def reached():
        report(aws, "woken", 1)
        count = desired(aws, "woken")
        # However late this looks: the first step at once, each other one five seconds after the one before it.
        assert count <= 1 + (time.monotonic() - begun) / 5
        return count > 1

    within(60, reached)


def test_an_alarm_sets_an_exact_count_within_the_bounds(aws):
    exact = {"AdjustmentType": "ExactCapacity", "StepAdjustments": [{"MetricIntervalUpperBound": 0, "ScalingAdjustment": 0}]}
    step(aws, scaled(aws, "idle", 3, least=1), "idle", 1, "LessThanThreshold", **exact)

    def reached():
        report(aws, "idle", 0)
        return desired(aws, "idle") == 1

    within(60, reached)


def test_a_target_is_tracked_out_in_three_minutes_and_in_after_fifteen(aws):
    # One task at least: until the first report, the metric is filled with zeros.
    track(aws, scaled(aws, "bounded", 1, least=1, most=2), "bounded", 10)
    track(aws, scaled(aws, "tracked", 1, least=1), "tracked", 10)

    def reached(name: str, value: float, count: int):
        report(aws, name, value)
        return desired(aws, name) == count

    # (60 / 2) / 10 of what there is, and no more than there may be.
    within(60, lambda: reached("bounded", 60, 2))
    within(60, lambda: reached("tracked", 60, 3))
    begun = time.monotonic()
    within(60, lambda: reached("tracked", 4, 1))
    assert time.monotonic() - begun > 10


def test_the_policy_that_gives_more_is_followed_and_a_deployment_is_not_scaled_in(aws):
    target = scaled(aws, "both", 2)
    exact = {"AdjustmentType": "ExactCapacity", "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 0}]}
    more = {"AdjustmentType": "ExactCapacity", "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 4}]}
    step(aws, target, "both", 1, "GreaterThanOrEqualToThreshold", **more)
    step(aws, target, "fewer", 1, "GreaterThanOrEqualToThreshold", **exact)

    def reached(count: int, *metrics: str):
        for metric in metrics:
            report(aws, metric, 1)
        return desired(aws, "both") == count

    within(60, lambda: reached(4, "both", "fewer"))
    update(aws, "both", forceNewDeployment=True)
    within(60, lambda: reached(0, "fewer"))
    assert [each["rolloutState"] for each in described(aws, "both")["deployments"]] == ["COMPLETED"]
