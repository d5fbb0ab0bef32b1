"""An event source mapping delivers a Kinesis stream or a DynamoDB stream in order, tries again, and passes over what stays failed.

AWS: "How Lambda processes records from stream and queue-based event sources"
(https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html): in batches of BatchSize (100), at most 6 MB, which wait to
be full for MaximumBatchingWindowInSeconds. "Lambda parameters for Amazon Kinesis Data Streams event source mappings"
(https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-parameters.html) and for DynamoDB
(https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html): where it starts; MaximumRetryAttempts and
MaximumRecordAgeInSeconds, both without an end by default. "Retain discarded batch records"
(https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html): a throttle is tried again until the records are too old;
BisectBatchOnFunctionError halves a failed batch, which is no retry. A batch that fails blocks its shard, and no other. "Configuring partial
batch response" (https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html): with ReportBatchItemFailures
the batch is tried again from the lowest sequence number that the answer names, and cut there if it is to be bisected; an empty answer is
success; an answer that is malformed, or names what is not in the batch, fails all of it. Filters are the event patterns of rules
(https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html).

The emulator alone: one batch size for all, the same batch again and again as long as it fails, whatever the settings; a failure holds up all
shards; `batchItemFailures` counts as success.

This supplement: one thread for each shard of each mapping that is enabled. Time is CloudWatch's: a minute of waiting lasts a second, and a
record that has been there for a second is a minute old; a function takes as long as it takes. AWS does not say how long it waits between
attempts: here from one second, twice as long each time, up to a minute. Nor does it say what becomes of a batch that is to be bisected and
whose first record is named as failed: here it is halved. Not here: TumblingWindowInSeconds, ParallelizationFactor (one batch of a shard at a
time), and that AWS may tell a destination of several failed parts at once.
"""

import json
import logging
import threading
import time

from ministack.core.iam_evaluator import pin_request_origin
from ministack.core.responses import request_scope
from ministack.services import lambda_svc

from supplements import cloudwatch_event_source_metrics as metrics
from supplements import cloudwatch_lambda_metrics
from supplements import lambda_stream_destination as destination
from supplements._cloudwatch_clock import duration_here, duration_on_aws
from supplements._patching import edit_function, expect_parameters
from supplements._stream_source import Record, expect_sources, source_of
from supplements.lambda_stream_role import may_read
from supplements.pipes_delivery import matches_pattern
from supplements.sqs_partial_batch_responses import failed_of_batch

POLL = 0.1  # seconds
LONGEST_WAIT = 60  # seconds, between attempts
LARGEST_BATCH = 6 * 1024 * 1024  # bytes

logger = logging.getLogger("lambda")
_keeper = threading.Lock()


def apply() -> None:
    expect_sources()
    for poll in (lambda_svc._poll_kinesis, lambda_svc._poll_dynamodb_streams, lambda_svc._iter_all_esms):
        expect_parameters(poll)
    expect_parameters(lambda_svc._init_stream_position, "esm_id", "source_arn", "starting")
    expect_parameters(lambda_svc._get_func_record_for_qualifier, "name", "qualifier")
    expect_parameters(lambda_svc._execute_function, "func", "event")
    expect_parameters(lambda_svc._kinesis_record_for_match, "rec")
    lambda_svc._poll_kinesis = lambda_svc._poll_dynamodb_streams = lambda: False
    lambda_svc._init_stream_position = init_position
    edit_function(
        lambda_svc._create_esm,
        'data.get("BatchSize", 10)',
        'data.get("BatchSize", 10 if event_source_spec.service == "sqs" else 100)',
    )
    kept = '"DestinationConfig", "MetricsConfig", "TumblingWindowInSeconds"'
    edit_function(lambda_svc._create_esm, '"DestinationConfig"):', f'{kept}, "StartingPositionTimestamp"):')
    edit_function(lambda_svc._update_esm, '"DestinationConfig",', f"{kept},")
    edit_function(
        lambda_svc._kinesis_stream_name_from_arn_spec,
        "    name = spec.resource[len(prefix):]\n",
        '    name = spec.resource[len(prefix):].partition("/consumer/")[0]\n',
    )


def init_position(esm_id: str, source_arn: str, starting: str) -> None:
    """A mapping that starts at the latest record starts at the one that is there now."""
    if _keeper.acquire(blocking=False):
        threading.Thread(target=keep_workers, daemon=True, name="stream-mappings").start()
    source = source_of(source_arn) if starting == "LATEST" else None
    lambda_svc._kinesis_positions[esm_id] = {shard: source.latest(shard) for shard in source.shards()} if source else {}


