"""A pipe delivers a DynamoDB stream in order, tries again, and sets aside what its target does not take.

AWS: "Amazon DynamoDB stream as a source for EventBridge Pipes"
(https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-dynamodb.html): in batches of BatchSize (1), in the order of the shard.
PipeSourceDynamoDBStreamParameters
(https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_PipeSourceDynamoDBStreamParameters.html): a batch waits to be full for
MaximumBatchingWindowInSeconds; a failed one is tried again MaximumRetryAttempts times, for ever by default, which is until its records
expire in the stream, and no record after MaximumRecordAgeInSeconds; AUTOMATIC_BISECT halves it until the record that fails is alone.
"Amazon EventBridge Pipes error handling" (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-error-troubleshooting.html):
a missing permission of the role is such a failure. "Event filtering"
(https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-filtering.html): by the event patterns of rules; a record that
matches none is passed over. Then a dead letter says where in the stream the batch is. It does not have the records, which are gone from
the stream after 24 hours.

The emulator alone: the whole stream as one batch, once a second, without filters and templates, to state machines and topics only; what
fails is tried again for ever.

This supplement: one thread for each running pipe. AWS does not say how long it waits between attempts, nor whether a bisection counts as
one: here the waits double from one second to ten minutes, shortened like those of all deliveries, and it does not count. The age of
a record counts a wait in full. A batching window lasts as long as on AWS. Not here: batchItemFailures in the answer of an Express
workflow, ParallelizationFactor, enrichment, topics as dead-letter queues, and that AWS may disable a pipe whose target fails all the time.
Queues as sources are `pipes_queue_source`'s; other sources there are none.
"""

import datetime
import json
import logging
import threading
import time

from ministack.core.iam_evaluator import pin_request_origin
from ministack.core.responses import request_scope
from ministack.services import dynamodb, dynamodb_streams, eventbridge, pipes

from supplements._delivery import SCALE, expect_hooks, send_to_standard_queue
from supplements._patching import expect_parameters
from supplements._pipes_targets import deliver, expect_targets
from supplements._pipes_template import expect_template
from supplements._roles import allowed

POLL = 0.1  # seconds
READ = 1000  # records: what one GetRecords returns
LONGEST_WAIT = 600  # seconds
RETENTION = 24 * 3600  # seconds
QUEUE_WORKER = None  # from `pipes_queue_source`

logger = logging.getLogger("pipes")


def apply() -> None:
    expect_hooks()
    expect_targets()
    expect_template()
    expect_parameters(pipes._poll_loop)
    expect_parameters(pipes._iter_all_pipes)
    expect_parameters(pipes._dynamodb_stream_source, "stream_arn")
    expect_parameters(dynamodb.stream_records_since, "table_name", "position", "limit", "account_id", "region")
    expect_parameters(dynamodb.stream_start_position, "table_name", "account_id", "region")
    expect_parameters(eventbridge._compiled_pattern, "pattern_str")
    pipes._poll_loop = keep_workers


def keep_workers() -> None:
    """Every running pipe has its worker, which ends by itself when the pipe stops or is gone."""
    workers: list[Worker] = []
    while True:
        workers = [worker for worker in workers if worker.thread.is_alive()]
        for account, region, pipe in pipes._iter_all_pipes():
            kind = kind_of_worker(pipe)
            if kind and pipe["CurrentState"] == "RUNNING" and not any(worker.pipe is pipe for worker in workers):
                workers.append(kind(account, region, pipe))
        time.sleep(POLL)


def kind_of_worker(pipe: dict) -> type | None:
    if "SourceParameters" not in pipe:
        return None
    return Worker if pipes._dynamodb_stream_source(pipe["Source"]) else QUEUE_WORKER if pipes._arn_service(pipe["Source"]) == "sqs" else None


class Stopped(Exception):
    pass


