"""CodeDeploy for functions, as far as a canary deployment through CloudFormation needs it.

AWS: "Deployments on an AWS Lambda compute platform" (https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-steps-lambda.html):
traffic moves from one version of an alias to another by the alias's weights, all at once, in two steps (canary) or in equal
steps (linear). "AppSpec 'hooks' section" (https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html#appspec-hooks-lambda):
a function before and one after the shift get `DeploymentId` and `LifecycleEventHookExecutionId` and report Succeeded or Failed by
PutLifecycleEventHookExecutionStatus within an hour. "Advanced options for a deployment group"
(https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-groups-configure-advanced-options.html) and "Redeploy and roll back"
(https://docs.aws.amazon.com/codedeploy/latest/userguide/deployments-rollback-and-redeploy.html): a watched alarm in state ALARM
stops a deployment; for the events that the group names, a rollback is a new deployment of the last version. "StopDeployment"
(https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_StopDeployment.html) may ask for one too. "ErrorInformation"
(https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_ErrorInformation.html): IAM_ROLE_MISSING and IAM_ROLE_PERMISSIONS say that
the group's role cannot be taken on, or lacks a permission. "AlarmConfiguration"
(https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_AlarmConfiguration.html): when the state of the alarms cannot be read, the
deployment stops, unless the group ignores that. "CodeDeploy permissions reference"
(https://docs.aws.amazon.com/codedeploy/latest/userguide/auth-and-access-control-permissions-reference.html): which call needs its permission
on what. "CodeDeploy events" (https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-codedeploy.html): each change of a deployment's
state is an event.

The emulator alone: has no CodeDeploy.

This supplement: applications, deployment groups and configurations for functions; deployments, for CloudFormation's use; GetDeployment,
ListDeployments, StopDeployment and PutLifecycleEventHookExecutionStatus; the events START, SUCCESS, FAILURE and STOP. Time is the alarms'
time: a second lasts CLOUDWATCH_TIME_SCALE seconds (1/60 by default), five minutes of a canary five seconds. Alarms count in the state that
CloudWatch has them in. With IAM enforced, calls are checked, and the group's role is asked for lambda:GetAlias, lambda:UpdateAlias,
cloudwatch:DescribeAlarms and lambda:InvokeFunction on the hooks. AWS does not say with which code a deployment stops whose alarms cannot be
read; here it is that of an active alarm. No CreateDeployment, no targets, no triggers; a role is not refused when a group is made with it,
its deployments fail instead; nobody waits for provisioned concurrency.
"""

import json
import os
import random
import re
import string
import sys
import threading
import time

from ministack.core.responses import AccountRegionScopedDict, error_response_json, get_account_id, get_region, json_response, new_uuid
from ministack.services import cloudwatch, eventbridge, lambda_svc

from supplements import _roles
from supplements._patching import expect_parameters
from supplements._services import add_service, operation_of

SERVICE = "codedeploy.amazonaws.com"
TIME_SCALE = float(os.environ.get("CLOUDWATCH_TIME_SCALE", 1 / 60))
HOOK_SECONDS = 3600
LOOK_SECONDS = 0.1
ALL_AT_ONCE = "CodeDeployDefault.LambdaAllAtOnce"
PREDEFINED = re.compile(
    r"CodeDeployDefault\.Lambda(?:AllAtOnce|(?P<kind>Canary)10Percent(?P<wait>5|10|15|30)Minutes"
    r"|(?P<linear>Linear)10PercentEvery(?:(?P<one>1)Minute|(?P<every>2|3|10)Minutes))"
)

_applications = AccountRegionScopedDict()
_groups = AccountRegionScopedDict()
_configurations = AccountRegionScopedDict()
_deployments = AccountRegionScopedDict()
_hook_executions = AccountRegionScopedDict()
# By deployment: whether it is to be rolled back; None leaves that to its group.
_stop_requests = AccountRegionScopedDict()


def apply() -> None:
    _roles.expect_roles()
    expect_parameters(eventbridge._put_events, "data", "allow_aws_source")
    expect_parameters(lambda_svc._update_alias, "func_name", "alias_name", "data")
    expect_parameters(lambda_svc.invoke_async_with_retry, "func", "event")
    expect_parameters(lambda_svc._execution_record_for_config, "func", "config")
    add_service("codedeploy", "CodeDeploy_20141006", sys.modules[__name__], resource_of)


