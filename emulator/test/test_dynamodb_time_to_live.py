"""What a stream says of expired items: the supplement `dynamodb_time_to_live`."""

import time

from conftest import within
from streams import Fed, Table

SERVICE = {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}


def expiring(aws, name: str) -> Table:
    table = Table(aws, name)
    table.client.update_time_to_live(TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"})
    table.client.put_item(TableName=name, Item={"id": {"S": "expired"}, "until": {"N": str(int(time.time()) - 1)}})
    return table


def test_the_record_of_an_expired_item_names_the_service(aws):
    table = expiring(aws, "ttl-told")
    table.put("deleted")
    table.client.delete_item(TableName="ttl-told", Key={"id": {"S": "deleted"}})
    streams = aws.client("dynamodbstreams")
    [shard] = streams.describe_stream(StreamArn=table.arn)["StreamDescription"]["Shards"]

    def removed() -> dict | None:
        start = streams.get_shard_iterator(StreamArn=table.arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        records = streams.get_records(ShardIterator=start)["Records"]
        found = {record["dynamodb"]["Keys"]["id"]["S"]: record for record in records if record["eventName"] == "REMOVE"}
        return found if len(found) == 2 else None

    found = within(20 if aws.supplemented else 2, removed)
    assert found["expired"]["userIdentity"] == SERVICE
    assert found["expired"]["dynamodb"]["OldImage"]["id"] == {"S": "expired"}
    assert "userIdentity" not in found["deleted"]


def test_a_filter_tells_expired_items_from_deleted_ones(aws):
    fed = Fed(aws, "ttl-filtered", "dynamodb")
    fed.stream.client.update_time_to_live(TableName=fed.name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"})
    wanted = '{"userIdentity": {"type": ["Service"], "principalId": ["dynamodb.amazonaws.com"]}}'
    fed.map(FilterCriteria={"Filters": [{"Pattern": wanted}]})
    fed.put("deleted")
    fed.stream.client.delete_item(TableName=fed.name, Key={"id": {"S": "deleted"}})
    fed.stream.client.put_item(TableName=fed.name, Item={"id": {"S": "expired"}, "until": {"N": str(int(time.time()) - 1)}})
    assert fed.given(1) == [["gone"]]
    assert fed.rests()
