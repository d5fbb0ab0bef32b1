"""A topic has the type, the deduplication and the key that its template gives it.

AWS: "AWS::SNS::Topic" (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-topic.html). The name that
CloudFormation makes up for a FIFO topic ends in .fifo; FifoTopic and TopicName require replacement, the others no interruption.

The emulator alone: drops all three, so that every topic without a name is a standard topic without a key.

This supplement: sets them at creation, changes and removes the latter two by updates.
"""

from ministack.services import sns
from ministack.services.cloudformation import provisioners

from supplements._patching import edit_function, expect_parameters

SUFFIX = ".fifo"


def apply() -> None:
    handlers = provisioners._RESOURCE_HANDLERS["AWS::SNS::Topic"]
    create, update = handlers["create"], handlers["update"]
    expect_parameters(create, "logical_id", "props", "stack_name")
    expect_parameters(update, "physical_id", "old_props", "new_props", "stack_name", "logical_id")
    expect_parameters(provisioners._physical_name, "stack_name", "logical_id", "lowercase", "max_len", "seeded")
    provisioners._topic_name = topic_name
    edit_function(
        create,
        '_physical_name(stack_name, logical_id, max_len=256)',
        '_topic_name(props, stack_name, logical_id)',
    )
    edit_function(
        update,
        '_physical_name(\n        stack_name, logical_id or physical_id, max_len=256\n    )',
        '_topic_name(new_props, stack_name, logical_id or physical_id)',
    )

    def create_with_all(logical_id, props, stack_name):
        arn, attributes = create(logical_id, props, stack_name)
        if is_fifo(props):
            # As the emulator's own CreateTopic does.
            sns._topics[arn].update(dedup_cache={}, fifo_seq=0)
            sns._topics[arn]["attributes"].update(FifoTopic="true", ContentBasedDeduplication="false")
        set_changeable(arn, props)
        return arn, attributes

    def update_with_all(physical_id, old_props, new_props, stack_name, logical_id=None):
        updated = update(physical_id, old_props, new_props, stack_name, logical_id)
        arn = updated[0]
        if arn == physical_id:
            set_changeable(arn, new_props)
        return updated

    # A replacement is made by the function that the update knows by this name.
    provisioners._sns_create = create_with_all
    handlers.update(create=create_with_all, update=update_with_all)


def topic_name(props: dict, stack_name: str, logical_id: str) -> str:
    suffix = SUFFIX if is_fifo(props) else ""
    return provisioners._physical_name(stack_name, logical_id, max_len=256 - len(suffix)) + suffix


def is_fifo(props: dict) -> bool:
    return is_true(props.get("FifoTopic"))


def is_true(value) -> bool:
    """A template may say a boolean as text."""
    return str(value).lower() == "true"


def set_changeable(arn: str, props: dict) -> None:
    attributes = sns._topics[arn]["attributes"]
    if key := props.get("KmsMasterKeyId"):
        attributes["KmsMasterKeyId"] = key
    else:
        attributes.pop("KmsMasterKeyId", None)
    if is_fifo(props):
        attributes["ContentBasedDeduplication"] = str(is_true(props.get("ContentBasedDeduplication"))).lower()
