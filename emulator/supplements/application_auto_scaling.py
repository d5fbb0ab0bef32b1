"""Application Auto Scaling remembers targets and policies, and scales ECS services by them.

AWS: RegisterScalableTarget and PutScalingPolicy (https://docs.aws.amazon.com/autoscaling/application/APIReference/Welcome.html):
a target is one dimension of one resource with a lower and an upper bound; a policy belongs to a registered target
(ObjectNotFoundException otherwise) and goes with it. Registering or putting again changes what is given and keeps the rest.

"Step scaling" (https://docs.aws.amazon.com/autoscaling/application/userguide/step-scaling-policy-overview.html): while an alarm is on, its
policies act each minute, and not again within their cooldown. "Target tracking"
(https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html): the service makes two alarms and
adds or removes capacity in proportion. Of several policies it follows the one that gives the most. ECS
(https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html) does not scale in during a deployment.

The emulator alone: has no Application Auto Scaling.

This supplement: a record of targets and policies; services of ECS are scaled, each minute of CloudWatch's time. Target tracking takes a customized metric of
metric math only: out after 3 minutes above the target, in after 15 below 90 % of it. Its alarms are evaluated, but not to be seen in
CloudWatch. AWS leaves open what it does with no task: here nothing, because a part of nothing is nothing.
"""

import json
import logging
import math
import sys
import time

from ministack.core.responses import AccountRegionScopedDict, error_response_json, get_account_id, get_region, json_response, new_uuid

from ministack.services import cloudwatch, ecs

from supplements import _cloudwatch_clock as clock
from supplements import cloudwatch_alarm_evaluation as alarms
from supplements._services import add_service, operation_of

HIGH_PERIODS, LOW_PERIODS, LOW_SHARE = 3, 15, 0.9

logger = logging.getLogger("application-autoscaling")
_targets = AccountRegionScopedDict()
_policies = AccountRegionScopedDict()
# By the ARN of a policy, when it changed a count.
_acted: dict = {}


def apply() -> None:
    add_service("application-autoscaling", "AnyScaleFrontendService", sys.modules[__name__])
    clock.evaluate_each_minute(scale)


def reset() -> None:
    _targets.clear()
    _policies.clear()
    _acted.clear()


async def handle_request(method, path, headers, body, query_params):
    operations = {
        "RegisterScalableTarget": register_scalable_target,
        "DescribeScalableTargets": lambda data: {"ScalableTargets": described(_targets, data, "ResourceIds", "ResourceId")},
        "DeregisterScalableTarget": deregister_scalable_target,
        "PutScalingPolicy": put_scaling_policy,
        "DescribeScalingPolicies": lambda data: {"ScalingPolicies": described(_policies, data, "PolicyNames", "PolicyName")},
        "DeleteScalingPolicy": delete_scaling_policy,
    }
    operation = operation_of(headers)
    if operation not in operations:
        return error_response_json("UnknownOperationException", f"not supported: {operation}", 400)
    try:
        return json_response(operations[operation](json.loads(body or b"{}")))
    except KeyError as missing:
        return error_response_json("ObjectNotFoundException", f"No scalable target or scaling policy found for {missing}", 400)


def target_key(data: dict) -> str:
    return "|".join(data[part] for part in ("ResourceId", "ScalableDimension", "ServiceNamespace"))


def policy_key(data: dict) -> str:
    return f"{target_key(data)}|{data['PolicyName']}"


def arn(kind: str) -> str:
    return f"arn:aws:application-autoscaling:{get_region()}:{get_account_id()}:{kind}/{new_uuid()}"


def register_scalable_target(data: dict) -> dict:
    known = _targets.get(target_key(data)) or {"CreationTime": time.time(), "ScalableTargetARN": arn("scalable-target")}
    _targets[target_key(data)] = {**known, **{name: value for name, value in data.items() if name != "Tags"}}
    return {"ScalableTargetARN": known["ScalableTargetARN"]}


def deregister_scalable_target(data: dict) -> dict:
    del _targets[target_key(data)]
    for key in [key for key in _policies if key.startswith(f"{target_key(data)}|")]:
        del _policies[key]
    return {}


def put_scaling_policy(data: dict) -> dict:
    if target_key(data) not in _targets:
        raise KeyError(target_key(data))
    known = _policies.get(policy_key(data)) or {
        "CreationTime": time.time(),
        "PolicyARN": f"{arn('scaling-policy')}:resource/{data['ServiceNamespace']}/{data['ResourceId']}:policyName/{data['PolicyName']}",
    }
    _policies[policy_key(data)] = {"Alarms": [], **known, **data}
    return {"PolicyARN": known["PolicyARN"], "Alarms": []}