def keep_workers() -> None:
    """Every shard of an enabled mapping has its worker, which ends by itself when the mapping stops or is gone, or the shard is at its end."""
    workers: list[Worker] = []
    while True:
        workers = [worker for worker in workers if worker.thread.is_alive()]
        try:
            for account, region, mapping in lambda_svc._iter_all_esms():
                with request_scope(account, region):
                    busy = {worker.shard for worker in workers if worker.mapping is mapping}
                    workers += [Worker(account, region, mapping, shard) for shard in shards_to_read(mapping) if shard not in busy]
        except Exception:
            logger.exception("Event source mappings of streams")
        time.sleep(POLL)


def shards_to_read(mapping: dict) -> list[str]:
    """Those not at their end yet. A shard is read after those that it was made of."""
    source = source_of(mapping.get("EventSourceArn") or "") if is_enabled(mapping) else None
    positions = lambda_svc._kinesis_positions.get(mapping["UUID"])
    if source is None or positions is None:
        return []
    shards = source.shards()
    done = {shard for shard, position in positions.items() if position is None}
    return [shard for shard, parents in shards.items() if shard not in done and done.issuperset(parent for parent in parents if parent in shards)]


def is_enabled(mapping: dict) -> bool:
    return is_true(mapping.get("Enabled", True))


class Stopped(Exception):
    pass


