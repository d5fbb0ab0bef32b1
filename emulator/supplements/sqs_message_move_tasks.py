"""SQS moves dead letters back by itself.

AWS: "StartMessageMoveTask" (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html),
with ListMessageMoveTasks and CancelMessageMoveTask: one active task per dead-letter queue, at most 500 messages per second, to
the destination that is named or, without one, to the queue that each message came from. "Configure a dead-letter queue redrive"
(https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html): oldest
first, between queues of one type; a redriven message is a new one, with its own id and retention; a FIFO queue's dead letter has
its former message id as deduplication id, so that nothing takes it for a duplicate. "Troubleshoot dead-letter queue redrive"
(https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/troubleshooting-dlq-redrive.html): why a task fails, and
the permissions it needs on both queues.

The emulator alone: the three actions are unknown, and a FIFO queue's dead letter keeps its deduplication id.

This supplement: adds them in both protocols, and with IAM enforced on the dead-letter queue that a request names. A task runs on
the server's event loop, as SendMessage does. It moves what can be received: a message that somebody is reading stays.
Without a rate it moves at the highest one. Not here: the limits of 100 active tasks per account and of 36 hours, and keys.
"""

import asyncio
import base64
import json
import time
import uuid

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_region
from ministack.services import sqs

from supplements._patching import edit_function, expect_parameters

HIGHEST_RATE = 500  # messages per second
SHORTEST_PAUSE = 0.1  # seconds
ACTIVE = ("RUNNING", "CANCELLING")
RUNNING: set[asyncio.Task] = set()  # the loop itself holds its tasks only weakly
# What the caller must be allowed on the dead-letter queue besides the action itself.
PERMISSIONS = {
    "StartMessageMoveTask": ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
    "CancelMessageMoveTask": ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
    "ListMessageMoveTasks": ("sqs:GetQueueAttributes",),
}


def apply() -> None:
    expect_parameters(sqs._act_send_message, "data", "qurl")
    expect_parameters(sqs._enforce_queue_policy, "q", "iam_action")
    expect_parameters(iam_evaluator.enforce, "access_key_id", "iam_action", "service", "region", "resource_arn", "service_context")
    sqs._HANDLERS.update(StartMessageMoveTask=start, ListMessageMoveTasks=list_tasks, CancelMessageMoveTask=cancel)
    edit_function(sqs._dlq_sweep, 'moved["enqueued_at"] = now\n', 'moved["enqueued_at"] = now\n                moved["dedup_id"] = m["id"]\n')
    add_query_protocol()
    add_resource()


def start(data: dict, _url: str) -> dict:
    source = dead_letter_queue(required(data, "SourceArn"), "StartMessageMoveTask")
    rate = number(data, "MaxNumberOfMessagesPerSecond", 1, HIGHEST_RATE)
    source_arn, destination_arn = data["SourceArn"], data.get("DestinationArn")
    feeding = [queue for queue in sqs._queues.values() if dead_letter_target(queue) == source_arn]
    if not feeding:
        raise invalid("Source queue must be configured as a Dead Letter Queue.")
    if destination_arn == source_arn:
        raise invalid("Source queue arn and destination queue arn cannot be the same.")
    destinations = [existing_queue(destination_arn, "DestinationArn")] if destination_arn else feeding
    if any(destination["is_fifo"] != source["is_fifo"] for destination in destinations):
        raise invalid("The source queue and destination queue must be of the same queue type.")
    for destination in destinations:
        require_permission("sqs:SendMessage", destination)
    tasks = source.setdefault("move_tasks", [])
    if any(task["Status"] in ACTIVE for task in tasks):
        raise invalid("There is already a task running. Only one active task is allowed for a source queue arn at a given time.")
    task = {
        "TaskHandle": base64.b64encode(json.dumps({"taskId": str(uuid.uuid4()), "sourceArn": source_arn}).encode()).decode(),
        "Status": "RUNNING",
        "SourceArn": source_arn,
        "DestinationArn": destination_arn,
        "MaxNumberOfMessagesPerSecond": rate,
        "ApproximateNumberOfMessagesMoved": 0,
        "ApproximateNumberOfMessagesToMove": len(receivable(source)),
        "StartedTimestamp": int(time.time() * 1000),
    }
    tasks.insert(0, task)
    running = asyncio.get_running_loop().create_task(run(task))
    RUNNING.add(running)
    running.add_done_callback(RUNNING.discard)
    return {"TaskHandle": task["TaskHandle"]}


