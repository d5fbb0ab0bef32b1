"""A topic reports what is published to it and what its filter policies keep back.

AWS: "Monitoring Amazon SNS topics using CloudWatch"
(https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html): by TopicName, NumberOfMessagesPublished and
NumberOfNotificationsFilteredOut, the latter also by reason: -MessageAttributes and -MessageBody for what does not match,
-NoMessageAttributes, -InvalidAttributes for attributes that are malformed, and -InvalidMessageBody for a body that is no JSON object.

The emulator alone: reports nothing; takes a malformed array as text, which a filter policy may match.

This supplement: records them; a malformed array matches no filter policy. What becomes of a notification that is sent (Delivered, Failed,
RedrivenToDlq, FailedToRedriveToDlq) is counted by `sns_dead_letter_queue`.
"""

import json

from ministack.services import sns

from supplements._delivery import count
from supplements._patching import edit_function, expect_parameters


def apply() -> None:
    expect_parameters(sns._matches_filter_policy, "sub", "message_attributes", "message")
    edit_function(
        sns._fanout,
        '    for sub in topic["subscriptions"]:\n',
        '    _count_published(topic_arn)\n    for sub in topic["subscriptions"]:\n',
    )
    matches = sns._matches_filter_policy

    def matches_and_count(sub, message_attributes, message=""):
        reason = invalid(sub, message_attributes, message)
        if reason is None and matches(sub, message_attributes, message):
            return True
        # A subscription's ARN is that of its topic and an id.
        topic = sub["arn"].split(":")[5]
        count("AWS/SNS", "NumberOfNotificationsFilteredOut", TopicName=topic)
        count("AWS/SNS", f"NumberOfNotificationsFilteredOut-{reason or mismatch(sub, message_attributes)}", TopicName=topic)
        return False

    sns._matches_filter_policy = matches_and_count
    sns._count_published = lambda topic_arn: count("AWS/SNS", "NumberOfMessagesPublished", TopicName=topic_arn.split(":")[5])


def filters_bodies(sub: dict) -> bool:
    return sub.get("attributes", {}).get("FilterPolicyScope") == "MessageBody"


def invalid(sub: dict, message_attributes: dict, message: str) -> str | None:
    if not sub.get("attributes", {}).get("FilterPolicy"):
        return None
    if filters_bodies(sub):
        return None if isinstance(parsed(message), dict) else "InvalidMessageBody"
    arrays = (attribute.get("StringValue", "") for attribute in message_attributes.values() if attribute.get("DataType") == "String.Array")
    return None if all(isinstance(parsed(array), list) for array in arrays) else "InvalidAttributes"


def mismatch(sub: dict, message_attributes: dict) -> str:
    if filters_bodies(sub):
        return "MessageBody"
    return "MessageAttributes" if message_attributes else "NoMessageAttributes"


def parsed(text: str):
    try:
        return json.loads(text)
    except ValueError:
        return None
