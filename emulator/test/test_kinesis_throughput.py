"""The throughput of shards, and its metrics: the supplement `kinesis_throughput`."""

import pytest
from conftest import measured, within
from streams import Kinesis


def total(stream: Kinesis, aws, metric: str) -> float:
    return measured(aws, "AWS/Kinesis", metric, "Sum", StreamName=stream.name)


def test_a_shard_is_read_five_times_a_second(aws):
    stream = Kinesis(aws, "throughput-reads", shards=2)
    refused = stream.client.exceptions.ProvisionedThroughputExceededException

    def iterator(shard: str) -> str:
        return stream.client.get_shard_iterator(StreamName=stream.name, ShardId=shard, ShardIteratorType="LATEST")["ShardIterator"]

    one, other = [iterator(shard["ShardId"]) for shard in stream.client.list_shards(StreamName=stream.name)["Shards"]]

    def is_refused() -> bool:
        try:
            for _ in range(50):
                stream.client.get_records(ShardIterator=one)
        except refused:
            return True
        return False

    assert within(20 if aws.supplemented else 1, is_refused)
    stream.client.get_records(ShardIterator=other)
    assert total(stream, aws, "ReadProvisionedThroughputExceeded") >= 1


def test_a_shard_takes_a_thousand_records_a_second(aws):
    stream = Kinesis(aws, "throughput-records")
    many = [{"Data": b"x", "PartitionKey": "a"}] * 500
    answers = [stream.client.put_records(StreamName=stream.name, Records=many) for _ in range(6)]
    refused = sum(answer["FailedRecordCount"] for answer in answers)
    errors = [record["ErrorCode"] for answer in answers for record in answer["Records"] if "ErrorCode" in record]
    assert set(errors) == {"ProvisionedThroughputExceededException"} and len(errors) == refused
    assert total(stream, aws, "WriteProvisionedThroughputExceeded") == refused
    assert total(stream, aws, "IncomingRecords") == 3000 - refused


def test_a_shard_takes_a_megabyte_a_second(aws):
    stream = Kinesis(aws, "throughput-bytes")

    def put() -> bool:
        try:
            for _ in range(10):
                stream.client.put_record(StreamName=stream.name, PartitionKey="a", Data=b"x" * 600_000)
        except stream.client.exceptions.ProvisionedThroughputExceededException:
            return True
        return False

    assert within(20 if aws.supplemented else 1, put)
    assert total(stream, aws, "IncomingBytes") >= 600_000


@pytest.mark.also_alone
def test_what_fits_is_taken(aws):
    stream = Kinesis(aws, "throughput-fits")
    answer = stream.client.put_records(StreamName=stream.name, Records=[{"Data": b"x", "PartitionKey": str(n)} for n in range(10)])
    assert answer["FailedRecordCount"] == 0 and len(answer["Records"]) == 10
