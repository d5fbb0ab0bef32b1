"""Functions report every invocation to CloudWatch.

AWS: "Types of metrics for Lambda functions" (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html): Invocations,
Errors, Throttles and Duration of each invocation, whoever invoked. An invocation that is throttled is a throttle and
neither an invocation nor an error. "View metrics for Lambda functions"
(https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html): by FunctionName; by FunctionName and Resource, the function
with the version or alias that was invoked; for an alias by ExecutedVersion too. Duration is the time that the code spends processing an
event; the initialization of an execution environment is no part of it.

The emulator alone: only synchronous invocations report errors and duration, by FunctionName; invocations by event
sources report nothing; a throttle counts as one invocation and two throttles.

This supplement: records where all executions, and all refusals for lack of concurrency, pass. A throttle that Lambda retries by itself counts each time.
"""

import contextvars
import threading
import time

from ministack.core import lambda_runtime
from ministack.services import cloudwatch, lambda_svc

from supplements._patching import expect_parameters

# The alias or version that an event source mapping names; the record that it executes is the version's.
_event_source_qualifier: contextvars.ContextVar = contextvars.ContextVar("event_source_qualifier", default=None)

# How long this thread has waited for the start of an execution environment.
_initialization = threading.local()


def apply() -> None:
    expect_parameters(lambda_svc._emit_lambda_metrics, "function_name", "duration_ms", "error", "throttle")
    expect_parameters(lambda_svc._execute_function_dispatch, "func", "config", "event", "request_id", "started")
    expect_parameters(lambda_svc._acquire_execution_slot, "func", "config")
    expect_parameters(lambda_svc._dispatch_esm_batch, "esm_id", "fn", "args")
    expect_parameters(cloudwatch.record_metric, "namespace", "metric_name", "value", "unit", "dimensions")
    execute, acquire, dispatch = (
        lambda_svc._execute_function_dispatch,
        lambda_svc._acquire_execution_slot,
        lambda_svc._dispatch_esm_batch,
    )

    def execute_and_record(func, config, event, request_id, started):
        _initialization.seconds = 0
        began = time.perf_counter()
        result = execute(func, config, event, request_id, started)
        if result.get("throttle"):
            record(config, Throttles=1)
        else:
            duration = (time.perf_counter() - began - _initialization.seconds) * 1000
            record(config, Invocations=1, Errors=int(bool(result.get("error"))), Throttles=0, Duration=duration)
        return result

    def acquire_or_record(func, config):
        slot, limit = acquire(func, config)
        if slot is None:
            record(config, Throttles=1)
        return slot, limit

    def dispatch_with_qualifier(esm_id, fn, *args):
        token = _event_source_qualifier.set((args[0] or {}).get("Qualifier") if args else None)
        try:
            return dispatch(esm_id, fn, *args)
        finally:
            _event_source_qualifier.reset(token)

    for worker in (lambda_runtime.Worker, lambda_runtime.ProvidedWorker):
        worker._spawn = timed(worker._spawn)
    lambda_svc._emit_lambda_metrics = lambda function_name, duration_ms, error, throttle: None
    lambda_svc._execute_function_dispatch = execute_and_record
    lambda_svc._acquire_execution_slot = acquire_or_record
    lambda_svc._dispatch_esm_batch = dispatch_with_qualifier


def timed(spawn):
    def spawn_and_note(*args, **options):
        began = time.perf_counter()
        try:
            return spawn(*args, **options)
        finally:
            _initialization.seconds = getattr(_initialization, "seconds", 0) + time.perf_counter() - began

    return spawn_and_note


def record(config: dict, **values: float) -> None:
    for dimensions in dimension_sets(config):
        for name, value in values.items():
            unit = "Milliseconds" if name == "Duration" else "Count"
            cloudwatch.record_metric("AWS/Lambda", name, value, unit, dimensions)


def dimension_sets(config: dict) -> list[dict]:
    name = config["FunctionName"]
    qualifier = _event_source_qualifier.get() or config.get("FunctionArn", "").partition(f":function:{name}:")[2]
    by_name = {"FunctionName": name}
    by_resource = {**by_name, "Resource": f"{name}:{qualifier}" if qualifier else name}
    if not qualifier or qualifier == "$LATEST" or qualifier.isdigit():
        return [by_name, by_resource]
    return [by_name, by_resource, {**by_resource, "ExecutedVersion": config.get("Version", "$LATEST")}]
