"""An execution runs the version that it was started by.

AWS: "State machine aliases in Step Functions workflows" (https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-alias.html):
an alias of two versions draws one of them by its weights, for each execution. "How Step Functions associates executions with a version or
alias" (https://docs.aws.amazon.com/step-functions/latest/dg/execution-alias-version-associate.html) and "DescribeExecution"
(https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html): an execution names both, and so do its events
(https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html).

The emulator alone: takes the version with the larger weight, but runs the newest definition, and names neither.

This supplement: corrects these for StartExecution. The role is that of the state machine, whatever the version had.
"""

import random

from ministack.services import stepfunctions

from supplements._patching import edit_function, expect_parameters


def apply() -> None:
    expect_parameters(stepfunctions._resolve_state_machine_arn, "arn")
    stepfunctions._started_by = started_by
    stepfunctions._definition_started = definition_started
    edit_function(stepfunctions._start_execution, '        "name": name,\n', '        "name": name,\n        **_started_by(requested_arn),\n')
    edit_function(
        stepfunctions._run_execution,
        'json.loads(sm["definition"])',
        "json.loads(_definition_started(execution, sm))",
    )
    edit_function(
        stepfunctions._describe_execution,
        '    if execution.get("error"):\n',
        '    result.update({key: execution[key] for key in ("stateMachineVersionArn", "stateMachineAliasArn") if execution.get(key)})\n'
        '    if execution.get("error"):\n',
    )
    for name in ("stateMachineVersionArn", "stateMachineAliasArn"):
        edit_function(stepfunctions._emit_execution_status_event, f'"{name}": None', f'"{name}": execution.get("{name}")')


def started_by(arn: str) -> dict:
    if arn in stepfunctions._state_machine_versions:
        return {"stateMachineVersionArn": arn}
    alias = stepfunctions._state_machine_aliases.get(arn)
    if not alias:
        return {}
    routing = alias["routingConfiguration"]
    (drawn,) = random.choices(routing, [entry["weight"] for entry in routing])
    return {"stateMachineVersionArn": drawn["stateMachineVersionArn"], "stateMachineAliasArn": arn}


def definition_started(execution: dict, machine: dict) -> str:
    version = stepfunctions._state_machine_versions.get(execution.get("stateMachineVersionArn"))
    return (version or machine)["definition"]
