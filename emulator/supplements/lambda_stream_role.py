"""An event source mapping reads its stream as the function's role.

AWS: "Using Lambda to process records from Amazon Kinesis Data Streams"
(https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html) and "Process DynamoDB records with Lambda"
(https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html): what the execution role needs; a mapping whose role
lacks it is refused. "Creating a Kinesis stream consumer": kinesis:SubscribeToShard in place of GetRecords. Who reads a stream with a customer
key needs kms:Decrypt. A permission that is lost later ends the reading: the records stay until they expire.

The emulator alone: reads any stream of its account for any function, also with IAM enforced.

This supplement: with IAM enforced it asks the role, when the mapping is made or gets another function, and on each read. The mapping's
LastProcessingResult names what is missing, in words of its own. AWS does not say whether a missing kms:Decrypt refuses the mapping; here it
does not. The stream of another account needs its policy too.
"""

from ministack import app
from ministack.services import kinesis, lambda_svc

from supplements import _roles, lambda_event_source_role
from supplements._patching import expect_parameters

OF_STREAM = ("DescribeStream", "DescribeStreamSummary", "ListShards")
BY_POLLING = ("GetRecords", "GetShardIterator")
BY_CONSUMER = ("DescribeStreamConsumer", "SubscribeToShard")
OF_TABLE = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")


def apply() -> None:
    _roles.expect_roles()
    expect_parameters(kinesis.mapping_read_denied, "stream_arn", "role_arn", "function_name", "mapping_account")
    why_no_queue = lambda_event_source_role.why_not_mapped
    expect_parameters(why_no_queue, "source_arn", "function_name", "qualifier")

    def why_not_mapped(source_arn: str, function_name: str, qualifier: str | None) -> str | None:
        return why_no_queue(source_arn, function_name, qualifier) or why_no_stream(source_arn, function_name, qualifier)

    lambda_svc.why_not_mapped = lambda_event_source_role.why_not_mapped = why_not_mapped


def needed(source_arn: str) -> list[tuple[str, str]]:
    """The actions and what they are done to; none for what is no stream."""
    if ":dynamodb:" in source_arn:
        return [(f"dynamodb:{action}", source_arn) for action in OF_TABLE]
    if ":kinesis:" not in source_arn:
        return []
    stream_arn = source_arn.partition("/consumer/")[0]
    by_stream = OF_STREAM + (BY_POLLING if stream_arn == source_arn else ())
    by_consumer = () if stream_arn == source_arn else BY_CONSUMER
    return [(f"kinesis:{action}", stream_arn) for action in by_stream] + [(f"kinesis:{action}", source_arn) for action in by_consumer]


def missing(role: str, source_arn: str) -> str | None:
    return next((action for action, resource in needed(source_arn) if not _roles.allowed(role, action, resource)), None)


def why_no_stream(source_arn: str, function_name: str, qualifier: str | None) -> str | None:
    _record, config = lambda_svc._get_func_record_for_qualifier(function_name, qualifier)
    if not app.AUTH or config is None or not missing(config["Role"], source_arn):
        return None
    *actions, last = [action.partition(":")[2] for action, _resource in needed(source_arn)]
    needs = f"{', '.join(actions)}, and {last}"
    return f"Cannot access stream {source_arn}. Please ensure the role can perform the {needs} Actions on your stream in IAM."


def may_read(mapping: dict, config: dict) -> bool:
    if not app.AUTH:
        return True
    source_arn = mapping["EventSourceArn"]
    lacking = missing(config["Role"], source_arn)
    if lacking is None and not may_decrypt(config["Role"], source_arn):
        lacking = "kms:Decrypt"
    if lacking:
        mapping["LastProcessingResult"] = f"PROBLEM: the function's role may not {lacking}"
    return lacking is None


def may_decrypt(role: str, source_arn: str) -> bool:
    """Whether the role may use the key of a Kinesis stream. A key that AWS manages lets every reader in."""
    _arn, _aws, service, region, account, resource = source_arn.split(":", 5)
    stream = kinesis._streams.get_scoped(account, region, resource.split("/")[1]) if service == "kinesis" else None
    key = _roles.customer_key((stream or {}).get("KeyId"))
    return key is None or _roles.allowed(role, "kms:Decrypt", key["Arn"], {"kms:ViaService": f"kinesis.{region}.amazonaws.com"})
