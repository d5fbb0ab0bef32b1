import json

import pytest
from workflows import machine, run

TABLE = "error-names"
# What changes nothing, because its condition does not hold.
CONDITIONAL = {
    "TableName": TABLE,
    "Key": {"id": {"S": "a"}},
    "UpdateExpression": "SET word = :word",
    "ConditionExpression": "attribute_exists(id)",
    "ExpressionAttributeValues": {":word": {"S": "hello"}},
}
NO_TOPIC = {"TopicArn": "arn:aws:sns:us-east-1:000000000000:no-such-topic", "Message": "hello"}
NO_QUEUE = {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/000000000000/no-such-queue", "MessageBody": "hello"}
NO_MACHINE = {"StateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:no-such-machine"}


@pytest.fixture(scope="module")
def table(aws):
    aws.client("dynamodb").create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def caught(aws, resource: str, parameters: dict, name: str) -> str:
    """The name by which the error of a task can be caught, or what it was instead."""
    machine_name = resource.replace(":::", "-").replace(":", "-")[-60:]
    catch = [{"ErrorEquals": [name], "Next": "Caught"}]
    states = {
        "Work": {"Type": "Task", "Resource": resource, "Parameters": parameters, "Catch": catch, "End": True},
        "Caught": {"Type": "Pass", "End": True},
    }
    found = run(aws, machine(aws, machine_name, states))
    return json.loads(found["output"])["Error"]


@pytest.mark.parametrize(
    ("resource", "parameters", "name"),
    [
        ("arn:aws:states:::aws-sdk:sqs:sendMessage", NO_QUEUE, "Sqs.QueueDoesNotExistException"),
        ("arn:aws:states:::sqs:sendMessage", NO_QUEUE, "SQS.QueueDoesNotExistException"),
        ("arn:aws:states:::aws-sdk:sns:publish", NO_TOPIC, "Sns.NotFoundException"),
        ("arn:aws:states:::sns:publish", NO_TOPIC, "SNS.NotFoundException"),
        ("arn:aws:states:::aws-sdk:sfn:startExecution", NO_MACHINE, "Sfn.StateMachineDoesNotExistException"),
    ],
)
def test_a_refused_task_is_caught_by_the_name_of_its_error(aws, resource, parameters, name):
    assert caught(aws, resource, parameters, name) == name


@pytest.mark.also_alone
@pytest.mark.parametrize(
    ("resource", "name"),
    [
        ("arn:aws:states:::dynamodb:updateItem", "DynamoDB.ConditionalCheckFailedException"),
        ("arn:aws:states:::aws-sdk:dynamodb:updateItem", "DynamoDb.ConditionalCheckFailedException"),
    ],
)
def test_a_condition_that_fails_is_caught_by_its_name(aws, table, resource, name):
    assert caught(aws, resource, CONDITIONAL, name) == name


def test_a_throttled_function_is_an_error_of_lambda(aws):
    function = aws.function("error-names", "def handler(event, context): pass", "python3.12")
    aws.client("lambda").put_function_concurrency(FunctionName="error-names", ReservedConcurrentExecutions=0)
    name = "Lambda.TooManyRequestsException"
    assert caught(aws, "arn:aws:states:::lambda:invoke", {"FunctionName": function, "Payload": {}}, name) == name
