"""Event source mappings of streams: the supplement `lambda_stream_delivery`."""

import datetime
import json
import time

import pytest
from queues import queue, received
from streams import Fed

PARTIAL = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
BISECT = {"BisectBatchOnFunctionError": True}
COUNTS = """
import boto3
def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=%r, MessageBody=str(len(event["Records"])))
"""
both = pytest.mark.parametrize("kind", ["kinesis", "dynamodb"])


def discarded(aws, name: str) -> tuple[str, dict]:
    """A queue for what is discarded: its URL, and the setting of a mapping."""
    url, arn = queue(aws, f"{name}-discarded")
    return url, {"DestinationConfig": {"OnFailure": {"Destination": arn}}}


def letter(aws, url: str) -> dict:
    return json.loads(received(aws, url)["Body"])


def size(told: dict) -> int:
    return (told.get("KinesisBatchInfo") or told["DDBStreamBatchInfo"])["batchSize"]


@both
def test_a_batch_waits_for_its_window(aws, kind):
    fed = Fed(aws, f"stream-window-{kind}", kind)
    fed.map(BatchSize=3, MaximumBatchingWindowInSeconds=300)
    fed.put("1")
    fed.put("2")
    assert fed.rests()
    fed.put("3")
    fed.put("4")  # Five minutes last five seconds.
    assert fed.given(2) == [["1", "2", "3"], ["4"]]


def test_a_batch_is_at_most_six_megabytes(aws):
    fed = Fed(aws, "stream-large")
    for number in range(6):
        fed.put(str(number), body="x" * 900_000)  # 1.2 MB as the function gets it
        time.sleep(1)  # A shard takes 1 MB a second.
    fed.map(BatchSize=10)
    assert fed.given(2) == [["0", "1", "2", "3", "4"], ["5"]]


@both
def test_a_failed_batch_is_tried_again_and_passed_over(aws, kind):
    fed = Fed(aws, f"stream-attempts-{kind}", kind)
    letters, setting = discarded(aws, fed.name)
    fed.put("1", kind="throws")
    fed.put("2")
    fed.map(MaximumRetryAttempts=2, BatchSize=1, **setting)
    assert fed.given(4) == [["1"], ["1"], ["1"], ["2"]]
    told = letter(aws, letters)
    assert (told["requestContext"]["condition"], told["requestContext"]["approximateInvokeCount"]) == ("RetryAttemptsExhausted", 3)
    assert fed.rests()


@both
def test_a_failed_batch_is_halved_which_is_no_retry(aws, kind):
    fed = Fed(aws, f"stream-halves-{kind}", kind)
    letters, setting = discarded(aws, fed.name)
    for number in range(8):
        fed.put(str(number), **({"kind": "throws"} if number == 5 else {}))
    fed.map(MaximumRetryAttempts=1, **BISECT, **setting)
    everything = [str(number) for number in range(8)]
    assert fed.given(8) == [everything, everything[:4], everything[4:], ["4", "5"], ["4"], ["5"], ["5"], ["6", "7"]]
    assert size(letter(aws, letters)) == 1


@both
def test_a_batch_is_tried_again_from_the_record_that_failed(aws, kind):
    fed = Fed(aws, f"stream-partial-{kind}", kind)
    letters, setting = discarded(aws, fed.name)
    for number in range(4):
        fed.put(str(number), **({"kind": "named"} if number in (1, 3) else {}))
    fed.map(MaximumRetryAttempts=1, **PARTIAL, **setting)
    assert fed.given(2) == [["0", "1", "2", "3"], ["1", "2", "3"]]
    assert size(letter(aws, letters)) == 3
    assert fed.rests()


