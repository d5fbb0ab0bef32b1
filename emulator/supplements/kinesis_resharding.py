"""A shard that was split or merged can be read to its end, and what was made of it is read after it.

AWS: "Strategies for resharding" (https://docs.aws.amazon.com/streams/latest/dev/kinesis-using-sdk-java-resharding.html) and "After resharding"
(https://docs.aws.amazon.com/streams/latest/dev/kinesis-using-sdk-java-after-resharding.html): the parent shards are closed, take no more
records, and keep those that they have until these expire; GetRecords at the end of a closed shard answers no next iterator. A shard that is
closed has an ending sequence number, and is no open shard.

The emulator alone: deletes the parents with what was not read of them.

This supplement: keeps them. UpdateShardCount makes new shards of equal size in one step, of those that they overlap, where AWS
splits and merges one after another. Event source mappings read the children of a shard when it is at its end (`lambda_stream_delivery`).
Not here: SubscribeToShard of a closed shard does not end.
"""

from ministack.services import kinesis

from supplements._patching import edit_function, expect_parameters


def apply() -> None:
    expect_parameters(kinesis._build_shards, "shard_count", "start_index")
    expect_parameters(kinesis._max_shard_index, "stream")
    kinesis.close_shard, kinesis.open_shards, kinesis.reshard = close, open_shards, reshard
    edit_function(kinesis._route_to_shard, 'in stream["shards"].items()', "in open_shards(stream).items()")
    for function, names in ((kinesis._merge_shards, ("s1_id", "s2_id")), (kinesis._split_shard, ("shard_id",))):
        for name in names:
            edit_function(function, f'{name} not in stream["shards"]', f"{name} not in open_shards(stream)")
            edit_function(function, f'del stream["shards"][{name}]', f"close_shard(stream, {name})")
    edit_function(kinesis._update_shard_count, 'len(stream["shards"])', "len(open_shards(stream))")
    edit_function(kinesis._update_shard_count, 'stream["shards"] = _build_shards(target)', "reshard(stream, target)")
    edit_function(kinesis._describe_stream_summary, 'len(stream["shards"])', "len(open_shards(stream))")
    edit_function(
        kinesis._shard_out,
        "    return result\n",
        """\
    if "ending_sequence_number" in shard:
        result["SequenceNumberRange"]["EndingSequenceNumber"] = shard["ending_sequence_number"]
    return result
""",
    )
    edit_function(
        kinesis._get_records,
        "    next_token = new_uuid()\n",
        """\
    if "ending_sequence_number" in shard and new_pos >= len(shard["records"]):
        return json_response({"Records": out_records, "MillisBehindLatest": 0})
    next_token = new_uuid()
""",
    )


def open_shards(stream: dict) -> dict:
    return {id: shard for id, shard in stream["shards"].items() if "ending_sequence_number" not in shard}


def close(stream: dict, shard_id: str) -> None:
    stream["shards"][shard_id]["ending_sequence_number"] = kinesis._next_sequence_number()


def reshard(stream: dict, target: int) -> None:
    parents = open_shards(stream)
    if len(parents) == target:
        return
    children = kinesis._build_shards(target, kinesis._max_shard_index(stream) + 1)
    for child in children.values():
        child["parents"] = [id for id, parent in parents.items() if overlap(child, parent)]
        child["parent_shard_id"], child["adjacent_parent_shard_id"] = (*child["parents"][:2], None)[:2]
    for shard_id in parents:
        close(stream, shard_id)
    stream["shards"].update(children)


def overlap(one: dict, other: dict) -> bool:
    (first, last), (begin, end) = ((int(shard["starting_hash_key"]), int(shard["ending_hash_key"])) for shard in (one, other))
    return first <= end and begin <= last
