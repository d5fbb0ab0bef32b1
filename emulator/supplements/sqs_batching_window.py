"""An SQS event source gathers messages for its batching window.

AWS: "How Lambda processes records from stream and queue-based event sources"
(https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html): the function is invoked when the batch is full or the
window is over. "Lambda parameters for Amazon SQS event source mappings"
(https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html): up to 10,000 messages in a batch of a standard queue; no window
for a FIFO queue. What is gathered is received: it is invisible, and its visibility timeout runs while it waits.

The emulator alone: invokes the function with what one receive finds, at most ten messages.

This supplement: keeps what an event source has received until its batch is full or the window, which opens with the first
message, is over. Not here: the end of a batch at 6 MB.
"""

import threading
import time
from dataclasses import dataclass, field

from ministack.services import lambda_svc, sqs

from supplements._patching import edit_function, expect_parameters


@dataclass
class Gathering:
    closes: float
    messages: dict[str, dict] = field(default_factory=dict)  # by id: a message whose visibility timeout is over comes again


GATHERINGS: dict[str, Gathering] = {}  # by event source mapping; only the poller's thread uses it


def apply() -> None:
    expect_parameters(sqs._receive_messages_for_esm, "queue_url", "max_number")
    lambda_svc.next_batch = next_batch
    edit_function(
        lambda_svc._poll_sqs,
        "batch = _sqs._receive_messages_for_esm(queue_url, batch_size)\n",
        "batch = next_batch(esm, queue, batch_size)\n",
    )


def next_batch(esm: dict, queue: dict, batch_size: int) -> list[dict]:
    """Nothing as long as the batch is being gathered."""
    window = 0 if queue["is_fifo"] else esm.get("MaximumBatchingWindowInSeconds") or 0
    if not window:
        return sqs._receive_messages_for_esm(queue["url"], batch_size)
    gathering = GATHERINGS.get(esm["UUID"])
    received = receive(queue, batch_size - len(gathering.messages if gathering else ()))
    if gathering is None:
        if not received:
            return []
        gathering = GATHERINGS[esm["UUID"]] = Gathering(time.monotonic() + window)
        wake_poller_after(window)
    gathering.messages.update((message["id"], message) for message in received)
    if len(gathering.messages) < batch_size and time.monotonic() < gathering.closes:
        return []
    del GATHERINGS[esm["UUID"]]
    return list(gathering.messages.values())


def receive(queue: dict, wanted: int) -> list[dict]:
    received: list[dict] = []
    while len(received) < wanted and (some := sqs._receive_messages_for_esm(queue["url"], wanted - len(received))):
        received += some
    return received


def wake_poller_after(seconds: float) -> None:
    timer = threading.Timer(seconds, lambda_svc._esm_wake.set)
    timer.daemon = True
    timer.start()
