"""What a state takes, gets and hands on is at most 256 KiB, and no wildcard catches it when it is more.

AWS: "Handling errors in Step Functions workflows"
(https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html): States.DataLimitExceeded when the output
of a connector, the output of a state, or the input of a state after its parameters exceeds the quota. States.ALL catches
neither it nor States.Runtime. "Quotas" (https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html): 256 KiB as UTF-8.

The emulator alone: no limit; States.ALL and States.TaskFailed match everything.

This supplement: the limit and the exceptions. An execution whose input exceeds it is not started.
"""

import json

from ministack.services import stepfunctions

from supplements._patching import edit_function

MOST_BYTES = 256 * 1024
TERMINAL = ("States.DataLimitExceeded", "States.Runtime")


def apply() -> None:
    edit_function(
        stepfunctions._error_matches,
        """    if "States.ALL" in error_equals or error in error_equals:
        return True
""",
        f"""    if error in error_equals:
        return True
    if error in {TERMINAL}:
        return False
    if "States.ALL" in error_equals:
        return True
""",
    )
    edit_function(
        stepfunctions._execute_task,
        '            _add_event(execution, "TaskScheduled", {\n',
        '            _check_size(effective, "input of the task")\n            _add_event(execution, "TaskScheduled", {\n',
    )
    edit_function(
        stepfunctions._execute_task,
        '            _add_event(execution, "TaskSucceeded", {\n',
        '            _check_size(task_result, "result of the task")\n            _add_event(execution, "TaskSucceeded", {\n',
    )
    for function, following, indent in ((stepfunctions._run_execution, "next_name", 12), (stepfunctions._run_sub_machine, "current_name", 8)):
        call = f"""{" " * indent}else:
{" " * indent}    current_input, {following} = handler_fn(
{" " * indent}        state_def, current_input, ctx)
"""
        edit_function(function, call, f'{call}{" " * indent}_check_size(current_input, "output of the state")\n')
    for function in (stepfunctions._start_execution, stepfunctions._start_sync_execution):
        first = '    sm_arn_raw = data.get("stateMachineArn", "")\n'
        edit_function(function, first, f"    if refused := _refuse_large_input(data):\n        return refused\n{first}")
    stepfunctions._check_size = check_size
    stepfunctions._refuse_large_input = refuse_large_input


def check_size(data, what: str) -> None:
    if len(json.dumps(data, ensure_ascii=False).encode()) > MOST_BYTES:
        raise stepfunctions._ExecutionError(
            "States.DataLimitExceeded", f"The {what} has a size exceeding the maximum number of bytes service limit."
        )


def refuse_large_input(data: dict):
    if len((data.get("input") or "").encode()) <= MOST_BYTES:
        return None
    problem = f"Value at 'input' failed to satisfy constraint: Member must have length less than or equal to {MOST_BYTES}"
    return stepfunctions.error_response_json("ValidationException", f"1 validation error detected: {problem}", 400)
