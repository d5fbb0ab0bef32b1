"""Firehose buffers records, transforms them, keeps what fails and the originals, and writes as its role for as long as it takes.

AWS: "Buffering hints" (https://docs.aws.amazon.com/firehose/latest/dev/buffering-hints.html): records wait for the interval or the size, and
become one object. "Handle failure in data transformation"
(https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html): an invocation that fails is tried three times
more, then its records are written below processing-failed, one line of JSON each; so is a record whose id the answer lacks or whose result is
ProcessingFailed. "Data transformation" (https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html): Dropped is left out; with
S3BackupMode the records are kept as they came. "Troubleshoot dynamic partitioning errors"
(https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-error-handling.html): a record whose keys cannot be extracted goes below
the error prefix, with information about the error; the others into a folder for each set of keys. "Data delivery failure" (https://docs.aws.amazon.com/firehose/latest/dev/retry.html): what S3
refuses is tried for 24 hours. "Controlling access" (https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html): by which role.
"CloudWatch metrics" (https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html): freshness, processing, lag.

The emulator alone: extracts keys by a part of jq without brackets; writes each record at once as an object of its own, uncompressed and without a role; passes on what the function fails at
or forgets, loses what it marks as failed, keeps no originals, and reports no metrics.

This supplement: as documented, in CloudWatch's time (`_cloudwatch_clock`). A role that may not read a stream leaves the records unread; what
the stream lets go meanwhile is not told. AWS does not say whether objects of failed records are compressed; here they are not. Nor does it
say what it tells of a record without keys; here it is told as people have found it, below processing-failed. Not here: quotas and throttling,
the quota of folders, retries of one folder, the key of the delivery stream, Parquet, other destinations than S3 (as by the emulator alone).
"""

import base64
import gzip
import json
import logging
import re
import threading
import time

from ministack.core.responses import get_account_id, get_region, new_uuid, request_scope
from ministack.services import cloudwatch, firehose, lambda_svc, s3

from supplements import _roles
from supplements._cloudwatch_clock import MINUTE, duration_here, duration_on_aws
from supplements._delivery import function_to_invoke
from supplements._patching import expect_parameters
from supplements.lambda_stream_destination import key_of_bucket

RETRIES = 3
LARGEST_ANSWER = 6 * 1024**2
DAY = 86_400
SERVICE = "firehose.amazonaws.com"
BRACKETS = re.compile(r":\s*\(([^()]*)\)\s*(?=[,}])")  # around the whole expression of a key, where they change nothing
READ = ("kinesis:DescribeStream", "kinesis:GetShardIterator", "kinesis:GetRecords", "kinesis:ListShards")

# AWS: "Lambda invocation errors" (https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-logs.html).
DENIED = ("Lambda.InvokeAccessDenied", "Access was denied. Ensure that the access policy allows access to the Lambda function.")
GONE = ("Lambda.ResourceNotFound", "The Lambda function was not found.")
ERROR = ("Lambda.FunctionError", "The Lambda function was successfully invoked but it returned an error result.")
MISSING = ("Lambda.MissingRecordId", "One or more record Ids were not returned. Ensure that the Lambda function returns all received record Ids.")
UNSORTED = ("DynamicPartitioning.MetadataExtractionFailed", "partitionKeys values must not be null or empty")
MARKED = ("Lambda.ProcessingFailedStatus", "ProcessingFailed status set for record")

logger = logging.getLogger("firehose")
_deliveries: dict[str, "Delivery"] = {}


def apply() -> None:
    _roles.expect_roles()
    expect_parameters(lambda_svc._execute_function, "func", "event")
    expect_parameters(s3._put_object, "bucket_name", "key", "body", "headers")
    expect_parameters(cloudwatch.record_metric, "namespace", "metric_name", "value", "unit", "dimensions")
    expect_parameters(firehose._evaluate_prefix, "template", "t", "query_keys", "lambda_keys", "error_type")
    expect_parameters(firehose._metadata_extraction_keys, "cfg", "data")
    expect_parameters(firehose._jq_parse, "expression")
    parse, alone = firehose._jq_parse, firehose._deliver_records_to_s3
    expect_parameters(alone, "stream", "dest", "records")

    def deliver_records_to_s3(stream: dict, dest: dict, records: list) -> None:
        if (dest["config"].get("DataFormatConversionConfiguration") or {}).get("Enabled"):
            return alone(stream, dest, records)
        if stream["arn"] not in _deliveries or _deliveries[stream["arn"]].stream is not stream:
            _deliveries[stream["arn"]] = Delivery(stream)
        _deliveries[stream["arn"]].take(records)

    firehose._deliver_records_to_s3 = deliver_records_to_s3
    firehose._jq_parse = lambda expression: parse(BRACKETS.sub(r":\1", expression))