def reset() -> None:
    for records in (_applications, _groups, _configurations, _deployments, _hook_executions, _stop_requests):
        records.clear()


class ApiError(Exception):
    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


async def handle_request(method, path, headers, body, query_params):
    operation = OPERATIONS.get(operation_of(headers))
    if not operation:
        return error_response_json("UnknownOperationException", f"not supported: {operation_of(headers)}", 400)
    try:
        return json_response(operation(json.loads(body or b"{}")))
    except ApiError as error:
        return error_response_json(error.code, str(error), 400)


def create(records, key: str, kind: str, record: dict) -> None:
    if key in records:
        raise ApiError(f"{kind}AlreadyExistsException", f"{key} already exists")
    records[key] = record


def existing(records, key: str, kind: str) -> dict:
    if key not in records:
        raise ApiError(f"{kind}DoesNotExistException", f"No {kind} found for name: {key}")
    return records[key]


def group_key(data: dict) -> str:
    return f"{data['applicationName']}/{data['deploymentGroupName']}"


def arn(resource: str) -> str:
    return f"arn:aws:codedeploy:{get_region()}:{get_account_id()}:{resource}"


def resource_of(operation: str, data: dict) -> str:
    """What a call needs its permission on: a deployment has no ARN, that of its group stands for it."""
    named = {**data, **_deployments.get(data.get("deploymentId"), {})}
    group = named.get("deploymentGroupName") or named.get("currentDeploymentGroupName")
    if group:
        return arn(f"deploymentgroup:{named.get('applicationName')}/{group}")
    if "applicationName" in named:
        return arn(f"application:{named['applicationName']}")
    return arn(f"deploymentconfig:{named['deploymentConfigName']}") if "deploymentConfigName" in named else "*"


def create_application(data: dict) -> dict:
    record = {"applicationId": new_uuid(), "computePlatform": "Server", **data, "createTime": time.time()}
    if record["computePlatform"] != "Lambda":
        raise ApiError("InvalidComputePlatformException", "only Lambda is supported here")
    create(_applications, data["applicationName"], "Application", record)
    return {"applicationId": record["applicationId"]}


def delete_application(data: dict) -> dict:
    _applications.pop(data["applicationName"], None)
    for key in [key for key in _groups if key.startswith(f"{data['applicationName']}/")]:
        del _groups[key]
    return {}


def create_deployment_group(data: dict) -> dict:
    existing(_applications, data["applicationName"], "Application")
    record = {"deploymentConfigName": ALL_AT_ONCE, **data, "deploymentGroupId": new_uuid(), "computePlatform": "Lambda"}
    routing(record["deploymentConfigName"])
    create(_groups, group_key(data), "DeploymentGroup", record)
    return {"deploymentGroupId": record["deploymentGroupId"]}


def update_deployment_group(data: dict) -> dict:
    group = existing(_groups, f"{data['applicationName']}/{data['currentDeploymentGroupName']}", "DeploymentGroup")
    routing(data.get("deploymentConfigName", ALL_AT_ONCE))
    group.update({name: value for name, value in data.items() if name != "currentDeploymentGroupName"})
    return {}


def get_deployment_group(data: dict) -> dict:
    return {"deploymentGroupInfo": existing(_groups, group_key(data), "DeploymentGroup")}


def create_deployment_config(data: dict) -> dict:
    record = {"deploymentConfigId": new_uuid(), **data, "createTime": time.time()}
    create(_configurations, data["deploymentConfigName"], "DeploymentConfig", record)
    return {"deploymentConfigId": record["deploymentConfigId"]}


def get_deployment_config(data: dict) -> dict:
    name = data["deploymentConfigName"]
    if name in _configurations:
        return {"deploymentConfigInfo": _configurations[name]}
    return {"deploymentConfigInfo": {"deploymentConfigName": name, "computePlatform": "Lambda", "trafficRoutingConfig": routing(name)}}