class Worker:
    def __init__(self, account: str, region: str, pipe: dict):
        self.pipe = pipe
        self._opened = 0.0  # when the batching window opened
        self._spared: list[tuple[float, float]] = []  # when a shortened wait ended, and what it was short of
        self.thread = threading.Thread(target=self._run, args=(account, region), daemon=True, name=f"pipe-{pipe['Name']}")
        self.thread.start()

    def _run(self, account: str, region: str) -> None:
        with request_scope(account, region):
            pin_request_origin("127.0.0.1", True)  # A service's own calls come over TLS.
            while self._running():
                try:
                    batch, end = self._gathered()
                    if batch:
                        self._process(batch)
                        self._opened = 0.0
                    if end > pipes._positions.get(self.pipe["Arn"], 0):
                        self._advance(end)
                    elif not batch:
                        time.sleep(POLL)
                except Stopped:
                    return
                except Exception:
                    logger.exception("Pipe %s", self.pipe["Name"])
                    time.sleep(POLL)

    def _running(self) -> bool:
        return pipes._pipes.get(self.pipe["Name"]) is self.pipe and self.pipe["CurrentState"] == "RUNNING"

    def _advance(self, position: int) -> None:
        if self._running():
            pipes._positions[self.pipe["Arn"]] = position

    @property
    def _parameters(self) -> dict:
        return self.pipe["SourceParameters"].get("DynamoDBStreamParameters", {})

    def _gathered(self) -> tuple[list, int]:
        """A batch, as pairs of position and record, and the position after all that was looked at for it; empty while it gathers."""
        source, table = pipes._dynamodb_stream_source(self.pipe["Source"])
        scope = {"account_id": source.account_id, "region": source.region}
        position = max(pipes._positions.get(self.pipe["Arn"], 0), dynamodb.stream_start_position(table, **scope))
        if not enabled(self.pipe["Source"], table) or not allowed(self.pipe["RoleArn"], "dynamodb:GetRecords", self.pipe["Source"]):
            return [], position
        batch, size = [], int(self._parameters.get("BatchSize", 1))
        for record in dynamodb.stream_records_since(table, position, READ, **scope):
            if matches(self.pipe, record):
                batch.append((position, record))
            position += 1
            if len(batch) == size:
                return batch, position
        self._opened = self._opened or time.monotonic()
        if batch and time.monotonic() < self._opened + self._parameters.get("MaximumBatchingWindowInSeconds", 0):
            return [], batch[0][0]
        if not batch:
            self._opened = 0.0
        return batch, position

    def _process(self, batch: list) -> None:
        parts = [batch]
        while parts:
            part = parts.pop(0)
            parts[:0] = self._halves_of_failed(part)
            if not parts or parts[0][0][0] > part[-1][0]:
                self._advance(part[-1][0] + 1)

    def _halves_of_failed(self, part: list) -> list[list]:
        """Deliver these records or set them aside; or, where they are to be bisected, the halves of what failed."""
        retries = 0
        while part := self._not_too_old(part):
            if not self._running():
                raise Stopped
            failed = deliver(self.pipe, [record for _position, record in part])
            if not failed:
                break
            logger.info("Pipe %s, attempt %d: %s", self.pipe["Name"], retries + 1, failed[0][1])
            part = [entry for entry in part if any(entry[1] is record for record, _failure in failed)]
            if len(part) > 1 and self._parameters.get("OnPartialBatchItemFailure") == "AUTOMATIC_BISECT":
                return [part[: len(part) // 2], part[len(part) // 2 :]]
            if 0 <= self._parameters.get("MaximumRetryAttempts", -1) <= retries:
                self._set_aside(part, "RetryAttemptsExhausted")
                break
            self._wait(min(2**retries, LONGEST_WAIT))
            retries += 1
        return []

    def _wait(self, seconds: float) -> None:
        time.sleep(seconds * SCALE)
        self._spared.append((time.time(), seconds * (1 - SCALE)))

    def _age(self, record: dict) -> float:
        made = record["dynamodb"]["ApproximateCreationDateTime"]
        return time.time() - made + sum(spared for ended, spared in self._spared if ended > made)

    def _not_too_old(self, part: list) -> list:
        if expired := [entry for entry in part if self._age(entry[1]) > RETENTION]:
            logger.warning("Pipe %s: %d records expired in the stream", self.pipe["Name"], len(expired))
            part = [entry for entry in part if entry not in expired]
        limit = self._parameters.get("MaximumRecordAgeInSeconds", -1)
        if limit >= 0 and (old := [entry for entry in part if self._age(entry[1]) > limit]):
            self._set_aside(old, "RecordAgeExceeded")
            part = [entry for entry in part if entry not in old]
        return part

    def _set_aside(self, part: list, condition: str) -> None:
        first, last = part[0][1]["dynamodb"], part[-1][1]["dynamodb"]
        letter = {
            "context": {"partnerResourceArn": self.pipe["Arn"], "condition": condition},
            "version": "1.0",
            "timestamp": utc(time.time(), "milliseconds"),
            "DDBStreamBatchInfo": {
                "shardId": dynamodb_streams._DEFAULT_SHARD_ID,
                "startSequenceNumber": first["SequenceNumber"],
                "endSequenceNumber": last["SequenceNumber"],
                "approximateArrivalOfFirstRecord": utc(first["ApproximateCreationDateTime"]),
                "approximateArrivalOfLastRecord": utc(last["ApproximateCreationDateTime"]),
                "batchSize": len(part),
                "streamArn": self.pipe["Source"],
            },
        }
        queue = self._parameters.get("DeadLetterConfig", {}).get("Arn")
        if not queue or not allowed(self.pipe["RoleArn"], "sqs:SendMessage", queue) or not send_to_standard_queue(queue, json.dumps(letter)):
            logger.warning("Pipe %s: %d records discarded: %s", self.pipe["Name"], len(part), json.dumps(letter))


def enabled(stream_arn: str, table_name: str) -> bool:
    """A stream that was disabled is another one when it is enabled again."""
    table = dynamodb._tables.get(table_name) or {}
    return (table.get("StreamSpecification") or {}).get("StreamEnabled") is True and table.get("LatestStreamArn") == stream_arn


def matches(pipe: dict, record: dict) -> bool:
    filters = pipe["SourceParameters"].get("FilterCriteria", {}).get("Filters")
    return not filters or any(matches_pattern(one["Pattern"], record) for one in filters)


def matches_pattern(pattern: str, record: dict) -> bool:
    return any(eventbridge._matches_detail(record, alternative) for alternative in eventbridge._compiled_pattern(pattern) or [])


def utc(seconds: float, precision: str = "seconds") -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).isoformat(timespec=precision).replace("+00:00", "Z")
