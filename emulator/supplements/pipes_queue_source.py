"""A pipe delivers the messages of an SQS queue, deletes those that were processed, and leaves the others to the queue.

AWS: "Amazon Simple Queue Service as a source" (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html): messages are
read in batches of BatchSize (10), in the form of the event sources of Lambda, delivered synchronously, and deleted when the batch was
processed. "Amazon EventBridge Pipes error handling" (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-error-troubleshooting.html):
what the target fails on, and what the role may not start, is tried again until the queue has it received for the last time.
"Batching and concurrency" (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html): an answer with
batchItemFailures names the messages to try again. A role that may not receive any more reads nothing.

The emulator alone: reads no queues.

This supplement: a thread for each running pipe, which receives, and one for each of at most ten batches at a time. With
`SQS_RETRY_SCALE` the wait of what failed is shortened as it is for Lambda. A batch is at most what one receive returns, so there is no
batching window. AWS stops a pipe whose calls are refused all the time, but does not say after how many: here it goes on.
"""

import concurrent.futures
import json
import logging
import threading
import time

from ministack.core.iam_evaluator import pin_request_origin
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import lambda_svc, pipes, sqs

from supplements import pipes_delivery, sqs_retry_time
from supplements._patching import expect_parameters
from supplements._pipes_targets import answers
from supplements._roles import allowed, customer_key
from supplements.sqs_partial_batch_responses import failed_of_batch

READING = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
MOST_AT_ONCE = 10
POLL = 0.1  # seconds

logger = logging.getLogger("pipes")


def apply() -> None:
    expect_parameters(sqs._receive_messages_for_esm, "queue_url", "max_number")
    expect_parameters(sqs._delete_messages_for_esm, "queue_url", "receipt_handles")
    expect_parameters(lambda_svc._sqs_message_attributes_to_camel_case, "attrs")
    pipes_delivery.QUEUE_WORKER = QueueWorker


def may_read(role: str, queue: dict, *actions: str) -> bool:
    """Whether a role may do this to a queue, and use its key."""
    arn, key = queue["attributes"]["QueueArn"], customer_key(queue["attributes"].get("KmsMasterKeyId"))
    return all(allowed(role, f"sqs:{action}", arn) for action in actions) and (key is None or allowed(role, "kms:Decrypt", key["Arn"]))


class QueueWorker:
    def __init__(self, account: str, region: str, pipe: dict):
        self.pipe = pipe
        self._scope = (account, region)
        self._deliveries = concurrent.futures.ThreadPoolExecutor(MOST_AT_ONCE)
        self._free = threading.Semaphore(MOST_AT_ONCE)
        self.thread = threading.Thread(target=self._run, daemon=True, name=f"pipe-{pipe['Name']}")
        self.thread.start()

    def _run(self) -> None:
        with request_scope(*self._scope):
            pin_request_origin("127.0.0.1", True)  # A service's own calls come over TLS.
            while self._running():
                self._free.acquire()
                batch = self._running() and self._received()
                if batch:
                    self._deliveries.submit(self._process, batch)
                else:
                    self._free.release()
                    time.sleep(POLL)
        self._deliveries.shutdown(wait=False)

    def _running(self) -> bool:
        return pipes._pipes.get(self.pipe["Name"]) is self.pipe and self.pipe["CurrentState"] == "RUNNING"

    def _received(self) -> list[dict]:
        queue = sqs._queue_by_arn(self.pipe["Source"])
        if queue is None or not may_read(self.pipe["RoleArn"], queue, "ReceiveMessage"):
            return []
        size = self.pipe["SourceParameters"].get("SqsQueueParameters", {}).get("BatchSize", 10)
        return sqs._receive_messages_for_esm(queue["url"], int(size))

    def _process(self, batch: list[dict]) -> None:
        try:
            with request_scope(*self._scope):
                pin_request_origin("127.0.0.1", True)
                self._deliver(batch)
        except Exception:
            logger.exception("Pipe %s", self.pipe["Name"])
        finally:
            self._free.release()

    def _deliver(self, batch: list[dict]) -> None:
        queue = sqs._queue_by_arn(self.pipe["Source"])
        records = [record_of(message, self.pipe["Source"]) for message in batch]
        # What matches no filter is deleted with what was processed.
        matching = [record for record in records if pipes_delivery.matches(self.pipe, filtered(record))]
        refused = pipes_delivery.deliver(self.pipe, matching) if matching else []
        failed = {record["messageId"] for record, _failure in refused}
        if not refused and matching:
            failed = failed_of_batch(answers.get(), {record["messageId"] for record in matching})
        for _record, failure in refused[:1]:
            logger.info("Pipe %s: %s", self.pipe["Name"], failure)
        if queue and may_read(self.pipe["RoleArn"], queue, "DeleteMessage"):
            sqs._delete_messages_for_esm(queue["url"], {record["receiptHandle"] for record in records if record["messageId"] not in failed})
        sqs_retry_time.shorten_wait([message for message in batch if message["id"] in failed], {"Records": records})


def filtered(record: dict) -> dict:
    """A record as filters see it: a body that is JSON, by its members."""
    try:
        return {**record, "body": json.loads(record["body"])}
    except json.JSONDecodeError:
        return record


def record_of(message: dict, source: str) -> dict:
    """A message as it is delivered: in the form of Lambda's event sources."""
    attributes = {
        "ApproximateReceiveCount": str(message.get("receive_count", 1)),
        "SentTimestamp": str(int(message["sent_at"] * 1000)),
        "SenderId": get_account_id(),
        "ApproximateFirstReceiveTimestamp": str(int((message.get("first_receive_at") or time.time()) * 1000)),
    }
    names = {"group_id": "MessageGroupId", "dedup_id": "MessageDeduplicationId", "seq": "SequenceNumber"}
    attributes.update({name: str(message[key]) for key, name in names.items() if message.get(key) is not None})
    return {
        "messageId": message["id"],
        "receiptHandle": message["receipt_handle"],
        "body": message["body"],
        "attributes": attributes,
        "messageAttributes": json.loads(json.dumps(lambda_svc._sqs_message_attributes_to_camel_case(message.get("message_attributes", {})))),
        "md5OfBody": message.get("md5_body") or message.get("md5") or "",
        "eventSource": "aws:sqs",
        "eventSourceARN": source,
        "awsRegion": get_region(),
    }
