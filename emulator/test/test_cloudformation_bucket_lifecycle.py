import pytest
from botocore.exceptions import ClientError

RULES = [
    {
        "Id": "claims",
        "Status": "Enabled",
        "ExpirationInDays": 55,
        "NoncurrentVersionExpiration": {"NoncurrentDays": 1, "NewerNoncurrentVersions": 2},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
    },
    {
        "Id": "reports",
        "Status": "Disabled",
        "Prefix": "reports/",
        "TagFilters": [{"Key": "kind", "Value": "daily"}],
        "NoncurrentVersionExpirationInDays": 3,
        "ExpiredObjectDeleteMarker": True,
        "Transitions": [{"StorageClass": "GLACIER", "TransitionInDays": 30}],
    },
    {"Id": "old", "Status": "Enabled", "Prefix": "old/", "ExpirationInDays": 1},
]


def deploy(aws, **properties) -> str:
    return aws.deploy("lifecycle", {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": properties}})["Bucket"]


def rules_of(aws, bucket: str) -> list:
    try:
        return aws.client("s3").get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    except ClientError as error:
        assert error.response["Error"]["Code"] == "NoSuchLifecycleConfiguration"
        return []


def test_a_bucket_has_the_rules_of_its_template(aws):
    bucket = deploy(aws, LifecycleConfiguration={"Rules": RULES})
    found = rules_of(aws, bucket)
    assert len(found) == 3
    claims, reports, old = found
    assert claims == {
        "ID": "claims",
        "Filter": {},
        "Status": "Enabled",
        "Expiration": {"Days": 55},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 1, "NewerNoncurrentVersions": 2},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
    }
    assert reports["Filter"]["And"]["Prefix"] == "reports/"
    assert reports["Filter"]["And"]["Tags"] == [{"Key": "kind", "Value": "daily"}]
    assert (reports["Status"], reports["NoncurrentVersionExpiration"]) == ("Disabled", {"NoncurrentDays": 3})
    assert reports["Expiration"] == {"ExpiredObjectDeleteMarker": True}
    assert reports["Transitions"] == [{"Days": 30, "StorageClass": "GLACIER"}]
    assert old["Filter"] == {"Prefix": "old/"}

    deploy(aws, LifecycleConfiguration={"Rules": [{"Status": "Enabled", "ExpirationInDays": 60}]})
    assert [rule["Expiration"] for rule in rules_of(aws, bucket)] == [{"Days": 60}]
    deploy(aws)
    assert rules_of(aws, bucket) == []


def test_a_rule_that_s3_refuses_fails_the_stack(aws):
    rules = [{"Status": "Enabled", "ExpirationInDays": 0}]
    with pytest.raises(AssertionError, match="positive integer"):
        aws.deploy("bad-lifecycle", {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"LifecycleConfiguration": {"Rules": rules}}}})
        raise AssertionError("made")
