"""Executions of state machines report to CloudWatch.

AWS: "Monitoring Step Functions metrics using Amazon CloudWatch"
(https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html): by StateMachineArn, ExecutionsStarted, and on its end
ExecutionsSucceeded, ExecutionsFailed, ExecutionsAborted or ExecutionsTimedOut, and ExecutionTime in milliseconds.

The emulator alone: executions report nothing.

This supplement: records them where the emulator tells EventBridge of a change of status.
"""

from ministack.services import cloudwatch, stepfunctions

from supplements._patching import edit_function, expect_parameters

METRICS = {
    "RUNNING": "ExecutionsStarted",
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "ABORTED": "ExecutionsAborted",
    "TIMED_OUT": "ExecutionsTimedOut",
}


def apply() -> None:
    expect_parameters(stepfunctions._iso_to_epoch_ms, "iso")
    expect_parameters(cloudwatch.record_metric, "namespace", "metric_name", "value", "unit", "dimensions")
    edit_function(
        stepfunctions._emit_execution_status_event,
        '    if execution.get("sync"):\n',
        '    _record_metrics(execution)\n    if execution.get("sync"):\n',
    )
    edit_function(
        stepfunctions._start_sync_execution,
        '    _executions[exec_arn]["sync"] = True\n',
        '    _executions[exec_arn]["sync"] = True\n    _record_metrics(_executions[exec_arn])\n',
    )
    stepfunctions._record_metrics = record


def record(execution: dict) -> None:
    dimensions = {"StateMachineArn": execution["stateMachineArn"]}
    cloudwatch.record_metric("AWS/States", METRICS[execution["status"]], 1, "Count", dimensions)
    began, ended = (stepfunctions._iso_to_epoch_ms(execution[moment]) for moment in ("startDate", "stopDate"))
    if began is not None and ended is not None:
        cloudwatch.record_metric("AWS/States", "ExecutionTime", ended - began, "Milliseconds", dimensions)