class Record:
    def __init__(self, record_id: str, data: bytes):
        self.id, self.data = record_id, data
        self.arrival, self.since = int(time.time() * 1000), time.monotonic()


class Delivery:
    """What one delivery stream has taken and not yet written."""

    def __init__(self, stream: dict):
        self.stream, self.lock = stream, threading.Lock()
        self.unread: list[Record] = []
        self.buffer: list[Record] = []
        self.writes: list[tuple[str, str, bytes, list[Record]]] = []  # the kind, the key, the object and its records
        self.reported = 0.0
        scope = (get_account_id(), get_region())
        threading.Thread(target=self._run, args=scope, daemon=True, name=f"firehose-{stream['name']}").start()

    @property
    def config(self) -> dict:
        return self.stream["destinations"][0]["config"]

    def take(self, records: list) -> None:
        with self.lock:
            (self.unread if self.stream["kinesis_source"] else self.buffer).extend(Record(*record) for record in records)

    def _run(self, account: str, region: str) -> None:
        with request_scope(account, region):
            while firehose._streams.get(self.stream["name"]) is self.stream:
                try:
                    self._step()
                except Exception:
                    logger.exception("delivery stream %s", self.stream["name"])
                time.sleep(MINUTE / 10)

    def _step(self) -> None:
        with self.lock:
            if self.unread and self._may_read():
                self.buffer, self.unread = self.buffer + self.unread, []
            hints = self.config.get("BufferingHints") or {}
            late = self.buffer and time.monotonic() - self.buffer[0].since >= duration_here(int(hints.get("IntervalInSeconds", 300)))
            full = sum(len(record.data) for record in self.buffer) >= int(hints.get("SizeInMBs", 5)) * 1024**2
            batch, self.buffer = (self.buffer, []) if late or full else ([], self.buffer)
        if batch:
            self._process(batch)
        self.writes = [write for write in self.writes if not self._write(*write)]
        self._report()

    def _may_read(self) -> bool:
        return self._may(*((action, self.stream["kinesis_source"]["KinesisStreamARN"], None) for action in READ))

    def _process(self, batch: list[Record]) -> None:
        backup = self.config.get("S3BackupConfiguration") if self.config.get("S3BackupMode") == "Enabled" else None
        if backup:
            self._collect("Backup", backup, backup.get("Prefix", ""), b"".join(record.data for record in batch), batch)
        transformed, failed = self._transform(batch)
        end = b"\n" if any(one["Type"] == "AppendDelimiterToRecord" for one in self._processors()) else b""
        folders: dict[tuple, list[bytes]] = {}
        for record in batch:
            data = transformed.get(record.id)
            keys = self._keys(data) if data is not None else None
            if data is not None and keys is None:
                failed.append(failure(record, data, 1, *UNSORTED))
            elif data is not None:
                folders.setdefault(keys, []).append(data + end)
        for keys, lines in folders.items():
            self._collect("Delivery", self.config, self.config.get("Prefix", ""), b"".join(lines), batch, dict(keys))
        if failed:
            lines = "".join(json.dumps(document) + "\n" for document in failed)
            prefix = firehose._evaluate_prefix(self.config.get("ErrorOutputPrefix", ""), time.gmtime(), error_type="processing-failed")
            self.writes.append(("Errors", f"{prefix}{self._name()}", lines.encode(), batch))

    def _keys(self, data: bytes) -> tuple | None:
        """The names and values by which a record is put into a folder, none if there is one folder for all; None for a record without them."""
        if not (self.config.get("DynamicPartitioningConfiguration") or {}).get("Enabled"):
            return ()
        try:
            return tuple((firehose._metadata_extraction_keys(self.config, data) or {}).items())
        except firehose._DeliveryError:
            return None

    def _processors(self) -> list[dict]:
        return (self.config.get("ProcessingConfiguration") or {}).get("Processors") or []

    def _transform(self, batch: list[Record]) -> tuple[dict[str, bytes], list[dict]]:
        """The data of each record that was transformed, in their order, and the documents of those that failed."""
        parameters = [parameter for one in self._processors() for parameter in one.get("Parameters") or []]
        arn = next((parameter["ParameterValue"] for parameter in parameters if parameter["ParameterName"] == "LambdaArn"), None)
        if arn is None:
            return {record.id: record.data for record in batch}, []
        answers, attempts, error = None, 0, ("", "")
        while answers is None and attempts <= RETRIES:
            attempts += 1
            answers, error = self._invoke(arn, batch)
            self._count("ExecuteProcessing.Success", 0 if answers is None else 1)
        done, failed = {}, []
        for record in batch:
            answer = (answers or {}).get(record.id)
            if answer is not None and answer.get("result") == "Ok":
                done[record.id] = base64.b64decode(answer.get("data", ""))
            elif answer is None or answer.get("result") != "Dropped":
                code, message = error if answers is None else MISSING if answer is None else MARKED
                failed.append({**failure(record, record.data, attempts, code, message), "lambdaArn": arn})
        return done, failed

    def _invoke(self, arn: str, batch: list[Record]) -> tuple[dict | None, tuple[str, str]]:
        function = function_to_invoke(arn)
        if not self._may(*((f"lambda:{action}", arn, None) for action in ("InvokeFunction", "GetFunctionConfiguration"))):
            return None, DENIED
        if function is None:
            return None, GONE
        records = [{"recordId": one.id, "approximateArrivalTimestamp": one.arrival, "data": base64.b64encode(one.data).decode()} for one in batch]
        event = {"invocationId": new_uuid(), "deliveryStreamArn": self.stream["arn"], "region": get_region(), "records": records}
        result = lambda_svc._execute_function(function, event)
        body = result.get("body")
        text = body if isinstance(body, str) else json.dumps(body)
        try:
            if not result.get("error") and len(text) <= LARGEST_ANSWER:
                return {one["recordId"]: one for one in json.loads(text)["records"]}, ("", "")
        except (ValueError, TypeError, KeyError):
            pass
        return None, ERROR

    def _may(self, *requests: tuple[str, str, dict | None]) -> bool:
        """Whether the role may do all of this: the action, to what, and the condition keys."""
        role = self.config["RoleARN"]
        return _roles.trusts(role, SERVICE) and all(_roles.allowed(role, *request) for request in requests)

    def _collect(self, kind: str, config: dict, prefix: str, body: bytes, batch: list[Record], keys: dict | None = None) -> None:
        zipped = config.get("CompressionFormat") == "GZIP"
        dated = prefix if "!{timestamp:" in prefix else prefix + "!{timestamp:yyyy/MM/dd/HH/}"
        key = f"{firehose._evaluate_prefix(dated, time.gmtime(), keys)}{self._name()}{'.gz' if zipped else ''}"
        self.writes.append((kind, key, gzip.compress(body) if zipped else body, batch))

    def _name(self) -> str:
        return f"{self.stream['name']}-{self.stream.get('version', 1)}-{time.strftime('%Y-%m-%d-%H-%M-%S', time.gmtime())}-{new_uuid()}"

    def _write(self, kind: str, key: str, body: bytes, batch: list[Record]) -> bool:
        """Whether it need not be tried again: it is written, or a day has passed."""
        bucket_arn = self.config["BucketARN"]
        bucket = bucket_arn.rpartition(":")[2]
        owned = {"s3:ResourceAccount": get_account_id()}
        sealed = _roles.customer_key(key_of_bucket(bucket))
        context = {"kms:ViaService": f"s3.{get_region()}.amazonaws.com", "kms:EncryptionContext:aws:s3:arn": bucket_arn}
        use = [(f"kms:{action}", sealed["Arn"], context) for action in ("Decrypt", "GenerateDataKey")] if sealed else []
        if self._may(("s3:PutObject", f"{bucket_arn}/{key}", owned), *use) and bucket in s3._buckets:
            if s3._put_object(bucket, key, body, {"content-type": "application/octet-stream"})[0] == 200:
                return True
        return duration_on_aws(time.monotonic() - batch[0].since) > DAY

    def _report(self) -> None:
        if time.monotonic() - self.reported < MINUTE:
            return
        self.reported = time.monotonic()
        self._count("DeliveryToS3.DataFreshness", age([*self._waiting("Delivery"), *self._waiting("Errors"), *self.buffer]))
        if self.config.get("S3BackupMode") == "Enabled":
            self._count("BackupToS3.DataFreshness", age([*self._waiting("Backup"), *self.buffer]))
        if self.stream["kinesis_source"]:
            self._count("KinesisMillisBehindLatest", age(self.unread) * 1000)

    def _waiting(self, kind: str) -> list[Record]:
        return [record for one, _key, _body, batch in self.writes if one == kind for record in batch]

    def _count(self, metric: str, value: float) -> None:
        cloudwatch.record_metric("AWS/Firehose", metric, value, "None", {"DeliveryStreamName": self.stream["name"]})


def failure(record: Record, data: bytes, attempts: int, code: str, message: str) -> dict:
    """The line of JSON below the error prefix."""
    return {
        "attemptsMade": attempts,
        "arrivalTimestamp": record.arrival,
        "errorCode": code,
        "errorMessage": message,
        "attemptEndingTimestamp": int(time.time() * 1000),
        "rawData": base64.b64encode(data).decode(),
    }


def age(records: list[Record]) -> float:
    """Of the oldest, in CloudWatch's seconds."""
    return duration_on_aws(max((time.monotonic() - record.since for record in records), default=0))
