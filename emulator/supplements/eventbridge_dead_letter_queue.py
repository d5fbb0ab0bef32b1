"""A target's retry policy and dead-letter queue; functions are invoked asynchronously.

AWS: "How EventBridge retries delivering events" and "Using dead-letter queues to process undelivered events in EventBridge"
(https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html,
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html): an error that may pass is retried with exponential
backoff, at most MaximumRetryAttempts times (185) and not longer than MaximumEventAgeInSeconds (24 hours); a target that is gone
or does not let the rule in is not retried. Then the event goes to the target's dead-letter queue, a standard queue whose policy
must let the rule send, with the attributes RULE_ARN, TARGET_ARN, ERROR_CODE, ERROR_MESSAGE, RETRY_ATTEMPTS and, when retries
ran out, EXHAUSTED_RETRY_CONDITION. A delivery to a function ends when the function's asynchronous queue has it. "API
destinations" (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html): the statuses 401, 407, 409,
429 and 5xx are retried.

The emulator alone: one attempt, then the event is lost; no policy of a target is asked; runs a function once.

This supplement: decides before each delivery whether the target takes it, so that all targets of the emulator are covered, and
makes the emulator's API destinations report their failures, which are the only ones here that may pass. The dead letter is the
event before any input transformation. With IAM enforced the policies of queues, topics and functions and the target's role count.
FailedInvocations, InvocationsSentToDlq and InvocationsFailedToBeSentToDlq are counted, by RuleName on the default bus, by EventBusName and
RuleName on another.
"""

import contextvars
import json

from ministack.core.arn import parse_arn
from ministack.core.concurrency import spawn_background
from ministack.core.iam_evaluator import pin_request_origin
from ministack.core.responses import get_account_id
from ministack.services import eventbridge, sns, sqs, stepfunctions

from supplements._delivery import EventAge, count, expect_hooks, function_policy_allows, function_to_invoke, send_to_standard_queue
from supplements._patching import edit_function, expect_parameters
from supplements._roles import allowed, trusts

SERVICE = "events.amazonaws.com"
LONGEST_WAIT = 600  # seconds; AWS does not say how far it backs off

EXISTS = {
    "lambda": lambda arn: function_to_invoke(arn),
    "sqs": lambda arn: sqs._queue_by_arn(arn),
    "sns": lambda arn: sns._topic_by_arn_any_scope(arn),
    "states": lambda arn: stepfunctions._resolve_state_machine_arn(arn),
    "events": lambda arn: "api-destination/" in arn or eventbridge._event_bus_name_from_ref(arn)[0] in eventbridge._event_buses,
}
ALLOWS = {
    "lambda": lambda arn, rule, role: function_policy_allows(arn, SERVICE, rule),
    "sqs": lambda arn, rule, role: sqs.queue_policy_allows(arn, SERVICE, rule, get_account_id()),
    "sns": lambda arn, rule, role: sns.topic_policy_allows(arn, SERVICE, rule, get_account_id()),
    "states": lambda arn, rule, role: role_may(role, "states:StartExecution", arn, rule),
    "events": lambda arn, rule, role: (
        not role or role_may(role, "events:InvokeApiDestination" if ":api-destination/" in arn else "events:PutEvents", arn, rule)
    ),
}


def role_may(role: str, action: str, arn: str, rule: str) -> bool:
    return trusts(role, SERVICE, {"aws:SourceArn": rule}) and allowed(role, action, arn)


# The end of the emulator's delivery to an API destination: what becomes of a failure.
DROPPED = """        logger.warning("EventBridge → API destination %s delivery failed: %s", name, exc)
        return
    if 200 <= status < 300:
        logger.info("EventBridge → API destination %s: HTTP %s", name, status)
    elif status in (401, 407, 409, 429) or status >= 500:
        # AWS parity: these statuses re-enter the 24h/185-attempt retry pipeline
        # (DLQ on exhaustion, Retry-After honored). MiniStack does not model
        # that queue — the same policy as cross-region FailedInvocations — so
        # the outcome is logged and the event dropped.
        logger.warning(
            "EventBridge → API destination %s: retryable HTTP %s (retry pipeline not modeled; dropped)",
            name,
            status,
        )
    else:
        logger.warning("EventBridge → API destination %s: HTTP %s (not retryable; dropped)", name, status)
"""
REPORTED = """        raise DeliveryFailed("CONNECTION_FAILURE", str(exc), passing=True) from exc
    if not 200 <= status < 300:
        raise DeliveryFailed("ERROR_FROM_TARGET", f"HTTP {status}", passing=status in (401, 407, 409, 429) or status >= 500)
"""


class DeliveryFailed(Exception):
    def __init__(self, code: str, message: str, passing: bool):
        super().__init__(message)
        self.code = code
        self.passing = passing


