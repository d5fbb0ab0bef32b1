"""Streams of the tests, and a function that tells what it was given and then behaves as its records say."""

import json

from conftest import within
from queues import queue, received

BEHAVES = """
import base64, json, boto3
SQS = boto3.client("sqs")
def handler(event, context):
    records = event["Records"]
    items = [json.loads(base64.b64decode(record["kinesis"]["data"])) if "kinesis" in record
             else {key: value["S"] for key, value in record["dynamodb"].get("NewImage", {"id": {"S": "gone"}}).items()} for record in records]
    numbers = [record.get("kinesis", {}).get("sequenceNumber") or record["dynamodb"]["SequenceNumber"] for record in records]
    SQS.send_message(QueueUrl=%r, MessageBody=json.dumps([item["id"] for item in items]))
    kinds = [item.get("kind") for item in items]
    if "throws" in kinds:
        raise ValueError("as told")
    answers = [item["answer"] for item in items if "answer" in item]
    if answers:
        return json.loads(answers[0])
    return {"batchItemFailures": [{"itemIdentifier": number} for number, kind in zip(numbers, kinds) if kind == "named"]}
"""


class Kinesis:
    def __init__(self, aws, name: str, shards: int = 1):
        self.client, self.name = aws.client("kinesis"), name
        self.client.create_stream(StreamName=name, ShardCount=shards)
        self.arn = self.client.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"]

    def put(self, id: str, key: str = "any", **texts: str) -> str:
        """The record's sequence number."""
        return self.client.put_record(StreamName=self.name, PartitionKey=key, Data=json.dumps({"id": id, **texts}))["SequenceNumber"]


class Table:
    def __init__(self, aws, name: str):
        self.client, self.name = aws.client("dynamodb"), name
        created = self.client.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        self.arn = created["TableDescription"]["LatestStreamArn"]

    def put(self, id: str, **texts: str) -> None:
        self.client.put_item(TableName=self.name, Item={key: {"S": text} for key, text in {"id": id, **texts}.items()})


KINDS = {"kinesis": Kinesis, "dynamodb": Table}


class Fed:
    """A stream, and a function that is fed from it."""

    def __init__(self, aws, name: str, kind: str = "kinesis", **stream):
        self.aws, self.name = aws, name
        self.stream = KINDS[kind](aws, name, **stream)
        self.put = self.stream.put
        self.url, self.queue_arn = queue(aws, f"{name}-given")
        self.function = aws.function(name, BEHAVES % self.url, "python3.12", Timeout=10)

    def map(self, start: str = "TRIM_HORIZON", **settings) -> str:
        mapping = self.aws.client("lambda").create_event_source_mapping(
            FunctionName=self.name, EventSourceArn=self.stream.arn, StartingPosition=start, **settings
        )
        return mapping["UUID"]

    def given(self, count: int, seconds_alone: int = 3) -> list[list[str]]:
        """The next batches that the function gets."""
        return [json.loads(received(self.aws, self.url, seconds_alone)["Body"]) for _ in range(count)]

    def rests(self) -> bool:
        """Whether the function gets nothing for a while."""
        return "Messages" not in self.aws.client("sqs").receive_message(QueueUrl=self.url, WaitTimeSeconds=2, VisibilityTimeout=0)

    def result_of(self, mapping: str) -> str:
        return self.aws.client("lambda").get_event_source_mapping(UUID=mapping)["LastProcessingResult"]

    def ends_with(self, mapping: str, words: str) -> bool:
        return within(20 if self.aws.supplemented else 2, lambda: words in self.result_of(mapping))
