"""Only Standard executions tell EventBridge of their status, whatever it is.

AWS: "Automating Step Functions event delivery with EventBridge"
(https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html): Standard workflows emit events, Express
workflows do not. When the escaped input and output exceed 248 KiB together, the input is left out; when the output alone
does, so is the output. "DescribeExecution"
(https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html): what failed, timed out or was
aborted can be redriven; a reason is given only when it cannot.

The emulator alone: Express executions emit events unless they were started synchronously; an abort has neither its error nor its cause,
and cannot be redriven; input and output are measured unescaped and each by itself.

This supplement: corrects these.
"""

from ministack.services import stepfunctions

from supplements._patching import edit_function


def apply() -> None:
    emit = stepfunctions._emit_execution_status_event
    edit_function(emit, 'if execution.get("sync"):\n', 'if execution.get("sync") or _is_express(execution):\n')
    edit_function(emit, 'failed = status == "FAILED"\n', 'failed = status in ("FAILED", "TIMED_OUT", "ABORTED")\n')
    edit_function(emit, 'f"Execution is {status} and is redrivable" if redrivable\n', "None if redrivable\n")
    edit_function(
        emit,
        'if detail["input"] is not None and len(detail["input"]) > _STATUS_EVENT_PAYLOAD_CAP:\n',
        'if len(json.dumps(detail["input"])) + len(json.dumps(detail["output"])) > _STATUS_EVENT_PAYLOAD_CAP:\n',
    )
    edit_function(
        emit,
        'if detail["output"] is not None and len(detail["output"]) > _STATUS_EVENT_PAYLOAD_CAP:\n',
        'if len(json.dumps(detail["output"])) > _STATUS_EVENT_PAYLOAD_CAP:\n',
    )
    stepfunctions._is_express = is_express


def is_express(execution: dict) -> bool:
    return stepfunctions._state_machines.get(execution["stateMachineArn"], {}).get("type") == "EXPRESS"