def refuse_what_cannot_be_delivered(target: dict, rule: dict) -> None:
    arn = target["Arn"]
    spec = parse_arn(arn)  # PutTargets let no other in.
    service = spec.service
    elsewhere = service in ("lambda", "sqs", "sns") and not eventbridge._target_matches_request_scope(spec)
    if elsewhere or not EXISTS.get(service, bool)(arn):
        raise DeliveryFailed("NO_RESOURCE", f"{arn} does not exist.", passing=False)
    if not ALLOWS.get(service, lambda *_: True)(arn, rule["Arn"], target.get("RoleArn", "")):
        raise DeliveryFailed("NO_PERMISSIONS", f"{rule['Arn']} may not deliver to {arn}.", passing=False)


def dimensions_of(rule: dict) -> dict:
    """A rule of a custom bus has its metrics under both names only."""
    bus = rule.get("EventBusName", "default")
    return {**({} if bus == "default" else {"EventBusName": bus}), "RuleName": rule["Name"]}


def set_aside(target: dict, event: dict, rule: dict, view, failure: DeliveryFailed, retries: int, exhausted: str | None) -> None:
    queue_arn = (target.get("DeadLetterConfig") or {}).get("Arn")
    count("AWS/Events", "FailedInvocations", **dimensions_of(rule))
    if not queue_arn:
        return
    attributes = {
        "RULE_ARN": rule["Arn"],
        "TARGET_ARN": target["Arn"],
        "ERROR_CODE": failure.code,
        "ERROR_MESSAGE": str(failure),
        "RETRY_ATTEMPTS": str(retries),
        **({"EXHAUSTED_RETRY_CONDITION": exhausted} if exhausted else {}),
    }
    body = json.dumps((view or eventbridge._pattern_event_view(event)).event_with_detail())
    sent = sqs.queue_policy_allows(queue_arn, SERVICE, rule["Arn"], get_account_id()) and send_to_standard_queue(
        queue_arn, body, {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    )
    count("AWS/Events", "InvocationsSentToDlq" if sent else "InvocationsFailedToBeSentToDlq", **dimensions_of(rule))


def apply() -> None:
    expect_hooks()
    invoke = eventbridge._invoke_target
    expect_parameters(invoke, "target", "event", "rule", "view")
    expect_parameters(sns._topic_by_arn_any_scope, "topic_arn")
    expect_parameters(sns.topic_policy_allows, "topic_arn", "service", "source_arn", "source_account")
    expect_parameters(stepfunctions._resolve_state_machine_arn, "arn")
    expect_parameters(eventbridge._target_matches_request_scope, "spec")
    expect_parameters(eventbridge._pattern_event_view, "event")
    eventbridge.DeliveryFailed = DeliveryFailed
    edit_function(
        invoke,
        """    except Exception as e:
        logger.error("EventBridge target dispatch error""",
        """    except DeliveryFailed:
        raise
    except Exception as e:
        logger.error("EventBridge target dispatch error""",
    )
    edit_function(
        eventbridge._dispatch_to_lambda,
        """    exec_record = lambda_svc._execution_record_for_config(func, config)
    threading.Thread(
        target=lambda_svc._execute_function_with_config_scope, args=(exec_record, event), daemon=True
    ).start()
""",
        """    exec_record = lambda_svc._execution_record_for_config(func, {**config, "FunctionArn": arn})
    lambda_svc.invoke_async_with_retry(exec_record, event)
""",
    )
    edit_function(eventbridge._deliver_to_api_destination, DROPPED, REPORTED)
    edit_function(
        eventbridge._dispatch_to_api_destination,
        """    threading.Thread(
        target=_deliver_to_api_destination,
        args=(name, request, copy.deepcopy(conn), token_key),
        daemon=True,
    ).start()
""",
        """    _deliver_to_api_destination(name, request, copy.deepcopy(conn), token_key)
""",
    )

    def deliver(target, event, rule, view):
        pin_request_origin("127.0.0.1", True)  # A service's own calls come over TLS.
        policy = target.get("RetryPolicy") or {}
        age, retries, exhausted = EventAge(), 0, None
        while True:
            try:
                refuse_what_cannot_be_delivered(target, rule)
                return invoke(target, event, rule, view)
            except DeliveryFailed as failed:
                failure = failed
            wait = min(2**retries, LONGEST_WAIT)
            if failure.passing and retries >= policy.get("MaximumRetryAttempts", 185):
                exhausted = "MaximumRetryAttempts"
            elif failure.passing and age.seconds() + wait > policy.get("MaximumEventAgeInSeconds", 86400):
                exhausted = "MaximumEventAgeInSeconds"
            if exhausted or not failure.passing:
                return set_aside(target, event, rule, view, failure, retries, exhausted)
            age.wait(wait)
            retries += 1

    def invoke_target(target, event, rule, view=None):
        if ":rule/" not in rule["Arn"]:
            invoke(target, event, rule, view)  # A schedule: it delivers by a role and has attributes of its own.
        elif ":api-destination/" in target["Arn"]:  # Waits for the network; PutEvents must not.
            spawn_background(deliver, target, event, rule, view, thread_name="eventbridge-delivery")
        else:
            contextvars.copy_context().run(deliver, target, event, rule, view)

    eventbridge._invoke_target = invoke_target
