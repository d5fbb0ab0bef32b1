"""The emulator has this already; the supplements of EventBridge and CloudFormation must not break it.

AWS: "Using EventBridge" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html) and "Event message structure"
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html).
"""

import json

import pytest
from queues import allowing, queue, received


@pytest.mark.also_alone
def test_a_bucket_tells_of_its_objects(aws):
    s3, events = aws.client("s3"), aws.client("events")
    configuration = {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    bucket_type = {"Type": "AWS::S3::Bucket", "Properties": {"NotificationConfiguration": configuration}}
    bucket = aws.deploy("tells-of-objects", {"Bucket": bucket_type})["Bucket"]
    url, arn = queue(aws, "tells-of-objects")
    pattern = {"source": ["aws.s3"], "detail": {"bucket": {"name": [bucket]}, "object": {"key": [{"prefix": "in/"}]}}}
    rule = events.put_rule(Name="tells-of-objects", EventPattern=json.dumps(pattern))["RuleArn"]
    aws.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": allowing("events.amazonaws.com", arn, rule)})
    events.put_targets(Rule="tells-of-objects", Targets=[{"Id": "queue", "Arn": arn}])

    put = s3.put_object(Bucket=bucket, Key="in/a b+ü", Body=b"0123456789")
    s3.copy_object(Bucket=bucket, Key="in/copied", CopySource={"Bucket": bucket, "Key": "in/a b+ü"})
    upload = s3.create_multipart_upload(Bucket=bucket, Key="in/parts")["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="in/parts", UploadId=upload, PartNumber=1, Body=b"01234")["ETag"]
    s3.complete_multipart_upload(Bucket=bucket, Key="in/parts", UploadId=upload, MultipartUpload={"Parts": [{"ETag": part, "PartNumber": 1}]})
    s3.delete_object(Bucket=bucket, Key="in/copied")
    s3.put_object(Bucket=bucket, Key="elsewhere", Body=b"")

    found = [json.loads(received(aws, url)["Body"]) for _ in range(4)]
    assert all(event["resources"] == [f"arn:aws:s3:::{bucket}"] for event in found)
    by_order = sorted(found, key=lambda event: event["detail"]["object"]["sequencer"])
    assert [(event["detail-type"], event["detail"]["reason"], event["detail"]["object"]["key"]) for event in by_order] == [
        ("Object Created", "PutObject", "in/a b+ü"),
        ("Object Created", "CopyObject", "in/copied"),
        ("Object Created", "CompleteMultipartUpload", "in/parts"),
        ("Object Deleted", "DeleteObject", "in/copied"),
    ]
    assert [event["detail"]["object"]["size"] for event in by_order[:3]] == [10, 10, 5]
    assert by_order[0]["detail"]["object"]["etag"] == put["ETag"].strip('"')
    assert by_order[3]["detail"]["deletion-type"] == "Permanently Deleted"
