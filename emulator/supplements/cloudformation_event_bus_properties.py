"""A rule on a custom event bus is known by `bus|rule`, and a replay goes to the rules that it names.

AWS: the `Ref` of an AWS::Events::Rule on a custom bus is the name of the bus, a bar and the name of the rule
(https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1131). "Replaying archived events"
(https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-replay-archived-event.html): with FilterArns in its destination, a replay
sends events to these rules only.

The emulator alone: `Ref` is the name of the rule on any bus; a replay goes to all rules.

This supplement: puts the name of the bus before that of the rule, and takes it off again for updates and deletions; keeps a replay from
other rules than those that it names.
"""

from ministack.services import eventbridge
from ministack.services.cloudformation import provisioners

from supplements._patching import edit_function, expect_parameters


def apply() -> None:
    name_rules_with_their_bus()
    # The parts of a stored event that consumers see are named one by one, so this one stays inside.
    edit_function(
        eventbridge._start_replay,
        'replayed["ReplayName"] = name\n',
        'replayed["ReplayName"] = name\n                replayed["_FilterArns"] = dest.get("FilterArns")\n',
    )
    edit_function(
        eventbridge._dispatch_event,
        '        if rule.get("State") != "ENABLED":\n            continue\n',
        '        if rule.get("State") != "ENABLED" or rule["Arn"] not in (event.get("_FilterArns") or [rule["Arn"]]):\n            continue\n',
    )


def name_rules_with_their_bus() -> None:
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Events::Rule"]
    create, update, delete = handlers["create"], handlers["update"], handlers["delete"]
    expect_parameters(create, "logical_id", "props", "stack_name")
    expect_parameters(update, "physical_id", "old_props", "new_props", "stack_name", "logical_id")
    expect_parameters(delete, "physical_id", "props")

    def create_named(logical_id, props, stack_name):
        name, attributes = create(logical_id, props, stack_name)
        return known_by(name, props), attributes

    def update_named(physical_id, old_props, new_props, stack_name, logical_id=None):
        name, attributes = update(name_of(physical_id), old_props, new_props, stack_name, logical_id)[:2]
        return known_by(name, new_props), attributes

    handlers.update(create=create_named, update=update_named, delete=lambda physical_id, props: delete(name_of(physical_id), props))


def known_by(name: str, props: dict) -> str:
    bus = provisioners._eb_rule_bus_name(props)
    return name if bus == "default" else f"{bus}|{name}"


def name_of(physical_id: str) -> str:
    return physical_id.rpartition("|")[2]
