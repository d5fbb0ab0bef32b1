import contextlib
import http.server
import json
import threading
from queue import SimpleQueue

import pytest
from conftest import measured, within
from queues import queue, received, stays_empty
from workflows import ended, events_of, machine, run, start

SLEEPS = "exports.handler = async (event) => { await new Promise(done => setTimeout(done, 1000 * event.seconds)); return 'late'; };"
WAITS_AT_GATE = "exports.handler = async (event) => { if (await (await fetch(event.gate)).text() === 'fail') throw new Error('late'); };"
WAIT = {"Type": "Wait", "SecondsPath": "$.seconds", "End": True}
LONG = 1000


@contextlib.contextmanager
def gate():
    """Where a function waits until the test lets it go on with an answer, so that the order of things depends on no clock."""
    answers = SimpleQueue()

    class Keeper(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            answer = answers.get(timeout=60).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Keeper) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", answers.put
        finally:
            answers.put("")
            server.shutdown()


def test_an_execution_beyond_its_limit_is_timed_out(aws):
    arn = machine(aws, "limited", {"Wait": WAIT}, TimeoutSeconds=5)
    messages = events_of(aws, arn, "limited-events")
    found = run(aws, arn, seconds=LONG)
    assert found["status"] == "TIMED_OUT"
    assert "output" not in found and "stopDate" in found
    assert happened(aws, found["executionArn"], "ExecutionTimedOut")
    statuses = {json.loads(received(aws, messages)["Body"])["detail"]["status"] for _ in range(2)}
    assert statuses == {"RUNNING", "TIMED_OUT"}
    assert within(5, lambda: measured(aws, "AWS/States", "ExecutionsTimedOut", "SampleCount", StateMachineArn=arn) == 1)


@pytest.mark.also_alone
def test_an_execution_within_its_limit_succeeds(aws):
    arn = machine(aws, "well-limited", {"Wait": WAIT}, TimeoutSeconds=LONG)
    assert run(aws, arn, seconds=5)["status"] == "SUCCEEDED"


def test_a_function_cannot_hold_an_execution_beyond_its_limit(aws):
    function = aws.function("sleeps-in-execution", SLEEPS, "nodejs22.x")
    arn = machine(aws, "limited-function", {"Work": {"Type": "Task", "Resource": function, "End": True}}, TimeoutSeconds=1)
    assert run(aws, arn, seconds=2.5)["status"] == "TIMED_OUT"


def test_waits_count_in_full_but_once_for_parallel_branches(aws):
    branch = {"StartAt": "Pause", "States": {"Pause": {"Type": "Wait", "Seconds": 40, "End": True}}}
    twice = {"Type": "Parallel", "Branches": [branch, branch], "ResultPath": None, "Next": "Rest"}
    states = {"Twice": twice, "Rest": WAIT}
    arn = machine(aws, "branches", states, TimeoutSeconds=60)
    assert run(aws, arn, seconds=1)["status"] == "SUCCEEDED"
    assert run(aws, arn, seconds=30)["status"] == "TIMED_OUT"


def happened(aws, execution: str, kind: str) -> bool:
    events = aws.client("stepfunctions").get_execution_history(executionArn=execution)["events"]
    return any(event["type"] == kind for event in events)


def branch_that_sends(aws, name: str, first: dict) -> tuple[str, str]:
    """The machine, and the URL of the queue that its only branch sends to after its first state."""
    url, _arn = queue(aws, name)
    send = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {"QueueUrl": url, "MessageBody": "x"}, "End": True}
    branch = {"StartAt": "First", "States": {"First": {**first, "Next": "Send"}, "Send": send}}
    return machine(aws, name, {"Both": {"Type": "Parallel", "Branches": [branch], "End": True}}, TimeoutSeconds=49), url


def test_a_branch_of_a_timed_out_execution_goes_no_further(aws):
    arn, url = branch_that_sends(aws, "timed-out-branch", {"Type": "Wait", "Seconds": 50})
    assert run(aws, arn)["status"] == "TIMED_OUT"
    assert stays_empty(aws, url)


def test_a_branch_of_a_stopped_execution_goes_no_further(aws):
    function = aws.function("stopped-branch", WAITS_AT_GATE, "nodejs22.x", Timeout=60)
    with gate() as (url_of_gate, let_go):
        parameters = {"FunctionName": function, "Payload": {"gate": url_of_gate}}
        arn, url = branch_that_sends(aws, "stopped-branch", {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": parameters})
        execution = start(aws, arn)
        within(20, lambda: happened(aws, execution, "TaskScheduled"))
        aws.client("stepfunctions").stop_execution(executionArn=execution)
        let_go("work")
        within(20, lambda: happened(aws, execution, "TaskSucceeded"))
    assert stays_empty(aws, url)


def caught_of_slow_task(aws, name: str, **limit) -> str:
    """What is caught of a task that takes longer than a second."""
    function = aws.function(name, SLEEPS, "nodejs22.x")
    catch = [{"ErrorEquals": ["States.TaskFailed"], "Next": "Wrong"}, {"ErrorEquals": ["States.Timeout"], "Next": "Caught"}]
    states = {
        "Work": {"Type": "Task", "Resource": function, "Catch": catch, "ResultSelector": {"Error": "none"}, "End": True, **limit},
        "Caught": {"Type": "Pass", "End": True},
        "Wrong": {"Type": "Fail"},
    }
    found = run(aws, machine(aws, name, states), seconds=2.5, limit=1)
    assert found["status"] == "SUCCEEDED"
    return json.loads(found["output"])["Error"]


@pytest.mark.also_alone
def test_a_task_beyond_its_limit_is_an_error_by_name(aws):
    assert caught_of_slow_task(aws, "task-limit", TimeoutSeconds=1) == "States.Timeout"


def test_the_limit_of_a_task_may_come_from_its_input(aws):
    assert caught_of_slow_task(aws, "task-limit-by-path", TimeoutSecondsPath="$.limit") == "States.Timeout"


def test_what_fails_after_an_abort_stays_aborted(aws):
    function = aws.function("fails-late", WAITS_AT_GATE, "nodejs22.x", Timeout=60)
    states = {"Work": {"Type": "Task", "Resource": function, "Next": "Done"}, "Done": {"Type": "Succeed"}}
    with gate() as (url_of_gate, let_go):
        execution = start(aws, machine(aws, "aborted", states), gate=url_of_gate)
        within(20, lambda: happened(aws, execution, "TaskScheduled"))
        aws.client("stepfunctions").stop_execution(executionArn=execution, error="Enough", cause="of it")
        let_go("fail")
        within(20, lambda: happened(aws, execution, "TaskFailed"))
    found = ended(aws, execution)
    assert (found["status"], found["error"], found["cause"]) == ("ABORTED", "Enough", "of it")
