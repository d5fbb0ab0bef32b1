import json

import pytest
from botocore.exceptions import ClientError
from conftest import measured
from workflows import ended, machine, run, running_child, start

LONG = {"Type": "Wait", "Seconds": 20000, "End": True}


def nested(child: str, pattern: str = ".sync:2", **fields) -> dict:
    return {
        "Type": "Task",
        "Resource": f"arn:aws:states:::states:startExecution{pattern}",
        "Parameters": {"StateMachineArn": child, "Input.$": "$"},
        "End": True,
        **fields,
    }


def cause_of(found: dict) -> dict:
    try:
        return json.loads(found.get("cause", ""))
    except ValueError:
        return {}


@pytest.mark.parametrize("pattern", [".sync", ".sync:2"])
def test_a_parent_gets_the_output_of_its_child(aws, pattern):
    name = f"outputs{pattern.replace('.', '-').replace(':', '')}"
    child = machine(aws, name, {"Answer": {"Type": "Pass", "End": True}})
    found = run(aws, machine(aws, f"{name}-parent", {"Call": nested(child, pattern)}), word="hello")
    assert found["status"] == "SUCCEEDED"
    result = json.loads(found["output"])
    output = result["Output"] if pattern == ".sync:2" else json.loads(result["Output"])
    assert output == {"word": "hello"}
    assert (result["Status"], result["StateMachineArn"], result["ExecutionArn"]) == ("SUCCEEDED", child, running_child(aws, child))
    # The child is an execution like any other.
    assert measured(aws, "AWS/States", "ExecutionsStarted", "SampleCount", StateMachineArn=child) == 1


def test_a_child_that_fails_is_a_failed_task_with_its_description(aws):
    child = machine(aws, "failing-child", {"Fail": {"Type": "Fail", "Error": "CardDeclined", "Cause": "no funds"}})
    catch = [{"ErrorEquals": ["CardDeclined"], "Next": "Wrong"}, {"ErrorEquals": ["States.TaskFailed"], "Next": "Caught"}]
    states = {"Call": nested(child, Catch=catch), "Caught": {"Type": "Pass", "End": True}, "Wrong": {"Type": "Fail"}}
    found = run(aws, machine(aws, "failing-parent", states))
    assert found["status"] == "SUCCEEDED"
    caught = json.loads(found["output"])
    assert caught["Error"] == "States.TaskFailed"
    cause = json.loads(caught["Cause"])
    assert (cause["Status"], cause["Error"], cause["Cause"]) == ("FAILED", "CardDeclined", "no funds")
    assert cause["ExecutionArn"] == running_child(aws, child)
    assert "Output" not in cause


def test_a_child_that_is_aborted_or_timed_out_is_a_failed_task(aws):
    child = machine(aws, "aborted-child", {"Wait": LONG})
    parent = start(aws, machine(aws, "parent-of-aborted", {"Call": nested(child)}))
    aws.client("stepfunctions").stop_execution(executionArn=running_child(aws, child))
    found = ended(aws, parent)
    assert (found["status"], found.get("error"), cause_of(found).get("Status")) == ("FAILED", "States.TaskFailed", "ABORTED")
    late = machine(aws, "late-child", {"Wait": LONG}, TimeoutSeconds=3)
    found = run(aws, machine(aws, "parent-of-late", {"Call": nested(late)}))
    assert (found.get("error"), cause_of(found).get("Status")) == ("States.TaskFailed", "TIMED_OUT")


def test_a_stopped_parent_stops_its_child(aws):
    child = machine(aws, "child-of-stopped", {"Wait": LONG})
    parent = start(aws, machine(aws, "stopped-parent", {"Call": nested(child)}))
    execution = running_child(aws, child)
    aws.client("stepfunctions").stop_execution(executionArn=parent)
    assert ended(aws, execution)["status"] == "ABORTED"
    assert ended(aws, parent)["status"] == "ABORTED"


def test_a_task_that_times_out_stops_its_child(aws):
    child = machine(aws, "child-of-timeout", {"Wait": LONG})
    catch = [{"ErrorEquals": ["States.Timeout"], "Next": "Caught"}]
    states = {"Call": nested(child, Catch=catch, TimeoutSeconds=5), "Caught": {"Type": "Pass", "End": True}}
    found = run(aws, machine(aws, "impatient-parent", states))
    assert (found["status"], json.loads(found["output"])["Error"]) == ("SUCCEEDED", "States.Timeout")
    assert ended(aws, running_child(aws, child))["status"] == "ABORTED"


def test_a_refused_start_is_an_error_of_step_functions(aws):
    child = machine(aws, "once", {"Answer": {"Type": "Pass", "End": True}})
    aws.client("stepfunctions").start_execution(stateMachineArn=child, name="taken")
    call = nested(child)
    call["Parameters"]["Name"] = "taken"
    assert run(aws, machine(aws, "twice", {"Call": call})).get("error") == "StepFunctions.ExecutionAlreadyExistsException"


@pytest.mark.parametrize("pattern", [".sync", ".sync:2", ".waitForTaskToken"])
def test_an_express_machine_waits_for_no_job(aws, pattern):
    states = {"Call": nested("arn:aws:states:us-east-1:000000000000:stateMachine:any", pattern)}
    with pytest.raises(ClientError, match="InvalidDefinition"):
        machine(aws, f"express{pattern.replace('.', '-').replace(':', '')}", states, "EXPRESS")


def test_an_express_machine_of_a_template_waits_for_no_job(aws):
    definition = {"StartAt": "Call", "States": {"Call": nested("arn:aws:states:us-east-1:000000000000:stateMachine:any")}}
    properties = {"StateMachineType": "EXPRESS", "RoleArn": "arn:aws:iam::000000000000:role/any", "Definition": definition}
    with pytest.raises(AssertionError, match="does not support"):
        aws.deploy("express-job", {"Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}})
        # Reached when the stack was made: that is the failure.
        raise AssertionError("made")


def test_a_task_runs_an_express_machine(aws):
    child = machine(aws, "express-child", {"Answer": {"Type": "Pass", "End": True}}, "EXPRESS")
    call = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sfn:startSyncExecution", "End": True}
    call["Parameters"] = {"StateMachineArn": child, "Input.$": "$"}
    found = run(aws, machine(aws, "express-parent", {"Call": call}), word="hello")
    assert found["status"] == "SUCCEEDED"
    result = json.loads(found["output"])
    assert (result["Status"], json.loads(result["Output"])) == ("SUCCEEDED", {"word": "hello"})


def test_a_standard_machine_does_not_run_synchronously(aws):
    arn = machine(aws, "standard", {"Answer": {"Type": "Pass", "End": True}})
    workflows = aws.client("stepfunctions")
    # The SDK would call another host.
    workflows.meta.events.register("before-call.sfn.StartSyncExecution", lambda params, **_: params.update(url=f"{aws.endpoint}/"))
    with pytest.raises(ClientError, match="StateMachineTypeNotSupported"):
        workflows.start_sync_execution(stateMachineArn=arn)