class Worker:
    def __init__(self, account: str, region: str, mapping: dict, shard: str):
        self.mapping, self.shard = mapping, shard
        self._done = False
        self.thread = threading.Thread(target=self._run, args=(account, region), daemon=True, name=f"mapping-{mapping['UUID'][:8]}-{shard[-4:]}")
        self.thread.start()

    def _run(self, account: str, region: str) -> None:
        with request_scope(account, region):
            pin_request_origin("127.0.0.1", True)  # A service's own calls come over TLS.
            while self._running() and not self._done:
                try:
                    self._begin()
                    while self._running() and not self._done:
                        self._round()
                except Stopped:
                    return
                except Exception:
                    logger.exception("Event source mapping %s", self.mapping["UUID"])
                    time.sleep(POLL)

    def _begin(self) -> None:
        self._read_to = lambda_svc._kinesis_positions[self.mapping["UUID"]].setdefault(self.shard, start_of(self.mapping))
        self._batch: list[Record] = []
        self._size = 0  # of the batch, in bytes
        self._opened: float | None = None  # when the batching window opened

    def _running(self) -> bool:
        return lambda_svc._esms.get(self.mapping["UUID"]) is self.mapping and is_enabled(self.mapping)

    def _advance(self, position: str | None) -> None:
        if lambda_svc._esms.get(self.mapping["UUID"]) is self.mapping:
            lambda_svc._kinesis_positions[self.mapping["UUID"]][self.shard] = position

    def _function(self) -> tuple[dict | None, dict | None]:
        return lambda_svc._get_func_record_for_qualifier(self.mapping["FunctionName"], self.mapping.get("Qualifier"))

    def _round(self) -> None:
        source = source_of(self.mapping["EventSourceArn"])
        closed = source is not None and source.closed(self.shard)
        _function, config = self._function()
        if source is None or config is None:
            self.mapping["LastProcessingResult"] = f"PROBLEM: {'Stream' if source is None else 'Function'} not found"
            time.sleep(POLL)
        elif not may_read(self.mapping, config):
            time.sleep(POLL)
        elif self._gathered(source, config["Role"]):
            self._process(source)
        elif closed and not self._batch:
            self._done = True
            self._advance(None)  # The shards that were made of it are next.
        else:
            time.sleep(POLL)

    def _gathered(self, source, role: str) -> bool:
        """Whether there is a batch, which is full or has waited long enough."""
        full = int(self.mapping.get("BatchSize") or 100)
        while len(self._batch) < full:
            records = source.read(self.shard, self._read_to, full - len(self._batch), role)
            metrics.polled(self.mapping, len(records))
            if not records:
                break
            for record in records:
                matching = self._matches(record)
                size = len(json.dumps(record.event)) if matching else 0
                if self._batch and self._size + size > LARGEST_BATCH:
                    return True
                self._read_to = record.sequence_number
                self._size += size
                if matching:
                    self._batch.append(record)
                else:
                    metrics.count(self.mapping, "FilteredOutEventCount", 1)
        if not self._batch:
            self._advance(self._read_to)
            return False
        self._opened = self._opened or time.monotonic()
        window = duration_here(int(self.mapping.get("MaximumBatchingWindowInSeconds") or 0))
        return len(self._batch) >= full or time.monotonic() >= self._opened + window

    def _matches(self, record: Record) -> bool:
        filters = (self.mapping.get("FilterCriteria") or {}).get("Filters")
        event = lambda_svc._kinesis_record_for_match(record.event) if "kinesis" in record.event else record.event
        return not filters or any(matches_pattern(one["Pattern"], event) for one in filters)

    def _process(self, source) -> None:
        parts, end = [self._batch], self._read_to
        self._batch, self._size, self._opened = [], 0, None
        while parts:
            part = parts.pop(0)
            again = self._parts_of_failed(source, part)
            if not again:
                self._advance(part[-1].sequence_number)
            parts[:0] = again
        self._advance(end)  # What was filtered out behind the last record is done too.

    def _parts_of_failed(self, source, part: list[Record]) -> list[list[Record]]:
        """Deliver these records or discard them; or, where they are to be bisected, the parts of what failed."""
        invocations = retries = throttles = 0
        while part := self._young(source, part, invocations):
            if not self._running():
                raise Stopped
            function, config = self._function()
            result = self._invoke(function, config, part) if function else {"throttle": True}
            if result.get("throttle"):
                self.mapping["LastProcessingResult"] = "PROBLEM: Function call was throttled"
                self._wait(throttles)
                throttles += 1
                continue
            invocations, throttles = invocations + 1, 0
            first = first_failed(self.mapping, part, result)
            if first == len(part):
                self.mapping["LastProcessingResult"] = "OK"
                break
            self.mapping["LastProcessingResult"] = "PROBLEM: Function call failed"
            metrics.count(self.mapping, "FailedInvokeEventCount", len(part) - first)
            if first:
                self._advance(part[first - 1].sequence_number)
            part = part[first:]
            if is_true(self.mapping.get("BisectBatchOnFunctionError")) and (first or len(part) > 1):
                return [part] if first else [part[: len(part) // 2], part[len(part) // 2 :]]
            if 0 <= number(self.mapping, "MaximumRetryAttempts") <= retries:
                destination.discard(self.mapping, config, source, self.shard, part, "RetryAttemptsExhausted", invocations, result)
                break
            self._wait(retries)
            retries += 1
        return []

    def _invoke(self, function: dict, config: dict, part: list[Record]) -> dict:
        cloudwatch_lambda_metrics._event_source_qualifier.set(self.mapping.get("Qualifier"))
        metrics.iterator_age(config, age(part[-1]))
        result = lambda_svc._execute_function(function, {"Records": [record.event for record in part]})
        metrics.count(self.mapping, "FailedInvokeEventCount" if result.get("throttle") else "InvokedEventCount", len(part))
        return result

    def _young(self, source, part: list[Record], invocations: int) -> list[Record]:
        """The records without those that are too old, which are discarded."""
        limit = number(self.mapping, "MaximumRecordAgeInSeconds")
        old = [record for record in part if 0 <= limit < age(record)]
        if old:
            _function, config = self._function()
            destination.discard(self.mapping, config, source, self.shard, old, "RecordAgeExceeded", invocations)
        return part[len(old) :]

    def _wait(self, before: int) -> None:
        """How long follows from how many waits there were before."""
        time.sleep(duration_here(min(2 ** min(before, 10), LONGEST_WAIT)))


def start_of(mapping: dict) -> str:
    """Also of a shard that was not there when the mapping was made, and is read from its beginning."""
    if mapping.get("StartingPosition") != "AT_TIMESTAMP" or not mapping.get("StartingPositionTimestamp"):
        return ""
    return f"{int(float(mapping['StartingPositionTimestamp']) * 1000):020d}"


def first_failed(mapping: dict, part: list[Record], result: dict) -> int:
    """Where in the batch the first record is that failed; behind its end when none did."""
    if result.get("error"):
        return 0
    if "ReportBatchItemFailures" not in (mapping.get("FunctionResponseTypes") or ()) or not result.get("body"):
        return len(part)
    numbers = [record.sequence_number for record in part]
    failed = failed_of_batch(result["body"], set(numbers))
    return min((numbers.index(number) for number in failed), default=len(part))


def age(record: Record) -> float:
    return duration_on_aws(time.time() - record.arrived)


def number(mapping: dict, setting: str) -> int:
    value = mapping.get(setting)
    return -1 if value is None else int(value)


def is_true(value) -> bool:
    """A template may say a boolean as text."""
    return str(value).lower() == "true"
