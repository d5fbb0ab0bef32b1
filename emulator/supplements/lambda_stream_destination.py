"""What an event source mapping of a stream discards is told to its on-failure destination, and a bucket keeps the records.

AWS: "Retain discarded batch records for a Kinesis Data Streams event source in Lambda"
(https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html) and "Retain discarded records for a DynamoDB event source
in Lambda" (https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html): a JSON document that says where in the stream the
batch is, to a standard queue, a standard topic or a bucket; in the bucket an object of the key
aws/lambda/<mapping>/<shard>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<random UUID>, whose `payload` is the whole event. The function's role sends it:
sqs:SendMessage, sns:Publish, or s3:PutObject and s3:ListBucket; with a customer key also kms:GenerateDataKey, and kms:Decrypt for a queue and
a topic. As AWS was seen to do, a batch that was discarded for the age of its records has no `responseContext`, and one whose answer named
failures has a `functionError` of null. "Types of metrics for Lambda functions"
(https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html): a destination that refuses counts as
DestinationDeliveryFailures, and the events as dropped.

The emulator alone: tells a queue or a topic of a batch of a DynamoDB stream that got too old, and nothing else.

This supplement: as documented. A destination is tried once; AWS does not say how often it tries. With IAM enforced the role is asked, for a
bucket with s3:ResourceAccount.
"""

import datetime
import json
import logging
import re

from ministack.core.arn import parse_arn
from ministack.core.responses import get_account_id, get_region, new_uuid
from ministack.services import s3, sns, sqs

from supplements import cloudwatch_event_source_metrics as metrics
from supplements._delivery import expect_hooks, send_to_standard_queue
from supplements._patching import expect_parameters
from supplements._roles import allowed, customer_key
from supplements._stream_source import Record

logger = logging.getLogger("lambda")


def apply() -> None:
    expect_hooks()
    expect_parameters(s3._put_object, "bucket_name", "key", "body", "headers")
    expect_parameters(sns._topic_by_arn_any_scope, "topic_arn")


def discard(
    mapping: dict,
    config: dict | None,
    source,
    shard: str,
    batch: list[Record],
    condition: str,
    invocations: int,
    result: dict | None = None,
) -> None:
    target = ((mapping.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
    if target and config:
        told = document(mapping, config, source, shard, batch, condition, invocations, result)
        if send(mapping, config["Role"], target, shard, batch, told):
            metrics.count(mapping, "OnFailureDestinationDeliveredEventCount", len(batch))
            return
        metrics.of_function(config, "DestinationDeliveryFailures", 1)
    metrics.count(mapping, "DroppedEventCount", len(batch))
    logger.warning("Event source mapping %s: %d records dropped: %s", mapping["UUID"], len(batch), condition)


def document(mapping: dict, config: dict, source, shard: str, batch: list[Record], condition: str, invocations: int, result: dict | None) -> dict:
    first, last = batch[0], batch[-1]
    precision = "seconds" if source.batch_info == "DDBStreamBatchInfo" else "milliseconds"
    response = {}
    if result is not None:
        error = (result.get("function_error") or "Unhandled") if result.get("error") else None
        response = {"responseContext": {"statusCode": 200, "executedVersion": config.get("Version", "$LATEST"), "functionError": error}}
    return {
        "requestContext": {
            "requestId": new_uuid(),
            "functionArn": mapping["FunctionArn"],
            "condition": condition,
            "approximateInvokeCount": invocations,
        },
        **response,
        "version": "1.0",
        "timestamp": utc(datetime.datetime.now(datetime.timezone.utc).timestamp(), "milliseconds"),
        source.batch_info: {
            "shardId": shard,
            "startSequenceNumber": first.sequence_number,
            "endSequenceNumber": last.sequence_number,
            "approximateArrivalOfFirstRecord": utc(source.told_arrival(first), precision),
            "approximateArrivalOfLastRecord": utc(source.told_arrival(last), precision),
            "batchSize": len(batch),
            "streamArn": source.stream_arn,
        },
    }


def send(mapping: dict, role: str, target: str, shard: str, batch: list[Record], told: dict) -> bool:
    service = parse_arn(target).service
    if service == "sqs":
        queue = sqs._queue_by_arn(target) or {}
        key = (queue.get("attributes") or {}).get("KmsMasterKeyId")
        may = allowed(role, "sqs:SendMessage", target) and may_use(role, "sqs", key, "kms:GenerateDataKey", "kms:Decrypt")
        return may and send_to_standard_queue(target, json.dumps(told))
    if service == "sns":
        topic = sns._topic_by_arn_any_scope(target) or {}
        key = (topic.get("attributes") or {}).get("KmsMasterKeyId")
        may = allowed(role, "sns:Publish", target) and may_use(role, "sns", key, "kms:GenerateDataKey", "kms:Decrypt")
        try:
            return may and not target.endswith(".fifo") and sns.publish_internal(target, json.dumps(told)) is not None
        except sns.SnsPublishError:
            return False
    return service == "s3" and keep(mapping, role, target, shard, batch, told)


def keep(mapping: dict, role: str, bucket_arn: str, shard: str, batch: list[Record], told: dict) -> bool:
    bucket, moment = bucket_arn.rpartition(":")[2], told["timestamp"]
    key = f"aws/lambda/{mapping['UUID']}/{shard}/{moment[:10].replace('-', '/')}/{moment[:19].replace(':', '.')}-{new_uuid()}"
    owned = {"s3:ResourceAccount": get_account_id()}
    if not allowed(role, "s3:PutObject", f"{bucket_arn}/{key}", owned) or not allowed(role, "s3:ListBucket", bucket_arn, owned):
        return False
    if not may_use(role, "s3", key_of_bucket(bucket), "kms:GenerateDataKey"):
        return False
    if bucket not in s3._buckets:
        return False
    body = json.dumps({**told, "payload": json.dumps({"Records": [record.event for record in batch]})})
    status, _headers, _body = s3._put_object(bucket, key, body.encode(), {"content-type": "application/json"})
    return status == 200


def key_of_bucket(bucket: str) -> str | None:
    named = re.search(r"<KMSMasterKeyID>([^<]+)<", s3._bucket_encryption.get(bucket) or "")
    return named and named[1]


def may_use(role: str, service: str, key_name: str | None, *actions: str) -> bool:
    """Whether the role may use the key of the destination, if it is a customer's."""
    key = customer_key(key_name)
    context = {"kms:ViaService": f"{service}.{get_region()}.amazonaws.com"}
    return key is None or all(allowed(role, action, key["Arn"], context) for action in actions)


def utc(seconds: float, precision: str) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).isoformat(timespec=precision).replace("+00:00", "Z")
