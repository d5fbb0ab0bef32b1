import json

import pytest
from botocore.exceptions import ClientError

TLS_ONLY = {"Effect": "Deny", "Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}


def refused(call) -> bool:
    try:
        call()
    except ClientError as error:
        assert error.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException"), error
        return True
    return False


def test_a_queue_with_a_tls_only_policy_can_be_used(aws_with_iam):
    sqs = aws_with_iam.client("sqs")
    queue = sqs.create_queue(QueueName="tls-only")["QueueUrl"]
    policy = {"Version": "2012-10-17", "Statement": [{**TLS_ONLY, "Action": "sqs:*", "Resource": "*"}]}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})
    assert not refused(lambda: sqs.send_message(QueueUrl=queue, MessageBody="hello"))


def test_a_bucket_with_a_tls_only_policy_can_be_used(aws_with_iam):
    aws_with_iam.client("s3").create_bucket(Bucket="tls-only")
    policy = {"Version": "2012-10-17", "Statement": [{**TLS_ONLY, "Action": "s3:*", "Resource": ["arn:aws:s3:::tls-only", "arn:aws:s3:::tls-only/*"]}]}
    aws_with_iam.client("s3").put_bucket_policy(Bucket="tls-only", Policy=json.dumps(policy))
    # A user of the account: the emulator lets its root user pass a bucket policy.
    iam = aws_with_iam.client("iam")
    iam.create_user(UserName="publisher")
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    iam.put_user_policy(UserName="publisher", PolicyName="s3", PolicyDocument=json.dumps(allow))
    key = iam.create_access_key(UserName="publisher")["AccessKey"]
    publisher = aws_with_iam.client("s3", key["AccessKeyId"], key["SecretAccessKey"])
    assert not refused(lambda: publisher.put_object(Bucket="tls-only", Key="k", Body=b"hello"))


@pytest.mark.also_alone
def test_other_denials_still_deny(aws_with_iam):
    sqs = aws_with_iam.client("sqs")
    queue = sqs.create_queue(QueueName="closed")["QueueUrl"]
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}]}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})
    assert refused(lambda: sqs.send_message(QueueUrl=queue, MessageBody="hello"))
