import pytest
from botocore.exceptions import ClientError
from workflows import machine, run

LARGE = "exports.handler = async (event) => 'x'.repeat(event.size);"
TOO_MUCH = 256 * 1024
CAUGHT = {"Caught": {"Type": "Pass", "End": True}}


def catching(*errors: str) -> list:
    return [{"ErrorEquals": list(errors), "Next": "Caught"}]


@pytest.fixture(scope="module")
def large(aws):
    return aws.function("answers-large", LARGE, "nodejs22.x")


def test_a_result_beyond_the_limit_fails_the_execution(aws, large):
    task = {"Type": "Task", "Resource": large, "Catch": catching("States.ALL"), "End": True}
    arn = machine(aws, "large-result", {"Work": task, **CAUGHT})
    found = run(aws, arn, size=TOO_MUCH)
    assert (found["status"], found.get("error")) == ("FAILED", "States.DataLimitExceeded")
    # Two quotation marks are part of the result.
    assert run(aws, arn, size=TOO_MUCH - 2)["status"] == "SUCCEEDED"


def test_it_can_be_caught_by_name(aws, large):
    task = {"Type": "Task", "Resource": large, "Catch": catching("States.DataLimitExceeded"), "End": True}
    found = run(aws, machine(aws, "large-caught", {"Work": task, **CAUGHT}), size=TOO_MUCH)
    assert found["status"] == "SUCCEEDED"
    assert '"Error": "States.DataLimitExceeded"' in found["output"]


def test_a_task_that_gets_too_much_does_nothing(aws):
    url = aws.client("sqs").create_queue(QueueName="gets-too-much")["QueueUrl"]
    send = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True}
    send["Parameters"] = {"QueueUrl": url, "MessageBody.$": "States.Format('{}{}', $.half, $.half)"}
    found = run(aws, machine(aws, "gets-too-much", {"Send": send}), half="x" * (TOO_MUCH // 2))
    assert found.get("error") == "States.DataLimitExceeded"
    assert "Messages" not in aws.client("sqs").receive_message(QueueUrl=url)


def test_an_output_beyond_the_limit_fails_the_execution(aws):
    grow = {"Type": "Pass", "Parameters": {"twice.$": "States.Array($.half, $.half)"}, "End": True}
    found = run(aws, machine(aws, "grows", {"Grow": grow}), half="x" * (TOO_MUCH // 2))
    assert (found["status"], found.get("error")) == ("FAILED", "States.DataLimitExceeded")


def test_an_input_beyond_the_limit_starts_nothing(aws):
    arn = machine(aws, "starts-small", {"Answer": {"Type": "Pass", "End": True}})
    with pytest.raises(ClientError, match="ValidationException"):
        run(aws, arn, large="x" * TOO_MUCH)
        pytest.fail("started")


def test_an_error_of_the_definition_is_not_caught_by_a_wildcard(aws):
    task = {"Type": "Task", "Resource": "arn:aws:states:::none:such", "Catch": catching("States.ALL"), "End": True}
    assert run(aws, machine(aws, "wrong-definition", {"Work": task, **CAUGHT})).get("error") == "States.Runtime"
