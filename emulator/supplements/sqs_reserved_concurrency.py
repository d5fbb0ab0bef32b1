"""Reserved concurrency throttles a function's SQS event sources.

AWS: "Handling errors for an SQS event source in Lambda" (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html):
when an invocation is throttled, Lambda backs off and tries again, until the visibility timeout of the messages is over and they
are in the queue again, received once more than before. "Configuring scaling behavior for SQS event source mappings"
(https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html): how many batches are read at a time follows from the queue
and from the maximum concurrency, not from what the function has reserved. So good messages can end in the dead-letter queue.
"Configuring reserved concurrency" (https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html): it holds for the
function with all its versions and aliases.

The emulator alone: reads no more batches than the function has reserved, none when that is 0, so that nothing is ever throttled;
and the reservation does not hold for a version or an alias.

This supplement: reads as many as the event source may, and tries again as documented. It waits for 0.1 s, then twice as long each time,
at most 1 s; meanwhile the event source reads nothing new, unless another of its batches succeeds.
"""

import time

from ministack.services import lambda_svc

from supplements._patching import edit_function, expect_parameters

SHORTEST_WAIT = 0.1  # seconds
LONGEST_WAIT = 1.0


def apply() -> None:
    expect_parameters(lambda_svc._execute_function, "func", "event")
    edit_function(
        lambda_svc._sqs_esm_concurrency,
        """\
    reserved = _reserved_concurrency(func_rec, config)
    return min(limit, reserved) if reserved is not None else limit
""",
        """\
    return limit
""",
    )
    reserved_of_record = lambda_svc._reserved_concurrency
    expect_parameters(reserved_of_record, "func", "config")

    def reserved_of_function(func, config):
        return reserved_of_record(lambda_svc._functions.get(config.get("FunctionName")) or func, config)

    lambda_svc._reserved_concurrency = reserved_of_function
    lambda_svc.invoke_while_invisible = invoke_while_invisible
    edit_function(
        lambda_svc._run_sqs_batch,
        "    result = _execute_function(func_rec, event)\n",
        "    result = invoke_while_invisible(esm, func_rec, event, batch)\n",
    )


def invoke_while_invisible(esm: dict, func_rec: dict, event: dict, batch: list[dict]) -> dict:
    wait = SHORTEST_WAIT
    while True:
        result = lambda_svc._execute_function(func_rec, event)
        visible_again = min(message["visible_at"] for message in batch)
        if not result.get("throttle") or time.time() + wait >= visible_again or esm["UUID"] not in lambda_svc._esms:
            return result
        lambda_svc._esm_backoff_until[esm["UUID"]] = time.time() + wait
        time.sleep(wait)
        wait = min(2 * wait, LONGEST_WAIT)