def delete_scaling_policy(data: dict) -> dict:
    del _policies[policy_key(data)]
    return {}


def described(records, data: dict, chosen: str, name: str) -> list:
    wanted = [part for part in ("ServiceNamespace", "ResourceId", "ScalableDimension") if part in data]
    return [
        record
        for record in records.values()
        if all(record[part] == data[part] for part in wanted) and (not data.get(chosen) or record[name] in data[chosen])
    ]


def scale(end: float) -> None:
    """Once a minute: each service gets the most that one of its policies gives it."""
    for key, target in list(_targets.items()):
        if target["ServiceNamespace"] != "ecs":
            continue
        _kind, cluster, name = target["ResourceId"].split("/")
        service = ecs._services.get(f"{cluster}/{name}")
        if not service or service["status"] != "ACTIVE":
            continue
        wanted = []
        for policy in [policy for each, policy in _policies.items() if each.startswith(f"{key}|")]:
            try:
                wanted += [(count, policy) for count in proposal(policy, service["desiredCount"], end)]
            except Exception:
                logger.exception("the policy %s cannot be evaluated", policy["PolicyName"])
        # Without a policy that has anything to say, the bounds still hold.
        count, policy = max(wanted, key=lambda each: each[0], default=(service["desiredCount"], None))
        count = min(max(count, target["MinCapacity"]), target["MaxCapacity"])
        deploying = any(each["rolloutState"] == "IN_PROGRESS" for each in service["deployments"])
        if count > service["desiredCount"] or (count < service["desiredCount"] and not deploying):
            if policy:
                _acted[policy["PolicyARN"]] = end
            ecs._update_service({"cluster": cluster, "service": name, "desiredCount": count})


def proposal(policy: dict, current: int, end: float) -> list[int]:
    """The count that a policy asks for, if it asks for any."""
    if policy["PolicyType"] == "TargetTrackingScaling":
        return tracked(policy, policy["TargetTrackingScalingPolicyConfiguration"], current, end)
    configuration = policy["StepScalingPolicyConfiguration"]
    if is_cooling(policy, configuration.get("Cooldown", 0), end):
        return []
    ringing = [alarm for alarm in cloudwatch._alarms.values() if policy["PolicyARN"] in (alarm.get("AlarmActions") or []) and alarm["StateValue"] == "ALARM"]
    return [count for alarm in ringing for count in stepped(configuration, alarm, current, end)]


def is_cooling(policy: dict, cooldown: float, end: float) -> bool:
    return end < _acted.get(policy["PolicyARN"], -math.inf) + clock.duration_here(cooldown)


def stepped(configuration: dict, alarm: dict, current: int, end: float) -> list[int]:
    value = next((each for each in reversed(alarms.datapoints(alarm, alarm["EvaluationPeriods"], end)) if each is not None), None)
    if value is None:
        return []
    over = value - alarm["Threshold"]
    steps = [
        step["ScalingAdjustment"]
        for step in configuration["StepAdjustments"]
        if step.get("MetricIntervalLowerBound", -math.inf) <= over < step.get("MetricIntervalUpperBound", math.inf)
    ]
    changes = {"ExactCapacity": lambda step: step, "ChangeInCapacity": lambda step: current + step}
    return [changes[configuration["AdjustmentType"]](step) for step in steps]


def tracked(policy: dict, configuration: dict, current: int, end: float) -> list[int]:
    queries = [
        {**query, "MetricStat": {**query["MetricStat"], "Period": 60}} if "MetricStat" in query else query
        for query in configuration["CustomizedMetricSpecification"]["Metrics"]
    ]
    target = configuration["TargetValue"]
    points = alarms.datapoints({"Metrics": queries}, LOW_PERIODS, end)
    newest = points[-HIGH_PERIODS:]
    if all(point is not None and point > target for point in newest) and not is_cooling(policy, configuration.get("ScaleOutCooldown", 300), end):
        return [math.ceil(current * newest[-1] / target)]
    if all(point is not None and point < LOW_SHARE * target for point in points) and not is_cooling(policy, configuration.get("ScaleInCooldown", 300), end):
        return [math.ceil(current * points[-1] / target)]
    return []
