"""A pipe has its source's and its target's parameters, and fails to be made when its role cannot read and set aside.

AWS: CreatePipe, UpdatePipe and DescribePipe
(https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_UpdatePipe.html): an update changes what it names and leaves the rest,
but replaces the parameters of one service as a whole; an empty list of filters and an empty input template remove them. AWS::Pipes::Pipe
(https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-pipes-pipe.html). Batches are not larger than the
target takes
(https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html). The role needs its permissions before the
pipe is made ("Cannot access stream", https://github.com/aws/aws-cdk/issues/31211; "Error occurred while sending message to SQS queue",
https://github.com/aws-samples/serverless-patterns/issues/1857): otherwise the pipe is CREATE_FAILED or UPDATE_FAILED, with a StateReason.

The emulator alone: drops the parameters, and by the API also the starting position.

This supplement: keeps them, and makes these two checks at once, the permissions with IAM enforced only. It also refuses what
`pipes_delivery` cannot deliver: an enrichment, and other targets.
"""

import json

from ministack.services import dynamodb, pipes, sqs
from ministack.services.cloudformation import provisioners

from supplements._patching import expect_parameters
from supplements._pipes_targets import LARGEST_BATCH
from supplements._roles import allowed, expect_roles, trusts
from supplements._services import api_of, shaped
from supplements.pipes_queue_source import READING as QUEUE_READING
from supplements.pipes_queue_source import may_read

READING = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")
GROUPS = ("SourceParameters", "TargetParameters")


def apply() -> None:
    expect_roles()
    create, update, describe = pipes._create_pipe, pipes._update_pipe, pipes._describe_response
    expect_parameters(create, "name", "body")
    expect_parameters(update, "name", "body")
    expect_parameters(describe, "pipe")
    expect_parameters(pipes._initial_position, "pipe")
    expect_parameters(pipes._lifecycle_response, "pipe")
    expect_parameters(provisioners._pipes_pipe_create, "logical_id", "props", "stack_name")
    expect_parameters(provisioners._pipes_pipe_fields, "props")
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Pipes::Pipe"]
    update_resource = handlers["update"]
    expect_parameters(update_resource, "physical_id", "old_props", "new_props", "stack_name", "logical_id")

    def create_pipe(name, body):
        desired = str(body.get("DesiredState", "RUNNING")).upper()
        if desired in pipes._VALID_REQUESTED_STATE:
            if refused := refusal(body):
                return pipes._error(400, "ValidationException", refused)
            body = {**body, "DesiredState": "STOPPED"}  # until it is complete
        answer = create(name, body)
        if answer[0] >= 400:
            return answer
        pipe = pipes._pipes[name]
        pipe.update({group: body.get(group) or {} for group in GROUPS})
        pipe["StartingPosition"] = stream_parameters(body).get("StartingPosition", "LATEST")
        pipes._positions[pipe["Arn"]] = pipes._initial_position(pipe)
        pipe["StateReason"] = unusable(pipe)
        pipe.update(DesiredState=desired, CurrentState="CREATE_FAILED" if pipe["StateReason"] else desired)
        return pipes._json_resp(200, pipes._lifecycle_response(pipe))

    def update_pipe(name, body):
        pipe = pipes._pipes.get(name)
        if pipe is None:
            return update(name, body)
        changed = {**pipe, **body, **{group: {**pipe.get(group, {}), **(body.get(group) or {})} for group in GROUPS}}
        if stream := stream_parameters(changed):
            changed["SourceParameters"]["DynamoDBStreamParameters"] = {**stream, "StartingPosition": pipe["StartingPosition"]}
        if refused := refusal(changed):
            return pipes._error(400, "ValidationException", refused)
        pipe["StateReason"] = unusable(changed)
        if pipe["StateReason"]:
            pipe["CurrentState"] = "UPDATE_FAILED"
            return pipes._json_resp(200, pipes._lifecycle_response(pipe))
        pipe.update({group: changed[group] for group in GROUPS})
        return update(name, {"DesiredState": pipe["DesiredState"], **body})

    def create_resource(logical_id, props, stack_name):
        name = props.get("Name") or provisioners._physical_name(stack_name, logical_id, max_len=64)
        status, _headers, answer = create_pipe(name, {**fields(props), "Tags": provisioners._tag_map(props.get("Tags"))})
        if status >= 400:
            raise ValueError(json.loads(answer)["message"])
        pipe = pipes._pipes[name]
        if pipe["CurrentState"] == "CREATE_FAILED":
            pipes.delete_pipe(name)
            raise ValueError(unstable(pipe))
        return name, {"Arn": pipe["Arn"], "Name": name}

    def changed_resource(physical_id, old_props, new_props, stack_name, logical_id=None):
        changed = update_resource(physical_id, old_props, new_props, stack_name, logical_id)
        pipe = pipes._pipes[changed[0]]
        if pipe["CurrentState"] == "UPDATE_FAILED":
            raise ValueError(unstable(pipe))
        return changed

    pipes._create_pipe, pipes._update_pipe = create_pipe, update_pipe
    pipes._describe_response = lambda pipe: {**describe(pipe), **{group: pipe.get(group, {}) for group in GROUPS}}
    provisioners._pipes_pipe_create = handlers["create"] = create_resource
    provisioners._pipes_pipe_fields = fields
    handlers["update"] = changed_resource


