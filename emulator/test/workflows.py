"""State machines of the tests: make one, start it, wait for its end, follow its events."""

import json

from conftest import within
from queues import allowing, queue

ENDS = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")
ROLE = "arn:aws:iam::000000000000:role/any"


def machine(aws, name: str, states: dict, kind: str = "STANDARD", **fields) -> str:
    """A machine that starts at its first state."""
    definition = json.dumps({"StartAt": next(iter(states)), "States": states, **fields})
    return aws.client("stepfunctions").create_state_machine(name=name, definition=definition, roleArn=ROLE, type=kind)["stateMachineArn"]


def start(aws, arn: str, **given) -> str:
    return aws.client("stepfunctions").start_execution(stateMachineArn=arn, input=json.dumps(given))["executionArn"]


def described(aws, execution: str) -> dict:
    return aws.client("stepfunctions").describe_execution(executionArn=execution)


def ended(aws, execution: str) -> dict:
    """The description of an execution that has ended. On the emulator alone some never end, so that wait is short."""

    def description():
        found = described(aws, execution)
        return found["status"] in ENDS and found

    return within(20 if aws.supplemented else 3, description)


def run(aws, arn: str, **given) -> dict:
    return ended(aws, start(aws, arn, **given))


def running_child(aws, child: str) -> str:
    """The only execution of a machine that a parent is to start."""
    workflows = aws.client("stepfunctions")
    return within(20, lambda: workflows.list_executions(stateMachineArn=child)["executions"])[0]["executionArn"]


def events_of(aws, arn: str, name: str) -> str:
    """The URL of a new queue that gets the status events of a machine."""
    events = aws.client("events")
    url, queue_arn = queue(aws, name)
    pattern = {"source": ["aws.states"], "detail-type": ["Step Functions Execution Status Change"], "detail": {"stateMachineArn": [arn]}}
    rule = events.put_rule(Name=name, EventPattern=json.dumps(pattern))["RuleArn"]
    aws.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": allowing("events.amazonaws.com", queue_arn, rule)})
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": queue_arn}])
    return url