def list_deployments(data: dict) -> dict:
    wanted = [part for part in ("applicationName", "deploymentGroupName") if part in data]
    statuses = data.get("includeOnlyStatuses")
    found = [
        deployment
        for deployment in _deployments.values()
        if all(deployment[part] == data[part] for part in wanted) and (not statuses or deployment["status"] in statuses)
    ]
    return {"deployments": [deployment["deploymentId"] for deployment in reversed(found)]}


def put_lifecycle_event_hook_execution_status(data: dict) -> dict:
    existing(_deployments, data.get("deploymentId", ""), "Deployment")
    execution = _hook_executions.get(data.get("lifecycleEventHookExecutionId"))
    if not execution:
        raise ApiError("InvalidLifecycleEventHookExecutionIdException", "The lifecycle event hook execution id is not valid")
    if data.get("status") not in ("Succeeded", "Failed"):
        raise ApiError("InvalidLifecycleEventHookExecutionStatusException", "The status must be Succeeded or Failed")
    if execution["reported"].is_set():
        raise ApiError("LifecycleEventAlreadyCompletedException", "The lifecycle event has completed")
    execution["status"] = data["status"]
    execution["reported"].set()
    return {"lifecycleEventHookExecutionId": data["lifecycleEventHookExecutionId"]}


def stop_deployment(data: dict) -> dict:
    deployment = existing(_deployments, data["deploymentId"], "Deployment")
    if deployment["status"] != "InProgress":
        raise ApiError("DeploymentAlreadyCompletedException", "The deployment is already complete")
    _stop_requests[data["deploymentId"]] = data.get("autoRollbackEnabled")
    return {"status": "Pending", "statusMessage": "the deployment is being stopped"}


OPERATIONS = {
    "CreateApplication": create_application,
    "GetApplication": lambda data: {"application": existing(_applications, data["applicationName"], "Application")},
    "DeleteApplication": delete_application,
    "CreateDeploymentGroup": create_deployment_group,
    "GetDeploymentGroup": get_deployment_group,
    "UpdateDeploymentGroup": update_deployment_group,
    "DeleteDeploymentGroup": lambda data: _groups.pop(group_key(data), None) and {} or {},
    "CreateDeploymentConfig": create_deployment_config,
    "GetDeploymentConfig": get_deployment_config,
    "DeleteDeploymentConfig": lambda data: _configurations.pop(data["deploymentConfigName"], None) and {} or {},
    "GetDeployment": lambda data: {"deploymentInfo": existing(_deployments, data["deploymentId"], "Deployment")},
    "ListDeployments": list_deployments,
    "StopDeployment": stop_deployment,
    "PutLifecycleEventHookExecutionStatus": put_lifecycle_event_hook_execution_status,
}


def routing(configuration: str) -> dict:
    """How a deployment configuration shifts traffic."""
    if configuration in _configurations:
        return _configurations[configuration].get("trafficRoutingConfig") or {"type": "AllAtOnce"}
    known = PREDEFINED.fullmatch(configuration)
    if not known:
        raise ApiError("DeploymentConfigDoesNotExistException", f"No Deployment Configuration found for name: {configuration}")
    if known["kind"]:
        return {"type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": 10, "canaryInterval": int(known["wait"])}}
    if known["linear"]:
        interval = int(known["one"] or known["every"])
        return {"type": "TimeBasedLinear", "timeBasedLinear": {"linearPercentage": 10, "linearInterval": interval}}
    return {"type": "AllAtOnce"}


def steps(config: dict) -> list[tuple[int, int]]:
    """The shares of the new version before it has everything, in percent, each with the minutes it lasts."""
    if config["type"] == "TimeBasedCanary":
        canary = config["timeBasedCanary"]
        return [(canary["canaryPercentage"], canary["canaryInterval"])]
    if config["type"] == "TimeBasedLinear":
        linear = config["timeBasedLinear"]
        return [(share, linear["linearInterval"]) for share in range(linear["linearPercentage"], 100, linear["linearPercentage"])]
    return []


class DeploymentEnded(Exception):
    """A deployment did not succeed."""

    def __init__(self, status: str, event: str, code: str, message: str):
        super().__init__(message)
        self.status, self.event, self.code = status, event, code


