import json
import uuid

import pytest
from conftest import within
from queues import ensure_role, queue, received

ACCOUNT = "arn:aws:{}:us-east-1:000000000000:{}"


@pytest.fixture
def aws(aws_with_iam):
    return aws_with_iam


class Machine:
    """A state machine with one task, and its role. The task's error, if any, is caught as its output."""

    def __init__(self, aws, resource: str, parameters: dict, *, trusted: str = "states.amazonaws.com"):
        self.aws, self.name = aws, f"machine-{uuid.uuid4().hex[:8]}"
        self.role = ensure_role(aws, self.name)
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": trusted}}
        aws.client("iam").update_assume_role_policy(RoleName=self.name, PolicyDocument=json.dumps({"Statement": [trust]}))
        task = {"Type": "Task", "Resource": resource, "Parameters": parameters, "ResultPath": None, "End": True}
        task["Catch"] = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
        states = {"StartAt": "Task", "States": {"Task": task, "Caught": {"Type": "Pass", "End": True}}}
        created = aws.client("stepfunctions").create_state_machine(name=self.name, roleArn=self.role, definition=json.dumps(states))
        self.arn = created["stateMachineArn"]

    def allow(self, action: str, target: str) -> None:
        ensure_role(self.aws, self.name, {"Effect": "Allow", "Action": action, "Resource": target})

    def run(self) -> dict:
        """The output of one execution."""
        states = self.aws.client("stepfunctions")
        execution = states.start_execution(stateMachineArn=self.arn, input="{}")["executionArn"]
        ended = within(20, lambda: (found := states.describe_execution(executionArn=execution))["status"] != "RUNNING" and found)
        assert ended["status"] == "SUCCEEDED"
        return json.loads(ended["output"])


def function(aws) -> str:
    ensure_role(aws, "any")
    return aws.function(f"called-{uuid.uuid4().hex[:8]}", "def handler(event, context): return 'called'", "python3.12")


def table(aws) -> str:
    return aws.client("dynamodb").create_table(
        TableName=f"table-{uuid.uuid4().hex[:8]}",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )["TableDescription"]["TableName"]


def calls(aws) -> dict[str, tuple[str, dict, str, str, str]]:
    """By name: the task's resource and parameters, the permission and its target, and the error without it."""
    url, queue_arn = queue(aws, f"queue-{uuid.uuid4().hex[:8]}")
    topic = aws.client("sns").create_topic(Name=f"topic-{uuid.uuid4().hex[:8]}")["TopicArn"]
    table_name = table(aws)
    item = {"TableName": table_name, "Item": {"id": {"S": "1"}}}
    message = {"QueueUrl": url, "MessageBody": "hello"}
    called = function(aws)
    child = Machine(aws, ACCOUNT.format("lambda", "function:none"), {}).arn
    bus = ACCOUNT.format("events", "event-bus/default")
    entries = {"Entries": [{"Source": "test", "DetailType": "done", "Detail": "{}"}]}
    table_arn = ACCOUNT.format("dynamodb", f"table/{table_name}")
    optimised, sdk = "arn:aws:states:::", "arn:aws:states:::aws-sdk:"
    return {
        "function": (called, {}, "lambda:InvokeFunction", called, "Lambda.AWSLambdaException"),
        "invoke": (f"{optimised}lambda:invoke", {"FunctionName": called}, "lambda:InvokeFunction", called, "Lambda.AWSLambdaException"),
        "sqs": (f"{optimised}sqs:sendMessage", message, "sqs:SendMessage", queue_arn, "SQS.AmazonSQSException"),
        "sns": (f"{optimised}sns:publish", {"TopicArn": topic, "Message": "hello"}, "sns:Publish", topic, "SNS.AuthorizationErrorException"),
        "dynamodb": (f"{optimised}dynamodb:putItem", item, "dynamodb:PutItem", table_arn, "DynamoDB.AmazonDynamoDBException"),
        "events": (f"{optimised}events:putEvents", entries, "events:PutEvents", bus, "EventBridge.AmazonEventBridgeException"),
        "nested": (
            f"{optimised}states:startExecution",
            {"StateMachineArn": child},
            "states:StartExecution",
            child,
            "StepFunctions.AWSStepFunctionsException",
        ),
        "sdk-sqs": (f"{sdk}sqs:sendMessage", message, "sqs:SendMessage", queue_arn, "Sqs.SqsException"),
        "sdk-dynamodb": (f"{sdk}dynamodb:putItem", item, "dynamodb:PutItem", table_arn, "DynamoDb.DynamoDbException"),
        "sdk-states": (f"{sdk}sfn:startExecution", {"StateMachineArn": child}, "states:StartExecution", child, "Sfn.SfnException"),
    }


@pytest.mark.parametrize(
    "call", ["function", "invoke", "sqs", "sns", "dynamodb", "events", "nested", "sdk-sqs", "sdk-dynamodb", "sdk-states"]
)
def test_a_task_is_done_as_the_role_of_its_machine(aws, call):
    resource, parameters, permission, target, error = calls(aws)[call]
    machine = Machine(aws, resource, parameters)
    denied = machine.run()
    assert denied.get("Error") == error
    assert f"is not authorized to perform: {permission} on resource: {target}" in denied["Cause"]
    machine.allow(permission, target)
    assert machine.run() == {}


def test_a_role_that_does_not_let_step_functions_in(aws):
    url, arn = queue(aws, f"queue-{uuid.uuid4().hex[:8]}")
    machine = Machine(aws, "arn:aws:states:::sqs:sendMessage", {"QueueUrl": url, "MessageBody": "hello"}, trusted="lambda.amazonaws.com")
    machine.allow("sqs:SendMessage", arn)
    assert "not authorized to assume" in machine.run().get("Cause", "")


def test_a_task_with_a_callback_asks_too(aws):
    url, arn = queue(aws, f"queue-{uuid.uuid4().hex[:8]}")
    message = {"QueueUrl": url, "MessageBody.$": "$$.Task.Token"}
    machine = Machine(aws, "arn:aws:states:::sqs:sendMessage.waitForTaskToken", message)
    states = aws.client("stepfunctions")
    execution = states.start_execution(stateMachineArn=machine.arn, input="{}")["executionArn"]
    within(20 if aws.supplemented else 1, lambda: states.describe_execution(executionArn=execution)["status"] == "SUCCEEDED")
    machine.allow("sqs:SendMessage", arn)
    execution = states.start_execution(stateMachineArn=machine.arn, input="{}")["executionArn"]
    states.send_task_success(taskToken=received(aws, url)["Body"], output='"done"')
    within(20, lambda: states.describe_execution(executionArn=execution)["status"] == "SUCCEEDED")
