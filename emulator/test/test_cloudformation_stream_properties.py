"""Templates of streams and their event sources: the supplements `cloudformation_stream_properties` and what others do for streams."""

import json

import pytest
from test_cloudformation_function_properties import template

KEY = "arn:aws:kms:us-east-1:000000000000:key/stream"


def stream(**properties) -> dict:
    return {"Stream": {"Type": "AWS::Kinesis::Stream", "Properties": properties}}


def summary(aws, name: str) -> dict:
    return aws.client("kinesis").describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]


def test_a_stream_has_its_encryption_and_shards(aws):
    encrypted = {"StreamEncryption": {"EncryptionType": "KMS", "KeyId": KEY}}
    name = aws.deploy("stream-properties", stream(**encrypted, ShardCount=1, RetentionPeriodHours=168))["Stream"]
    found = summary(aws, name)
    assert (found["EncryptionType"], found.get("KeyId"), found["RetentionPeriodHours"], found["OpenShardCount"]) == ("KMS", KEY, 168, 1)
    aws.deploy("stream-properties", stream(ShardCount=2))
    found = summary(aws, name)
    assert (found["EncryptionType"], found["RetentionPeriodHours"], found["OpenShardCount"]) == ("NONE", 24, 2)


def test_a_template_makes_and_deletes_a_consumer(aws):
    consumer = {
        "Type": "AWS::Kinesis::StreamConsumer",
        "Properties": {"ConsumerName": "one", "StreamARN": {"Fn::GetAtt": ["Stream", "Arn"]}, "Tags": [{"Key": "k", "Value": "v"}]},
    }
    parameter = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Fn::GetAtt": ["Consumer", "ConsumerARN"]}}}
    ids = aws.deploy("stream-consumer", {**stream(), "Consumer": consumer, "Parameter": parameter})
    kinesis = aws.client("kinesis")
    arn = summary(aws, ids["Stream"])["StreamARN"]
    [found] = kinesis.list_stream_consumers(StreamARN=arn)["Consumers"]
    assert ids["Consumer"] == found["ConsumerARN"]
    assert aws.client("ssm").get_parameter(Name=ids["Parameter"])["Parameter"]["Value"] == found["ConsumerARN"]
    aws.deploy("stream-consumer", stream())
    assert kinesis.list_stream_consumers(StreamARN=arn)["Consumers"] == []


def test_a_template_makes_changes_and_deletes_a_policy(aws):
    def policy(action: str) -> dict:
        statement = {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": action, "Resource": {"Fn::GetAtt": ["Stream", "Arn"]}}
        document = {"Version": "2012-10-17", "Statement": [statement]}
        return {"Type": "AWS::Kinesis::ResourcePolicy", "Properties": {"ResourceArn": {"Fn::GetAtt": ["Stream", "Arn"]}, "ResourcePolicy": document}}

    def actions(arn: str) -> list[str]:
        document = json.loads(aws.client("kinesis").get_resource_policy(ResourceARN=arn)["Policy"])
        return [statement["Action"] for statement in document.get("Statement", [])]

    ids = aws.deploy("stream-policy", {**stream(), "Policy": policy("kinesis:GetRecords")})
    assert ids["Policy"] == summary(aws, ids["Stream"])["StreamARN"]
    assert actions(ids["Policy"]) == ["kinesis:GetRecords"]
    aws.deploy("stream-policy", {**stream(), "Policy": policy("kinesis:ListShards")})
    assert actions(ids["Policy"]) == ["kinesis:ListShards"]
    aws.deploy("stream-policy", stream())
    assert actions(ids["Policy"]) == []


SETTINGS = {
    "MaximumRetryAttempts": 3,
    "MaximumRecordAgeInSeconds": 600,
    "BisectBatchOnFunctionError": True,
    "ParallelizationFactor": 2,
    "TumblingWindowInSeconds": 60,
    "MetricsConfig": {"Metrics": ["EventCount"]},
    "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:s3:::failures"}},
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
}


def mapped(**properties) -> dict:
    source = {"EventSourceArn": {"Fn::GetAtt": ["Stream", "Arn"]}, "FunctionName": {"Ref": "Function"}}
    return {**template(), **stream(), "Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {**source, **properties}}}


def test_a_mapping_of_a_stream_has_its_properties(aws):
    start = {"StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": 1_700_000_000}
    ids = aws.deploy("stream-mapping", mapped(**start, **SETTINGS))
    functions = aws.client("lambda")
    found = functions.get_event_source_mapping(UUID=ids["Mapping"])
    assert {name: found.get(name) for name in SETTINGS} == SETTINGS
    assert found["BatchSize"] == 100
    assert found["StartingPositionTimestamp"].timestamp() == 1_700_000_000
    after = aws.deploy("stream-mapping", mapped(**start))
    assert after["Mapping"] == ids["Mapping"]
    found = functions.get_event_source_mapping(UUID=ids["Mapping"])
    assert {name: found.get(name) for name in SETTINGS if found.get(name)} == {}


@pytest.mark.also_alone
@pytest.mark.parametrize("kind", ["Table", "GlobalTable"])
def test_a_table_has_its_stream(aws, kind):
    replicas = {"Replicas": [{"Region": "us-east-1"}]} if kind == "GlobalTable" else {}
    properties = {
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
        **replicas,
    }
    table = {"Type": f"AWS::DynamoDB::{kind}", "Properties": properties}
    parameter = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Fn::GetAtt": ["Table", "StreamArn"]}}}
    ids = aws.deploy(f"stream-of-{kind.lower()}", {"Table": table, "Parameter": parameter})
    found = aws.client("dynamodb").describe_table(TableName=ids["Table"])["Table"]
    assert aws.client("ssm").get_parameter(Name=ids["Parameter"])["Parameter"]["Value"] == found["LatestStreamArn"]
    described = aws.client("dynamodbstreams").describe_stream(StreamArn=found["LatestStreamArn"])["StreamDescription"]
    assert described["StreamViewType"] == "NEW_AND_OLD_IMAGES"
