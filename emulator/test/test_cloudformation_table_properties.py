import pytest

KEY = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
    "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
}
TTL = {"TimeToLiveSpecification": {"AttributeName": "expiresAt", "Enabled": True}}
RECOVERY = {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}, "DeletionProtectionEnabled": True}


def settings(aws, table: str) -> dict:
    dynamodb = aws.client("dynamodb")
    time_to_live = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    backups = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    description = dynamodb.describe_table(TableName=table)["Table"]
    return {
        "time to live": (time_to_live["TimeToLiveStatus"], time_to_live.get("AttributeName")),
        "recovery": backups["PointInTimeRecoveryStatus"],
        "protection": description["DeletionProtectionEnabled"],
        "stream": description["StreamSpecification"]["StreamViewType"],
    }


@pytest.mark.parametrize("kind", ["Table", "GlobalTable"])
def test_a_table_has_the_settings_of_its_template(aws, kind):
    def deploy(time_to_live: dict, recovery: dict) -> str:
        by_kind = recovery if kind == "Table" else {"Replicas": [{"Region": "us-east-1", **recovery}]}
        table = {"Type": f"AWS::DynamoDB::{kind}", "Properties": {**KEY, **time_to_live, **by_kind}}
        return aws.deploy(f"table-properties-{kind.lower()}", {"Table": table})["Table"]

    table = deploy(TTL, RECOVERY)
    on = {"time to live": ("ENABLED", "expiresAt"), "recovery": "ENABLED", "protection": True, "stream": "NEW_AND_OLD_IMAGES"}
    assert settings(aws, table) == on
    aws.client("dynamodb").put_item(TableName=table, Item={"id": {"S": "kept"}})
    assert deploy({}, {}) == table
    off = {**on, "time to live": ("DISABLED", None), "recovery": "DISABLED", "protection": False}
    assert settings(aws, table) == off
    assert aws.client("dynamodb").scan(TableName=table)["Count"] == 1
