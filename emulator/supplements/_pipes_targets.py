"""Where a pipe delivers to, as its role: SQS queues, Step Functions state machines and SNS topics.

AWS: "Amazon EventBridge Pipes batching and concurrency"
(https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html): each record is transformed by itself. A
state machine gets the batch as one JSON array, also when it is one record, of at most 262,144 characters; queues and topics get a message
for each record, at most ten at a time, and what was not accepted is tried again without the rest. PipeTargetStateMachineParameters
(https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_PipeTargetStateMachineParameters.html): REQUEST_RESPONSE, which is the
default, starts an Express workflow and waits for its success; a Standard workflow has to be started by FIRE_AND_FORGET.
"""

import contextvars
import json

from ministack.services import pipes, sns, sqs, stepfunctions

from supplements._patching import expect_parameters
from supplements._pipes_template import parameter, transformed
from supplements._roles import allowed
from supplements._services import Refused, call

LARGEST_INPUT = 262_144  # characters
LARGEST_BATCH = {"sqs": 10, "sns": 10, "states": 10_000}


# What the state machine answered that was last waited for, in this delivery.
answers: contextvars.ContextVar = contextvars.ContextVar("answers", default=None)


class Failed(Exception):
    """The target did not take what it was sent."""


def expect_targets() -> None:
    expect_parameters(sqs._queue_by_arn, "arn")
    grouped = ("message_group_id", "message_deduplication_id")
    expect_parameters(sns.publish_internal, "topic_arn", "message", "subject", "message_structure", "message_attributes", *grouped)
    expect_parameters(stepfunctions._start_sync_execution, "data")
    expect_parameters(stepfunctions._resolve_state_machine_arn, "arn")


def deliver(pipe: dict, records: list[dict]) -> list[tuple[dict, Failed]]:
    """What was not delivered, and why."""
    answers.set(None)
    if pipes._arn_service(pipe["Target"]) == "states":
        try:
            start(pipe, records)
        except Failed as failed:
            return [(record, failed) for record in records]
        return []
    send = send_message if pipes._arn_service(pipe["Target"]) == "sqs" else publish
    refused = []
    for record in records:
        try:
            send(pipe, record)
        except Failed as failed:
            refused.append((record, failed))
    return refused


def body_of(pipe: dict, record: dict) -> str:
    template = pipe["TargetParameters"].get("InputTemplate")
    return transformed(template, pipe, record) if template else json.dumps(record)


def require(pipe: dict, action: str) -> None:
    if not allowed(pipe["RoleArn"], action, pipe["Target"]):
        raise Failed(f"{pipe['RoleArn']} is not authorized to perform {action} on {pipe['Target']}")


def send_message(pipe: dict, record: dict) -> None:
    require(pipe, "sqs:SendMessage")
    queue = sqs._queue_by_arn(pipe["Target"])
    if queue is None:
        raise Failed(f"{pipe['Target']} does not exist")
    ids = {name: parameter(value, record) for name, value in pipe["TargetParameters"].get("SqsQueueParameters", {}).items()}
    message = {"QueueUrl": queue["url"], "MessageBody": body_of(pipe, record), **{name: value for name, value in ids.items() if value}}
    try:
        call("sqs", "SendMessage", message)
    except Refused as refused:
        raise Failed(str(refused)) from refused


def publish(pipe: dict, record: dict) -> None:
    require(pipe, "sns:Publish")
    try:
        published = sns.publish_internal(pipe["Target"], body_of(pipe, record))
    except sns.SnsPublishError as error:
        raise Failed(str(error)) from error
    if published is None:
        raise Failed(f"{pipe['Target']} does not exist")


def start(pipe: dict, records: list[dict]) -> None:
    try:
        batch = json.dumps([json.loads(body_of(pipe, record)) for record in records], ensure_ascii=False)
    except json.JSONDecodeError as error:
        raise Failed(f"the input template did not make JSON: {error}") from error
    if len(batch) > LARGEST_INPUT:
        raise Failed(f"{len(batch)} characters of input: more than {LARGEST_INPUT}")
    invocation = pipe["TargetParameters"].get("StepFunctionStateMachineParameters", {}).get("InvocationType", "REQUEST_RESPONSE")
    started = {"stateMachineArn": pipe["Target"], "input": batch}
    if invocation == "FIRE_AND_FORGET":
        require(pipe, "states:StartExecution")
        try:
            call("stepfunctions", "StartExecution", started)
        except Refused as refused:
            raise Failed(str(refused)) from refused
        return
    # Step Functions asks IAM about the machine, also where an alias or a version is started.
    machine_arn = stepfunctions._resolve_state_machine_arn(pipe["Target"]) or ""
    if not allowed(pipe["RoleArn"], "states:StartSyncExecution", machine_arn or pipe["Target"]):
        raise Failed(f"{pipe['RoleArn']} is not authorized to perform states:StartSyncExecution on {pipe['Target']}")
    machine = stepfunctions._state_machines.get(machine_arn)
    if machine and machine.get("type", "STANDARD") != "EXPRESS":
        raise Failed(f"{pipe['Target']} is not an Express workflow: it cannot be invoked with REQUEST_RESPONSE")
    status, _headers, answer = stepfunctions._start_sync_execution({**started, "stateMachineArn": machine_arn or pipe["Target"]})
    execution = json.loads(answer)
    if status >= 400 or execution["status"] != "SUCCEEDED":
        raise Failed(execution.get("cause") or execution.get("message") or execution.get("status", ""))
    answers.set(execution.get("output"))
