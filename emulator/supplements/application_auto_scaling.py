"""Application Auto Scaling remembers targets and policies.

AWS: RegisterScalableTarget and PutScalingPolicy (https://docs.aws.amazon.com/autoscaling/application/APIReference/Welcome.html):
a target is one dimension of one resource with a lower and an upper bound; a policy belongs to a registered target
(ObjectNotFoundException otherwise) and goes with it. Registering or putting again changes what is given and keeps the rest.

The emulator alone: has no Application Auto Scaling.

This supplement: a record. Nothing is scaled, and the alarms of a target-tracking policy are not made.
"""

import json
import sys
import time

from ministack.core.responses import AccountRegionScopedDict, error_response_json, get_account_id, get_region, json_response, new_uuid

from supplements._services import add_service, operation_of

_targets = AccountRegionScopedDict()
_policies = AccountRegionScopedDict()


def apply() -> None:
    add_service("application-autoscaling", "AnyScaleFrontendService", sys.modules[__name__])


def reset() -> None:
    _targets.clear()
    _policies.clear()


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
