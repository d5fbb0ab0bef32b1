"""On-failure destinations of streams: the supplement `lambda_stream_destination`."""

import json
import re

import pytest
from conftest import measured, within
from queues import ensure_role, queue, received
from streams import Fed

both = pytest.mark.parametrize("kind", ["kinesis", "dynamodb"])
TO = {"MaximumRetryAttempts": 1, "BatchSize": 2}
READ = ["kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:ListShards", "kinesis:GetRecords", "kinesis:GetShardIterator"]


def on_failure(arn: str) -> dict:
    return {"DestinationConfig": {"OnFailure": {"Destination": arn}}}


def kept(aws, bucket: str) -> tuple[str, dict]:
    """The first object of a bucket: its key and the document."""
    s3 = aws.client("s3")
    found = within(20 if aws.supplemented else 3, lambda: s3.list_objects_v2(Bucket=bucket).get("Contents"))
    return found[0]["Key"], json.loads(s3.get_object(Bucket=bucket, Key=found[0]["Key"])["Body"].read())


def failures(aws, name: str) -> float:
    return measured(aws, "AWS/Lambda", "DestinationDeliveryFailures", "Sum", FunctionName=name)


@both
def test_a_bucket_keeps_the_records(aws, kind):
    bucket = f"destination-bucket-{kind}"
    aws.client("s3").create_bucket(Bucket=bucket)
    fed = Fed(aws, f"destination-bucket-{kind}", kind)
    fed.put("1", kind="throws")
    fed.put("2")
    mapping = fed.map(**TO, **on_failure(f"arn:aws:s3:::{bucket}"))
    key, told = kept(aws, bucket)
    info = told.pop("KinesisBatchInfo" if kind == "kinesis" else "DDBStreamBatchInfo")
    event = json.loads(told.pop("payload"))
    [first, last] = event["Records"]
    context = told.pop("requestContext")
    assert (context["condition"], context["approximateInvokeCount"], context["functionArn"]) == ("RetryAttemptsExhausted", 2, fed.function)
    moment = told.pop("timestamp")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", moment)
    assert told == {"version": "1.0", "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}}
    day, time = moment[:10].replace("-", "/"), moment[:19].replace(":", ".")
    assert re.fullmatch(f"aws/lambda/{mapping}/{info['shardId']}/{day}/{time}-[0-9a-f-]{{36}}", key)
    numbers = [record["kinesis"]["sequenceNumber"] if kind == "kinesis" else record["dynamodb"]["SequenceNumber"] for record in (first, last)]
    assert [info.pop("startSequenceNumber"), info.pop("endSequenceNumber")] == numbers
    arrivals = [info.pop("approximateArrivalOfFirstRecord"), info.pop("approximateArrivalOfLastRecord")]
    assert all(re.fullmatch(r".{19}\.\d{3}Z" if kind == "kinesis" else r".{19}Z", arrival) for arrival in arrivals)
    assert (info["batchSize"], info["streamArn"]) == (2, fed.stream.arn)
    assert first["eventSourceARN"] == fed.stream.arn


@both
def test_a_queue_is_told_where_the_records_are(aws, kind):
    fed = Fed(aws, f"destination-queue-{kind}", kind)
    url, arn = queue(aws, f"{fed.name}-failed")
    fed.put("1", kind="named")
    fed.map(**TO, FunctionResponseTypes=["ReportBatchItemFailures"], **on_failure(arn))
    told = json.loads(received(aws, url)["Body"])
    assert told["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": None}
    assert "payload" not in told


def test_a_topic_is_told(aws):
    fed = Fed(aws, "destination-topic")
    url, arn = queue(aws, "destination-topic-failed")
    sns = aws.client("sns")
    topic = sns.create_topic(Name="destination-topic")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    fed.put("1", kind="throws")
    fed.map(**TO, **on_failure(topic))
    assert json.loads(received(aws, url)["Body"])["KinesisBatchInfo"]["batchSize"] == 1


@pytest.mark.parametrize("wrong", ["arn:aws:s3:::destination-missing", "arn:aws:sqs:us-east-1:000000000000:destination-missing", "fifo"])
def test_a_destination_that_takes_nothing_is_counted(aws, wrong):
    name = f"destination-wrong-{re.sub('[^a-z0-9]', '', wrong)}"
    arn = queue(aws, f"{name}.fifo", FifoQueue="true")[1] if wrong == "fifo" else wrong
    fed = Fed(aws, name)
    fed.put("1", kind="throws")
    fed.put("2")
    fed.map(MaximumRetryAttempts=1, BatchSize=1, **on_failure(arn))
    assert fed.given(3) == [["1"], ["1"], ["2"]]  # It is passed over.
    assert failures(aws, name) == 1


def test_the_role_of_the_function_sends(aws_with_iam):
    aws = aws_with_iam
    bucket = "destination-role"
    aws.client("s3").create_bucket(Bucket=bucket)
    ensure_role(aws, "any")
    fed = Fed(aws, "destination-role")
    reading = {"Effect": "Allow", "Action": READ, "Resource": fed.stream.arn}
    telling = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": fed.queue_arn}
    owned = {"StringEquals": {"s3:ResourceAccount": "000000000000"}}
    putting = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/*", "Condition": owned}
    listing = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}", "Condition": owned}
    role = ensure_role(aws, "destination-role", reading, telling)
    aws.client("lambda").update_function_configuration(FunctionName=fed.name, Role=role)
    fed.map(MaximumRetryAttempts=0, BatchSize=1, **on_failure(f"arn:aws:s3:::{bucket}"))
    patience = 20 if aws.supplemented else 2
    for count, allowed in enumerate([[], [putting], [listing]], start=1):
        ensure_role(aws, "destination-role", reading, telling, *allowed)
        fed.put("1", kind="throws")
        within(patience, lambda count=count: failures(aws, fed.name) == count)
    ensure_role(aws, "destination-role", reading, telling, putting, listing)
    fed.put("2", kind="throws")
    _key, told = kept(aws, bucket)
    assert len(json.loads(told["payload"])["Records"]) == 1


def test_an_alarm_can_count_what_a_bucket_keeps(aws):
    name = "destination-matched"
    s3, pattern = aws.client("s3"), {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": [name]}}}
    s3.create_bucket(Bucket=name)
    s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration={"EventBridgeConfiguration": {}})
    aws.client("events").put_rule(Name=name, EventPattern=json.dumps(pattern))
    fed = Fed(aws, name)
    fed.put("1", kind="throws")
    fed.map(**TO, **on_failure(f"arn:aws:s3:::{name}"))
    within(20 if aws.supplemented else 2, lambda: measured(aws, "AWS/Events", "MatchedEvents", "Sum", RuleName=name) == 1)