def list_tasks(data: dict, _url: str) -> dict:
    source = dead_letter_queue(required(data, "SourceArn"), "ListMessageMoveTasks")
    newest = source.get("move_tasks", [])[: number(data, "MaxResults", 1, 10) or 1]
    # The handle is there to cancel the task, so a task that cannot be cancelled shows none.
    return {
        "Results": [
            {key: value for key, value in task.items() if value is not None and (key != "TaskHandle" or task["Status"] == "RUNNING")}
            for task in newest
        ]
    }


def cancel(data: dict, _url: str) -> dict:
    handle = required(data, "TaskHandle")
    if not source_of(handle):
        raise invalid("Value for parameter TaskHandle is invalid.")
    source = dead_letter_queue(source_of(handle), "CancelMessageMoveTask")
    task = next((task for task in source.get("move_tasks", []) if task["TaskHandle"] == handle), None)
    if task is None:
        raise sqs._Err("ResourceNotFoundException", "Task does not exist.", 404)
    if task["Status"] != "RUNNING":
        raise sqs._Err("UnsupportedOperation", f"Only a running task can be cancelled; this one is {task['Status']}.")
    task["Status"] = "CANCELLING"
    return {"ApproximateNumberOfMessagesMoved": task["ApproximateNumberOfMessagesMoved"]}


async def run(task: dict) -> None:
    rate = task["MaxNumberOfMessagesPerSecond"] or HIGHEST_RATE
    pause = max(SHORTEST_PAUSE, 1 / rate)
    allowance = 0.0
    try:
        while task["Status"] == "RUNNING":
            allowance += rate * pause
            while allowance >= 1:
                if not move_oldest(task):
                    task["Status"] = "COMPLETED"
                    return
                allowance -= 1
            await asyncio.sleep(pause)
        task["Status"] = "CANCELLED"
    except sqs._Err as error:
        task["Status"], task["FailureReason"] = "FAILED", sqs._QUERY_COMPAT_CODES.get(error.code, error.code)


def move_oldest(task: dict) -> bool:
    """False when nothing is left to move."""
    with sqs._queues_lock:  # against the pollers of event sources, which are on threads of their own
        source = sqs._queue_by_arn(task["SourceArn"])
        if source is None:
            raise sqs._Err("QueueDoesNotExist", "The source queue was deleted.")
        sqs._expire_retained(source)
        message = next(iter(receivable(source)), None)
        if message is None:
            return False
        came_from = (message.get("sys") or {}).get("DeadLetterQueueSourceArn")
        destination_arn = task["DestinationArn"] or came_from
        if not destination_arn:
            raise sqs._Err("CouldNotDetermineMessageSource", "The message was sent to the dead-letter queue directly.")
        destination = sqs._queue_by_arn(destination_arn)
        if destination is None:
            raise sqs._Err("QueueDoesNotExist", "The destination queue was deleted.")
        sqs._act_send_message(as_request(message, destination), destination["url"])
        source["messages"] = [kept for kept in source["messages"] if kept is not message]
        task["ApproximateNumberOfMessagesMoved"] += 1
        return True


def receivable(queue: dict) -> list[dict]:
    """Oldest first; of a FIFO queue, nothing of a group that somebody is reading."""
    now = time.time()
    for message in queue["messages"]:
        sqs._ensure_msg_fields(message)
    being_read = {m["group_id"] for m in queue["messages"] if m["group_id"] and m["visible_at"] > now and m["receive_count"] > 0}
    return [m for m in queue["messages"] if m["visible_at"] <= now and (not queue["is_fifo"] or m["group_id"] not in being_read)]


def as_request(message: dict, destination: dict) -> dict:
    request = {"QueueUrl": destination["url"], "MessageBody": message["body"], "MessageAttributes": message["message_attributes"]}
    if trace := message["sys"].get("AWSTraceHeader"):
        request["MessageSystemAttributes"] = {"AWSTraceHeader": {"DataType": "String", "StringValue": trace}}
    if message["group_id"]:
        request["MessageGroupId"] = message["group_id"]
    if destination["is_fifo"]:
        request["MessageDeduplicationId"] = message["dedup_id"]
    return request


