"""A task that starts an execution and waits for it gets its outcome, and takes it along when it ends first.

AWS: "Start a new state machine from a running execution"
(https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html): `startExecution.sync:2` answers the child's output
as JSON, `.sync` as a string. "Service integration patterns" (https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html):
when a task that runs a job is stopped, Step Functions tries to stop the job; Express state machines have neither `.sync` nor callbacks.
"Handling errors" (https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html): a child that
fails, times out or is aborted is States.TaskFailed, with its description as the cause. A refused start is an
error of the prefix `StepFunctions`.
"StartSyncExecution" (https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html) is for Express only.

The emulator alone: runs the child as an Express execution, without events or metrics of its start; its failure has the
child's own error name; nothing stops it; a version or an alias is unknown; refused starts have no prefix. An SDK integration takes
the input of an execution as text only.

This supplement: starts the child as anyone would, waits for it, and stops it with its parent. That holds for a child of type Express too;
AWS documents neither that this works nor that it is refused.
"""

import json

from ministack.services import stepfunctions
from ministack.services.cloudformation import provisioners

from supplements._patching import edit_function, expect_parameters
from supplements._step_functions_clock import Clock, awaited_by, current


def apply() -> None:
    expect_parameters(stepfunctions._nested_start_execution_request, "input_data")
    expect_parameters(stepfunctions._start_execution, "data")
    expect_parameters(stepfunctions._resolve_state_machine_arn, "arn")
    expect_parameters(stepfunctions._describe_execution, "data")
    for function in (stepfunctions._invoke_nested_start_execution, stepfunctions._invoke_nested_start_execution_sync):
        expect_parameters(function, "resource", "input_data")
    for function in (stepfunctions._start_sync_execution, stepfunctions._create_state_machine, stepfunctions._update_state_machine):
        expect_parameters(function, "data")
    expect_parameters(provisioners._sfn_state_machine_create, "logical_id", "props", "stack_name")
    # An SDK integration takes JSON where the API takes text.
    edit_function(
        stepfunctions._sdk_json_param_value,
        "    return value\n",
        """    if shape.type_name == "string" and isinstance(value, (dict, list)):
        return json.dumps(value)
    return value
""",
    )
    stepfunctions._invoke_nested_start_execution = start
    stepfunctions._invoke_nested_start_execution_sync = start_and_wait
    refuse_what_express_lacks()


def start(resource: str, input_data: dict) -> dict:
    started = begin(stepfunctions._nested_start_execution_request(input_data))
    return {"ExecutionArn": started["executionArn"], "StartDate": started["startDate"]}


def begin(request: dict) -> dict:
    status, _headers, body = stepfunctions._start_execution(request)
    answer = json.loads(body)
    if status >= 400:
        name = answer["__type"].rpartition("#")[2].removesuffix("Exception")
        raise stepfunctions._ExecutionError(f"StepFunctions.{name}Exception", answer.get("message", ""))
    return answer


def start_and_wait(resource: str, input_data: dict) -> dict:
    waiting = Clock(current.get())
    token = awaited_by.set(waiting)
    try:
        child = begin(stepfunctions._nested_start_execution_request(input_data))["executionArn"]
    finally:
        awaited_by.reset(token)
    waiting.at_end_of_any(lambda: stepfunctions._stop_execution({"executionArn": child}))
    waiting.until(lambda: False)
    description = described(child)
    if description["Status"] != "SUCCEEDED":
        raise stepfunctions._ExecutionError("States.TaskFailed", json.dumps(description))
    if resource.endswith(".sync:2"):
        description["Output"] = json.loads(description["Output"])
    return description


def described(execution_arn: str) -> dict:
    """DescribeExecution as a task sees it: names in upper camel case, dates in milliseconds."""
    found = json.loads(stepfunctions._describe_execution({"executionArn": execution_arn})[2])
    for date in ("startDate", "stopDate"):
        found[date] = stepfunctions._iso_to_epoch_ms(stepfunctions._executions[execution_arn][date])
    if found["status"] != "SUCCEEDED":
        del found["output"], found["outputDetails"]
    return in_upper_camel_case(found)


def in_upper_camel_case(value):
    return {name[0].upper() + name[1:]: in_upper_camel_case(part) for name, part in sorted(value.items())} if isinstance(value, dict) else value


def refuse_what_express_lacks() -> None:
    create, update, start_sync = stepfunctions._create_state_machine, stepfunctions._update_state_machine, stepfunctions._start_sync_execution
    create_by_template = provisioners._sfn_state_machine_create

    def problem(definition: str) -> str | None:
        for pattern in (".sync", ".waitForTaskToken"):
            if any(pattern in resource for resource in resources(json.loads(definition))):
                reason = f"Express state machine does not support '{pattern}' service integration"
                return f"Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: {reason}'"
        return None

    def checked(then, kind_of):
        def check(data):
            found = problem(data.get("definition") or "{}") if kind_of(data) == "EXPRESS" else None
            return stepfunctions.error_response_json("InvalidDefinition", found, 400) if found else then(data)

        return check

    def create_checked(logical_id, props, stack_name):
        if props.get("StateMachineType") == "EXPRESS" and (found := problem(provisioners._sfn_definition(props))):
            raise ValueError(found)
        return create_by_template(logical_id, props, stack_name)

    def start_express(data):
        machine = stepfunctions._state_machines.get(stepfunctions._resolve_state_machine_arn(data.get("stateMachineArn", "")), {})
        if machine.get("type") == "STANDARD":
            message = "This operation is not supported by this type of state machine"
            return stepfunctions.error_response_json("StateMachineTypeNotSupported", message, 400)
        return start_sync(data)

    stepfunctions._create_state_machine = checked(create, lambda data: data.get("type"))
    stepfunctions._update_state_machine = checked(
        update, lambda data: stepfunctions._state_machines.get(data.get("stateMachineArn"), {}).get("type")
    )
    stepfunctions._start_sync_execution = start_express
    provisioners._sfn_state_machine_create = create_checked
    provisioners._RESOURCE_HANDLERS["AWS::StepFunctions::StateMachine"]["create"] = create_checked


def resources(definition):
    """The resources of all tasks, at any depth."""
    if isinstance(definition, dict):
        if definition.get("Type") == "Task":
            yield definition.get("Resource", "")
        for part in definition.values():
            yield from resources(part)
    elif isinstance(definition, list):
        for part in definition:
            yield from resources(part)
