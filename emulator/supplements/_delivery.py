"""What the supplements of delivery share: shortened time, permissions of services and roles, dead letters, metrics."""

import hashlib
import time

from ministack.core.concurrency import esm_wake
from ministack.core.responses import new_uuid
from ministack.services import cloudwatch, lambda_svc, sqs

from supplements import _roles
from supplements._patching import expect_parameters

# How long a second of waiting lasts. The emulator's own setting says what the minute before the first retry of an
# asynchronous invocation becomes; every wait of every service is shortened alike.
SCALE = lambda_svc._LAMBDA_ASYNC_RETRY_BASE_SECONDS / 60


def expect_hooks() -> None:
    expect_parameters(sqs._queue_by_arn, "arn")
    expect_parameters(sqs._ensure_msg_fields, "m")
    expect_parameters(sqs.queue_policy_allows, "queue_arn", "service", "source_arn", "source_account")
    expect_parameters(lambda_svc._get_func_record_for_ref, "function_ref")
    expect_parameters(lambda_svc._execution_record_for_config, "func", "config")
    expect_parameters(lambda_svc.function_policy_for_arn, "resource_arn")
    _roles.expect_roles()
    expect_parameters(cloudwatch.record_metric, "namespace", "metric_name", "value", "unit", "dimensions")


class EventAge:
    """The age of an event in seconds, as AWS would count it: a wait counts in full, though it is shortened here."""

    def __init__(self):
        self._started = time.monotonic()
        self._spared = 0.0

    def seconds(self) -> float:
        return time.monotonic() - self._started + self._spared

    def wait(self, seconds: float) -> None:
        time.sleep(seconds * SCALE)
        self._spared += seconds * (1 - SCALE)


def count(namespace: str, metric: str, **dimensions: str) -> None:
    cloudwatch.record_metric(namespace, metric, 1, "Count", dimensions)


def function_to_invoke(arn: str) -> dict | None:
    """What runs when `arn` is invoked. It keeps the alias or version of `arn`, by which its asynchronous settings are found."""
    func, config, _name = lambda_svc._get_func_record_for_ref(arn)
    return lambda_svc._execution_record_for_config(func, {**config, "FunctionArn": arn}) if func and config else None


def function_policy_allows(arn: str, service: str, source_arn: str) -> bool:
    """Whether a service may invoke a function. Only with IAM enforced can this be denied, as everywhere in the emulator."""
    policy, _owner = lambda_svc.function_policy_for_arn(arn) or (None, None)
    return _roles.admits(policy, service, "lambda:InvokeFunction", arn, {"aws:SourceArn": source_arn})


def send_to_standard_queue(arn: str, body: str, attributes: dict | None = None) -> bool:
    """Put a message on a queue for a service whose permission was checked. False if it is not there, or a FIFO queue."""
    queue = sqs._queue_by_arn(arn)
    if queue is None or queue["is_fifo"]:
        return False
    now = time.time()
    message = {
        "id": new_uuid(),
        "body": body,
        "md5_body": hashlib.md5(body.encode()).hexdigest(),
        "message_attributes": attributes or {},
        "md5_attrs": sqs._md5_msg_attrs(attributes),
        "sent_at": now,
        "visible_at": now + sqs.queue_delay(queue),
    }
    sqs._ensure_msg_fields(message)
    queue["messages"].append(message)
    esm_wake.set()
    return True
