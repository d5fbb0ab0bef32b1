"""The wait of a failed message for its next attempt is shorter here than on AWS.

AWS: "Handling errors for an SQS event source in Lambda" (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html):
when an invocation fails, its messages are visible again when their visibility timeout is over. "Implementing partial batch responses":
so are those that it named as failed.

The emulator alone: the same, as long as on AWS.

This supplement: when an invocation has ended, what is left of the visibility timeout of the messages that it did not process lasts
`SQS_RETRY_SCALE` of its time; all of it when that is not set. While a function runs its messages stay invisible as long as on AWS, so that
one that is slow here is not overtaken by a second delivery. `first_receive_at`, from which the age of a message is told, stays as it is.
"""

import os
import time

from ministack.services import lambda_svc

from supplements._patching import SupplementRefused, edit_function
from supplements.sqs_batching_window import wake_poller_after

SCALE = float(os.environ.get("SQS_RETRY_SCALE", 1))


def apply() -> None:
    if not 0 < SCALE <= 1:
        raise SupplementRefused(f"SQS_RETRY_SCALE={SCALE}: must be more than 0 and at most 1")
    lambda_svc.shorten_wait = shorten_wait
    edit_function(
        lambda_svc._run_sqs_batch,
        "        _esm_backoff_until[esm_id] = time.time() + _ESM_BACKOFF_SECONDS\n",
        f"        shorten_wait(batch, event)\n        _esm_backoff_until[esm_id] = time.time() + _ESM_BACKOFF_SECONDS * {SCALE}\n",
    )
    edit_function(
        lambda_svc._run_sqs_batch,
        "    n_failed = len(batch) - len(succeeded)\n",
        '    shorten_wait([msg for msg in batch if msg["id"] in failed_ids], event)\n    n_failed = len(batch) - len(succeeded)\n',
    )


def shorten_wait(messages: list[dict], event: dict) -> None:
    """Of those that are still where this invocation left them; another may have received one whose time was over."""
    if SCALE == 1:
        return
    now = time.time()
    received = {record["receiptHandle"] for record in event["Records"]}
    waits = [message for message in messages if message["receipt_handle"] in received and message["visible_at"] > now]
    for message in waits:
        message["visible_at"] = now + (message["visible_at"] - now) * SCALE
    for moment in {round(message["visible_at"] - now, 2) for message in waits}:
        wake_poller_after(moment + 0.01)
