"""Counts the goods on films of the shelves, which takes longer than a function may. It runs in the tasks of a `QueueFedService`."""

import json
import os
import threading

import boto3
from botocore.exceptions import ClientError
from queue_worker import run_worker

s3 = boto3.client("s3")
journal = boto3.resource("dynamodb").Table(os.environ["JOURNAL_TABLE"])


def count(message: dict, give_up: threading.Event) -> None:
    """Counts what is on the film that the message is about. A film that comes again is counted again, and noted once."""
    detail = json.loads(message["Body"])["detail"]
    film = detail["object"]
    # The film that was announced, and not another one that was uploaded in its place.
    body = s3.get_object(Bucket=detail["bucket"]["name"], Key=film["key"], IfMatch=film["etag"])["Body"]
    pieces = 0
    for frame in body.iter_lines():
        if give_up.is_set():
            raise TimeoutError(f"told to give up on {film['key']}")
        pieces += goods_on(frame)
    note(f"counted/{film['key']}", quantity=pieces)


def goods_on(frame: bytes) -> int:
    """Stands in for whatever recognises goods on a picture: here a frame says how many there are."""
    return int(frame)


def note(entry: str, **facts: object) -> None:
    try:
        journal.put_item(Item={"entry": entry, **facts}, ConditionExpression="attribute_not_exists(entry)")
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise


run_worker(count)