@both
def test_a_batch_is_cut_at_the_record_that_failed(aws, kind):
    fed = Fed(aws, f"stream-cut-{kind}", kind)
    letters, setting = discarded(aws, fed.name)
    for number in range(6):
        fed.put(str(number), **({"kind": "named"} if number == 2 else {}))
    fed.map(MaximumRetryAttempts=2, **PARTIAL, **BISECT, **setting)
    assert fed.given(7) == [["0", "1", "2", "3", "4", "5"], ["2", "3", "4", "5"], ["2", "3"], ["2"], ["2"], ["2"], ["3"]]
    assert fed.given(1) == [["4", "5"]]
    assert size(letter(aws, letters)) == 1


MALFORMED = {
    "unknown": '{"batchItemFailures": [{"itemIdentifier": "unknown"}]}',
    "misspelt": '{"batchItemFailures": [{"name": "1"}]}',
    "empty": '{"batchItemFailures": [{"itemIdentifier": ""}]}',
    "text": '"rubbish"',
}
EMPTY = {
    "nothing": "null",
    "object": "{}",
    "list": "[]",
    "text": '""',
    "null": '{"batchItemFailures": null}',
    "failures": '{"batchItemFailures": []}',
}


@pytest.mark.parametrize("name, answer", MALFORMED.items())
def test_a_malformed_answer_fails_the_batch(aws, name, answer):
    fed = Fed(aws, f"stream-malformed-{name}")
    fed.put("1", answer=answer)
    fed.put("2")
    fed.map(MaximumRetryAttempts=1, BatchSize=2, **PARTIAL)
    assert fed.given(2) == [["1", "2"], ["1", "2"]]
    assert fed.rests()


# The emulator alone does so at times: it depends on when it reads.
@pytest.mark.alone_at_times
@pytest.mark.parametrize("name, answer", EMPTY.items())
def test_an_empty_answer_is_success(aws, name, answer):
    fed = Fed(aws, f"stream-empty-{name}")
    fed.put("1", answer=answer)
    fed.put("2", kind="throws")
    fed.map(BatchSize=1, MaximumRetryAttempts=1, **PARTIAL)
    assert fed.given(3) == [["1"], ["2"], ["2"]]
    assert fed.rests()


@both
def test_records_get_too_old(aws, kind):
    fed = Fed(aws, f"stream-age-{kind}", kind)
    letters, setting = discarded(aws, fed.name)
    fed.put("1", kind="throws")
    fed.map(MaximumRecordAgeInSeconds=600, **setting)  # ten seconds
    told = letter(aws, letters)
    assert told["requestContext"]["condition"] == "RecordAgeExceeded"
    assert told["requestContext"]["approximateInvokeCount"] > 3
    fed.put("2")
    assert within_given(fed, ["2"])


def within_given(fed: Fed, batch: list[str]) -> bool:
    """Whether the function gets this batch after others."""
    while (found := fed.given(1)[0]) != batch:
        assert found != batch
    return True


def test_what_is_too_old_at_first_is_discarded_without_an_attempt(aws):
    fed = Fed(aws, "stream-old")
    letters, setting = discarded(aws, fed.name)
    fed.put("1")
    time.sleep(4)
    fed.put("2")
    fed.map(MaximumRecordAgeInSeconds=180, BatchSize=2, **setting)
    assert fed.given(1) == [["2"]]
    told = letter(aws, letters)
    assert told["requestContext"]["approximateInvokeCount"] == 0
    assert "responseContext" not in told
    assert size(told) == 1


def test_a_throttle_is_no_attempt(aws):
    fed = Fed(aws, "stream-throttle")
    letters, setting = discarded(aws, fed.name)
    functions = aws.client("lambda")
    functions.put_function_concurrency(FunctionName=fed.name, ReservedConcurrentExecutions=0)
    fed.put("1", kind="throws")
    mapping = fed.map(MaximumRetryAttempts=1, **setting)
    assert fed.ends_with(mapping, "throttled")
    assert fed.rests()
    functions.delete_function_concurrency(FunctionName=fed.name)
    assert fed.given(2) == [["1"], ["1"]]
    assert letter(aws, letters)["requestContext"]["approximateInvokeCount"] == 2