def dead_letter_queue(arn: str, action: str) -> dict:
    """The queue of that name, where the caller may do what the action needs."""
    queue = existing_queue(arn, "SourceArn")
    sqs._enforce_queue_policy(queue, f"sqs:{action}")
    for permission in PERMISSIONS[action]:
        require_permission(permission, queue)
    return queue


def require_permission(action: str, queue: dict) -> None:
    key = iam_evaluator._verified_key.get()
    if not key:  # the account itself, or IAM is not enforced
        return
    if iam_evaluator.enforce(key, action, "sqs", get_region(), queue["attributes"]["QueueArn"]) is not None:
        raise sqs._Err("AccessDenied", f"Queue Permissions to Redrive: {action} is not allowed on {queue['name']}.", 403)


def existing_queue(arn: str, name: str) -> dict:
    queue = sqs._queue_by_arn(arn)
    if queue is None:
        raise sqs._Err("ResourceNotFoundException", f"The resource that you specified for the {name} parameter doesn't exist.", 404)
    return queue


def dead_letter_target(queue: dict) -> str | None:
    return json.loads(queue["attributes"].get("RedrivePolicy") or "{}").get("deadLetterTargetArn")


def required(data: dict, name: str) -> str:
    if not data.get(name):
        raise sqs._Err("MissingParameter", f"The request must contain the parameter {name}.")
    return data[name]


def number(data: dict, name: str, lowest: int, highest: int) -> int | None:
    if data.get(name) is None:
        return None
    value = int(data[name])
    if not lowest <= value <= highest:
        raise invalid(f"Value {value} for parameter {name} is invalid. Reason: Must be between {lowest} and {highest}, if provided.")
    return value


def invalid(message: str) -> Exception:
    return sqs._Err("InvalidParameterValue", message)


def source_of(handle: str) -> str:
    """The dead-letter queue that a task handle belongs to; nothing when it is no handle."""
    try:
        return str(json.loads(base64.b64decode(handle, validate=True))["sourceArn"])
    except (ValueError, KeyError, TypeError):
        return ""


def add_query_protocol() -> None:
    normalise, to_xml = sqs._normalise, sqs._to_xml
    expect_parameters(normalise, "action", "params")
    expect_parameters(to_xml, "action", "result")

    def normalise_with_tasks(action, params):
        data = normalise(action, params)
        if action in PERMISSIONS:
            names = ("SourceArn", "DestinationArn", "MaxNumberOfMessagesPerSecond", "MaxResults", "TaskHandle")
            data.update({name: sqs._p(params, name) for name in names if sqs._p(params, name)})
        return data

    def to_xml_with_tasks(action, result):
        if action not in PERMISSIONS:
            return to_xml(action, result)
        inner = (
            "".join(element("ListMessageMoveTasksResultEntry", elements(task)) for task in result["Results"])
            if action == "ListMessageMoveTasks"
            else elements(result)
        )
        return sqs._xml_resp(200, f"{action}Response", element(f"{action}Result", inner))

    sqs._normalise, sqs._to_xml = normalise_with_tasks, to_xml_with_tasks


def elements(values: dict) -> str:
    return "".join(element(name, sqs._esc(str(value))) for name, value in values.items())


def element(name: str, inner: str) -> str:
    return f"<{name}>{inner}</{name}>"


def add_resource() -> None:
    """The resource that IAM checks: these requests name their queue by its ARN, or by the handle of a task."""
    extract = iam_actions.extract_resource_arn
    expect_parameters(extract, "service", "method", "path", "headers", "body", "query_params", "region", "account_id")

    def extract_resource_arn(service, method, path, headers, body, query_params, region, account_id):
        if service == "sqs":
            handle = iam_actions._param(body, query_params, "TaskHandle")
            if named := iam_actions._param(body, query_params, "SourceArn") or source_of(handle):
                return named
        return extract(service, method, path, headers, body, query_params, region, account_id)

    iam_actions.extract_resource_arn = extract_resource_arn
