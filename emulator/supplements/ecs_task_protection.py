"""A task of a service protects itself from scaling in and deployments.

AWS: "Amazon ECS task scale-in protection" (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html): a
protected task is stopped neither by scaling in nor by a deployment, until its protection is released or expires; both wait for it. More
protection than the desired count is refused with DEPLOYMENT_BLOCKED. "Task scale-in protection endpoint"
(https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html): a
container asks for it at `$ECS_AGENT_URI/task-protection/v1/state`, for 120 minutes unless it says otherwise. UpdateTaskProtection
(https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateTaskProtection.html) does the same from outside; a task of no service
is TASK_NOT_VALID.

The emulator alone: answers UpdateTaskProtection and GetTaskProtection with nothing, has no such endpoint, and stops every task at once.

This supplement: all of it. A deployment is IN_PROGRESS as long as it waits for a protected task. With IAM enforced the endpoint asks what the role of the task may do, but not the condition keys.
"""

import functools
import json
import threading
import time
from datetime import datetime, timezone

from ministack.core.responses import error_response_json, json_response, request_scope
from ministack.services import ecs, ecs_metadata

from supplements import _roles
from supplements._patching import edit_function, expect_parameters
from supplements.ecs_tasks import BY_SCHEDULER

DEFAULT_MINUTES = 120
LONGEST_MINUTES = 2880
SPARED_FROM = [reason for reason in BY_SCHEDULER if reason != "Service deleted"]
PATH = "/task-protection/v1/state"
LOOK_AGAIN_SECONDS = 0.5


def apply() -> None:
    expect_parameters(ecs_metadata.handle_request, "method", "path", "headers", "body", "query_params")
    expect_parameters(ecs._complete_service_deployment, "cluster_name", "svc_key", "expected_deployment_id")
    _roles.expect_roles()
    ecs.is_spared, ecs.is_protected = is_spared, is_protected
    edit_function(ecs._stop_task, 'if task["lastStatus"] == "STOPPED":', 'if task["lastStatus"] == "STOPPED" or is_spared(task, reason):')
    edit_function(
        ecs._reconcile_service_tasks,
        'current_tasks.sort(key=lambda x: x[1].get("createdAt", ""), reverse=True)',
        'current_tasks.sort(key=lambda x: (not is_protected(x[1]), x[1].get("createdAt", "")), reverse=True)',
    )
    # What is stopped is chosen first, and a deployment that waits for a protected task is not over.
    completed = """        primary["rolloutState"] = "COMPLETED"
        primary["rolloutStateReason"] = "ECS deployment completed."
        primary["updatedAt"] = _iso()
        stale_task_arns = ["""
    edit_function(ecs._complete_service_deployment, completed, "        stale_task_arns = [")
    edit_function(
        ecs._complete_service_deployment,
        """        ]

    for task_arn in stale_task_arns:""",
        """        ]
        if not any(is_protected(_tasks[arn]) for arn in stale_task_arns):
            primary["rolloutState"] = "COMPLETED"
            primary["rolloutStateReason"] = "ECS deployment completed."
            primary["updatedAt"] = _iso()

    for task_arn in stale_task_arns:""",
    )
    ecs._ACTION_MAP["UpdateTaskProtection"] = update_task_protection
    ecs._ACTION_MAP["GetTaskProtection"] = get_task_protection
    metadata = ecs_metadata.handle_request

    @functools.wraps(metadata)
    async def handle_request(method, path, headers, body, query_params):
        if path.endswith(PATH):
            return agent(method, path.split("/")[2], body)
        return await metadata(method, path, headers, body, query_params)

    ecs_metadata.handle_request = handle_request
    threading.Thread(target=go_on_when_released, daemon=True, name="ecs-task-protection").start()


def is_protected(task: dict) -> bool:
    return task.get("_protected_until", 0) > time.time()


def is_spared(task: dict, reason: str) -> bool:
    if reason not in SPARED_FROM or not is_protected(task):
        return False
    task["_waited_for"] = True
    return True


def go_on_when_released() -> None:
    """The scheduler looks again at a service that has waited for a task, when its protection is over."""
    while True:
        time.sleep(LOOK_AGAIN_SECONDS)
        for (account, region, _arn), task in list(ecs._tasks.all_items()):
            if task.get("_waited_for") and not is_protected(task):
                task["_waited_for"] = False
                with request_scope(account, region):
                    cluster = ecs._cluster_name_from_arn(task["clusterArn"])
                    service = f"{cluster}/{task['group'].partition(':')[2]}"
                    ecs._complete_service_deployment(cluster, service)
                    ecs._reconcile_service_tasks(cluster, service)


