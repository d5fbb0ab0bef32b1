"""A Kinesis stream or a DynamoDB stream, as an event source mapping reads it: shards, and the records of each after a position.

A position is a sequence number: what was read last. The emulator's are of one length, so that they compare as text, and begin with the
millisecond in which the record came. A position before all records is the empty text.
"""

import bisect
import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from ministack.core.arn import ArnParseError, parse_arn
from ministack.services import dynamodb, dynamodb_streams, kinesis

from supplements._patching import expect_parameters


@dataclass(frozen=True)
class Record:
    sequence_number: str
    event: dict  # as the function gets it
    arrived: float  # a time stamp; to the millisecond also where the event has whole seconds


def expect_sources() -> None:
    expect_parameters(kinesis._next_sequence_number)
    expect_parameters(kinesis._ensure_base64, "value")
    expect_parameters(dynamodb._next_stream_seq)
    expect_parameters(dynamodb.stream_live_records, "table_name", "account_id", "region")
    expect_parameters(dynamodb.closed_stream, "stream_arn")
    expect_parameters(dynamodb_streams._stream_source, "stream_arn")


def source_of(arn: str) -> "KinesisStream | DynamoDbStream | None":
    """None for what is no stream, or gone."""
    with contextlib.suppress(ArnParseError):
        spec = parse_arn(arn)
        if spec.service == "kinesis":
            # The ARN of a consumer begins with that of its stream.
            stream_arn = arn.partition("/consumer/")[0]
            stream = kinesis._streams.get_scoped(spec.account_id, spec.region, stream_arn.rpartition("/")[2])
            return KinesisStream(arn, stream) if stream and stream["StreamARN"] == stream_arn else None
        if spec.service == "dynamodb" and (records := records_of_table(arn)) is not None:
            return DynamoDbStream(arn, records)
    return None


def records_of_table(stream_arn: str) -> list | None:
    """A stream that was turned off can be read to its end."""
    if not (found := dynamodb_streams._stream_source(stream_arn)):
        return None
    spec, name = found
    table = dynamodb._tables.get_scoped(spec.account_id, spec.region, name) or {}
    if table.get("LatestStreamArn") == stream_arn and (table.get("StreamSpecification") or {}).get("StreamEnabled") is True:
        return dynamodb.stream_live_records(name, account_id=spec.account_id, region=spec.region)
    closed = dynamodb.closed_stream(stream_arn)
    return closed and closed["records"]


def following(records: list[dict], number_of: Callable[[dict], str], after: str, limit: int) -> list[dict]:
    start = bisect.bisect_right(records, after, key=number_of)
    return records[start : start + limit]


class KinesisStream:
    batch_info = "KinesisBatchInfo"

    def __init__(self, arn: str, stream: dict):
        self.arn = arn
        self.stream_arn = stream["StreamARN"]
        self._stream = stream

    def shards(self) -> dict[str, list[str]]:
        """Their ids, and for each those of the shards that it was made of."""
        named = ("parent_shard_id", "adjacent_parent_shard_id")
        shards = list(self._stream["shards"].items())
        return {id: shard.get("parents") or [shard[parent] for parent in named if shard.get(parent)] for id, shard in shards}

    def closed(self, shard_id: str) -> bool:
        return "ending_sequence_number" in self._stream["shards"].get(shard_id, {})

    def read(self, shard_id: str, after: str, limit: int, role: str) -> list[Record]:
        return [self._record(shard_id, record, role) for record in following(self._records(shard_id), self._number_of, after, limit)]

    def latest(self, shard_id: str) -> str:
        return next((self._number_of(record) for record in reversed(self._records(shard_id))), "")

    def _records(self, shard_id: str) -> list[dict]:
        return self._stream["shards"].get(shard_id, {}).get("records", [])

    @staticmethod
    def _number_of(record: dict) -> str:
        return record["SequenceNumber"]

    def _record(self, shard_id: str, record: dict, role: str) -> Record:
        number = record["SequenceNumber"]
        event = {
            "kinesis": {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": record["PartitionKey"],
                "sequenceNumber": number,
                "data": kinesis._ensure_base64(record["Data"]),
                "approximateArrivalTimestamp": record["ApproximateArrivalTimestamp"],
            },
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": f"{shard_id}:{number}",
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": role,
            "awsRegion": self.stream_arn.split(":")[3],
            "eventSourceARN": self.arn,
        }
        return Record(number, event, record["ApproximateArrivalTimestamp"])

    @staticmethod
    def told_arrival(record: Record) -> float:
        return record.arrived


class DynamoDbStream:
    batch_info = "DDBStreamBatchInfo"

    def __init__(self, arn: str, records: list[dict]):
        self.arn = self.stream_arn = arn
        self._records = records

    def shards(self) -> dict[str, list[str]]:
        return {dynamodb_streams._DEFAULT_SHARD_ID: []}

    def closed(self, shard_id: str) -> bool:
        return False

    def read(self, shard_id: str, after: str, limit: int, role: str) -> list[Record]:
        found = following(self._records, self._number_of, after, limit)
        return [Record(number, record, int(number[:20]) / 1000) for record in found for number in [self._number_of(record)]]

    def latest(self, shard_id: str) -> str:
        return next((self._number_of(record) for record in reversed(self._records)), "")

    @staticmethod
    def _number_of(record: dict) -> str:
        return record["dynamodb"]["SequenceNumber"]

    @staticmethod
    def told_arrival(record: Record) -> float:
        return record.event["dynamodb"]["ApproximateCreationDateTime"]