def test_a_failed_shard_blocks_no_other(aws):
    fed = Fed(aws, "stream-shards", shards=2)
    fed.put("1", key="b", kind="throws")
    fed.map()
    assert fed.given(1) == [["1"]]
    fed.put("2", key="b")
    for number in range(3):
        fed.put(f"other {number}", key="a")
    others: list[str] = []
    while len(others) < 3:
        others += [id for id in fed.given(1)[0] if id.startswith("other")]
    assert others == ["other 0", "other 1", "other 2"]


def test_mappings_of_one_stream_do_not_hold_each_other_up(aws):
    fed = Fed(aws, "stream-two")
    letters, setting = discarded(aws, fed.name)
    url, _arn = queue(aws, "stream-two-second")
    aws.function("stream-two-second", COUNTS % url, "python3.12")
    fed.put("1", kind="throws")
    fed.put("2")
    fed.map(BatchSize=1, MaximumRetryAttempts=8, **setting)
    second = {"FunctionName": "stream-two-second", "EventSourceArn": fed.stream.arn, "StartingPosition": "TRIM_HORIZON", "BatchSize": 1}
    aws.client("lambda").create_event_source_mapping(**second)
    assert [received(aws, url)["Body"] for _ in range(2)] == ["1", "1"]
    assert letter(aws, letters)["requestContext"]["approximateInvokeCount"] == 9


@both
def test_the_latest_is_what_comes_after_the_mapping(aws, kind):
    fed = Fed(aws, f"stream-latest-{kind}", kind)
    letters, setting = discarded(aws, fed.name)
    fed.put("before")
    fed.map("LATEST", MaximumRetryAttempts=0, **setting)
    fed.put("after", kind="throws")
    assert fed.given(1) == [["after"]]
    assert size(letter(aws, letters)) == 1


def test_a_mapping_starts_at_a_time(aws):
    fed = Fed(aws, "stream-timestamp")
    fed.put("before")
    time.sleep(0.5)
    moment = datetime.datetime.now(datetime.timezone.utc)
    time.sleep(0.5)
    fed.put("after")
    fed.map("AT_TIMESTAMP", StartingPositionTimestamp=moment)
    assert fed.given(1) == [["after"]]


@both
def test_a_mapping_that_was_disabled_goes_on_where_it_was(aws, kind):
    fed = Fed(aws, f"stream-disabled-{kind}", kind)
    functions = aws.client("lambda")
    fed.put("1")
    mapping = fed.map(BatchSize=1, **BISECT)
    assert fed.given(1) == [["1"]]
    functions.update_event_source_mapping(UUID=mapping, Enabled=False)
    fed.put("2")
    fed.put("3", kind="throws")
    assert fed.rests()
    functions.update_event_source_mapping(UUID=mapping, Enabled=True)
    assert fed.given(3) == [["2"], ["3"], ["3"]]
    functions.update_event_source_mapping(UUID=mapping, Enabled=False)


@both
def test_filters_are_event_patterns(aws, kind):
    fed = Fed(aws, f"stream-filter-{kind}", kind)
    wanted = {"data": {"status": [{"exists": False}]}} if kind == "kinesis" else {"dynamodb": {"NewImage": {"status": {"S": [{"exists": False}]}}}}
    for number, texts in enumerate([{}, {"status": "done"}, {"other": "x"}]):
        fed.put(str(number), **texts)
    fed.map(FilterCriteria={"Filters": [{"Pattern": json.dumps(wanted)}]}, BatchSize=2)
    assert fed.given(1) == [["0", "2"]]


def test_a_stream_that_was_turned_off_is_read_to_its_end(aws):
    fed = Fed(aws, "stream-off", "dynamodb")
    fed.put("1")
    aws.client("dynamodb").update_table(TableName=fed.name, StreamSpecification={"StreamEnabled": False})
    fed.map()
    assert fed.given(1) == [["1"]]
