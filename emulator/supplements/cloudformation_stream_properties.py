"""A Kinesis stream has the encryption and the number of shards of its template.

AWS: "AWS::Kinesis::Stream" (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kinesis-stream.html):
StreamEncryption and ShardCount are changed without interruption; without StreamEncryption the records are not encrypted, without
RetentionPeriodHours they are kept for a day.

The emulator alone: drops the encryption; a changed number of shards and a removed retention are ignored.

This supplement: applies them by the API.
"""

from ministack.services import kinesis
from ministack.services.cloudformation import provisioners

from supplements._patching import expect_parameters


def apply() -> None:
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Kinesis::Stream"]
    create, update = handlers["create"], handlers["update"]
    expect_parameters(create, "logical_id", "props", "stack_name")
    expect_parameters(update, "physical_id", "old_props", "new_props", "stack_name")
    for change in (kinesis._start_stream_encryption, kinesis._stop_stream_encryption, kinesis._update_shard_count):
        expect_parameters(change, "data")

    def create_stream(logical_id, props, stack_name):
        name, attributes = create(logical_id, props, stack_name)
        encrypt(name, props)
        return name, attributes

    def update_stream(physical_id, old_props, new_props, stack_name):
        kept = {"RetentionPeriodHours": 24} if "RetentionPeriodHours" in old_props else {}
        name, attributes = update(physical_id, old_props, {**kept, **new_props}, stack_name)
        encrypt(name, new_props)
        if "ShardCount" in new_props and new_props["ShardCount"] != old_props.get("ShardCount"):
            kinesis._update_shard_count({"StreamName": name, "TargetShardCount": new_props["ShardCount"]})
        return name, attributes

    handlers["create"], handlers["update"] = create_stream, update_stream


def encrypt(name: str, props: dict) -> None:
    if encryption := props.get("StreamEncryption"):
        kinesis._start_stream_encryption({"StreamName": name, **encryption})
    else:
        kinesis._stop_stream_encryption({"StreamName": name})
