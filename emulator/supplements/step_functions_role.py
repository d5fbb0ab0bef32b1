"""A state machine's tasks are done as its role.

AWS: "How Step Functions generates IAM policies for integrated services"
(https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html): the role needs the permission for each call
that a task makes. A task that may not make its call fails, and Retry and Catch see the error of the service: "Handling errors in Step
Functions workflows" (https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html) with names such as
Lambda.AWSLambdaException, DynamoDB.AmazonDynamoDBException, and Sqs.SqsException for SDK integrations.

The emulator alone: makes any call, also with IAM enforced.

This supplement: with IAM enforced it asks, before each attempt of a task, whether the role may do this to what the parameters name, and
whether the role lets Step Functions take it on (AWS refuses to create a machine with a role that does not). Functions, SQS, SNS, DynamoDB,
EventBridge, nested executions and SDK integrations; of a transaction or batch, the first table. Not asked: what `.sync` needs besides the
start, tracing and logging, ECS, a distributed map's own executions and files.
"""

import json

from ministack.core import iam_actions
from ministack.core.responses import get_account_id, get_region
from ministack.services import stepfunctions

from supplements import _roles
from supplements._patching import edit_function, expect_parameters

SERVICE = "states.amazonaws.com"
# Optimised integrations: their service as SDK integrations name it, and how they name an error that the service does not declare.
OPTIMISED = {
    "lambda": ("lambda", "Lambda.AWSLambdaException"),
    "sqs": ("sqs", "SQS.AmazonSQSException"),
    "sns": ("sns", "SNS.AuthorizationErrorException"),
    "dynamodb": ("dynamodb", "DynamoDB.AmazonDynamoDBException"),
    "events": ("eventbridge", "EventBridge.AmazonEventBridgeException"),
    "states": ("sfn", "StepFunctions.AWSStepFunctionsException"),
}
# Where the permission is not named as the call.
PERMISSIONS = {
    "lambda:Invoke": "lambda:InvokeFunction",
    "s3:HeadObject": "s3:GetObject",
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:ListObjects": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
}


def apply() -> None:
    _roles.expect_roles()
    expect_parameters(
        iam_actions.extract_resource_arn, "service", "method", "path", "headers", "body", "query_params", "region", "account_id"
    )
    expect_parameters(stepfunctions._sdk_json_params, "service_info", "service_key", "action", "input_data")
    stepfunctions.refuse_what_the_role_may_not = refuse_what_the_role_may_not
    edit_function(
        stepfunctions._execute_task,
        """\
            if _mock_throw is not None:
                raise _mock_throw
""",
        """\
            if _mock_throw is not None:
                raise _mock_throw
            refuse_what_the_role_may_not(execution, resource, effective)
""",
    )


def refuse_what_the_role_may_not(execution: dict, resource: str, parameters) -> None:
    call = call_of(resource, parameters)
    machine = stepfunctions._state_machines.get(execution["stateMachineArn"].partition("/")[0])
    if call is None or machine is None:
        return
    permission, target, error = call
    role = machine["roleArn"]
    try:
        if not _roles.trusts(role, SERVICE):
            raise _roles.AccessDenied(f"{SERVICE} is not authorized to assume the provided role {role}")
        _roles.check(role, permission, target)
    except _roles.AccessDenied as denied:
        raise stepfunctions._ExecutionError(error, str(denied)) from None


def call_of(resource: str, parameters) -> tuple[str, str, str] | None:
    """The permission that a task needs, on what, and the error's name without it. None for what is not asked: activities, ECS, …"""
    if ":function:" in resource:
        return "lambda:InvokeFunction", resource, "Lambda.AWSLambdaException"
    _, _, integration = resource.partition(":states:::")
    service, _, action = integration.removeprefix("aws-sdk:").partition(":")
    action = action.partition(".")[0]
    if integration.startswith("aws-sdk:"):
        service = service.lower()
        error = None
    elif service in OPTIMISED:
        service, error = OPTIMISED[service]
    else:
        return None
    info = stepfunctions._AWS_SDK_SERVICE_MAP.get(service)
    if info is None or not action:
        return None
    key, operation = info.get("service_key", service), action[0].upper() + action[1:]
    permission = f"{iam_actions.SERVICE_TO_IAM_NAMESPACE.get(key, key)}:{operation}"
    if error is None:
        declared = stepfunctions._service_model(key)
        name = "AccessDeniedException" if declared and "AccessDeniedException" in declared.shape_names else None
        prefix = stepfunctions._AWS_SDK_ERROR_PREFIX.get(service, service.capitalize())
        error = f"{prefix}.{name or prefix + 'Exception'}"
    return PERMISSIONS.get(permission, permission), target_of(key, info, operation, parameters), error


def target_of(key: str, info: dict, operation: str, parameters) -> str:
    """The ARN of what the call is about, as the emulator finds it for a request of anyone else."""
    parameters = parameters if isinstance(parameters, dict) else {}
    if key == "lambda":
        path = f"/2015-03-31/functions/{parameters.get('FunctionName', '')}/invocations"
    else:
        path = "/" + "/".join(str(parameters[name]) for name in ("Bucket", "Key") if name in parameters)
    sent = stepfunctions._sdk_json_params(info, key, operation, parameters) if info["protocol"] == "json" else parameters
    query = {name: value for name, value in parameters.items() if isinstance(value, str)}
    return iam_actions.extract_resource_arn(key, "POST", path, {}, json.dumps(sent).encode(), query, get_region(), get_account_id())
