"""A Kinesis stream or a DynamoDB stream, as an event source mapping reads it: shards, and the records of each after a position.

A position is a sequence number: what was read last. The emulator's are of one length, so that they compare as text, and begin with the
millisecond in which the record came. A position before all records is the empty text.
"""

import contextlib
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
    expect_parameters(kinesis._expire_records, "stream")
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


class Stream:
    def __init__(self, arn: str):
        self.arn = arn

    def latest(self, shard_id: str) -> str:
        return next(reversed(self._sequence_numbers(shard_id)), "")


class KinesisStream(Stream):
    batch_info = "KinesisBatchInfo"

    def __init__(self, arn: str, stream: dict):
        super().__init__(arn)
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
        kinesis._expire_records(self._stream)
        found = [record for record in self._records(shard_id) if record["SequenceNumber"] > after]
        return [self._record(shard_id, record, role) for record in found[:limit]]

    def _records(self, shard_id: str) -> list[dict]:
        return list(self._stream["shards"].get(shard_id, {}).get("records", ()))

    def _sequence_numbers(self, shard_id: str) -> list[str]:
        return [record["SequenceNumber"] for record in self._records(shard_id)]

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


class DynamoDbStream(Stream):
    batch_info = "DDBStreamBatchInfo"

    def __init__(self, arn: str, records: list[dict]):
        super().__init__(arn)
        self.stream_arn = arn
        self._records = records

    def shards(self) -> dict[str, list[str]]:
        return {dynamodb_streams._DEFAULT_SHARD_ID: []}

    def closed(self, shard_id: str) -> bool:
        return False

    def read(self, shard_id: str, after: str, limit: int, role: str) -> list[Record]:
        found = [record for record in list(self._records) if record["dynamodb"]["SequenceNumber"] > after]
        return [self._record(record) for record in found[:limit]]

    def _sequence_numbers(self, shard_id: str) -> list[str]:
        return [record["dynamodb"]["SequenceNumber"] for record in list(self._records)]

    def _record(self, record: dict) -> Record:
        number = record["dynamodb"]["SequenceNumber"]
        return Record(number, record, int(number[:20]) / 1000)

    @staticmethod
    def told_arrival(record: Record) -> float:
        return record.event["dynamodb"]["ApproximateCreationDateTime"]
