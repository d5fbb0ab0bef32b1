import json

from conftest import measured, within


def test_an_execution_reports_its_start_and_its_end(aws, request):
    patience = 1 if request.node.callspec.params["aws"] == "alone" else 20
    workflows = aws.client("stepfunctions")
    choice = {"Variable": "$.end", "StringEquals": "fail", "Next": "Fail"}
    waiting = {"Variable": "$.end", "StringEquals": "wait", "Next": "Wait"}
    states = {
        "Choose": {"Type": "Choice", "Choices": [choice, waiting], "Default": "Succeed"},
        "Succeed": {"Type": "Succeed"},
        "Fail": {"Type": "Fail", "Error": "AsTold"},
        "Wait": {"Type": "Wait", "Seconds": 10000, "Next": "Succeed"},
    }
    machine = workflows.create_state_machine(
        name="reports", definition=json.dumps({"StartAt": "Choose", "States": states}), roleArn="arn:aws:iam::000000000000:role/any"
    )["stateMachineArn"]

    def start(end: str) -> str:
        return workflows.start_execution(stateMachineArn=machine, input=json.dumps({"end": end}))["executionArn"]

    started = {end: start(end) for end in ("succeed", "fail", "wait")}
    workflows.stop_execution(executionArn=started["wait"])

    def reported() -> dict:
        return {metric: measured(aws, "AWS/States", metric, "SampleCount", StateMachineArn=machine) for metric in expected}

    expected = {"ExecutionsStarted": 3, "ExecutionsSucceeded": 1, "ExecutionsFailed": 1, "ExecutionsAborted": 1, "ExecutionTime": 3}
    within(patience, lambda: reported() == expected)
