"""Split and merged shards: the supplement `kinesis_resharding`."""

import pytest
from streams import Fed, Kinesis

HALF = str(2**127)


def read(stream: Kinesis, shard: str) -> tuple[int, bool]:
    """How many records a shard has, and whether that is its end."""
    iterator = stream.client.get_shard_iterator(StreamName=stream.name, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    found = stream.client.get_records(ShardIterator=iterator)
    return len(found["Records"]), "NextShardIterator" not in found


def shards(stream: Kinesis) -> dict[str, dict]:
    return {shard["ShardId"]: shard for shard in stream.client.list_shards(StreamName=stream.name)["Shards"]}


def test_a_split_shard_keeps_its_records(aws):
    stream = Kinesis(aws, "reshard-kept")
    stream.put("before")
    [parent] = shards(stream)
    stream.client.split_shard(StreamName=stream.name, ShardToSplit=parent, NewStartingHashKey=HALF)
    stream.put("after")
    found = shards(stream)
    assert len(found) == 3
    assert "EndingSequenceNumber" in found[parent]["SequenceNumberRange"]
    assert read(stream, parent) == (1, True)
    children = [id for id, shard in found.items() if shard.get("ParentShardId") == parent]
    assert sum(read(stream, child)[0] for child in children) == 1
    assert stream.client.describe_stream_summary(StreamName=stream.name)["StreamDescriptionSummary"]["OpenShardCount"] == 2
    with pytest.raises(stream.client.exceptions.ResourceNotFoundException):
        stream.client.split_shard(StreamName=stream.name, ShardToSplit=parent, NewStartingHashKey=HALF)


def test_merged_shards_keep_their_records(aws):
    stream = Kinesis(aws, "reshard-merged", shards=2)
    for key in "abcdefgh":
        stream.put(key, key=key)
    one, other = shards(stream)
    stream.client.merge_shards(StreamName=stream.name, ShardToMerge=one, AdjacentShardToMerge=other)
    assert len(shards(stream)) == 3
    assert read(stream, one)[0] + read(stream, other)[0] == 8


@pytest.mark.parametrize("change", ["split", "merge", "count"])
def test_the_children_are_read_after_their_parents(aws, change):
    fed = Fed(aws, f"reshard-order-{change}", shards=2 if change == "merge" else 1)
    for number in range(3):
        fed.put(f"parent {number}", key="a", **({"kind": "throws"} if number == 1 else {}))
    client, name = fed.stream.client, fed.name
    first, *rest = shards(fed.stream)
    if change == "split":
        client.split_shard(StreamName=name, ShardToSplit=first, NewStartingHashKey=HALF)
    elif change == "merge":
        client.merge_shards(StreamName=name, ShardToMerge=first, AdjacentShardToMerge=rest[0])
    else:
        client.update_shard_count(StreamName=name, TargetShardCount=2, ScalingType="UNIFORM_SCALING")
    for number in range(3):
        fed.put(f"child {number}", key="a")
    fed.map(BatchSize=1, MaximumRetryAttempts=2)
    given = [batch[0] for batch in fed.given(8)]
    assert given == ["parent 0", "parent 1", "parent 1", "parent 1", "parent 2", "child 0", "child 1", "child 2"]
