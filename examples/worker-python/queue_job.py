"""Does the jobs of a `PollingStatusApi` whose engine is a `QueueEngine`. Copy this file into your image or function; it needs `boto3`.

    from queue_job import take_job

    def handle(message, give_up):
        job = take_job(message["Body"])
        if job is None:
            return  # it has ended: was cancelled, is past its deadline, or done already
        for done, part in enumerate(job.body["parts"]):
            if give_up.is_set():
                raise TimeoutError("told to give up")  # the message comes back, and the job is taken again
            if not job.progress(100 * done // len(job.body["parts"])):
                return  # cancelled meanwhile, or too late
            render(part)
        job.succeed({"parts": len(job.body["parts"])})

Each report is one conditional write, which the table refuses when the job has ended: cancelled by its owner, past its deadline, or done by another
worker, because a message may come twice. Then the report is false, and `ended` says why. What DynamoDB could not do is raised: let the message fail,
so that it comes again. The worker needs `grantReport` of the API.

It does what `takeJob` of the npm package `cdk-serverless-patterns-runtime` does for Node.js.
"""

import json
import time

import boto3
from botocore.exceptions import ClientError

RUNNING = {"S": "RUNNING"}


class Job:
    """A job that was taken."""

    def __init__(self, dynamodb, table: str, key: str, item: dict):
        self._dynamodb, self._table, self._key = dynamodb, table, key
        self.id: str = item["jobId"]["S"]
        self.body = json.loads(item["requestBody"]["S"])
        # Seconds since the epoch.
        self.deadline = int(item["deadline"]["N"])
        # Why it need not be worked on any more, once a report has found that: CANCELLED, TIMEOUT, or the status that another worker recorded.
        self.ended: str | None = None

    def progress(self, percent: int | None = None) -> bool:
        """Tell the client how far the work has come, or only find out whether it is still wanted. A write as large as the job in any case."""
        return self._report({"jobStatus": RUNNING, **({} if percent is None else {"jobProgress": {"N": str(percent)}})})

    def succeed(self, result) -> bool:
        """Record the result, which the client gets as JSON. It shares the 400 KB of an item with the body."""
        return self._report({"jobStatus": {"S": "SUCCEEDED"}, "jobResult": {"S": json.dumps(result, allow_nan=False)}})

    def succeed_at(self, result_location: str) -> bool:
        """Record where the client finds the result, such as a URL."""
        return self._report({"jobStatus": {"S": "SUCCEEDED"}, "resultLocation": {"S": result_location}})

    def fail(self, code: str, reason: str) -> bool:
        """Record that the job failed, for good; the client reads both texts. To have it tried again, let its message fail instead."""
        return self._report({"jobStatus": {"S": "FAILED"}, "failureCode": {"S": code}, "failureReason": {"S": reason}})

    def _report(self, values: dict) -> bool:
        if self.ended:
            return False
        item, is_refused = _updated(self._dynamodb, self._table, self._key, values)
        # Also if an end was recorded at an earlier attempt, whose answer was lost.
        if not is_refused or (values["jobStatus"] != RUNNING and all(item.get(name) == value for name, value in values.items())):
            return True
        status = item.get("jobStatus", {}).get("S", "GONE")
        self.ended = "TIMEOUT" if status in ("PENDING", "RUNNING") else status
        return False


def take_job(message: str | dict, dynamodb=None) -> Job | None:
    """Take a job, so that its client reads RUNNING. One that another worker took and left is taken again.

    `message` is the body of the message as it came, or what it says. None if the job has ended: acknowledge the message.
    """
    reference = json.loads(message) if isinstance(message, str) else message
    table, key = (reference.get(name) if isinstance(reference, dict) else None for name in ("table", "job"))
    if not isinstance(table, str) or not isinstance(key, str):
        raise TypeError("the message is none of a QueueEngine: it has no table and job")
    client = dynamodb or boto3.client("dynamodb")
    item, is_refused = _updated(client, table, key, {"jobStatus": RUNNING})
    return None if is_refused else Job(client, table, key, item)


def _updated(dynamodb, table: str, key: str, values: dict) -> tuple[dict, bool]:
    """Write to an open job before its deadline, or get what the table has of one that has ended."""
    try:
        answer = dynamodb.update_item(
            TableName=table,
            Key={"jobKey": {"S": key}},
            ConditionExpression="jobStatus IN (:pending, :running) AND deadline > :now",
            UpdateExpression="SET " + ", ".join(f"{name} = :{name}" for name in values),
            ExpressionAttributeValues={
                ":pending": {"S": "PENDING"},
                ":running": RUNNING,
                ":now": {"N": str(int(time.time()))},
                **{f":{name}": value for name, value in values.items()},
            },
            ReturnValues="ALL_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return error.response.get("Item", {}), True
    return answer["Attributes"], False
