"""Firehose writes to S3 as documented: the supplement `firehose_delivery`."""

import base64
import gzip
import json
import re

import pytest
from conftest import measured, within
from queues import ensure_role

TRANSFORM = """
exports.handler = async ({ records }) => ({
  records: records.map(({ recordId, data }) => {
    const text = Buffer.from(data, 'base64').toString();
    if (text.startsWith('throw')) throw new Error('as told');
    const result = { fail: 'ProcessingFailed', drop: 'Dropped' }[text.split('-')[0]] ?? 'Ok';
    return text.startsWith('forget') ? undefined : { recordId, result, data: Buffer.from(text.toUpperCase()).toString('base64') };
  }).filter(Boolean),
});
"""


@pytest.fixture
def aws(aws_with_iam):
    return aws_with_iam


class Lake:
    """A bucket and a delivery stream that may write to it, with a function if asked for."""

    def __init__(self, aws, name: str, transform: bool = False, source: str | None = None, **destination):
        self.aws, self.name = aws, name
        self.bucket = f"arn:aws:s3:::{name}"
        aws.client("s3").create_bucket(Bucket=name)
        self.role = self.allow("s3:PutObject", "lambda:InvokeFunction", "lambda:GetFunctionConfiguration", "kinesis:*")
        if transform:
            ensure_role(aws, "any")
            self.arn = aws.function(name, TRANSFORM, "nodejs22.x", Timeout=10)
            parameters = [{"ParameterName": "LambdaArn", "ParameterValue": self.arn}]
            destination["ProcessingConfiguration"] = {"Enabled": True, "Processors": [{"Type": "Lambda", "Parameters": parameters}]}
        self.firehose = aws.client("firehose")
        kinesis = {"KinesisStreamSourceConfiguration": {"KinesisStreamARN": source, "RoleARN": self.role}} if source else {}
        self.firehose.create_delivery_stream(
            DeliveryStreamName=name,
            DeliveryStreamType="KinesisStreamAsSource" if source else "DirectPut",
            **kinesis,
            ExtendedS3DestinationConfiguration={
                "BucketARN": self.bucket,
                "RoleARN": self.role,
                "Prefix": "data/",
                "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/",
                "BufferingHints": {"IntervalInSeconds": 60, "SizeInMBs": 5},
                **destination,
            },
        )

    def allow(self, *actions: str) -> str:
        """What the role may do, and nothing else: of the bucket only while it is one of this account."""
        condition = {"StringEquals": {"s3:ResourceAccount": "000000000000"}}
        puts = [{"Effect": "Allow", "Action": action, "Resource": "*", **({"Condition": condition} if action.startswith("s3:") else {})} for action in actions]
        arn = ensure_role(self.aws, self.name, *puts, {"Effect": "Deny", "Action": "s3:PutObject", "Resource": f"{self.bucket}/denied/*"})
        trust = {"Effect": "Allow", "Principal": {"Service": "firehose.amazonaws.com"}, "Action": "sts:AssumeRole"}
        self.aws.client("iam").update_assume_role_policy(RoleName=self.name, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
        return arn

    def put(self, *texts: str) -> None:
        self.firehose.put_record_batch(DeliveryStreamName=self.name, Records=[{"Data": text.encode()} for text in texts])

    def objects(self, prefix: str) -> dict[str, bytes]:
        s3 = self.aws.client("s3")
        found = s3.list_objects_v2(Bucket=self.name, Prefix=prefix).get("Contents") or []
        return {one["Key"]: s3.get_object(Bucket=self.name, Key=one["Key"])["Body"].read() for one in found}

    def arrived(self, prefix: str) -> tuple[str, bytes]:
        """The one object with this prefix, when it is there."""
        found = within(15 if self.aws.supplemented else 3, lambda: self.objects(prefix))
        assert len(found) == 1
        return next(iter(found.items()))

    def failed(self) -> list[dict]:
        return [json.loads(line) for line in self.arrived("errors/processing-failed/")[1].decode().splitlines()]

    def metric(self, name: str, statistic: str) -> float:
        return measured(self.aws, "AWS/Firehose", name, statistic, DeliveryStreamName=self.name)


def test_records_that_come_together_are_one_object(aws):
    lake = Lake(aws, "firehose-one", CompressionFormat="GZIP", ProcessingConfiguration={"Enabled": True, "Processors": [{"Type": "AppendDelimiterToRecord"}]})
    lake.put("a", "b")
    lake.put("c")
    key, body = lake.arrived("data/")
    assert re.fullmatch(r"data/\d{4}/\d\d/\d\d/\d\d/firehose-one-1-[\d-]+-[0-9a-f-]{36}\.gz", key)
    assert gzip.decompress(body) == b"a\nb\nc\n"


def test_records_are_put_into_folders_by_their_keys_and_those_without_are_kept(aws):
    query = [{"ParameterName": "MetadataExtractionQuery", "ParameterValue": '{"kind":(.kind),"shop":(.shop.id)}'}, {"ParameterName": "JsonParsingEngine", "ParameterValue": "JQ-1.6"}]
    lake = Lake(
        aws,
        "firehose-sorted",
        Prefix="data/kind=!{partitionKeyFromQuery:kind}/shop=!{partitionKeyFromQuery:shop}/!{timestamp:yyyy}/",
        BufferingHints={"IntervalInSeconds": 60, "SizeInMBs": 64},
        DynamicPartitioningConfiguration={"Enabled": True},
        ProcessingConfiguration={"Enabled": True, "Processors": [{"Type": "MetadataExtraction", "Parameters": query}, {"Type": "AppendDelimiterToRecord"}]},
    )
    books = [f'{{"kind":"book","shop":{{"id":1}},"number":{number}}}' for number in (1, 2)]
    nowhere = ['{"kind":"book"}', '{"kind":"","shop":[]}', "no json"]
    lake.put(books[0], nowhere[0], '{"kind":"game","shop":{"id":1}}', *nowhere[1:], books[1])
    kept = lake.failed()
    assert [base64.b64decode(one["rawData"]).decode() for one in kept] == nowhere
    assert {(one["attemptsMade"], one["errorCode"]) for one in kept} == {(1, "DynamicPartitioning.MetadataExtractionFailed")}
    year = r"\d{4}/firehose-sorted-1-[\d-]+-[0-9a-f-]{36}"
    folders = sorted(lake.objects("data/").items())
    assert [re.sub(year, "", key) for key, _body in folders] == ["data/kind=book/shop=1/", "data/kind=game/shop=1/"]
    assert folders[0][1].decode() == f"{books[0]}\n{books[1]}\n"


def test_what_cannot_be_transformed_is_kept_in_lines_of_json(aws):
    lake = Lake(aws, "firehose-failed", transform=True)
    lake.put("ok-1", "fail-2", "forget-3", "drop-4", "ok-5")
    assert lake.arrived("data/")[1] == b"OK-1OK-5"
    marked, forgotten = lake.failed()
    assert [base64.b64decode(one["rawData"]) for one in (marked, forgotten)] == [b"fail-2", b"forget-3"]
    assert [one["errorCode"] for one in (marked, forgotten)] == ["Lambda.ProcessingFailedStatus", "Lambda.MissingRecordId"]
    assert (marked["attemptsMade"], marked["lambdaArn"]) == (1, lake.arn)
    assert set(marked) == {"attemptsMade", "arrivalTimestamp", "errorCode", "errorMessage", "attemptEndingTimestamp", "rawData", "lambdaArn"}


def test_a_function_that_throws_is_invoked_four_times(aws):
    lake = Lake(aws, "firehose-throws", transform=True)
    lake.put("ok-1", "throw-2")
    kept = lake.failed()
    assert [(one["attemptsMade"], one["errorCode"]) for one in kept] == [(4, "Lambda.FunctionError")] * 2
    assert lake.objects("data/") == {}
    assert lake.metric("ExecuteProcessing.Success", "SampleCount") == 4
    assert lake.metric("ExecuteProcessing.Success", "Sum") == 0


def test_a_function_that_may_not_be_invoked_is_told(aws):
    lake = Lake(aws, "firehose-uninvoked", transform=True)
    lake.allow("s3:PutObject", "lambda:InvokeFunction")
    lake.put("ok-1")
    assert lake.failed()[0]["errorCode"] == "Lambda.InvokeAccessDenied"


def test_records_are_kept_as_they_came(aws):
    backup = {"BucketARN": "arn:aws:s3:::firehose-backup", "RoleARN": "arn:aws:iam::000000000000:role/firehose-backup", "Prefix": "source/"}
    lake = Lake(aws, "firehose-backup", transform=True, S3BackupMode="Enabled", S3BackupConfiguration=backup)
    lake.put("ok-1", "drop-2")
    assert lake.arrived("source/")[1] == b"ok-1drop-2"
    assert lake.arrived("data/")[1] == b"OK-1"


def test_what_the_role_may_not_write_waits_and_grows_old(aws):
    lake = Lake(aws, "firehose-denied")
    lake.allow("lambda:InvokeFunction")
    lake.put("a")
    assert within(20 if aws.supplemented else 3, lambda: lake.metric("DeliveryToS3.DataFreshness", "Maximum") > 180)
    assert lake.objects("") == {}
    lake.allow("s3:PutObject")
    assert lake.arrived("data/")[1] == b"a"


def test_a_stream_is_read_as_the_role(aws):
    kinesis = aws.client("kinesis")
    kinesis.create_stream(StreamName="firehose-source", ShardCount=1)
    arn = kinesis.describe_stream(StreamName="firehose-source")["StreamDescription"]["StreamARN"]
    lake = Lake(aws, "firehose-source", source=arn)
    lake.allow("s3:PutObject")
    kinesis.put_record(StreamName="firehose-source", Data=b"a", PartitionKey="1")
    assert within(20 if aws.supplemented else 3, lambda: lake.metric("KinesisMillisBehindLatest", "Maximum") > 120_000)
    assert lake.objects("") == {}
    lake.allow("s3:PutObject", "kinesis:*")
    assert lake.arrived("data/")[1] == b"a"