def service_of(task: dict) -> dict | None:
    kind, _, name = task["group"].partition(":")
    return ecs._services.get(f"{ecs._cluster_name_from_arn(task['clusterArn'])}/{name}") if kind == "service" else None


def is_blocked(task: dict, service: dict) -> bool:
    others = [
        each
        for each in ecs._tasks.values()
        if each is not task and each["group"] == task["group"] and each["clusterArn"] == task["clusterArn"] and ecs._task_is_active(each["taskArn"], each)
    ]
    return sum(is_protected(each) for each in others) >= service["desiredCount"]


def protect(task: dict, enabled: bool, minutes: int | None) -> dict | None:
    """Sets the protection; a failure if that may not be."""
    service = service_of(task)
    if not service or not ecs._task_is_active(task["taskArn"], task):
        return {"arn": task["taskArn"], "reason": "TASK_NOT_VALID", "detail": "The task is not part of an Amazon ECS service."}
    if enabled and is_blocked(task, service):
        return {"arn": task["taskArn"], "reason": "DEPLOYMENT_BLOCKED", "detail": "As many other tasks are protected as the service is to have."}
    task["_protected_until"] = time.time() + 60 * (minutes or DEFAULT_MINUTES) if enabled else 0
    return None


def state_of(task: dict) -> dict:
    until = task.get("_protected_until", 0)
    expiry = {"expirationDate": until} if is_protected(task) else {}
    return {"taskArn": task["taskArn"], "protectionEnabled": is_protected(task), **expiry}


def minutes_are_wrong(minutes) -> bool:
    return minutes is not None and not (isinstance(minutes, int) and 1 <= minutes <= LONGEST_MINUTES)


def update_task_protection(data: dict):
    minutes = data.get("expiresInMinutes")
    if minutes_are_wrong(minutes):
        return error_response_json("InvalidParameterException", f"expiresInMinutes must be between 1 and {LONGEST_MINUTES}", 400)
    return told(data, lambda task: protect(task, data["protectionEnabled"], minutes))


def get_task_protection(data: dict):
    return told(data, lambda task: None)


def told(data: dict, change):
    cluster = ecs._resolve_cluster_name(data.get("cluster", "default"))
    protected, failures = [], []
    for reference in data["tasks"]:
        task = ecs._resolve_task(reference, cluster)
        if failure := change(task) if task else {"arn": reference, "reason": "MISSING"}:
            failures.append(failure)
        else:
            protected.append(state_of(task))
    return json_response({"protectedTasks": protected, "failures": failures})


def agent(method: str, token: str, body: bytes):
    """The answers begin with capitals, and a failure is no error of HTTP."""
    arn = ecs_metadata._TOKEN_TO_TASK.get(token)
    found = [(key, task) for key, task in ecs._tasks.all_items() if key[2] == arn]
    if not found:
        return json_response({"message": "unknown token"}, status=404)
    [((account, region, _arn), task)] = found
    with request_scope(account, region):
        action = "GetTaskProtection" if method == "GET" else "UpdateTaskProtection"
        wanted = json.loads(body or b"{}")
        if not may(task, f"ecs:{action}"):
            return agent_error(arn, "AccessDeniedException", f"the role of the task is not authorized to perform: ecs:{action}")
        minutes = wanted.get("ExpiresInMinutes")
        if method != "GET" and (not isinstance(wanted.get("ProtectionEnabled"), bool) or minutes_are_wrong(minutes)):
            return agent_error(arn, "InvalidParameterException", "ProtectionEnabled must be set, and ExpiresInMinutes be from 1 to 2880")
        if method != "GET" and (failure := protect(task, wanted["ProtectionEnabled"], minutes)):
            return json_response({"failure": {name.capitalize(): value for name, value in failure.items()}})
        state = state_of(task)
        expiry = datetime.fromtimestamp(state["expirationDate"], timezone.utc) if "expirationDate" in state else None
        expires = {"ExpirationDate": f"{expiry:%Y-%m-%dT%H:%M:%SZ}"} if expiry else {}
        return json_response({"protection": {**expires, "ProtectionEnabled": state["protectionEnabled"], "TaskArn": arn}})


def may(task: dict, action: str) -> bool:
    definition = ecs._task_defs.get(ecs._resolve_td_key(task["taskDefinitionArn"])) or {}
    return _roles.allowed(definition["taskRoleArn"], action, task["taskArn"]) if definition.get("taskRoleArn") else True


def agent_error(arn: str, code: str, message: str):
    return json_response({"error": {"Arn": arn, "Code": code, "Message": message}}, status=400)
