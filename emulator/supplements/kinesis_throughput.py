"""A shard takes and gives no more than its throughput, and its stream reports what was refused.

AWS: "Quotas and limits" (https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html): a shard takes 1 MB or 1,000 records
a second, and five reads a second by GetRecords; more is refused with ProvisionedThroughputExceededException, by PutRecords for single records.
"Monitoring the Amazon Kinesis Data Streams service with Amazon CloudWatch"
(https://docs.aws.amazon.com/streams/latest/dev/monitoring-with-cloudwatch.html): by StreamName, IncomingRecords, IncomingBytes,
ReadProvisionedThroughputExceeded and WriteProvisionedThroughputExceeded.

The emulator alone: takes and gives anything, and reports nothing.

This supplement: counts the last second, which lasts as long as on AWS. What event source mappings read counts towards no limit; reads are not
limited by their size.
"""

import collections
import json
import time

from ministack.core.responses import error_response_json, get_account_id, json_response
from ministack.services import cloudwatch, kinesis

from supplements._patching import expect_parameters

READS = 5
RECORDS = 1000
BYTES = 1024 * 1024
REFUSED = "ProvisionedThroughputExceededException"


class Used:
    """What was used of a shard in the last second, as pairs of time and amount."""

    def __init__(self):
        self._uses: dict[tuple, collections.deque] = collections.defaultdict(collections.deque)

    def fits(self, key: tuple, amount: int, limit: int) -> bool:
        uses = self._uses[key]
        while uses and uses[0][0] <= time.monotonic() - 1:
            uses.popleft()
        return not uses or sum(used for _moment, used in uses) + amount <= limit

    def use(self, key: tuple, amount: int) -> None:
        self._uses[key].append((time.monotonic(), amount))


reads, records, sizes = Used(), Used(), Used()


def apply() -> None:
    get, put, put_all = kinesis._get_records, kinesis._put_record, kinesis._put_records
    for call in (get, put, put_all, kinesis._resolve_stream):
        expect_parameters(call, "data")
    expect_parameters(kinesis._route_to_shard, "hash_key_int", "stream")
    expect_parameters(cloudwatch.record_metric, "namespace", "metric_name", "value", "unit", "dimensions")

    def get_records(data):
        iterator = kinesis._shard_iterators.get(data.get("ShardIterator"))
        if iterator is None:
            return get(data)
        shard = (iterator["stream_arn"], iterator["shard_id"])
        refused = not reads.fits(shard, 1, READS)
        report(iterator["stream"], ReadProvisionedThroughputExceeded=int(refused))
        if refused:
            return error_response_json(REFUSED, rate_exceeded(*shard), 400)
        reads.use(shard, 1)
        return get(data)

    def put_record(data):
        name, stream = kinesis._resolve_stream(data)
        shard = stream and shard_for(stream, data)
        if shard is None or takes(shard, data):
            answer = put(data)
            if stream and answer[0] < 400:
                report(name, IncomingRecords=1, IncomingBytes=size(data), WriteProvisionedThroughputExceeded=0)
            return answer
        report(name, WriteProvisionedThroughputExceeded=1)
        return error_response_json(REFUSED, rate_exceeded(*shard), 400)

    def put_records(data):
        name, stream = kinesis._resolve_stream(data)
        if not stream:
            return put_all(data)
        given = data.get("Records", [])
        shards = [shard_for(stream, record) for record in given]
        taken = [takes(shard, record) for shard, record in zip(shards, given)]
        status, headers, body = put_all({**data, "Records": [record for record, ok in zip(given, taken) if ok]})
        if status >= 400:
            return status, headers, body
        answer = json.loads(body)
        results = iter(answer["Records"])
        told = [next(results) if ok else {"ErrorCode": REFUSED, "ErrorMessage": rate_exceeded(*shard)} for shard, ok in zip(shards, taken)]
        sent = sum(size(record) for record, ok in zip(given, taken) if ok)
        report(name, IncomingRecords=sum(taken), IncomingBytes=sent, WriteProvisionedThroughputExceeded=len(given) - sum(taken))
        return json_response({**answer, "Records": told, "FailedRecordCount": len(given) - sum(taken)})

    kinesis._get_records, kinesis._put_record, kinesis._put_records = get_records, put_record, put_records


def shard_for(stream: dict, record: dict) -> tuple[str, str]:
    explicit = record.get("ExplicitHashKey")
    number = int(explicit) if explicit else kinesis._partition_key_to_hash(record.get("PartitionKey", ""))
    return stream["StreamARN"], kinesis._route_to_shard(number, stream)


def takes(shard: tuple[str, str], record: dict) -> bool:
    if not records.fits(shard, 1, RECORDS) or not sizes.fits(shard, size(record), BYTES):
        return False
    records.use(shard, 1)
    sizes.use(shard, size(record))
    return True


def size(record: dict) -> int:
    """Of the data, which is in base64, and the key."""
    return len(record.get("Data", "")) * 3 // 4 + len(record.get("PartitionKey", ""))


def rate_exceeded(stream_arn: str, shard_id: str) -> str:
    return f"Rate exceeded for shard {shard_id} in stream {stream_arn.rpartition('/')[2]} under account {get_account_id()}."


def report(stream: str, **values: int) -> None:
    for metric, value in values.items():
        cloudwatch.record_metric("AWS/Kinesis", metric, value, "Bytes" if metric == "IncomingBytes" else "Count", {"StreamName": stream})
