import json

import pytest
from conftest import within

NODE = "nodejs22.x"
PYTHON = "python3.12"

# The same three ways to fail in two languages.
SOURCES = {
    NODE: """
class CardDeclined extends Error { constructor(m) { super(m); this.name = 'CardDeclined'; } }
exports.handler = async (event) => {
  if (event === 'exit') process.exit(1);
  if (event === 'succeed') return 'done';
  throw new CardDeclined('no funds');
};
""",
    PYTHON: """
import os
class CardDeclined(Exception): pass
def handler(event, context):
    if event == 'exit': os._exit(1)
    if event == 'succeed': return 'done'
    raise CardDeclined('no funds')
""",
}


@pytest.fixture(scope="module", params=[NODE, PYTHON])
def failing(request, aws):
    name = f"declines-{request.param.replace('.', '')}"
    return name, aws.function(name, SOURCES[request.param], request.param), request.param


def invoke(aws, name: str, event) -> dict:
    answer = aws.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    return {"error": answer.get("FunctionError"), "document": json.loads(answer["Payload"].read())}


def test_the_caller_gets_the_error_document(aws, failing):
    name, _arn, runtime = failing
    answer = invoke(aws, name, "fail")
    assert answer["error"] == "Unhandled"
    document = answer["document"]
    assert (document["errorType"], document["errorMessage"]) == ("CardDeclined", "no funds")
    stack = document["trace"] if runtime == NODE else document["stackTrace"]
    assert any("handler" in line for line in stack)


def test_a_runtime_that_exits_has_its_own_type(aws, failing):
    name, _arn, _runtime = failing
    answer = invoke(aws, name, "exit")
    assert answer["error"] == "Unhandled"
    assert answer["document"]["errorType"] == "Runtime.ExitError"


@pytest.mark.also_alone
def test_the_function_goes_on_after_a_failure(aws, failing):
    name, _arn, _runtime = failing
    invoke(aws, name, "fail")
    assert invoke(aws, name, "succeed") == {"error": None, "document": "done"}


def test_an_on_failure_destination_gets_the_error_document(aws, failing):
    name, _arn, _runtime = failing
    sqs, functions = aws.client("sqs"), aws.client("lambda")
    queue = sqs.create_queue(QueueName=f"{name}-failed")["QueueUrl"]
    queue_arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    functions.put_function_event_invoke_config(
        FunctionName=name, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": queue_arn}}
    )
    functions.invoke(FunctionName=name, InvocationType="Event", Payload=b'"fail"')
    messages = within(10, lambda: sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages"))
    assert json.loads(messages[0]["Body"])["responsePayload"]["errorType"] == "CardDeclined"


def test_step_functions_retries_and_catches_by_name(aws, failing):
    _name, arn, runtime = failing
    workflows = aws.client("stepfunctions")
    definition = {
        "StartAt": "Charge",
        "States": {
            "Charge": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Parameters": {"FunctionName": arn, "Payload": "fail"},
                "Retry": [{"ErrorEquals": ["CardDeclined"], "IntervalSeconds": 1, "MaxAttempts": 2}],
                "Catch": [{"ErrorEquals": ["CardDeclined"], "Next": "Declined"}],
                "End": True,
            },
            "Declined": {"Type": "Pass", "End": True},
        },
    }
    machine = workflows.create_state_machine(
        name=f"charge-{runtime.replace('.', '')}", definition=json.dumps(definition), roleArn="arn:aws:iam::000000000000:role/any"
    )["stateMachineArn"]
    execution = workflows.start_execution(stateMachineArn=machine)["executionArn"]

    def ended():
        described = workflows.describe_execution(executionArn=execution)
        return described["status"] != "RUNNING" and described

    described = within(20, ended)
    assert described["status"] == "SUCCEEDED"
    caught = json.loads(described["output"])
    assert caught["Error"] == "CardDeclined"
    assert json.loads(caught["Cause"])["errorMessage"] == "no funds"
    events = workflows.get_execution_history(executionArn=execution)["events"]
    assert sum(event["type"] in ("TaskFailed", "LambdaFunctionFailed") for event in events) == 3


def test_a_thrown_value_that_is_no_error(aws):
    aws.function("throws-text", "exports.handler = async () => { throw 'no funds'; };", NODE)
    assert invoke(aws, "throws-text", None)["document"] == {"errorType": "string", "errorMessage": "no funds", "trace": []}


def test_an_error_thrown_before_the_first_await(aws):
    aws.function("throws-at-once", "exports.handler = () => { throw new RangeError('too far'); };", NODE)
    assert invoke(aws, "throws-at-once", None)["document"]["errorType"] == "RangeError"


@pytest.mark.also_alone
def test_a_timeout_keeps_its_type(aws):
    aws.function("sleeps", "exports.handler = () => new Promise(done => setTimeout(done, 60000));", NODE)
    aws.client("lambda").update_function_configuration(FunctionName="sleeps", Timeout=1)
    assert invoke(aws, "sleeps", None)["document"]["errorType"] == "Sandbox.Timedout"
