"""A batch is allowed by the action of its single requests.

AWS: "Actions, resources, and condition keys" of SNS (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html)
and SQS (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html) have no batch actions: PublishBatch needs
sns:Publish, SendMessageBatch sqs:SendMessage, and so on.

The emulator alone: with IAM enforced, asks for actions that do not exist, such as sns:PublishBatch, which nobody can be granted by name.

This supplement: asks for the single one.
"""

from ministack.core import iam_actions

from supplements._patching import expect_parameters

SINGLE = {
    "sns:PublishBatch": "sns:Publish",
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}


def apply() -> None:
    extract = iam_actions.extract_iam_action
    expect_parameters(extract, "service", "method", "path", "headers", "body", "query_params")

    def extract_single(*request):
        action = extract(*request)
        return SINGLE.get(action, action)

    # The emulator takes the function from its module at each request.
    iam_actions.extract_iam_action = extract_single