def stream_parameters(pipe: dict) -> dict:
    return (pipe.get("SourceParameters") or {}).get("DynamoDBStreamParameters") or {}


def refusal(pipe: dict) -> str:
    """Why no such pipe can be; empty if it can."""
    target = pipes._arn_service(pipe.get("Target", ""))
    if pipe.get("Enrichment"):
        return "The emulator has no enrichments."
    if target not in LARGEST_BATCH:
        return f"The emulator's pipes deliver to {', '.join(LARGEST_BATCH)}, not to {pipe.get('Target')}."
    if (size := int(stream_parameters(pipe).get("BatchSize", 1))) > LARGEST_BATCH[target]:
        return f"The batch size {size} of the source exceeds {LARGEST_BATCH[target]}, the largest of the target."
    return ""


def unusable(pipe: dict) -> str:
    """Why AWS would give the pipe up; empty if it would not."""
    source, role = pipe["Source"], pipe["RoleArn"]
    if not trusts(role, "pipes.amazonaws.com"):
        return f"The role {role} does not let pipes.amazonaws.com assume it"
    if stream := pipes._dynamodb_stream_source(source):
        table = dynamodb._tables.get(stream[1]) or {}
        if table.get("LatestStreamArn") != source or not all(allowed(role, action, source) for action in READING):
            return f"Cannot access stream {source}. Please ensure the customer role can perform actions on source stream"
    if pipes._arn_service(source) == "sqs":
        queue = sqs._queue_by_arn(source)
        if queue is None or not may_read(role, queue, *QUEUE_READING):
            return f"The role {role} does not have permissions to call ReceiveMessage, DeleteMessage and GetQueueAttributes on {source}"
    if letters := (stream_parameters(pipe).get("DeadLetterConfig") or {}).get("Arn"):
        queue = sqs._queue_by_arn(letters)
        if queue is None or queue["is_fifo"] or not allowed(role, "sqs:SendMessage", letters):
            return f"Error occurred while sending message to SQS queue: {letters}"
    return ""


def unstable(pipe: dict) -> str:
    return f"Resource of type 'AWS::Pipes::Pipe' with identifier '{pipe['Name']}' did not stabilize. Status Reason is {pipe['StateReason']}"


def fields(props: dict) -> dict:
    """The parameters of CreatePipe and UpdatePipe that a template means; what it does not have is as it is by default."""
    parameters = {name: value for name, value in props.items() if name not in ("Name", "Tags")}
    given = shaped(parameters, api_of("pipes").operation_model("CreatePipe").input_shape)
    return {
        "Description": "",
        "DesiredState": "RUNNING",
        **given,
        "SourceParameters": {"FilterCriteria": {"Filters": []}, **given.get("SourceParameters", {})},
        "TargetParameters": {"InputTemplate": "", **given.get("TargetParameters", {})},
    }
