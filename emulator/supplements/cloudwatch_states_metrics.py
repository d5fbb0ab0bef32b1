"""Executions of state machines report to CloudWatch.

AWS: "Monitoring Step Functions metrics using Amazon CloudWatch"
(https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html): by StateMachineArn, ExecutionsStarted, and on its end
ExecutionsSucceeded, ExecutionsFailed, ExecutionsAborted or ExecutionsTimedOut, and ExecutionTime in milliseconds.

The emulator alone: executions report nothing.

This supplement: records them where the emulator tells EventBridge of a change of status. The emulator ends no execution
as timed out, so ExecutionsTimedOut never comes.
"""

from ministack.services import cloudwatch, stepfunctions

from supplements._patching import expect_parameters

METRICS = {
    "RUNNING": "ExecutionsStarted",
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "ABORTED": "ExecutionsAborted",
    "TIMED_OUT": "ExecutionsTimedOut",
}


def apply() -> None:
    expect_parameters(stepfunctions._emit_execution_status_event, "execution")
    expect_parameters(stepfunctions._iso_to_epoch_ms, "iso")
    expect_parameters(cloudwatch.record_metric, "namespace", "metric_name", "value", "unit", "dimensions")
    emit = stepfunctions._emit_execution_status_event

    def emit_and_record(execution):
        emit(execution)
        record(execution)

    stepfunctions._emit_execution_status_event = emit_and_record


def record(execution: dict) -> None:
    dimensions = {"StateMachineArn": execution["stateMachineArn"]}
    cloudwatch.record_metric("AWS/States", METRICS[execution["status"]], 1, "Count", dimensions)
    began, ended = (stepfunctions._iso_to_epoch_ms(execution[moment]) for moment in ("startDate", "stopDate"))
    if began is not None and ended is not None:
        cloudwatch.record_metric("AWS/States", "ExecutionTime", ended - began, "Milliseconds", dimensions)
