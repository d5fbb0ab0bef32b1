"""Asynchronous invocations: one request id over all attempts, both destinations, the raw event in a dead-letter queue.

AWS: "How Lambda handles errors and retries with asynchronous invocation"
(https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html): a function error is retried after one and
after two more minutes, at most MaximumRetryAttempts times; a throttle after 1 s, then twice as long each time up to 5 minutes,
without counting as an attempt; both no longer than MaximumEventAgeInSeconds. The settings are those of the alias or version
that was invoked. With a reserved concurrency of 0 nothing is retried.
"Capturing records of Lambda asynchronous invocations" (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html):
the record that a destination gets, on success and on failure (a standard queue, a standard topic, a function, an event bus; on
failure also a bucket, as an object `aws/lambda/async/<function>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<UUID>`); a dead-letter queue, which may be there besides, gets the event itself with the attributes RequestID, ErrorCode (the HTTP
status) and ErrorMessage (its first KB). The function's own role sends them.

The emulator alone: a new request id for each attempt; no destination on success, none on a bus; the dead-letter queue gets an
incomplete record in place of the event, and only if there is no destination; a throttle uses up an attempt; the settings of
aliases and versions are ignored.

This supplement: replaces the emulator's retries; waits are shortened as `_delivery` says, but count in full for the event's age.
It reports AsyncEventsReceived, AsyncEventAge, AsyncEventsDropped, DestinationDeliveryFailures and DeadLetterErrors, of the function.
With IAM enforced the role is asked; for a bucket it must be allowed to put the object and to list the bucket. Keys are not asked.
"""

import contextvars
import datetime
import json

from ministack.core.arn import parse_arn
from ministack.core.concurrency import spawn_background
from ministack.core.responses import get_account_id, new_uuid
from ministack.services import cloudwatch, eventbridge, lambda_svc, s3, sns

from supplements._delivery import EventAge, count, expect_hooks, function_to_invoke, send_to_standard_queue
from supplements._patching import expect_parameters
from supplements._roles import allowed

SENDING = {"sqs": "sqs:SendMessage", "sns": "sns:Publish", "lambda": "lambda:InvokeFunction", "events": "events:PutEvents"}

_request_id = contextvars.ContextVar("asynchronous_request_id", default=None)


def settings(config: dict) -> dict:
    """The event invoke configuration of what was invoked: an alias, a version or the function itself."""
    arn = config["FunctionArn"]
    name, qualifier = lambda_svc._lambda_function_name_and_qualifier_from_arn(arn)
    configs = (lambda_svc._functions.get(name) or {}).get("event_invoke_configs") or {}
    return configs.get(qualifier or "$LATEST") or (configs.get("") if qualifier in (None, "", "$LATEST") else None) or {}


def attempt(func: dict, event, request_id: str) -> dict:
    token = _request_id.set(request_id)
    try:
        return lambda_svc._execute_function(func, event)
    finally:
        _request_id.reset(token)


def process(func: dict, event) -> None:
    config = func.get("config") or func
    request_id, age, attempts, throttles = new_uuid(), EventAge(), 0, 0
    chosen = settings(config)
    retries = chosen.get("MaximumRetryAttempts", 2)
    oldest = chosen.get("MaximumEventAgeInSeconds", 21600)
    count("AWS/Lambda", "AsyncEventsReceived", FunctionName=config["FunctionName"])
    while True:
        if config["FunctionName"] not in lambda_svc._functions:
            return  # Deleted, and its queue with it.
        waited = age.seconds()
        result = attempt(func, event, request_id)
        if not result.get("throttle"):
            dimensions = {"FunctionName": config["FunctionName"]}
            cloudwatch.record_metric("AWS/Lambda", "AsyncEventAge", waited * 1000, "Milliseconds", dimensions)
        if result.get("throttle"):
            if lambda_svc._reserved_concurrency(func, config) == 0:
                condition = "ZeroReservedConcurrency"
                break
            wait = min(2**throttles, 300)
            throttles += 1
        else:
            attempts, throttles = attempts + 1, 0
            if not result.get("error"):
                condition = "Success"
                break
            if attempts > retries:
                condition = "RetriesExhausted"
                break
            wait = 60 * attempts
        if age.seconds() + wait > oldest:
            condition = "EventAgeExceeded"
            break
        age.wait(wait)
    conclude(config, chosen, event, result, request_id, condition, attempts)


