"""The jobs in Python of examples/worker-python, against tables of the emulator.

Not a test of a supplement, so it runs once. test/runtime/job.test.ts has the same for Node.js.
"""

import json
import pathlib
import sys
import time
import uuid

import pytest
from botocore.exceptions import ClientError

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "examples" / "worker-python"))

from queue_job import Job, take_job  # noqa: E402, what is tested is no package

KEY = "ann/k-1"


class Jobs:
    """A table with one job, which was accepted just now."""

    def __init__(self, client):
        self.client, self.table = client, f"jobs-{uuid.uuid4()}"
        client.create_table(
            TableName=self.table,
            KeySchema=[{"AttributeName": "jobKey", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "jobKey", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        self.message = json.dumps({"table": self.table, "job": KEY})
        self.put(jobId="k-1", requestBody='{"city": "Ulm"}', jobStatus="PENDING")

    def put(self, seconds: int = 60, **values: str) -> None:
        new = {"jobKey": {"S": KEY}, "deadline": {"N": str(int(time.time()) + seconds)}, **{name: {"S": value} for name, value in values.items()}}
        self.client.put_item(TableName=self.table, Item={**self.item, **new})

    @property
    def item(self) -> dict:
        return self.client.get_item(TableName=self.table, Key={"jobKey": {"S": KEY}}, ConsistentRead=True).get("Item", {})

    def take(self) -> Job:
        job = take_job(self.message, self.client)
        assert job
        return job

    def has(self, **values: str) -> bool:
        return all(next(iter(self.item.get(name, {}).values()), None) == value for name, value in values.items())


class Failing:
    """A client whose next call fails, before or after it has written."""

    def __init__(self, client, *, written: bool):
        self.client, self.written, self.failures = client, written, 0

    def update_item(self, **parameters):
        fails = self.failures > 0
        self.failures -= 1
        answer = self.client.update_item(**parameters) if self.written or not fails else None
        if fails:
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "UpdateItem")
        return answer


@pytest.fixture
def jobs(request):
    return Jobs(request.config.beds.bed().client("dynamodb"))


REPORTS = {
    "progress": lambda job: job.progress(50),
    "a look": lambda job: job.progress(),
    "a result": lambda job: job.succeed(1),
    "a place": lambda job: job.succeed_at("x"),
    "a failure": lambda job: job.fail("X", "x"),
}


def test_a_job_is_taken(jobs):
    job = jobs.take()
    assert (job.id, job.body, job.deadline, job.ended) == ("k-1", {"city": "Ulm"}, int(jobs.item["deadline"]["N"]), None)
    assert jobs.has(jobStatus="RUNNING")
    assert take_job({"table": jobs.table, "job": KEY}, jobs.client), "taken again, by what the message says"


@pytest.mark.parametrize("status", ["CANCELLED", "SUCCEEDED", "FAILED"])
def test_a_job_that_has_ended_is_not_taken(jobs, status):
    jobs.put(jobStatus=status)
    assert take_job(jobs.message, jobs.client) is None
    assert jobs.has(jobStatus=status)


def test_a_job_that_is_too_late_or_not_there_is_not_taken(jobs):
    jobs.put(seconds=0)
    assert take_job(jobs.message, jobs.client) is None
    assert take_job({"table": jobs.table, "job": "ann/k-2"}, jobs.client) is None


@pytest.mark.parametrize("message", ["{}", "[]", '{"table": "Jobs"}', '{"job": "ann/k-1"}', {"table": 1, "job": "ann/k-1"}], ids=str)
def test_another_message_is_refused(jobs, message):
    with pytest.raises(TypeError, match="it has no table and job"):
        take_job(message, jobs.client)


def test_progress_is_shown(jobs):
    job = jobs.take()
    assert job.progress(40) and job.progress()
    assert jobs.has(jobStatus="RUNNING", jobProgress="40")


@pytest.mark.parametrize(
    "report, recorded",
    [
        (lambda job: job.succeed({"celsius": 21}), {"jobStatus": "SUCCEEDED", "jobResult": '{"celsius": 21}'}),
        (lambda job: job.succeed(None), {"jobStatus": "SUCCEEDED", "jobResult": "null"}),
        (lambda job: job.succeed_at("https://example.com/1"), {"jobStatus": "SUCCEEDED", "resultLocation": "https://example.com/1"}),
        (lambda job: job.fail("NO_CITY", "None."), {"jobStatus": "FAILED", "failureCode": "NO_CITY", "failureReason": "None."}),
    ],
    ids=["a result", "no result", "a place", "a failure"],
)
def test_an_end_is_recorded(jobs, report, recorded):
    assert report(jobs.take())
    assert jobs.has(**recorded)


def test_a_result_that_is_no_json_is_refused(jobs):
    with pytest.raises(ValueError):
        jobs.take().succeed(float("nan"))
    assert jobs.has(jobStatus="RUNNING")


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS.keys())
@pytest.mark.parametrize(
    "change, reason",
    [({"jobStatus": "CANCELLED"}, "CANCELLED"), ({"seconds": 0}, "TIMEOUT"), ({"jobStatus": "SUCCEEDED", "jobResult": '"other"'}, "SUCCEEDED")],
    ids=["cancelled", "too late", "done by another"],
)
def test_a_report_of_a_job_that_has_ended_is_refused(jobs, report, change, reason):
    job = jobs.take()
    jobs.put(**change)
    before = jobs.item
    assert not report(job)
    assert (job.ended, jobs.item) == (reason, before)
    jobs.put(jobStatus="RUNNING")
    assert not report(job), "nothing is written any more"


def test_a_report_of_a_job_that_is_gone_is_refused(jobs):
    job = jobs.take()
    jobs.client.delete_item(TableName=jobs.table, Key={"jobKey": {"S": KEY}})
    assert not job.progress()
    assert job.ended == "GONE"


@pytest.mark.parametrize("written", [False, True], ids=["not written", "only the answer was lost"])
def test_what_dynamodb_could_not_do_is_raised_and_can_be_tried_again(jobs, written):
    failing = Failing(jobs.client, written=written)
    job = take_job(jobs.message, failing)
    assert job
    failing.failures = 1
    with pytest.raises(ClientError):
        job.succeed(1)
    assert job.succeed(1)
    assert not job.succeed(2)
    assert jobs.has(jobResult="1")