def failed(code: str, message: str) -> DeploymentEnded:
    return DeploymentEnded("Failed", "DEPLOYMENT_FAILURE", code, message)


def without_permission(role: str, service: str) -> DeploymentEnded:
    message = f"The IAM role {role} does not give you permission to perform operations in the following AWS service: {service}."
    return failed("IAM_ROLE_PERMISSIONS", message)


class Deployment:
    """One shift of an alias from one version to another. Runs on the caller's thread, and blocks it."""

    def __init__(self, application: str, group: str, function: str, alias: str, versions: tuple[str, str], hooks: dict):
        self.group = existing(_groups, f"{application}/{group}", "DeploymentGroup")
        self.function, self.alias, self.hooks = function, alias, hooks
        self.old, self.new = versions
        self.record = self.recorded("CloudFormation")

    def recorded(self, creator: str) -> dict:
        deployment_id = "d-" + "".join(random.choices(string.ascii_uppercase + string.digits, k=9))
        record = {
            "deploymentId": deployment_id,
            **{name: self.group[name] for name in ("applicationName", "deploymentGroupName", "deploymentConfigName")},
            "computePlatform": "Lambda",
            "status": "InProgress",
            "creator": creator,
            "createTime": time.time(),
        }
        _deployments[deployment_id] = record
        self.announce(record, "START")
        return record

    def announce(self, record: dict, state: str) -> None:
        application, group = record["applicationName"], record["deploymentGroupName"]
        detail = {
            "region": get_region(),
            "application": application,
            "deploymentGroup": group,
            "deploymentId": record["deploymentId"],
            "instanceGroupId": self.group["deploymentGroupId"],
            "state": state,
        }
        entry = {
            "Source": "aws.codedeploy",
            "DetailType": "CodeDeploy Deployment State-change Notification",
            "Detail": json.dumps(detail),
            "Resources": [arn(f"application:{application}"), arn(f"deploymentgroup:{application}/{group}")],
        }
        eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)

    def run(self) -> None:
        """Raises DeploymentEnded when the alias did not get to the new version for good."""
        try:
            self.take_on_role()
            self.ask_role("lambda:GetAlias", self.alias_arn())
            self.watch(0)
            self.call_hook("BeforeAllowTraffic")
            for share, minutes in steps(routing(self.group["deploymentConfigName"])):
                self.point(self.old, {self.new: share / 100})
                self.watch(60 * minutes)
            self.point(self.new, {})
            self.call_hook("AfterAllowTraffic")
            self.watch(0)
        except DeploymentEnded as ended:
            self.record["errorInformation"] = {"code": ended.code, "message": str(ended)}
            self.finish(self.record, ended.status)
            self.roll_back(ended)
            raise
        self.finish(self.record, "Succeeded")

    def roll_back(self, ended: DeploymentEnded) -> None:
        if not self.rolls_back(ended):
            return
        back = self.recorded("codeDeployRollback")
        back["rollbackInfo"] = {"rollbackTriggeringDeploymentId": self.record["deploymentId"]}
        self.record["rollbackInfo"] = {"rollbackDeploymentId": back["deploymentId"]}
        try:
            self.point(self.old, {})
        except DeploymentEnded as also_ended:
            back["errorInformation"] = {"code": also_ended.code, "message": str(also_ended)}
            self.finish(back, also_ended.status)
        else:
            self.finish(back, "Succeeded")

    def rolls_back(self, ended: DeploymentEnded) -> bool:
        asked = _stop_requests.get(self.record["deploymentId"])
        automatic = self.group.get("autoRollbackConfiguration") or {}
        by_group = automatic.get("enabled") and ended.event in automatic.get("events", [])
        return bool(by_group) if asked is None else asked

    def finish(self, record: dict, status: str) -> None:
        record.update(status=status, completeTime=time.time())
        self.announce(record, {"Succeeded": "SUCCESS", "Failed": "FAILURE", "Stopped": "STOP"}[status])

    def alias_arn(self) -> str:
        return f"arn:aws:lambda:{get_region()}:{get_account_id()}:function:{self.function}:{self.alias}"

    def take_on_role(self) -> None:
        if not _roles.trusts(self.group["serviceRoleArn"], SERVICE):
            raise failed("IAM_ROLE_MISSING", f"The service role {self.group['serviceRoleArn']} cannot be accessed")

    def ask_role(self, action: str, resource: str) -> None:
        if not _roles.allowed(self.group["serviceRoleArn"], action, resource):
            raise without_permission(self.group["serviceRoleArn"], "AWSLambda")

    def point(self, version: str, weights: dict) -> None:
        """As the group's role."""
        self.ask_role("lambda:UpdateAlias", self.alias_arn())
        self.place(version, weights)

    def place(self, version: str, weights: dict) -> None:
        data = {"FunctionVersion": version, "RoutingConfig": {"AdditionalVersionWeights": weights}}
        status, _headers, body = lambda_svc._update_alias(self.function, self.alias, data)
        if status >= 400:
            raise failed("INVALID_LAMBDA_CONFIGURATION", body.decode())

    def watch(self, seconds: float, until: threading.Event | None = None) -> bool:
        """Wait, and end the deployment when an alarm or somebody says so. With `until`, answers whether it came in time."""
        limit = time.monotonic() + seconds * TIME_SCALE
        until = until or threading.Event()
        while True:
            self.check_stop()
            self.check_alarms()
            left = limit - time.monotonic()
            if until.wait(max(0, min(LOOK_SECONDS, left))):
                return True
            if left <= 0:
                return False

    def check_stop(self) -> None:
        if self.record["deploymentId"] in _stop_requests:
            raise DeploymentEnded("Stopped", "DEPLOYMENT_STOP_ON_REQUEST", "MANUAL_STOP", "stopped on request")

    def check_alarms(self) -> None:
        watched = self.group.get("alarmConfiguration") or {}
        if not watched.get("enabled"):
            return
        if not _roles.allowed(self.group["serviceRoleArn"], "cloudwatch:DescribeAlarms", "*"):
            if watched.get("ignorePollAlarmFailure"):
                return
            message = str(without_permission(self.group["serviceRoleArn"], "AmazonCloudWatch"))
            raise DeploymentEnded("Stopped", "DEPLOYMENT_STOP_ON_ALARM", "ALARM_ACTIVE", message)
        names = [alarm["name"] for alarm in watched.get("alarms", [])]
        alarms = {name: cloudwatch._alarms.get(name) or cloudwatch._composite_alarms.get(name) for name in names}
        active = [name for name, alarm in alarms.items() if alarm and alarm["StateValue"] == "ALARM"]
        unknown = [name for name, alarm in alarms.items() if not alarm and not watched.get("ignorePollAlarmFailure")]
        if active or unknown:
            what = f"active: {', '.join(active)}" if active else f"not found: {', '.join(unknown)}"
            raise DeploymentEnded("Stopped", "DEPLOYMENT_STOP_ON_ALARM", "ALARM_ACTIVE", f"stopped by the watched alarms; {what}")

    def call_hook(self, lifecycle_event: str) -> None:
        if not self.hooks.get(lifecycle_event):
            return
        func, config, name = lambda_svc._get_func_record_for_ref(self.hooks[lifecycle_event])
        if not func:
            raise failed("HOOK_EXECUTION_FAILURE", f"{lifecycle_event}: there is no function {name}")
        self.ask_role("lambda:InvokeFunction", config["FunctionArn"])
        execution_id = new_uuid()
        execution = {"reported": threading.Event(), "status": None}
        _hook_executions[execution_id] = execution
        event = {"DeploymentId": self.record["deploymentId"], "LifecycleEventHookExecutionId": execution_id}
        lambda_svc.invoke_async_with_retry(lambda_svc._execution_record_for_config(func, config), event)
        if not self.watch(HOOK_SECONDS, execution["reported"]):
            execution["reported"].set()
            raise failed("HOOK_EXECUTION_FAILURE", f"{lifecycle_event}: {name} did not report within an hour")
        if execution["status"] != "Succeeded":
            raise failed("HOOK_EXECUTION_FAILURE", f"{lifecycle_event}: {name} reported {execution['status']}")