def conclude(config: dict, chosen: dict, event, result: dict, request_id: str, condition: str, attempts: int) -> None:
    succeeded = condition == "Success"
    destinations = chosen.get("DestinationConfig") or {}
    destination = (destinations.get("OnSuccess" if succeeded else "OnFailure") or {}).get("Destination")
    dead_letter_target = (config.get("DeadLetterConfig") or {}).get("TargetArn")
    if not succeeded:
        count("AWS/Lambda", "AsyncEventsDropped", FunctionName=config["FunctionName"])
    if destination:
        record = invocation_record(config, event, result, request_id, condition, attempts)
        if is_bucket(destination):
            sent = not succeeded and store(config, destination, record)
        else:
            sent = send(config, destination, record, detail_type=f"Lambda Function Invocation Result - {'Success' if succeeded else 'Failure'}")
        if not sent:
            count("AWS/Lambda", "DestinationDeliveryFailures", FunctionName=config["FunctionName"])
    if dead_letter_target and not succeeded:
        document = result.get("body") if isinstance(result.get("body"), dict) else {}
        message = str(document.get("errorMessage") or document.get("message") or "")
        attributes = {
            "RequestID": {"DataType": "String", "StringValue": request_id},
            "ErrorCode": {"DataType": "Number", "StringValue": "429" if result.get("throttle") else "200"},
            "ErrorMessage": {"DataType": "String", "StringValue": message.encode()[:1024].decode(errors="ignore")},
        }
        if not message:
            del attributes["ErrorMessage"]  # SQS takes no empty attribute.
        if not send(config, dead_letter_target, event, attributes):
            count("AWS/Lambda", "DeadLetterErrors", FunctionName=config["FunctionName"])


def invocation_record(config: dict, event, result: dict, request_id: str, condition: str, attempts: int) -> dict:
    arn = config["FunctionArn"]
    record = {
        "version": "1.0",
        "timestamp": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "requestContext": {
            "requestId": request_id,
            "functionArn": arn if arn.count(":") > 6 else f"{arn}:$LATEST",
            "condition": condition,
            "approximateInvokeCount": attempts,
        },
        "requestPayload": event,
    }
    if not result.get("throttle"):
        record["responseContext"] = {"statusCode": 200, "executedVersion": config.get("Version", "$LATEST")}
        if condition != "Success":
            record["responseContext"]["functionError"] = result.get("function_error") or "Unhandled"
        record["responsePayload"] = result.get("body")
    return record


def is_bucket(target: str) -> bool:
    return parse_arn(target).service == "s3"


def store(config: dict, target: str, record: dict) -> bool:
    """Put a record of a failure into a bucket."""
    bucket = target.split(":::")[-1]
    now = datetime.datetime.now(datetime.timezone.utc)
    key = f"aws/lambda/async/{config['FunctionName']}/{now:%Y/%m/%d}/{now:%Y-%m-%dT%H.%M.%S}-{new_uuid()}"
    owned = {"s3:ResourceAccount": get_account_id()}
    role = config["Role"]
    if not (allowed(role, "s3:ListBucket", target, owned) and allowed(role, "s3:PutObject", f"{target}/{key}", owned)):
        return False
    status, _headers, _body = s3._put_object(bucket, key, json.dumps(record).encode(), {"content-type": "application/json"})
    return status == 200


def send(config: dict, target: str, content, attributes: dict | None = None, detail_type: str = "") -> bool:
    service = parse_arn(target).service
    if service not in SENDING or not allowed(config["Role"], SENDING[service], target):
        return False
    body = json.dumps(content)
    if service == "sqs":
        return send_to_standard_queue(target, body, attributes)
    if service == "sns":
        try:
            return sns.publish_internal(target, body, message_attributes=attributes) is not None
        except sns.SnsPublishError:
            return False  # A FIFO topic, or too large.
    if service == "lambda":
        function = function_to_invoke(target)
        if function:
            lambda_svc.invoke_async_with_retry(function, content)
        return function is not None
    if eventbridge._event_bus_name_from_ref(target)[0] not in eventbridge._event_buses:
        return False
    entry = {"Source": "lambda", "DetailType": detail_type, "Detail": body, "EventBusName": target, "Resources": [target, config["FunctionArn"]]}
    eventbridge._put_events({"Entries": [entry]})
    return True


def apply() -> None:
    expect_hooks()
    expect_parameters(lambda_svc.invoke_async_with_retry, "func", "event")
    expect_parameters(lambda_svc._execute_function, "func", "event")
    expect_parameters(lambda_svc._execute_function_dispatch, "func", "config", "event", "request_id", "started")
    expect_parameters(lambda_svc._run_with_function_config_scope, "func_or_config", "callback", "args", "kwargs")
    expect_parameters(lambda_svc._reserved_concurrency, "func", "config")
    expect_parameters(eventbridge._put_events, "data", "allow_aws_source")
    expect_parameters(s3._put_object, "bucket_name", "key", "body", "headers")
    execute = lambda_svc._execute_function_dispatch

    def execute_function_dispatch(func, config, event, request_id, started):
        return execute(func, config, event, _request_id.get() or request_id, started)

    def invoke_async_with_retry(func, event):
        spawn_background(lambda_svc._run_with_function_config_scope, func, process, func, event, thread_name="asynchronous-invocation")

    lambda_svc._execute_function_dispatch = execute_function_dispatch
    lambda_svc.invoke_async_with_retry = invoke_async_with_retry
