import json

import pytest
from workflows import machine, run

CODE = """
def handler(event, context):
    if event.get("fails"):
        raise ValueError("no")
    return event["says"]
"""


def invoking(function: str, name: str, aws, payload: dict) -> dict:
    task = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:lambda:invoke", "Arguments": {"FunctionName": function, "Payload": payload}, "End": True}
    found = run(aws, machine(aws, name, {"Invoke": task}, QueryLanguage="JSONata"))
    return json.loads(found["output"]) if found["status"] == "SUCCEEDED" else found


@pytest.fixture(scope="module")
def function(aws):
    return aws.function("invoked-by-sdk", CODE, "python3.12")


@pytest.mark.parametrize("says", ["done", 'a "quoted" text', 12345678901234567890, 0.30000000000000004, None, {"a": [1]}])
def test_what_a_function_returns_comes_as_text(aws, function, says):
    answer = invoking(function, f"sdk-{abs(hash(str(says)))}", aws, {"says": says})
    assert isinstance(answer.get("Payload"), str), answer
    assert (json.loads(answer["Payload"]), answer["StatusCode"], answer.get("FunctionError")) == (says, 200, None)


def test_a_function_that_fails_is_an_answer(aws, function):
    answer = invoking(function, "sdk-failing", aws, {"fails": True})
    assert answer.get("FunctionError") == "Unhandled", answer
    assert json.loads(answer["Payload"])["errorMessage"] == "no"


def test_a_throttled_function_and_one_that_is_not_there_are_errors_of_lambda(aws):
    function = aws.function("throttled-by-sdk", CODE, "python3.12")
    aws.client("lambda").put_function_concurrency(FunctionName="throttled-by-sdk", ReservedConcurrentExecutions=0)
    assert invoking(function, "sdk-throttled", aws, {}).get("error") == "Lambda.TooManyRequestsException"
    assert invoking(f"{function}-gone", "sdk-gone", aws, {}).get("error") == "Lambda.ResourceNotFoundException"
