"""A service that delivers to an encrypted queue or topic needs its key.

AWS: "Amazon SQS key management"
(https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html): the policy of a customer key must let
the service do kms:GenerateDataKey and kms:Decrypt; the policy of the key that AWS manages lets no service and cannot be changed.
"Managing Amazon SNS encryption keys" (https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html) says the same of topics.

The emulator alone: delivers whatever the key.

This supplement: with IAM enforced a delivery of SNS, EventBridge, S3 or CloudWatch counts as refused when it would be for the key, with all
that follows: retries, dead-letter queues, metrics. SQS's own encryption (SSE-SQS) needs nothing. Callers with an identity, functions and
roles, are not asked for the key when they send.
"""

from ministack import app
from ministack.services import sns, sqs

from supplements import _roles
from supplements._patching import expect_parameters

NEEDED = ("kms:GenerateDataKey", "kms:Decrypt")


def apply() -> None:
    _roles.expect_roles()
    queue_lets, topic_lets = sqs.queue_policy_allows, sns.topic_policy_allows
    expect_parameters(queue_lets, "queue_arn", "service", "source_arn", "source_account")
    expect_parameters(topic_lets, "topic_arn", "service", "source_arn", "source_account")
    expect_parameters(sqs._queue_by_arn, "arn")
    expect_parameters(sns._topic_by_arn_any_scope, "topic_arn")

    def queue_policy_allows(queue_arn, service, source_arn, source_account):
        return queue_lets(queue_arn, service, source_arn, source_account) and key_lets(
            sqs._queue_by_arn(queue_arn), service, source_arn, source_account
        )

    def topic_policy_allows(topic_arn, service, source_arn, source_account):
        return topic_lets(topic_arn, service, source_arn, source_account) and key_lets(
            sns._topic_by_arn_any_scope(topic_arn), service, source_arn, source_account
        )

    sqs.queue_policy_allows = queue_policy_allows
    sns.topic_policy_allows = topic_policy_allows


def key_lets(destination: dict | None, service: str, source_arn: str, source_account: str) -> bool:
    name = ((destination or {}).get("attributes") or {}).get("KmsMasterKeyId")
    if not app.AUTH or not name:
        return True
    key = _roles.customer_key(name)
    context = {"aws:SourceArn": source_arn, "aws:SourceAccount": source_account}
    return key is not None and all(_roles.admits(key.get("Policy"), service, action, key["Arn"], context) for action in NEEDED)
