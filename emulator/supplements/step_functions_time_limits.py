"""An execution and a task end when their time limit is reached, and what has ended goes no further.

AWS: "Amazon States Language: state machine structure"
(https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html): an execution that runs longer than the
`TimeoutSeconds` of its definition ends as TIMED_OUT. "Task workflow state"
(https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html): a task that runs longer than its `TimeoutSeconds` or
`TimeoutSecondsPath` fails with States.Timeout. "StopExecution"
(https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html): a stopped execution is ABORTED.

The emulator alone: no limit for executions; that of tasks counts shortened waits as short, and `TimeoutSecondsPath` is ignored. Branches
of a stopped execution go on, and a task that fails afterwards turns ABORTED into FAILED.

This supplement: counts time as AWS would, by `_step_functions_clock`. A function that is running when its execution ends runs on, as
on AWS. A task that waits for a callback or an activity counts real time.
"""

import contextvars
import json
import math
import threading
from concurrent.futures import ThreadPoolExecutor

from ministack.services import stepfunctions

from supplements._patching import edit_function, expect_parameters
from supplements._step_functions_clock import Clock, awaited_by, current

_clocks: dict[str, Clock] = {}


def apply() -> None:
    expect_parameters(stepfunctions._run_execution, "exec_arn")
    expect_parameters(stepfunctions._stop_execution, "data")
    expect_parameters(stepfunctions._scaled_sleep, "seconds")
    expect_parameters(stepfunctions._invoke_resource_with_timeout, "resource", "input_data", "timeout")
    expect_parameters(stepfunctions._run_sub_machine, "states", "start_at", "input_data", "execution", "ctx")
    expect_parameters(stepfunctions._add_event, "execution", "event_type", "details")
    expect_parameters(stepfunctions._emit_execution_status_event, "execution")
    edit_function(
        stepfunctions._fail_execution,
        '    execution["status"] = "FAILED"\n',
        '    if execution["status"] != "RUNNING":\n        return\n    execution["status"] = "FAILED"\n',
    )
    edit_function(
        stepfunctions._run_sub_machine,
        "    while current_name:\n",
        "    while current_name:\n        _leave_if_ended()\n",
    )
    edit_function(
        stepfunctions._execute_task,
        """            elif "TimeoutSeconds" in state_def and ":activity:" not in resource:
                task_result = _invoke_resource_with_timeout(
                    resource, effective, state_def["TimeoutSeconds"])
""",
        """            elif ":activity:" not in resource and (limit := _task_limit(state_def, raw_input, ctx)) is not None:
                task_result = _invoke_resource_with_timeout(resource, effective, limit)
""",
    )
    run, stop, run_sub_machine = stepfunctions._run_execution, stepfunctions._stop_execution, stepfunctions._run_sub_machine
    sleep = stepfunctions._scaled_sleep

    def run_execution(exec_arn):
        execution = stepfunctions._executions.get(exec_arn)
        if execution is None:
            return  # all state was reset meanwhile
        waiting = awaited_by.get()
        clock = Clock(waiting, limit=execution_limit(execution))
        tokens = ((current, current.set(clock)), (awaited_by, awaited_by.set(None)))
        _clocks[exec_arn] = clock
        clock.at_end(lambda: time_out(execution))
        if waiting:
            clock.at_end(waiting.end)
        if clock.left() != math.inf:
            watching = contextvars.copy_context()
            threading.Thread(target=watching.run, args=(clock.until, lambda: False), daemon=True).start()
        try:
            run(exec_arn)
        except SystemExit:
            pass
        finally:
            _clocks.pop(exec_arn, None)
            clock.end()
            for variable, token in tokens:
                variable.reset(token)

    def stop_execution(data):
        answer = stop(data)
        if clock := _clocks.get(data.get("executionArn")):
            clock.end()
        return answer

    def branch(states, start_at, input_data, execution, ctx):
        token = current.set(Clock(current.get()))
        try:
            return run_sub_machine(states, start_at, input_data, execution, ctx)
        finally:
            current.reset(token)

    stepfunctions._run_execution = run_execution
    stepfunctions._stop_execution = stop_execution
    stepfunctions._run_sub_machine = branch
    stepfunctions._scaled_sleep = lambda seconds: clock.wait(seconds) if (clock := current.get()) else sleep(seconds)
    stepfunctions._invoke_resource_with_timeout = invoke_within
    stepfunctions._task_limit = task_limit
    stepfunctions._leave_if_ended = lambda: current.get().leave_if_ended()


def execution_limit(execution: dict) -> float:
    machine = stepfunctions._state_machines.get(execution["stateMachineArn"], {})
    try:
        return json.loads(machine.get("definition", "{}")).get("TimeoutSeconds", math.inf)
    except ValueError:
        return math.inf  # the execution fails for its definition


def time_out(execution: dict) -> None:
    if execution["status"] != "RUNNING":
        return
    execution["status"] = "TIMED_OUT"
    execution["stopDate"] = stepfunctions.now_iso()
    stepfunctions._add_event(execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": {}})
    stepfunctions._emit_execution_status_event(execution)


def task_limit(state: dict, raw_input, ctx) -> float | None:
    if "TimeoutSecondsPath" in state:
        return stepfunctions._resolve_path_or_ctx(state["TimeoutSecondsPath"], raw_input, ctx)
    if isinstance(state.get("TimeoutSeconds"), str):
        return stepfunctions._jsonata_state_field(state, "TimeoutSeconds", "number", raw_input, ctx)
    return state.get("TimeoutSeconds")


def invoke_within(resource, input_data, limit):
    clock = Clock(current.get(), limit)
    context = contextvars.copy_context()
    context.run(current.set, clock)
    pool = ThreadPoolExecutor(max_workers=1)
    invocation = pool.submit(context.run, stepfunctions._invoke_resource, resource, input_data)
    pool.shutdown(wait=False)
    invocation.add_done_callback(lambda done: clock.notify())
    if clock.until(invocation.done):
        return invocation.result()
    raise stepfunctions._ExecutionError("States.Timeout", f"Task timed out after {limit} seconds")
